"""Particles that lithium carries along: marker lines of its flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.studies.creep.charge import PressedLithium
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.creep.schema import TracerGrid

FloatArray = npt.NDArray[np.float64]

INSIDE = 1e-7  # of patch coordinates: particles keep so far from the ends of the mesh
PLACES = Table("tracers", ("time [s]", "particle [1]", "r [m]", "z [m]"))


class Tracers(Observable):
    """A grid of particles at the start, and where they are at output times.

    A step carries them with the flow in its middle, by the midpoint rule.

    Args:
        grid: columns over the radius, and rows over the thickness of the foil.
        cell: lithium.
    """

    tables = (PLACES,)

    def __init__(self, grid: TracerGrid, cell: PressedLithium) -> None:
        self._cell = cell
        r = np.linspace(0.0, 1.0, grid.columns) * cell.shape.radius
        z = (np.arange(grid.rows) + 0.5) / grid.rows * cell.shape.thickness
        self._place: FloatArray = np.stack(np.meshgrid(r, z), axis=-1).reshape(-1, 2)

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """Carry them, and new rows at an output time."""
        self._carry(view.dt)
        if not view.milestone:
            return {}
        rows = [(view.time, k, float(x[0]), float(x[1])) for k, x in enumerate(self._place)]
        return {PLACES.name: rows}

    def _carry(self, dt: float) -> None:
        """Move by a step [s]; the flow is that of its middle.

        A solve bounds the share of the closing that is plated. What it leaves out lifts foil and
        rod alike, and fades towards the bore.
        """
        cell, unit = self._cell, self._cell.unit
        way, x = float(cell.closing * dt / unit), np.asarray(self._place / unit)
        # a closed cell has no flow, and its bore may have moved since the last one
        shape = cell.flow.shape if way > 0 else cell.shape.scaled(unit)
        lift = cell.stage.plating * dt / unit - cell.flow.plated * way
        if way > 0:
            half: FloatArray = x + 0.5 * way * cell.flow.velocity(kept_inside(shape, x))
            x = x + way * cell.flow.velocity(kept_inside(shape, half))
        x[:, 1] += lift * np.clip(2 - shape.patch(x)[:, 0], 0.0, 1.0)
        self._place = kept_inside(cell.shape, unit * x)

    def save(self) -> CheckpointData:
        """Where they are."""
        return CheckpointData({"place": self._place.ravel().tolist()})

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        self._place = np.array(data.numbers["place"]).reshape(-1, 2)


def kept_inside(shape: Shape, x: FloatArray) -> FloatArray:
    """Points (n, 2), those outside of a shape moved to its rim."""
    a, b = shape.patch(x).T
    b = np.clip(b, INSIDE, 2 - INSIDE)
    beside_rod = b > 1
    a = np.clip(a, np.where(beside_rod, 1 + INSIDE, 0.0), 2 - INSIDE)
    return shape.place(np.column_stack([a, b]))
