"""Homology of pictures in any number of dimensions, by cubical complexes (gudhi).

The filtration is the distance to the defects, negative inside; that of bars goes across the joined
sides of y. b₀ counts clusters, b₁ loops, b₂ cavities; χ = b₀ − b₁ + b₂. Pixels are closed cubes, so
neighbours may share a corner.
"""

from __future__ import annotations

import gudhi
import numpy as np

from dendrolith.networks.descriptors.image import distance
from dendrolith.networks.graph import BoolArray, FloatArray


def signed_distance(defects: BoolArray) -> FloatArray:
    """Distance to the surface of the defects, negative inside [pixels]."""
    if defects.all() or not defects.any():
        return np.zeros(defects.shape)
    return distance(defects) - distance(~defects)


def bars(defects: BoolArray) -> FloatArray:
    """(n, 2) birth and death of each finite component or loop [pixels]."""
    complex_ = gudhi.PeriodicCubicalComplex(
        top_dimensional_cells=signed_distance(defects), periodic_dimensions=[False, True]
    )
    found = [(birth, death) for _, (birth, death) in complex_.persistence() if np.isfinite(death)]
    return np.array(found).reshape(-1, 2)


def total_persistence(lengths: FloatArray) -> float:
    """Sum of the lengths of all bars."""
    return float(lengths.sum())


def longest_bar(lengths: FloatArray) -> float:
    """The longest one."""
    return float(lengths.max(initial=0.0))
