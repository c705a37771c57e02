"""Which rank owns which cell: recursive bisection by straight cuts.

The partitioners that come with DOLFINx do not give the same parts twice. These cuts do, so a run on
the same ranks repeats to the last digit; on a box they are as short as any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import basix
import numpy as np
import numpy.typing as npt
from dolfinx import graph, mesh
from mpi4py import MPI

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Partitioner = Callable[[MPI.Comm, int, list[Any], list[IntArray]], Any]


def straight_cuts(
    counts: Sequence[int], extents: FloatArray, kind: mesh.CellType, *, ghosts: bool
) -> Partitioner:
    """A partitioner for `create_rectangle` and `create_box`.

    Args:
        counts: number of boxes along each axis.
        extents: of the whole box [m].
        kind: cell type.
        ghosts: neighbours across a facet are ghosts of each other's rank.
    """

    def partition(comm: MPI.Comm, parts: int, _: list[Any], cells: list[IntArray]) -> Any:
        corners = np.asarray(cells[0]).reshape(-1, len(basix.geometry(basix.CellType[kind.name])))
        if not corners.size:
            return graph.adjacencylist(np.empty((0, 1), dtype=np.int32))
        middles = _corner_points(corners, counts, extents, kind).mean(axis=1)
        return _destinations(corners, middles, parts, ghosts=ghosts)

    return partition


def coordinate_cuts(points: FloatArray) -> Partitioner:
    """A partitioner for `create_mesh` of simplices, with ghosts across facets.

    Args:
        points: (n_nodes, dim) coordinates of the whole mesh on the rank that has its cells [m].
    """

    def partition(comm: MPI.Comm, parts: int, _: list[Any], cells: list[IntArray]) -> Any:
        corners = np.asarray(cells[0]).reshape(-1, points.shape[1] + 1)
        if not corners.size:
            return graph.adjacencylist(np.empty((0, 1), dtype=np.int32))
        return _destinations(corners, points[corners].mean(axis=1), parts, ghosts=True)

    return partition


def _destinations(corners: IntArray, middles: FloatArray, parts: int, *, ghosts: bool) -> Any:
    """For each cell, by its corners and its middle, the ranks that get it; its owner first."""
    owners = np.zeros(len(corners), dtype=np.int32)
    _bisect(middles, np.arange(len(corners)), 0, parts, owners)
    extra = _across_facets(corners, owners, middles.shape[1]) if ghosts else {}
    destinations = [[owner, *extra.get(cell, ())] for cell, owner in enumerate(owners.tolist())]
    offsets = np.concatenate([[0], np.cumsum([len(d) for d in destinations])])
    ranks = np.fromiter((rank for d in destinations for rank in d), dtype=np.int32)
    return graph.adjacencylist(ranks, offsets.astype(np.int32))


def _corner_points(
    corners: IntArray, counts: Sequence[int], extents: FloatArray, kind: mesh.CellType
) -> FloatArray:
    """(n_cells, n_corners, dim) points of the corners, by DOLFINx's numbering of box vertices [m].

    x runs fastest, on quadrilaterals slowest.
    """
    points = [n + 1 for n in counts]
    if kind == mesh.CellType.quadrilateral:
        numbers = np.unravel_index(corners, points)
    else:
        numbers = np.unravel_index(corners, points[::-1])[::-1]
    spacing = extents / np.asarray(counts)
    return np.stack([spacing[axis] * number for axis, number in enumerate(numbers)], axis=-1)


def _bisect(
    middles: FloatArray, cells: IntArray, first: int, parts: int, owners: npt.NDArray[np.int32]
) -> None:
    """Give `cells` to the ranks first … first + parts − 1, cutting the longer way each time."""
    if parts == 1:
        owners[cells] = first
        return
    here = middles[cells]
    axis = int(np.argmax(np.ptp(here, axis=0)))
    order = cells[np.argsort(here[:, axis], kind="stable")]
    left = parts // 2
    cut = len(cells) * left // parts
    _bisect(middles, order[:cut], first, left, owners)
    _bisect(middles, order[cut:], first + left, parts - left, owners)


def _across_facets(
    corners: IntArray, owners: npt.NDArray[np.int32], dim: int
) -> dict[int, list[int]]:
    """For each cell beside a cut the other ranks that own a neighbour across a facet."""
    lowest = np.full(corners.max() + 1, owners.max(), dtype=np.int32)
    highest = np.zeros(corners.max() + 1, dtype=np.int32)
    for column in corners.T:
        np.minimum.at(lowest, column, owners)
        np.maximum.at(highest, column, owners)
    on_cut = (lowest < highest)[corners]
    beside: dict[int, set[int]] = {}
    seen: dict[tuple[int, ...], int] = {}
    # a facet on the cut has all its corners there; cells that share one share dim corners or more
    for cell in map(int, np.flatnonzero(on_cut.sum(axis=1) >= dim)):
        shared = sorted(map(int, corners[cell][on_cut[cell]]))
        for facet in _facets(shared, corners.shape[1], dim):
            other = seen.setdefault(facet, cell)
            if other != cell and owners[other] != owners[cell]:
                beside.setdefault(cell, set()).add(int(owners[other]))
                beside.setdefault(other, set()).add(int(owners[cell]))
    return {cell: sorted(ranks) for cell, ranks in beside.items()}


def _facets(shared: list[int], corners: int, dim: int) -> list[tuple[int, ...]]:
    """Candidates for facets among the corners that lie on the cut."""
    size = 4 if corners == 8 else dim
    return list(combinations(shared, size))
