"""A tube whose bore gives way to the pressure of lithium.

The bore is loaded by the pressure at its wall, and moves by the displacement of its nodes along r.
Bore and pressure at the end of a step are found together, by turns: an implicit step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.sections import present
from dendrolith.domain.graded import outwards
from dendrolith.physics.points import Points
from dendrolith.studies.bodies import Body, mesh_bodies
from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.creep.schema import Config
from dendrolith.studies.edges import weights_of_line
from dendrolith.studies.solid import Solid, Springs
from dendrolith.studies.tube import Tube

FloatArray = npt.NDArray[np.float64]

NEAR = 1e-9  # m
FINE, BAND = 1e-4, 1e-3  # m: cells of the bore beside lithium, and how far above the electrolyte
THROUGH = 2.0  # cells of the inner side of the wall, over those of the bore
AGREED, PASSES = 1e-8, 12  # m: of the bore between two passes of a step; passes at most


class Load:
    """Forces on nodes of the bore.

    Args:
        dofs: (n,) of the nodes along r.
        places: (n,) heights of the nodes without load, rising [m].
        radius: of the bore [m].
    """

    def __init__(self, dofs: npt.NDArray[np.int64], places: FloatArray, radius: float) -> None:
        self._dofs, self._places, self._radius = dofs[:, None], places, radius
        self._force: FloatArray = np.zeros(len(dofs))

    def press(self, z: FloatArray, pressure: FloatArray) -> None:
        """A pressure (m,) [Pa] at rising heights (m,) [m]; 0 beyond them."""
        self._force = -self._radius * weights_of_line(self._places, z, pressure)

    def springs(self, u: FloatArray) -> list[Springs]:
        """The pressure, on the bore without load."""
        force = self._force[:, None]
        return [Springs(self._dofs, force, np.zeros((len(force), 1, 1)))]


class SoftTube:
    """The tube and its bore.

    Args:
        tube: size and law.
        bore: without load [m].
    """

    def __init__(self, tube: Tube, bore: Bore) -> None:
        R, half = bore.radius, tube.half_length
        wall = R + np.concatenate([[0.0], outwards(tube.outer_radius - R, THROUGH * FINE, BAND)])
        up = np.concatenate([[0.0], outwards(half, FINE, 2 * BAND)])
        along = np.concatenate([-up[:0:-1], up])
        body = Body(wall, along, [(tube.outer_radius, "tube")])
        self._solid = Solid(mesh_bodies([body]), {"tube": tube})
        r, z = self._solid.place.T
        nodes = np.flatnonzero(r < R + NEAR)
        nodes = nodes[np.argsort(z[nodes])]
        self._z, self._dofs, self._before = z[nodes], 2 * nodes, bore
        self._load = Load(self._dofs, self._z, R)
        self._solid.contact = self._load
        self._solid.held = 2 * np.flatnonzero(z < NEAR - half) + 1

    @property
    def bore(self) -> Bore:
        """The bore as it is now [m]."""
        above = self._z >= 0
        z = self._z[above]
        moved = self._solid.u.x.array[self._dofs][above]
        return Bore(self._before.radius, z, self._before.width(z) + moved)

    @property
    def displacement(self) -> float:
        """Largest of the bore along r [m]."""
        return float(np.abs(self._solid.u.x.array[self._dofs]).max())

    def give_way(self, z: FloatArray, pressure: FloatArray, dt: float) -> None:
        """Find the bore under a pressure (n,) [Pa] at rising heights (n,) [m]; 0 elsewhere.

        `dt` [s] have passed since the last accepted bore.

        Raises:
            SolverDiverged: there is no balance.
        """
        self._load.press(z, pressure)
        self._solid.solve(dt)

    def accept(self) -> None:
        """Keep the bore as it is now."""
        self._solid.accept()

    def save(self) -> list[list[float]]:
        """Displacement, plastic part and plastic strain, as numbers."""
        points = self._solid.points["tube"]
        kept = (self._solid.u.x.array, points.plastic.ravel(), points.history)
        return [list(map(float, values)) for values in kept]

    def restore(self, values: list[list[float]]) -> None:
        """Take them back."""
        u, plastic, history = (np.array(numbers) for numbers in values)
        self._solid.u.x.array[:] = u
        self._solid.points = {"tube": Points(plastic.reshape(-1, 4), history)}

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solid.close()


def _where_equal(tried: list[tuple[float, float]]) -> float:
    """Where what is found equals what was given, by the secant of the last two of (given, found).

    What is found never rises with what is given: a bore under more pressure makes room.
    """
    given, found = tried[-1]
    if len(tried) == 1 or given == tried[-2][0]:
        return found
    slope = min((found - tried[-2][1]) / (given - tried[-2][0]), 0.0)
    return (found - slope * given) / (1 - slope)


class Wall:
    """What lithium is in: a bore, rigid or of a tube that gives way.

    Args:
        config: the input.

    Attributes:
        bore: as it is now [m].
        before: as it was at the last accepted step [m].
        locked: as it was when the frame was locked [m].
        tubes: that give way: one or none.
    """

    def __init__(self, config: Config) -> None:
        bore = config.cell.bore
        self.tubes = [SoftTube(tube, bore) for tube in present(config, Tube)]
        self.bore = self.before = self.locked = self.tubes[0].bore if self.tubes else bore

    @property
    def displacement(self) -> float:
        """Largest of the bore since the start [m]; 0 where the tube is rigid."""
        return max((tube.displacement for tube in self.tubes), default=0.0)

    @property
    def middle(self) -> Bore:
        """The bore in the middle of the step [m]."""
        if self.bore is self.before:
            return self.bore
        return replace(self.bore, gap=(self.bore.gap + self.before.gap) / 2)

    def widened(self, z: float) -> float:
        """Volume that the bore has gained in the step, up to a height [m³]."""
        return 0.0 if self.bore is self.before else self.bore.volume(z) - self.before.volume(z)

    def settle(
        self,
        step: Callable[[], float],
        load: Callable[[float], tuple[FloatArray, FloatArray]],
        dt: float,
    ) -> None:
        """Find the bore that agrees with the pressure at the end of a step; a rigid one does.

        Pressures are found by the secant method: in a closed cell the bore decides them.

        Args:
            step: goes the step with the bore as it is; the pressure on the rod at its end [Pa].
            load: from that pressure to rising heights (n,) [m] and the pressure there (n,) [Pa].
            dt: the step [s].

        Raises:
            SolverDiverged: there is no balance, or bore and pressure do not agree.
        """
        given, tried = step(), []
        for _ in range(PASSES * len(self.tubes)):
            if self._moved(*load(given), dt) <= AGREED:
                return
            tried.append((given, step()))
            given = _where_equal(tried)
        if self.tubes:
            raise SolverDiverged("bore of the tube", "does not agree with the pressure in it")

    def _moved(self, z: FloatArray, pressure: FloatArray, dt: float) -> float:
        """Load the bore; by how much it is away from where it was [m]."""
        was = self.bore
        for tube in self.tubes:
            tube.give_way(z, pressure, dt)
            self.bore = tube.bore
        return float(np.abs(self.bore.gap - was.width(self.bore.z)).max())

    def accept(self) -> None:
        """Keep the bore as it is now."""
        for tube in self.tubes:
            tube.accept()
        self.before = self.bore

    def save(self) -> CheckpointData:
        """The tube, and the bore at the locking."""
        gap = [float(g) for g in self.locked.gap]
        return CheckpointData({"gap": gap, "tubes": [tube.save() for tube in self.tubes]})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        for tube, values in zip(self.tubes, data.numbers["tubes"], strict=True):
            tube.restore(values)
            self.bore = tube.bore
        self.before = self.bore
        self.locked = replace(self.bore, gap=np.array(data.numbers["gap"]))

    def close(self) -> None:
        """Free the PETSc objects."""
        for tube in self.tubes:
            tube.close()
