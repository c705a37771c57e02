"""Descriptors of a binary picture: True is a defect, x is the first axis, y the second.

    S₂(r) = P(both ends of r are in defects)        C₂(r) = P(both are in the same cluster)
    ξ     = ∫ (S₂ − φ²)/(φ − φ²) dr                 correlation length

The sides of y are joined, so nothing depends on where the period begins. Neighbours share an edge
or a corner.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.measure import euler_number, label, perimeter_crofton

from dendrolith.networks.graph import BoolArray, DefectGraph, FloatArray, IntArray

CORNERS = 2  # connectivity in the plane
PIXELS = 6  # a grain


@dataclass(frozen=True, eq=False)
class Picture:
    """A binary picture and what several descriptors need of it.

    Attributes:
        defects: (nx, ny) True in defects.
        pixel: length of a side [m].
    """

    defects: BoolArray
    pixel: float

    @functools.cached_property
    def labels(self) -> IntArray:
        """(nx, ny) number of the cluster, from 1; 0 outside."""
        return clusters(self.defects)

    @functools.cached_property
    def areas(self) -> FloatArray:
        """Area of each cluster [m²]; empty where there is none."""
        return np.bincount(self.labels.ravel())[1:].astype(np.float64) * self.pixel**2

    @functools.cached_property
    def distance(self) -> FloatArray:
        """(nx, ny) distance to the next defect [m]; 0 inside."""
        if not self.defects.any():
            return np.ones(self.defects.shape) * sum(self.defects.shape) * self.pixel
        return distance(self.defects) * self.pixel

    @property
    def area(self) -> float:
        """Of the whole picture [m²]."""
        return float(self.defects.size * self.pixel**2)


def clusters(defects: BoolArray) -> IntArray:
    """(nx, ny) number of the cluster of each pixel, from 1; 0 outside."""
    found = np.asarray(label(defects, connectivity=CORNERS), dtype=np.int64)
    last, first = np.pad(found[:, -1], 1), np.pad(found[:, 0], 1)
    pairs = np.hstack([(last, np.roll(first, shift)) for shift in (-1, 0, 1)])
    a, b = pairs[:, (pairs > 0).all(axis=0)] - 1
    n = int(found.max(initial=0))
    joined = connected_components(coo_matrix((np.ones(a.size), (a, b)), (n, n)), directed=False)[1]
    return np.asarray(np.concatenate([[0], joined + 1])[found], dtype=np.int64)


def distance(defects: BoolArray) -> FloatArray:
    """(nx, ny) to the next defect, across the sides of y too; there is one [pixels]."""
    n = defects.shape[1]
    reach = n // 2 + 1
    found: FloatArray = distance_transform_edt(~np.pad(defects, ((0, 0), (reach, reach)), "wrap"))
    return found[:, reach : reach + n]


def per_period(measure: Callable[[BoolArray], float], defects: BoolArray) -> float:
    """An additive measure without the ends of y: that of two periods less that of one."""
    return float(measure(np.hstack([defects, defects]))) - float(measure(defects))


def draw(graph: DefectGraph, pixel: float) -> Picture:
    """Pores and open facets of a network as a picture; a crack is a pixel wide.

    Args:
        graph: with its defects.
        pixel: length of a side [m].
    """
    shape = (round(graph.thickness / pixel), round(graph.width / pixel))
    defects = np.zeros(shape, dtype=bool)
    start, steps = graph.points[graph.edges[graph.is_open, 0]], graph.vectors[graph.is_open]
    for share in np.linspace(0.0, 1.0, 2 + int(2 * np.max(graph.lengths, initial=0.0) / pixel)):
        place = ((start + share * steps) / pixel).astype(int)
        place[:, 0] = np.clip(place[:, 0], 0, shape[0] - 1)
        defects[place[:, 0], place[:, 1] % shape[1]] = True
    reach = int(np.max(graph.pores[:, 2], initial=0.0) / pixel) + 1
    offsets = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2, indexing="ij"), axis=-1)
    for x, y, radius in graph.pores:
        near = np.floor(np.array([x, y]) / pixel).astype(int) + offsets.reshape(-1, 2)
        centre = (near + 0.5) * pixel - [x, y]
        near = near[(centre**2).sum(axis=1) <= radius**2]
        near = near[(near[:, 0] >= 0) & (near[:, 0] < shape[0])]
        defects[near[:, 0], near[:, 1] % shape[1]] = True
    return Picture(defects, pixel)


def defect_fraction(picture: Picture) -> float:
    """Area of defects over the whole [1]."""
    return float(picture.defects.mean())


def number_density(picture: Picture) -> float:
    """Clusters per area [1/m²]."""
    return picture.areas.size / picture.area


def mean_cluster(picture: Picture) -> float:
    """Mean area of a cluster [m²]."""
    return float(picture.areas.mean()) if picture.areas.size else 0.0


def largest_cluster(picture: Picture) -> float:
    """Area of the largest cluster [m²]."""
    return float(picture.areas.max(initial=0.0))


def largest_share(picture: Picture) -> float:
    """Largest cluster over all of them [1]."""
    total = float(picture.areas.sum())
    return largest_cluster(picture) / total if total else 0.0


def clusters_at(picture: Picture, end: int) -> int:
    """Clusters that touch the first (`end` 0) or last (−1) row of pixels along x [1]."""
    return int(np.count_nonzero(np.unique(picture.labels[end])))


def percolation_distance(picture: Picture) -> float:
    """Least radius of dilation at which defects join both ends along x [m]."""
    radii = np.unique(picture.distance)
    low, high = -1, radii.size - 1  # at radii[high] everything is a defect
    while high - low > 1:
        middle = (low + high) // 2
        grown = clusters(picture.distance <= radii[middle])
        both = np.intersect1d(grown[0][grown[0] > 0], grown[-1][grown[-1] > 0])
        low, high = (low, middle) if both.size else (middle, high)
    return float(radii[high])


def two_point(picture: Picture, lag: int) -> float:
    """S₂ at a distance of `lag` pixels, along x and y [1]."""
    inside = picture.defects
    along = inside[: inside.shape[0] - lag] & inside[lag:]
    across = inside & np.roll(inside, -lag, axis=1)
    return float(0.5 * (along.mean() + across.mean()))


def same_cluster(picture: Picture, lag: int) -> float:
    """C₂ at a distance of `lag` pixels, along x and y [1]."""
    labels = picture.labels
    start = labels[: labels.shape[0] - lag]
    along = (start == labels[lag:]) & (start > 0)
    across = (labels == np.roll(labels, -lag, axis=1)) & (labels > 0)
    return float(0.5 * (along.mean() + across.mean()))


def correlation_length(picture: Picture) -> float:
    """ξ up to a quarter of the shorter side [m]."""
    share = defect_fraction(picture)
    if not 0.0 < share < 1.0:
        return 0.0
    reach = min(picture.defects.shape) // 4
    values = np.array([two_point(picture, lag) for lag in range(reach + 1)])
    normal = (values - share**2) / (share - share**2)
    return float(np.trapezoid(normal, dx=picture.pixel))


def loops(picture: Picture) -> int:
    """b₁ = b₀ − χ, ways around the period among them [1]."""
    return picture.areas.size - round(_euler(picture))


def _euler(picture: Picture) -> float:
    return per_period(lambda part: euler_number(part, connectivity=CORNERS), picture.defects)


def boundary_length(picture: Picture) -> float:
    """Perimeter of the defects per area, by Crofton's formula in four directions [1/m]."""
    length = per_period(lambda part: perimeter_crofton(part, directions=4), picture.defects)
    return length * picture.pixel / picture.area


def euler_density(picture: Picture) -> float:
    """Euler characteristic per area [1/m²]."""
    return _euler(picture) / picture.area
