"""Slits and bent slits: all that lies within a distance of a line; the ends are round."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dendrolith.domain.extents import BoxGeometry

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Polyline:
    """All that lies within a radius of a chain of straight lines; of two points: a slit.

    Attributes:
        points: (n, 3) ends of the lines [m], two of them or more.
        radius: half of the width [m].
        box: where it lies; where its sides are periodic, it has images beyond them.
    """

    points: tuple[tuple[float, float, float], ...]
    radius: float
    box: BoxGeometry

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance to the surface [m] at points (2 or 3, n), negative inside."""
        d = np.full(x.shape[1], np.inf)
        for start, end in pairwise(self.points):
            np.minimum(d, self._from_line(x, np.array(start), np.array(end)), out=d)
        return d - self.radius

    def _from_line(self, x: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
        """Distance from one straight line [m], or from its nearest image."""
        middle, way = (start + end) / 2, end - start
        apart = [self.box.apart(x[k] - middle[k], k) for k in range(self.box.dim)]
        along = sum(r * w for r, w in zip(apart, way, strict=False)) / (way @ way)
        part = np.clip(along, -0.5, 0.5)
        distance: FloatArray = np.linalg.norm(
            [r - part * w for r, w in zip(apart, way, strict=False)], axis=0
        )
        return distance
