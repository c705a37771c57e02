"""One phase of a picture as a shape: signed distance from its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from dendrolith.shapes.shape import Shape

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Each pixel is cut into so many along each way, grey values linear between the middles of pixels,
# so that an edge is found to an eighth of a pixel; fewer in a picture that becomes this large.
REFINED = 4
MOST_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class ImagePhase:
    """Where the grey value of a picture is on one side of a threshold.

    Attributes:
        signed: (n_rows, n_columns) signed distance [m] in the middle of each cell of a fine grid,
            negative in the phase; the first row is the lowest.
        origin: (x, y) of the lower left corner of the picture [m].
        cell: width and height of a cell of the fine grid [m].
        pixel: width and height of a pixel [m].
    """

    signed: FloatArray
    origin: tuple[float, float]
    cell: tuple[float, float]
    pixel: tuple[float, float]

    @classmethod
    def of(
        cls, inside: FloatArray, origin: tuple[float, float], extents: tuple[float, float]
    ) -> Self:
        """From a field that is above zero in the phase.

        Args:
            inside: (n_rows, n_columns) a value for each pixel, such as threshold − grey value; of
                either sign somewhere. The first row is the lowest.
            origin: (x, y) of the lower left corner [m].
            extents: width and height of the picture [m].
        """
        rows, columns = inside.shape
        times = max(1, min(REFINED, math.isqrt(MOST_CELLS // inside.size)))
        fine = ndimage.zoom(inside, times, order=1, mode="nearest", grid_mode=True)
        pixel = extents[0] / columns, extents[1] / rows
        cell = pixel[0] / times, pixel[1] / times
        phase = fine > 0
        if phase.all() or not phase.any():  # thinner than a pixel, lost between their middles
            phase, cell = inside > 0, pixel
        steps = (cell[1], cell[0])
        out = ndimage.distance_transform_edt(~phase, sampling=steps)
        within = ndimage.distance_transform_edt(phase, sampling=steps)
        # from the middle of a cell to the middle of another; the edge lies half a cell before it
        half = min(cell) / 2
        return cls(np.where(phase, half - within, out - half), origin, cell, pixel)

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance [m] at points (2 or 3, n), negative inside.

        Linear between the cells of the fine grid. Outside the picture it is that of the nearest
        point of its edge.
        """
        places = [(x[axis] - self.origin[axis]) / self.cell[axis] - 0.5 for axis in (1, 0)]
        d: FloatArray = ndimage.map_coordinates(self.signed, places, order=1, mode="nearest")
        return d

    @property
    def fraction(self) -> float:
        """Part of the picture that the phase fills [1]."""
        return float(np.mean(self.signed < 0))

    def area_outside(self, other: Shape) -> float:
        """Area of the phase where another shape is not [m²]."""
        rows, columns = np.nonzero(self.signed < 0)
        middles = [
            self.origin[axis] + (place + 0.5) * self.cell[axis]
            for axis, place in enumerate((columns, rows))
        ]
        outside = np.count_nonzero(other.distance(np.array(middles)) > 0)
        return float(outside * self.cell[0] * self.cell[1])

    def pieces(self) -> tuple[IntArray, FloatArray]:
        """Connected pieces of the phase.

        Returns:
            (n_rows, n_columns) number of the piece of each cell of the fine grid from 1, 0 outside;
            (n_pieces,) radius of the largest disc within each [m].
        """
        label, count = ndimage.label(self.signed < 0)
        radii = -ndimage.minimum(self.signed, label, np.arange(1, count + 1))
        return label.astype(np.int64), np.asarray(radii, dtype=np.float64)
