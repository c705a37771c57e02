"""Spheres in 3-D, discs in 2-D: input of random ones and signed distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.core.declare import count, quantity
from dendrolith.domain.extents import BoxGeometry

FloatArray = npt.NDArray[np.float64]

LARGEST_FRACTION = 0.4  # that random spheres may fill


@dataclass(frozen=True, slots=True)
class RandomSpheres:
    """How much of a layer random spheres fill, and how large they are."""

    fraction: float = quantity(
        "1",
        "area fraction (3-D: volume fraction) of pores in the electrolyte",
        above=0,
        at_most=LARGEST_FRACTION,
        source="0.1625 in cao2023",
        zero_is_absence=True,
    )
    mean_diameter: float = quantity("m", "mean pore diameter", above=0)
    seed: int = count("seed of the random microstructure", default=0, at_least=0)
    diameter_spread: float = quantity(
        "1",
        "standard deviation of the diameter over its mean",
        default=0.15,
        at_least=0,
        at_most=0.4,
    )


@dataclass(frozen=True, slots=True)
class Spheres:
    """Sharp discs in 2-D, spheres in 3-D.

    Attributes:
        centres: (n, dim) [m].
        radii: (n,) [m].
        box: where they lie; where its sides are periodic, every sphere has images beyond them.
    """

    centres: FloatArray
    radii: FloatArray
    box: BoxGeometry

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance to the nearest surface [m], negative inside; x: (2 or 3, n)."""
        d = np.full(x.shape[1], np.inf)
        for centre, radius in zip(self.centres, self.radii, strict=True):
            np.minimum(d, distance_from(self.box, x, centre) - radius, out=d)
        return d


def distance_from(box: BoxGeometry, x: FloatArray, centre: FloatArray) -> FloatArray:
    """Distance [m] of points (2 or 3, n) from a centre (dim,), or from its nearest image."""
    apart = [box.apart(x[axis] - where, axis) for axis, where in enumerate(centre)]
    distance: FloatArray = np.linalg.norm(apart, axis=0)
    return distance
