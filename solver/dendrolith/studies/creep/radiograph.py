"""What neutrons see of the cell: change of transmission, row by row, since the locking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.physics.neutrons import Neutrons, chord
from dendrolith.studies.creep.charge import PressedLithium
from dendrolith.studies.creep.geometry import Shape

ROWS = Table(
    "transmission",
    ("time [s]", "from [m]", "to [m]", "through_axis [1]", "beside_rod [1]"),
)


class Radiograph(Observable):
    """T/T₀ of rows of a picture at output times, T₀ being that when the frame was locked.

    Rays pass through the axis (region I) and half-way between rod and bore (region II). Below 1
    there is more lithium than then.

    Args:
        neutrons: the beam.
        cell: lithium.
    """

    tables = (ROWS,)

    def __init__(self, neutrons: Neutrons, cell: PressedLithium) -> None:
        self._neutrons, self._cell = neutrons, cell

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """New rows at an output time."""
        cell = self._cell
        if not (view.milestone and cell.is_locked):
            return {}
        return {ROWS.name: list(self._rows(view.time, cell.locked_shape, cell.shape))}

    def _rows(self, time: float, before: Shape, now: Shape) -> Iterator[Row]:
        height = self._neutrons.resolution
        top = max(float(shape.front_nodes[:, 1].max()) for shape in (before, now))
        for number in range(math.ceil(top / height)):
            low, high = number * height, (number + 1) * height
            ratios = (
                self._passing(now, x, low, high) / self._passing(before, x, low, high)
                for x in (0.0, before.radius + before.gap / 2)
            )
            yield (time, low, high, *ratios)

    def _passing(self, shape: Shape, x: float, low: float, high: float) -> float:
        """Mean transmission of a row between two heights [m] at a distance from the axis [m]."""
        gap = shape.bore.width_at((low + high) / 2)
        passing, reached = 0.0, low
        for top, rings in ((shape.thickness, [(0.0, shape.radius + gap)]), *_slot(shape, gap)):
            end = min(max(top, reached), high)
            length = sum(chord(x, inner, outer) for inner, outer in rings)
            passing += (end - reached) * self._neutrons.transmission(length)
            reached = end
        return passing / (high - low)


def _slot(shape: Shape, gap: float) -> Iterator[tuple[float, list[tuple[float, float]]]]:
    """Heights up to which the slot, of width `gap`, holds lithium in the same rings."""
    z, edges = shape.front_nodes[:, 1], shape.radius + gap * shape.across
    tops = (z[1:] + z[:-1]) / 2
    for top in np.unique(tops):
        reaching = np.flatnonzero(tops >= top)
        yield float(top), [(float(edges[k]), float(edges[k + 1])) for k in reaching]
    yield math.inf, []
