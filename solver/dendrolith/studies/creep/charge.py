"""Lithium in its frame, advanced from step to step, and what drives it.

A step is the midpoint rule for what finite elements add to the network: the factor κ of its
resistance, C = κ C_network(h, L). κ is found by one solve of the flow, in the middle of the step;
over the step the ordinary equation with that κ is integrated to round-off. κ hardly changes, so
neither the stiffness of the frame nor the first rush of lithium limits the step.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.creep.flow import Flow
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.creep.moving_front import Plug, ShapedFront
from dendrolith.studies.creep.network import Network, Stage
from dendrolith.studies.creep.schema import SHAPED, Config
from dendrolith.studies.creep.tube import Wall

FloatArray = npt.NDArray[np.float64]

MOST_PLATED = 2.0  # largest share of the closing that plating can have in a solve
PASSES = 3  # between flow and bore at the start
THICKNESS_WEIGHT = 4.0  # of the relative change of the foil beside that of slot and pressure
_KEPT = (
    "time",
    "h",
    "length",
    "h_lock",
    "length_lock",
    "start_volume",
    "is_locked",
    "factor",
    "closing",
    "sealed",
    "_followed",
)


class PressedLithium(Block):
    """Foil, ring and slot.

    Args:
        config: the input.

    Attributes:
        time: reached [s].
        h: thickness of the foil [m].
        length: L, of the filled slot beside the rod [m].
        h_lock: thickness at which the frame was locked [m].
        length_lock: L then [m].
        is_locked: the frame is locked, and the current flows.
        factor: κ, resistance of finite elements over that of the network [1].
        closing: V in the middle of the last step [m/s].
        sealed: time from which lithium cannot leave [s]; inf: not yet.
        correction: part of L by which the volume corrected the last step [1].
        wall: the bore, rigid or not.
        unit: h₀, what lengths of the flow are in units of [m].
        front: of lithium in the slot, a plug or not.
    """

    name = "lithium"

    def __init__(self, config: Config) -> None:
        self._config, self.unit = config, config.cell.foil_thickness
        self.wall = Wall(config)
        self._network = Network(config, ring=True)
        self.time, self.h, self.length = 0.0, self.unit, config.cell.gap.filled
        self.h_lock, self.length_lock = self.h, self.length
        self.is_locked = config.frame.hold == 0
        self.factor, self.closing, self.correction = 1.0, 0.0, 0.0
        self.sealed, self._followed = math.inf, 0.0
        self.front = Plug()
        self.flow = _flow_of(config, self.shape.scaled(self.unit))
        if config.cell.gap.front == SHAPED:
            self.front = ShapedFront(self.flow.front_lines)
        self.start_volume = self.shape.volume
        self._accepted = self.save()

    # ------------------------------------------------------------------ as geometry

    @property
    def shape(self) -> Shape:
        """Where lithium is, in m."""
        return Shape(self.wall.bore, self.h, self.length, self.front.now)

    @property
    def locked_shape(self) -> Shape:
        """Where it was when the frame was locked, in m."""
        return Shape(self.wall.locked, self.h_lock, self.length_lock, self.front.locked)

    @property
    def stage(self) -> Stage:
        """What drives it now."""
        if self.is_locked:
            return Stage.locked(self._config, self.h_lock)
        return Stage.held(self._config)

    @property
    def pressure(self) -> float:
        """Mean on the rod [Pa]."""
        return self.stage.pressure(self.h)

    @property
    def stress_unit(self) -> float:
        """σ₁ (V/h₀)^n, what stresses of the flow are in units of [Pa]; 0 where nothing flows."""
        law = self._config.lithium
        sigma = law.unit_stress(self._config.cell.temperature)
        return float(sigma * (self.closing / self.unit) ** law.n)

    # ------------------------------------------------------------------ as a block

    def _solve(self, shape: Shape, stage: Stage) -> int:
        """Find κ and V at a shape; returns the iterations."""
        law, m = self._config.lithium, self._config.lithium.creep_exponent
        bare = self._network.resistance(shape.thickness, shape.length)
        p = stage.pressure(shape.thickness)
        guess = (p / (self.factor * bare)) ** m
        plated = min(stage.plating / guess, MOST_PLATED) if guess > 0 else MOST_PLATED
        found = self.flow.solve(shape.scaled(self.unit), plated)
        self.front.follow(self.flow)
        sigma = law.unit_stress(self._config.cell.temperature)
        self.factor = found.pressure * sigma * self.unit**-law.n / bare
        self.closing = (p / (self.factor * bare)) ** m
        return found.iterations

    def start(self, dt: float) -> None:
        """The flow at the start, in the bore under its pressure."""
        for _ in range(1 + PASSES * len(self.wall.tubes)):
            self._solve(self.shape, self.stage)
            self._give_way(dt)
        self.wall.locked, self.start_volume = self.wall.bore, self.shape.volume

    def advance(self, dt: float) -> Report:
        """Advance by `dt` [s].

        Raises:
            SolverDiverged: no flow is found, or the foil is squeezed away.
        """
        begin, stage, network = self.time, self.stage, self._network
        network.sealed, iterations = self.sealed, 0
        state, none = np.array([self.h, self.length]), np.empty(0)
        if begin < self.sealed:
            middle = network.integrate(begin, begin + dt / 2, stage, state, none, self.factor)[1]
            shape = self._moved(dt / 2, float(middle[0]), float(middle[1]), stage)
            iterations = self._solve(shape, stage)
            network.sealed = self.sealed
        h, length = network.integrate(begin, begin + dt, stage, state, none, self.factor)[1]
        before = (self.length, self.pressure)
        thicker = _relative(h - self.h, self.h)
        bulged = self._settle(dt, float(h), float(length), stage)
        changes = (
            bulged,
            THICKNESS_WEIGHT * thicker,
            _relative(self.length - before[0], before[0]),
            _relative(self.pressure - before[1], before[1]),
        )
        return Report(max(changes), numbers={"newton_iterations": float(iterations)})

    def _moved(self, dt: float, h: float, length: float, stage: Stage) -> Shape:
        """The shape at a thickness and a length [m], `dt` [s] after the present one."""
        return self.front.moved(self.shape, Shape(self.wall.bore, h, length), stage.plating * dt)

    def _settle(self, dt: float, h: float, length: float, stage: Stage) -> float:
        """Take the new thickness; the volume gives the length, and the integrated one checks it.

        Returns the change of the outline of the front over the gap.
        """
        self.sealed, bulged = self._network.sealed, 0.0
        moved = h - self.h
        if self.time + dt < self.sealed:
            shape = self.shape
            gained = stage.plating * dt - moved
            held = shape.bore.volume(shape.top) + shape.area * gained
            exact = shape.bore.height(held, shape.top + shape.area / shape.slot_area * gained) - h
            after = self._moved(dt, h, exact, stage)
            bulged = self.front.take(after)
            self.correction = (exact - length) / exact + (after.scale - 1)
            length = exact
        else:
            self.closing, self.correction = 0.0, 0.0
        self.time, self.h, self.length = self.time + dt, h, length
        return bulged

    def lock(self) -> None:
        """Lock the frame at the present thickness, and switch the current on."""
        self.h_lock, self.length_lock, self.is_locked = self.h, self.length, True
        self.wall.locked = self.wall.bore
        self.front.lock()

    def accept(self) -> None:
        """Keep the attempted step; then the bore gives way to its pressure."""
        passed, self._followed = self.time - self._followed, self.time
        if passed > 0 and self.time < self.sealed:
            held = self.wall.bore.volume(self.h + self.length)
            self._give_way(passed)
            self.length = self.wall.bore.height(held, self.h + self.length) - self.h
        self._accepted = self.save()

    def _give_way(self, dt: float) -> None:
        """The bore under the pressure of the last solve, which a step lags behind."""
        b, pressure = self.flow.bore_pressure()
        z = self.shape.place(np.column_stack([np.full_like(b, 2.0), b]))[:, 1]
        self.wall.give_way(z, pressure * self.stress_unit, dt)
        self._network.follow(self.wall.bore)

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self._take(self._accepted)

    def save(self) -> CheckpointData:
        """Thickness, length, what drives it, and the flow as a guess for the next."""
        kept = numbers_of(self, _KEPT)
        kept.numbers["sealed"] = None if math.isinf(self.sealed) else self.sealed
        kept.numbers["flow"] = self.flow.save()
        parts = {"lithium": kept, "wall": self.wall.save()}
        return CheckpointData.join(parts | self.front.save())

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._take(data)
        self._accepted = self.save()

    def _take(self, data: CheckpointData) -> None:
        own = data.part("lithium")
        set_numbers(self, _KEPT, own)
        self.sealed = math.inf if self.sealed is None else self.sealed
        self.flow.restore(own.numbers["flow"])
        self.wall.restore(data.part("wall"))
        self.front.restore(data)
        self._network.follow(self.wall.bore)

    def close(self) -> None:
        """Free the PETSc objects."""
        self.flow.close()
        self.wall.close()


def _flow_of(config: Config, shape: Shape) -> Flow:
    """The flow at a shape, lengths in units of h₀."""
    wall = config.wall_friction
    return Flow(
        shape,
        config.lithium.n,
        across=config.mesh.across,
        ratio=config.mesh.grading,
        friction=None
        if wall is None
        else replace(wall, film=wall.film / config.cell.foil_thickness),
    )


def _relative(change: float, size: float) -> float:
    return abs(change) / size if size > 0 else 0.0


class Locking:
    """The control: a held force, then the locked frame until the run ends.

    Args:
        cell: what is locked.
        hold: how long the force is held [s].

    Attributes:
        number: of the stage, from 0.
        finished: never: the time ends the run.
    """

    def __init__(self, cell: PressedLithium, hold: float) -> None:
        self._cell, self._hold = cell, hold
        self.number, self.finished = int(cell.is_locked), False

    def next_switch(self, time: float) -> float:
        """When the frame is locked [s]."""
        return math.inf if self.number else self._hold

    def check(self) -> None:
        """Every step may be followed."""

    def shorter(self, dt: float) -> float | None:
        """No event, no shorter step."""
        return None

    def accepted(self, time: float, dt: float, *, on_time: bool) -> bool:
        """The hold ends on its time."""
        ended = on_time and self.number == 0
        self.number += int(ended)
        return ended

    def switch(self) -> str:
        """Lock the frame."""
        self._cell.lock()
        self._cell.accept()
        return "the frame is locked, the current flows"

    def save(self) -> CheckpointData:
        """The stage."""
        return numbers_of(self, ("number",))

    def restore(self, data: CheckpointData, *, switches: bool) -> None:
        """Take it back."""
        set_numbers(self, ("number",), data)
