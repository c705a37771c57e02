"""Edges of quadratic triangles: nodes of their elements, functions on them, places of a rule."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

GAUSS = (0.5 + 0.5 * np.sqrt(0.6) * np.array([-1.0, 0.0, 1.0]), np.array([5.0, 8.0, 5.0]) / 18)


def shapes(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Quadratic functions (n, 3) of nodes at 0, ½ and 1, at places (n,), and their slopes."""
    values = np.column_stack([(1 - x) * (1 - 2 * x), 4 * x * (1 - x), x * (2 * x - 1)])
    return values, np.column_stack([4 * x - 3, 4 - 8 * x, 4 * x - 1])


def elements(nodes: IntArray) -> IntArray:
    """(n, 3) nodes of the elements of an edge, from nodes from end to end."""
    return np.column_stack([nodes[:-2:2], nodes[1:-1:2], nodes[2::2]])


def weights_of_line(places: FloatArray, z: FloatArray, values: FloatArray) -> FloatArray:
    """(n,) ∫ N p dz of the nodes of a straight edge; p is linear between z, and 0 beyond its ends.

    Args:
        places: (n,) of the nodes, rising; those between two ends are in the middle.
        z: (m,) rising places where p is given.
        values: (m,) p there.
    """
    ends = places[::2]
    cuts = np.unique(np.concatenate([ends, z.clip(ends[0], ends[-1])]))
    length = np.diff(cuts)
    at = (cuts[:-1, None] + length[:, None] * GAUSS[0]).ravel()
    share = (length[:, None] * GAUSS[1]).ravel() * np.interp(at, z, values, left=0.0, right=0.0)
    inside = (np.searchsorted(ends, at) - 1).clip(0, len(ends) - 2)
    N = shapes((at - ends[inside]) / np.diff(ends)[inside])[0]
    found = np.zeros(len(places))
    np.add.at(found, 2 * inside[:, None] + np.arange(3), share[:, None] * N)
    return found
