"""Grains: Voronoi cells of random seeds, made more equal by Lloyd's relaxation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import scipy.spatial
from scipy.spatial import cKDTree

from dendrolith.core.declare import count, quantity
from dendrolith.core.errors import ConfigError
from dendrolith.domain.extents import BoxGeometry

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SAMPLES = 200  # points a grain, by which its size is known
NEIGHBOURS = 32  # seeds that may share the nearest boundary of a point
NO_SIZE = 1e-9  # of the extent of all seeds
MOST_RELAXATIONS = 500
SMALLEST_SPREAD = 0.1  # below it Lloyd's relaxation hardly goes


@dataclass(frozen=True, slots=True)
class RandomGrains:
    """How large grains are."""

    mean_size: float = quantity(
        "m", "mean size of a grain: root of its mean area, in 3-D cube root of its volume", above=0
    )
    spread: float = quantity(
        "1",
        "standard deviation of the areas (3-D: volumes) over their mean, at most; random seeds "
        "have 0.53 (3-D: 0.42)",
        default=0.3,
        at_least=SMALLEST_SPREAD,
    )
    seed: int = count("seed of the random grains", default=0, at_least=0)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Of points: the grain that each lies in, and its boundaries from the nearest on.

    Attributes:
        grain: (n,) numbers of grains.
        neighbour: (n, m) numbers of the grains beyond those boundaries.
        distance: (n, m) from the planes of the boundaries [m]; ∞ where a grain has fewer.
        normal: (n, m, dim) of the boundaries, from the grain to its neighbours.
    """

    grain: IntArray
    neighbour: IntArray
    distance: FloatArray
    normal: FloatArray


class Voronoi:
    """Each point belongs to the grain of the nearest seed; joined sides continue each other.

    Args:
        seeds: (n, dim) places in the box [m], two or more.
        box: what the grains fill.

    Attributes:
        seeds: as given.
    """

    def __init__(self, seeds: FloatArray, box: BoxGeometry) -> None:
        self.seeds, self._periods = seeds, box.periods[: box.dim]
        shifts = np.zeros((1, box.dim))
        for axis in box.joined_axes:
            period = np.eye(box.dim)[axis] * box.extents[axis]
            shifts = np.concatenate([shifts + k * period for k in (0, -1, 1)])
        self._images = (shifts[:, None] + seeds).reshape(-1, box.dim)
        self._tree, self._touching = cKDTree(self._images), self._pairs()

    def grains(self, points: FloatArray) -> IntArray:
        """(n,) the grain of each of the points (n, dim) [m]."""
        _, nearest = self._tree.query(self._wrapped(points))
        return np.asarray(nearest, dtype=np.int64) % len(self.seeds)

    def boundaries(self, points: FloatArray, most: int = 2) -> Boundaries:
        """The `most` nearest boundaries of the grain of each of the points (n, dim) [m].

        The distance from the plane half-way between seeds 1 and j is (d_j² − d₁²)/(2|x_j − x₁|).
        The nearest of all planes is a boundary; of the others those are whose grains touch.
        """
        count, images = len(self.seeds), len(self._images)
        d, near = self._tree.query(self._wrapped(points), k=min(NEIGHBOURS, images))
        way = self._images[near[:, 1:]] - self._images[near[:, :1]]
        length = np.linalg.norm(way, axis=2)
        distance = (d[:, 1:] ** 2 - d[:, :1] ** 2) / (2 * length)
        touching = np.isin(near[:, :1] * images + near[:, 1:], self._touching)
        distance = np.where(touching, distance, np.inf)
        order = np.argsort(distance, axis=1, kind="stable")[:, :most]
        rows = np.arange(len(points))[:, None]
        return Boundaries(
            np.asarray(near[:, 0], dtype=np.int64) % count,
            np.asarray(near[rows, order + 1], dtype=np.int64) % count,
            distance[rows, order],
            way[rows, order] / length[rows, order][..., None],
        )

    def _pairs(self) -> IntArray:
        """Pairs of images whose grains share a boundary, each as one number."""
        count, dim = self._images.shape
        pairs = np.array(list(combinations(range(count), 2)))
        if count > dim + 1:
            found = scipy.spatial.Voronoi(self._images)
            size = np.ptp(self._images, axis=0).max()
            # where four grains meet in a point, two of them may share a boundary of no size
            real = [
                -1 in corners or np.ptp(found.vertices[corners], axis=0).max() > NO_SIZE * size
                for corners in found.ridge_vertices
            ]
            pairs = found.ridge_points[real]
        return np.concatenate(
            [pairs[:, 0] * count + pairs[:, 1], pairs[:, 1] * count + pairs[:, 0]]
        )

    def _wrapped(self, points: FloatArray) -> FloatArray:
        """Points within the first period of joined axes."""
        joined = self._periods > 0
        inside = np.mod(points, np.where(joined, self._periods, 1.0))
        return np.asarray(np.where(joined, inside, points))


def random_grains(wanted: RandomGrains, box: BoxGeometry) -> Voronoi:
    """Grains of a mean size in a box; only the seed decides, on any number of ranks.

    Seeds move to the centres of their grains until the sizes spread no more than wanted.

    Raises:
        ConfigError: fewer than two grains fit, or they do not become as equal as wanted.
    """
    number = round(math.prod(box.extents) / wanted.mean_size**box.dim)
    if number < 2:
        raise ConfigError(f"grains of {wanted.mean_size:g} m: the box holds {number}, not two")
    random, extents = np.random.default_rng(wanted.seed), np.array(box.extents)
    found = Voronoi(random.random((number, box.dim)) * extents, box)
    points = _grid(box, SAMPLES * number)
    for _ in range(MOST_RELAXATIONS):
        grain = found.grains(points)
        sizes = np.bincount(grain, minlength=number)
        if sizes.min() > 0 and sizes.std() <= wanted.spread * sizes.mean():
            return found
        found = Voronoi(_centres(found, points, grain, box), box)
    least = sizes.std() / sizes.mean()
    raise ConfigError(
        f"grains do not come below a spread of {least:.2g}: {wanted.spread:g} is asked"
    )


def _grid(box: BoxGeometry, number: int) -> FloatArray:
    """(n, dim) about so many points, the middles of equal parts of the box [m]."""
    extents = np.array(box.extents)
    size = (extents.prod() / number) ** (1 / box.dim)
    lines = []
    for extent in extents:
        parts = max(2, round(extent / size))
        lines.append((np.arange(parts) + 0.5) / parts * extent)
    return np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, box.dim)


def _centres(found: Voronoi, points: FloatArray, grain: IntArray, box: BoxGeometry) -> FloatArray:
    """(n, dim) centres of the grains [m]; a grain without points keeps its seed."""
    apart = points - found.seeds[grain]
    for axis in box.joined_axes:
        apart[:, axis] = box.apart(apart[:, axis], axis)
    number = len(found.seeds)
    held = np.maximum(np.bincount(grain, minlength=number), 1)
    sums = [np.bincount(grain, apart[:, axis], number) for axis in range(box.dim)]
    moved: FloatArray = found.seeds + np.stack(sums, axis=1) / held[:, None]
    for axis in box.joined_axes:
        moved[:, axis] %= box.extents[axis]
    return moved
