"""Lithium in its frame, advanced from step to step, and what drives it.

A step is the midpoint rule for what finite elements add to the network: the factor κ of its
resistance, C = κ C_network(h, L). κ is found by one solve of the flow, in the middle of the step;
over the step the ordinary equation with that κ is integrated to round-off. κ hardly changes, so
neither the stiffness of the frame nor the first rush of lithium limits the step.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.schemes.report import Report
from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.creep.network import Stage
from dendrolith.studies.creep.state import LithiumState

FloatArray = npt.NDArray[np.float64]

MOST_PLATED = 2.0  # largest share of the closing that plating can have in a solve
THICKNESS_WEIGHT = 4.0  # of the relative change of the foil beside that of slot and pressure


class PressedLithium(LithiumState):
    """Foil, ring and slot, advanced from step to step."""

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

        def solved() -> float:
            self._network.follow(self.wall.bore)
            self._solve(self.shape, self.stage)
            return self.pressure

        def load(p: float) -> tuple[FloatArray, FloatArray]:
            z, share = self.on_bore(self.h, self.length)
            return z, self.pressure_of(share, p)

        self.wall.settle(solved, load, dt)
        self.wall.accept()
        self._share = self.on_bore(self.h, self.length)[1]
        self.wall.locked, self.start_volume = self.wall.bore, self.shape.volume

    def advance(self, dt: float) -> Report:
        """Advance by `dt` [s].

        Raises:
            SolverDiverged: no flow is found, or the foil is squeezed away.
        """
        stage, before = self.stage, (self.length, self.pressure)
        state, iterations = np.array([self.h, self.length]), 0

        def step() -> float:
            nonlocal state, iterations
            state, more = self._attempt(dt, stage)
            iterations += more
            return stage.pressure(float(state[0]))

        def load(p: float) -> tuple[FloatArray, FloatArray]:
            z, share = self.on_bore(float(state[0]), float(state[1]))
            if not self.is_closed:  # from the middle of the step to its end
                later = (dt / 2) / (self.time + dt / 2 - self._share_time)
                share = share + later * (share - self._share)
            return z, self.pressure_of(share, p)

        self.wall.settle(step, load, dt)
        h, length = float(state[0]), float(state[1])
        thicker = _relative(h - self.h, self.h)
        bulged = self._settle(dt, h, length, stage)
        changes = (
            bulged,
            THICKNESS_WEIGHT * thicker,
            _relative(self.length - before[0], before[0]),
            _relative(self.pressure - before[1], before[1]),
        )
        return Report(max(changes), numbers={"newton_iterations": float(iterations)})

    def _attempt(self, dt: float, stage: Stage) -> tuple[FloatArray, int]:
        """H and L [m] after a step in the bore as it is now; and iterations of the flow."""
        network, begin, none, iterations = self._network, self.time, np.empty(0), 0
        wall, start = self.wall, np.array([self.h, self.length])
        network.follow(wall.middle, wall.widened(self.h + self.length) / dt)
        network.sealed = self.sealed
        if begin < self.sealed:
            middle = network.integrate(begin, begin + dt / 2, stage, start, none, self.factor)[1]
            shape = self._moved(dt / 2, float(middle[0]), float(middle[1]), stage, wall.middle)
            iterations = self._solve(shape, stage)
            network.sealed = self.sealed
        return network.integrate(begin, begin + dt, stage, start, none, self.factor)[1], iterations

    def _moved(self, dt: float, h: float, length: float, stage: Stage, bore: Bore) -> Shape:
        """The shape at a thickness and a length [m], `dt` [s] after the last step, in a bore."""
        before = Shape(self.wall.before, self.h, self.length, self.front.now)
        return self.front.moved(before, Shape(bore, h, length), stage.plating * dt)

    def _settle(self, dt: float, h: float, length: float, stage: Stage) -> float:
        """Take the new thickness; the volume gives the length, and the integrated one checks it.

        Returns the change of the outline of the front over the gap.
        """
        self.sealed, bulged = self._network.sealed, 0.0
        gained = stage.plating * dt - (h - self.h)
        if self.time + dt < self.sealed:
            shape, bore = self.shape, self.wall.bore
            held = self.wall.before.volume(shape.top) + shape.area * gained
            exact = bore.height(held, shape.top + shape.area / shape.slot_area * gained) - h
            after = self._moved(dt, h, exact, stage, bore)
            bulged = self.front.take(after)
            self.correction = (exact - length) / exact + (after.scale - 1)
            length = exact
        else:
            if not self.is_closed:
                self._closed_at = stage.pressure(h)
            self.closing, self.correction = 0.0, 0.0
        self.time, self.h, self.length = self.time + dt, h, length
        return bulged

    def accept(self) -> None:
        """Keep the attempted step."""
        self.wall.accept()
        if self.time > self._followed:
            self._share = self.on_bore(self.h, self.length)[1]
            self._share_time = (self.time + self._followed) / 2
            self._followed = self.time
        self._accepted = self.save()


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
