"""What all shapes share: a signed distance, and the smooth profiles made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
SURFACE = 1e-9  # of δ: so near a point lies on the surface, whatever its round-off


class Shape(Protocol):
    """A part of space with a sharp surface."""

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance to the surface [m] at points (2 or 3, n), negative inside."""
        ...


@dataclass(frozen=True, slots=True)
class _Union:
    """All that lies in one shape or another."""

    shapes: tuple[Shape, ...]

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance [m]: exact outside, inside no larger than the true one."""
        d = np.full(x.shape[1], np.inf)
        for shape in self.shapes:
            np.minimum(d, shape.distance(x), out=d)
        return d


@dataclass(frozen=True, slots=True)
class _Difference:
    """What lies in one shape and not in another."""

    shape: Shape
    without: Shape

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance [m]: exact inside, outside no larger than the true one."""
        d: FloatArray = np.maximum(self.shape.distance(x), -self.without.distance(x))
        return d


def difference(shape: Shape, without: Shape) -> Shape:
    """What lies in `shape` and not in `without`."""
    return _Difference(shape, without)


def union(*shapes: Shape) -> Shape:
    """All that lies in one of `shapes` or another; of none: nothing, infinitely far away."""
    return _Union(shapes)


def wall_profile(distance: FloatArray, width: float) -> FloatArray:
    """tanh(2d/δ) [1]: −1 inside, 1 outside.

    Args:
        distance: signed distance d [m], negative inside.
        width: δ [m].
    """
    profile: FloatArray = np.tanh(2 * distance / width)
    return profile


def filled_profile(distance: FloatArray, width: float) -> FloatArray:
    """½[1 − tanh(2d/δ)] [1]: 1 inside, 0 outside, ½ on the surface; arguments as of `wall_profile`.

    What is counted above ½ must not hang on the last bits of a coordinate.
    """
    away = np.where(np.abs(distance) < SURFACE * width, 0.0, distance)
    profile: FloatArray = 0.5 * (1 - wall_profile(away, width))
    return profile
