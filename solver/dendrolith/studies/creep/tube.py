"""A tube whose bore gives way to the pressure of lithium.

The bore is loaded by the pressure at its wall, and moves by the displacement of its nodes along r.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.sections import present
from dendrolith.domain.graded import outwards
from dendrolith.physics.finite_strain import Points
from dendrolith.studies.bodies import Body, mesh_bodies
from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.creep.schema import Config
from dendrolith.studies.solid import Solid, Springs
from dendrolith.studies.tube import Tube

FloatArray = npt.NDArray[np.float64]

NEAR = 1e-9  # m
FINE, BAND = 1e-4, 1e-3  # m: cells of the bore beside lithium, and how far above the electrolyte
THROUGH = 2.0  # cells of the inner side of the wall, over those of the bore


class Load:
    """Forces on nodes of the bore.

    Args:
        dofs: (n,) of the nodes along r.
        weights: (n,) area of each [m²/rad].
    """

    def __init__(self, dofs: npt.NDArray[np.int64], weights: FloatArray) -> None:
        self._dofs, self._weights = dofs[:, None], weights
        self.pressure: FloatArray = np.zeros(len(dofs))

    def springs(self, u: FloatArray) -> list[Springs]:
        """The pressure, on the bore without load."""
        force = -(self.pressure * self._weights)[:, None]
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
        weights = np.zeros(len(nodes))
        for k in range(0, len(nodes) - 2, 2):
            weights[k : k + 3] += (self._z[k + 2] - self._z[k]) / 6 * np.array([1, 4, 1])
        self._load = Load(self._dofs, R * weights)
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

        Raises:
            SolverDiverged: there is no balance.
        """
        self._load.pressure = np.interp(self._z, z, pressure, left=0.0, right=0.0)
        self._solid.solve(dt)
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


class Wall:
    """What lithium is in: a bore, rigid or of a tube that gives way.

    Args:
        config: the input.

    Attributes:
        bore: as it is now [m].
        locked: as it was when the frame was locked [m].
        tubes: that give way: one or none.
    """

    def __init__(self, config: Config) -> None:
        self.bore = self.locked = config.cell.bore
        self.tubes = [SoftTube(tube, self.bore) for tube in present(config, Tube)]

    @property
    def displacement(self) -> float:
        """Largest of the bore since the start [m]; 0 where the tube is rigid."""
        return max((tube.displacement for tube in self.tubes), default=0.0)

    def give_way(self, z: FloatArray, pressure: FloatArray, dt: float) -> None:
        """Find the bore under a pressure (n,) [Pa] at rising heights (n,) [m].

        Raises:
            SolverDiverged: there is no balance.
        """
        for tube in self.tubes:
            tube.give_way(z, pressure, dt)
            self.bore = tube.bore

    def save(self) -> CheckpointData:
        """The tube, and the bore at the locking."""
        gap = [float(g) for g in self.locked.gap]
        return CheckpointData({"gap": gap, "tubes": [tube.save() for tube in self.tubes]})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        for tube, values in zip(self.tubes, data.numbers["tubes"], strict=True):
            tube.restore(values)
            self.bore = tube.bore
        self.locked = replace(self.bore, gap=np.array(data.numbers["gap"]))

    def close(self) -> None:
        """Free the PETSc objects."""
        for tube in self.tubes:
            tube.close()
