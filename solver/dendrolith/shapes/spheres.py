"""Spheres in 3-D, discs in 2-D: input of random ones and signed distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from dendrolith.core.declare import count, quantity
from dendrolith.domain.extents import BoxGeometry

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LARGEST_FRACTION = 0.4  # that random spheres may fill
NEIGHBOURS = 6  # centres that are looked at first for each point
CHUNK = 2**17  # points at once


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
        if not len(self.centres):
            return d
        images, owners = self._images()
        tree = cKDTree(images)
        for start in range(0, d.size, CHUNK):
            self._fill(d, x, np.arange(start, min(start + CHUNK, d.size)), tree, owners)
        return d

    def _images(self) -> tuple[FloatArray, IntArray]:
        """Centres and their images beyond periodic sides, and whose each is."""
        images = self.centres
        for axis in self.box.joined_axes:
            shift = np.zeros(images.shape[1])
            shift[axis] = self.box.extents[axis]
            images = np.concatenate([images, images + shift, images - shift])
        return images, np.arange(len(images)) % len(self.centres)

    def _fill(
        self, d: FloatArray, x: FloatArray, points: IntArray, tree: cKDTree, owners: IntArray
    ) -> None:
        """Put the distances of some points into `d`.

        The sphere whose surface is nearest has a centre that is no farther off than the nearest
        centre by more than the radii differ.
        """
        spread, dim = np.ptp(self.radii), self.centres.shape[1]
        count = min(NEIGHBOURS, tree.n)
        while points.size:
            away, near = tree.query(x[:dim, points].T, k=np.arange(1, count + 1))
            spheres = owners[near]
            centres = np.moveaxis(self.centres[spheres], -1, 0)
            apart = distance_from(self.box, x[:, points, None], centres)
            d[points] = (apart - self.radii[spheres]).min(axis=1)
            open_still = away[:, -1] <= away[:, 0] + spread
            points = points[open_still] if count < tree.n else points[:0]
            count = min(2 * count, tree.n)


def distance_from(box: BoxGeometry, x: FloatArray, centre: FloatArray) -> FloatArray:
    """Distance [m] of points (2 or 3, n) from a centre (dim,), or from its nearest image.

    Both may have further axes, which are broadcast.
    """
    apart = [box.apart(x[axis] - where, axis) for axis, where in enumerate(centre)]
    distance: FloatArray = np.linalg.norm(apart, axis=0)
    return distance
