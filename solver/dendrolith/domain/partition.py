"""Which rank owns which cell: straight cuts, into slabs or by recursive bisection.

The partitioners that come with DOLFINx do not give the same parts twice. These cuts do, and with
slabs a run on the same ranks repeats to the last digit; on a box they are as short as any.
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
Ranks = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
Partitioner = Callable[[MPI.Comm, int, list[Any], list[IntArray]], Any]


def straight_cuts(
    counts: Sequence[int], extents: FloatArray, kind: mesh.CellType, *, ghosts: bool
) -> Partitioner:
    """A partitioner for `create_rectangle` and `create_box`: whole squares or cubes to each rank.

    A rank tells from the numbers of its cells' corners where they lie, and who has what beside it.

    Args:
        counts: number of squares or cubes along each axis.
        extents: of the whole box [m].
        kind: cell type.
        ghosts: neighbours across a facet are ghosts of each other's rank.
    """
    corners_of_cell = len(basix.geometry(basix.CellType[kind.name]))

    def partition(comm: MPI.Comm, parts: int, _: list[Any], cells: list[IntArray]) -> Any:
        owner_of_square = np.empty(tuple(counts), dtype=np.int32)
        _cut(owner_of_square, extents / np.asarray(counts), 0, parts)
        corners = np.asarray(cells[0]).reshape(-1, corners_of_cell)
        if not corners.size:
            return graph.adjacencylist(np.empty((0, 1), dtype=np.int32))
        places = _places_of_corners(corners, counts, kind)
        square = [place.min(axis=1) for place in places]
        owners = owner_of_square[tuple(square)]
        extra = _beside(places, square, owner_of_square) if ghosts else _NOBODY
        return _destinations(owners, *extra)

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
        owners = np.zeros(len(corners), dtype=np.int32)
        _bisect(points[corners].mean(axis=1), np.arange(len(corners)), 0, parts, owners)
        return _destinations(owners, *_across_facets(corners, owners))

    return partition


_NOBODY = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))


def _destinations(owners: Ranks, cells: IntArray, others: Ranks) -> Any:
    """For each cell the ranks that get it, its owner first.

    Args:
        owners: (n_cells,) of them.
        cells: (n,) that are also ghosts; may repeat.
        others: (n,) the rank that gets each of these.
    """
    ranks = int(max(owners.max(initial=0), others.max(initial=0))) + 1
    cell, other = np.divmod(np.unique(cells * ranks + others), ranks)
    count = 1 + np.bincount(cell, minlength=len(owners))
    offsets = np.concatenate([[0], np.cumsum(count)])
    to = np.empty(offsets[-1], dtype=np.int32)
    first = np.zeros(offsets[-1], dtype=bool)
    first[offsets[:-1]] = True
    to[first], to[~first] = owners, other
    return graph.adjacencylist(to, offsets.astype(np.int32))


def _cut(owners: Ranks, sizes: FloatArray, first: int, parts: int) -> None:
    """Give a block of squares or cubes to the ranks from `first` on.

    Slabs, while they are no thinner than a quarter of what lies across: blocks would have no
    shorter sides then. Where more than two ranks meet, DOLFINx adds what they have in the order in
    which it comes: no two runs are alike to the last digit. Thinner ones are cut the longer way.
    """
    lengths = np.where(np.array(owners.shape) > 1, owners.shape * sizes, 0.0)
    if parts == 1 or not lengths.any():
        owners[...] = first
        return
    axis = int(np.argmax(lengths))
    if lengths[axis] / parts >= np.delete(lengths, axis).max() / 4 and owners.shape[axis] >= parts:
        ends = np.rint(owners.shape[axis] * np.arange(1, parts) / parts).astype(int)
        for rank, slab in enumerate(np.split(owners, ends, axis=axis)):
            slab[...] = first + rank
        return
    left = parts // 2
    near = max(1, round(owners.shape[axis] * left / parts))
    one, other = np.split(owners, [near], axis=axis)
    _cut(one, sizes, first, left)
    _cut(other, sizes, first + left, parts - left)


def _places_of_corners(
    corners: IntArray, counts: Sequence[int], kind: mesh.CellType
) -> list[IntArray]:
    """For each axis (n_cells, n_corners) places, by DOLFINx's numbering of the vertices of a box.

    x runs fastest, on quadrilaterals slowest.
    """
    points = [n + 1 for n in counts]
    if kind == mesh.CellType.quadrilateral:
        return list(np.unravel_index(corners, points))
    return list(np.unravel_index(corners, points[::-1]))[::-1]


def _beside(
    places: Sequence[IntArray], square: Sequence[IntArray], owner_of_square: Ranks
) -> tuple[IntArray, Ranks]:
    """Cells of a box with a facet on a cut, and the rank on its other side."""
    cells, others = [], []
    owners, of_facet = owner_of_square[tuple(square)], _corners_of_facet(places)
    for axis, side in ((axis, side) for axis in range(len(places)) for side in (0, 1)):
        neighbour = square[axis] + 2 * side - 1
        there = (neighbour >= 0) & (neighbour < owner_of_square.shape[axis])
        on_side = (places[axis] == (square[axis] + side)[:, None]).sum(axis=1)
        found = np.flatnonzero(there & (on_side == of_facet))
        where = [(neighbour if k == axis else s)[found] for k, s in enumerate(square)]
        other = owner_of_square[tuple(where)]
        cut = other != owners[found]
        cells.append(found[cut])
        others.append(other[cut])
    return np.concatenate(cells), np.concatenate(others)


def _corners_of_facet(places: Sequence[IntArray]) -> int:
    """Corners that a cell of a box has on a side of its square or cube where it has a facet."""
    dim, corners = len(places), places[0].shape[1]
    return dim if corners == dim + 1 else corners // 2


def _bisect(middles: FloatArray, cells: IntArray, first: int, parts: int, owners: Ranks) -> None:
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


def _across_facets(corners: IntArray, owners: Ranks) -> tuple[IntArray, Ranks]:
    """Simplices beside a cut, and the rank on the other side of it."""
    size = corners.shape[1] - 1
    lowest = np.full(corners.max() + 1, owners.max(), dtype=np.int32)
    highest = np.zeros(corners.max() + 1, dtype=np.int32)
    for column in corners.T:
        np.minimum.at(lowest, column, owners)
        np.maximum.at(highest, column, owners)
    # a facet on the cut has all its corners there
    beside = np.flatnonzero((lowest < highest)[corners].sum(axis=1) >= size)
    corners_of_facets = list(combinations(range(size + 1), size))
    facets = np.sort(corners[beside], axis=1)[:, corners_of_facets].reshape(-1, size)
    cells = np.repeat(beside, len(corners_of_facets))
    order = np.lexsort(facets.T)
    same = np.flatnonzero((facets[order[1:]] == facets[order[:-1]]).all(axis=1))
    one, other = cells[order[same]], cells[order[same + 1]]
    cut = owners[one] != owners[other]
    one, other = one[cut], other[cut]
    return np.concatenate([one, other]), np.concatenate([owners[other], owners[one]])
