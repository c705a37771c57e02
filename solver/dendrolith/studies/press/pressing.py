"""Powder between two rods in a tube, pressed and let go, and the control of the rods.

Rods do not rub, so that pellet and tube have a plane of symmetry: the upper half is solved, z = 0
in its middle. Where powder comes loose the run ends: how it flows up beside a rod is not solved.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.domain.graded import outwards
from dendrolith.physics.points import Law, Points
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.bodies import Body, mesh_bodies
from dendrolith.studies.press.contact import Graph
from dendrolith.studies.press.rod import Rod
from dendrolith.studies.press.schema import Config
from dendrolith.studies.solid import Contacts, Solid

FloatArray = npt.NDArray[np.float64]

NEAR = 1e-9  # m
BAND = 0.3  # of the height of the fill: the bore has fine cells so far beyond the powder
PELLET, TUBE = 0, 1  # bodies
LOOSE = 0.01  # of the volume at first: powder that has grown so far beyond it has come apart
HIT = 1e-3  # of the largest pressure: how near a stage ends to its pressure
_KEPT = ("closing", "pressure", "sliding")


def bodies_of(config: Config) -> list[Body]:
    """Pellet and tube, upper half."""
    R, h, b = config.radius, config.mesh_size, config.tube.outer_radius
    half = config.fill_height / 2
    pellet = R - np.concatenate([[0.0], outwards(R, h, 4 * h)])[::-1]
    rows = half - np.concatenate([[0.0], outwards(half, h, 4 * h)])[::-1]
    materials = [(b, "tube")]
    wall = R + np.concatenate([[0.0], outwards(b - R, 1.5 * h, 4 * h)])
    if config.sleeve is not None:
        sleeve = config.sleeve.thickness
        materials.append((b + sleeve, "sleeve"))
        wall = np.concatenate([wall, b + sleeve * np.linspace(0, 1, 5)[1:]])
    fine = round((half + BAND * config.fill_height) / h) * h
    along = np.concatenate([[0.0], outwards(config.tube.half_length, h, fine)])
    return [Body(pellet, rows, [(R, "powder")]), Body(wall, along, materials)]


class Pressing(Block):
    """Pellet, tube and sleeve.

    Args:
        config: the input.

    Attributes:
        solid: what is solved.
        contact: edge of the pellet on the bore.
        closing: by how much the rods have approached [m].
        pressure: mean of the rods [Pa], over their cross-section.
        sliding: pellet and bore keep their contact; else they may come apart.
        direction: of the rods: 1, 0 while they stay, or −1.
    """

    name = "press"

    def __init__(self, config: Config) -> None:
        self._config, self.direction = config, 1
        bodies = mesh_bodies(bodies_of(config))
        laws: dict[str, Law] = {"powder": config.law, "tube": config.tube}
        if config.sleeve is not None:
            laws["sleeve"] = config.sleeve
        self.solid = solid = Solid(bodies, laws)
        r, z = solid.place.T
        owner = solid.bodies_of_nodes()
        self.half = config.fill_height / 2
        pellet, tube = owner == PELLET, owner == TUBE

        def ordered(which: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
            nodes = np.flatnonzero(which)
            return nodes[np.argsort(z[nodes])]

        edge, bore = (ordered(body & (np.abs(r - config.radius) < NEAR)) for body in (pellet, tube))
        solid.couple(edge, bore)
        self.contact = Graph(solid.place, edge, bore, config.radius, config.friction)
        face = np.flatnonzero(pellet & (z > self.half - NEAR))
        face = face[np.argsort(r[face])]
        self._rod = Rod(solid.place, face, config.radius, config.rod_edge)
        solid.contact = Contacts([self.contact, self._rod])
        middle, axis = 2 * np.flatnonzero(z < NEAR) + 1, 2 * np.flatnonzero(r < NEAR)
        solid.held = np.unique(np.concatenate([middle, axis]))
        self.closing, self.pressure, self.sliding = 0.0, 0.0, True
        self._moved: FloatArray = np.zeros(2 * len(r))  # in the last accepted step, and its closing
        self._closed = 0.0
        self._before = self._u.copy()
        self._start = (0.0, 0.0)

    @property
    def _u(self) -> FloatArray:
        """(n_dofs,) displacement [m], the values themselves."""
        return self.solid.u.x.array  # type: ignore[no-any-return]

    @property
    def accepted_pressure(self) -> float:
        """That of the last accepted step [Pa]."""
        return self._start[1]

    @property
    def beyond(self) -> tuple[float, float]:
        """Part of the pellet's face beyond the rod [1], and by how much it has risen [m]."""
        return self._rod.beyond(self._u)

    @property
    def height(self) -> float:
        """Of the pellet under the rod, both halves [m]."""
        return 2 * self._rod.face_height(self._u)

    @property
    def is_loose(self) -> bool:
        """Powder has lost all that pressing gave it: it flows, and its tube does not bear it."""
        volume = self.solid.points["powder"].plastic_volume
        return float(volume.max()) > 1 + LOOSE

    @property
    def rod(self) -> float:
        """Height of the rod's face above the middle of the pellet [m]."""
        return self.half - self.closing / 2

    def advance(self, dt: float) -> Report:
        """Move the rods for `dt` [s] and find the balance.

        Raises:
            SolverDiverged: there is none.
        """
        self.contact.decide(self._before, self.rod, sliding=self.sliding)
        way = self.direction * self._config.speed * dt
        self._rod.height = self.rod
        self._rod.decide(self._before, self.accepted_pressure, way)
        self.closing += way
        self._rod.height = self.rod
        if self._closed:
            self._u[:] += self._moved * (way / self._closed)
        iterations = self.solid.solve(dt)
        before = self.pressure
        self.pressure = self._rod.force(self._u) / (self._config.radius**2 / 2)
        change = abs(self.pressure - before) / self._config.pressure
        return Report(change, numbers={"newton_iterations": float(iterations)})

    def accept(self) -> None:
        """Keep the attempted step."""
        self._moved, self._closed = self._u - self._before, self.closing - self._start[0]
        self.solid.accept()
        self._rod.keep(self._u)
        self.contact.keep(self._u)
        self._remember()

    def _remember(self) -> None:
        self._before, self._start = self._u.copy(), (self.closing, self.pressure)

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self._u[:] = self._before
        self.closing, self.pressure = self._start

    def reset_history(self) -> None:
        """The rods turn round: the next step is not like the last one."""
        self._closed = 0.0

    def stay(self) -> None:
        """From here on the rods keep their place."""
        self.direction = 0

    def lift(self) -> None:
        """From here on the rods go back, and pellet and bore may come apart."""
        self.direction, self.sliding = -1, False

    def save(self) -> CheckpointData:
        """Displacement, what the points have gone through, and the last step as a guess."""
        kept = numbers_of(self, (*_KEPT, "direction", "_closed"))
        kept.numbers["u"] = self._u.tolist()
        kept.numbers["rod"], kept.numbers["peak"] = self._rod.save(), self._rod.peak
        kept.numbers["moved"] = self._moved.tolist()
        kept.numbers["rubbed"] = [values.tolist() for values in self.contact.rubbed]
        kept.numbers["points"] = {
            name: [points.plastic.tolist(), points.history.tolist()]
            for name, points in self.solid.points.items()
        }
        return kept

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, (*_KEPT, "direction", "_closed"), data)
        self._u[:] = data.numbers["u"]
        self._rod.restore(data.numbers["rod"], data.numbers["peak"])
        self._moved = np.array(data.numbers["moved"])
        where, rubbed = (np.array(values) for values in data.numbers["rubbed"])
        self.contact.rubbed = (where, rubbed)
        self.solid.points = {
            name: Points(np.array(plastic), np.array(history))
            for name, (plastic, history) in data.numbers["points"].items()
        }
        self._remember()

    def close(self) -> None:
        """Free the PETSc objects."""
        self.solid.close()


