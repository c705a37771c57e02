"""Lattices whose critical currents are known exactly."""

from __future__ import annotations

import numpy as np

from dendrolith.networks.graph import DefectGraph, IntArray, bare_graph


def square(columns: int, rows: int, spacing: float, *, periodic: bool = False) -> DefectGraph:
    """A square lattice of `columns` × `rows` vertices; the outer columns are the electrodes.

    Args:
        columns: vertices along x.
        rows: vertices along y.
        spacing: length of each facet [m].
        periodic: the last row is joined to the first.
    """
    number = np.arange(columns * rows).reshape(columns, rows)
    along = _pairs(number[:-1], number[1:])
    across = _pairs(number[:, :-1], number[:, 1:])
    parts = [along, across]
    steps = [(spacing, 0.0), (0.0, spacing)]
    if periodic and rows > 2:
        parts.append(_pairs(number[:, -1], number[:, 0]))
        steps.append((0.0, spacing))
    vectors = np.concatenate([np.tile(s, (len(p), 1)) for p, s in zip(parts, steps, strict=True)])
    x, y = np.divmod(np.arange(columns * rows), rows)
    return bare_graph(
        spacing * np.column_stack([x, y]).astype(float),
        np.concatenate(parts),
        number[0],
        number[-1],
        ((columns - 1) * spacing, (rows if periodic else max(rows - 1, 1)) * spacing),
        vectors=vectors,
    )


def self_dual(size: int, spacing: float) -> DefectGraph:
    """The bond lattice of (size + 1) × size vertices that is its own dual.

    Facets along the electrodes are left out. At an occupation of one half it is crossed with a
    probability of one half, whatever its size.
    """
    number = np.arange((size + 1) * size).reshape(size + 1, size)
    edges = np.concatenate(
        [_pairs(number[:-1], number[1:]), _pairs(number[1:-1, :-1], number[1:-1, 1:])]
    )
    x, y = np.divmod(np.arange(number.size), size)
    extent = (size * spacing, size * spacing)
    points = spacing * np.column_stack([x, y]).astype(float)
    return bare_graph(points, edges, number[0], number[-1], extent)


def columns(count: int, height: int, spacing: float) -> DefectGraph:
    """`count` chains of `height` facets side by side that do not touch each other."""
    number = np.arange((height + 1) * count).reshape(height + 1, count)
    x, y = np.divmod(np.arange(number.size), count)
    points = spacing * np.column_stack([x, y]).astype(float)
    extent = (height * spacing, count * spacing)
    return bare_graph(points, _pairs(number[:-1], number[1:]), number[0], number[-1], extent)


def _pairs(first: IntArray, second: IntArray) -> IntArray:
    return np.column_stack([first.ravel(), second.ravel()]).astype(np.int64)
