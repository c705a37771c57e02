"""Ellipses, in 3-D ellipsoids of revolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.domain.extents import BoxGeometry

FloatArray = npt.NDArray[np.float64]

AT_CENTRE = 1e-6  # of the way to the surface: nearer, round-off would choose between both axes


def ellipsoid_distance(along: FloatArray, across: FloatArray, a: float, b: float) -> FloatArray:
    """First-order distance to an ellipsoid [m]: exact on it, right gradient beside it.

    Args:
        along: coordinate along its axis, from its centre [m].
        across: distance from its axis [m].
        a: half of its extent along the axis [m].
        b: half of its extent across the axis [m].
    """
    F = np.sqrt((along / a) ** 2 + (across / b) ** 2)
    slope = np.sqrt((along / a**2) ** 2 + (across / b**2) ** 2)
    off = F > AT_CENTRE
    return np.where(off, F * (F - 1) / np.where(off, slope, 1.0), -min(a, b))


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipse, in 3-D an ellipsoid of revolution.

    Attributes:
        centre: (3,) [m].
        axis: (3,) unit vector.
        along, across: half of its extents along the axis and across it [m].
        box: where it lies; where its sides are periodic, it has images beyond them.
    """

    centre: tuple[float, float, float]
    axis: tuple[float, float, float]
    along: float
    across: float
    box: BoxGeometry

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance to the surface [m] at points (2 or 3, n), negative inside."""
        apart = [self.box.apart(x[k] - self.centre[k], k) for k in range(self.box.dim)]
        along = sum(r * e for r, e in zip(apart, self.axis, strict=False))
        squared = sum(r**2 for r in apart) - along**2
        across = np.sqrt(np.maximum(squared, 0.0))
        return ellipsoid_distance(np.asarray(along), across, self.along, self.across)