class Rods:
    """The control: press up to the largest pressure, stay there, then lift until nothing presses.

    Args:
        press: what is pressed.
        largest: pressure [Pa].
        hold: how long the rods stay [s]; 0: they do not.

    Attributes:
        number: of the stage, from 0.
        finished: the rods are lifted, or powder has come loose.
        until: end of the hold [s].
    """

    def __init__(self, press: Pressing, largest: float, hold: float = 0.0) -> None:
        self._press, self._largest, self._hold = press, largest, hold
        self.number, self.finished, self.until = 0, False, math.inf

    @property
    def _holds(self) -> bool:
        """The rods stay in this stage."""
        return self._hold > 0 and self.number == 1

    def next_switch(self, time: float) -> float:
        """The hold ends at a time; other stages end at a pressure [s]."""
        return self.until if self._holds else math.inf

    def check(self) -> None:
        """Every step may be followed."""

    @property
    def _wanted(self) -> float:
        """Pressure at which the stage ends [Pa]."""
        return 0.0 if self.number else self._largest

    def shorter(self, dt: float) -> float | None:
        """A step that would go beyond the pressure of the stage, cut to it."""
        press, before = self._press, self._press.accepted_pressure
        beyond = press.direction * (press.pressure - self._wanted)
        if self._holds or beyond <= HIT * self._largest:
            return None
        return dt * (self._wanted - before) / (press.pressure - before)

    def accepted(self, time: float, dt: float, *, on_time: bool) -> bool:
        """The stage ends at its pressure, the hold at its time."""
        ended = abs(self._press.pressure - self._wanted) <= HIT * self._largest
        lifts = self.number > 0 and not self._holds
        if self._holds:
            ended = on_time
        if self._press.is_loose or (ended and lifts):
            self.finished = True
        elif ended:
            self.number += 1
            self.until = time + self._hold
        return ended

    def switch(self) -> str:
        """Let the rods stay, or lift them."""
        if self._holds:
            self._press.stay()
            return "the rods stay"
        self._press.lift()
        return "the rods are lifted"

    def save(self) -> CheckpointData:
        """The stage."""
        kept = numbers_of(self, ("number", "finished"))
        kept.numbers["until"] = self.until if math.isfinite(self.until) else None
        return kept

    def restore(self, data: CheckpointData, *, switches: bool) -> None:
        """Take it back."""
        set_numbers(self, ("number", "finished", "until"), data)
        self.until = math.inf if self.until is None else self.until
