"""Connected lithium against scipy.ndimage, however the mesh is cut among the ranks."""

import itertools

import numpy as np
import pytest
from mpi4py import MPI
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dendrolith.fields.numbering import original_numbers
from tests.unit.pieces import Grid

STRUCTURES = {
    "quadrilateral": ndimage.generate_binary_structure(2, 1),
    "hexahedron": ndimage.generate_binary_structure(3, 1),
    # all diagonals point the same way: neighbours are up in all coordinates, or down in all
    "triangle": np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]]),
    "tetrahedron": np.array([
        len({-1, 1} & set(d)) < 2 for d in itertools.product((-1, 0, 1), repeat=3)
    ]).reshape(3, 3, 3),
}  # fmt: skip
SHAPES = {"quadrilateral": (17, 12), "triangle": (17, 12)}
KINDS = [(kind, periodic) for kind in STRUCTURES for periodic in (False, True)]


def reference(lithium, kind, periodic):
    """Labels from 1, 0 outside; on periodic grids those that meet across the seam are joined."""
    seam = [(0, 0), *[(0, int(periodic))] * (lithium.ndim - 1)]
    labels, count = ndimage.label(np.pad(lithium, seam, mode="wrap"), STRUCTURES[kind])
    node = np.pad(np.arange(lithium.size).reshape(lithium.shape), seam, mode="wrap")
    own = labels[tuple(map(slice, lithium.shape))]
    pairs = (own.ravel()[node.ravel()], labels.ravel())
    _, joined = connected_components(coo_array((np.ones(node.size), pairs), (count + 1,) * 2))
    return joined[own]


def assert_same_pieces(grid, values, kind, periodic, threshold=0.5):
    lithium = values > threshold
    expected = reference(lithium, kind, periodic)
    pieces = grid.find(values, threshold)
    label = grid.whole(pieces.label)
    np.testing.assert_array_equal(label >= 0, lithium)
    pairs = np.unique(np.stack([label[lithium], expected[lithium]]), axis=1)
    names = np.unique(expected[lithium])
    assert pieces.count == len(names) == pairs.shape[1]
    np.testing.assert_array_equal(pairs[0], np.arange(pieces.count))
    # ghosts carry the labels of their owners
    np.testing.assert_array_equal(pieces.label, label.ravel()[grid.node])
    np.testing.assert_array_equal(pieces.volume, np.bincount(label[lithium]))
    for touches, side in ((pieces.left, label[0]), (pieces.right, label[-1])):
        np.testing.assert_array_equal(np.flatnonzero(touches), np.setdiff1d(side, [-1]))
    anchored = np.isin(expected, expected[0][lithium[0]]) & lithium
    np.testing.assert_array_equal(grid.whole(pieces.connected()), anchored)
    # numbered by the mesh as made, not by the ranks
    numbers = grid.whole(original_numbers(grid.cell_mesh, grid.space))
    first = [numbers[label == piece].min() for piece in range(pieces.count)]
    assert first == sorted(first)
    return pieces


@pytest.mark.parametrize(("kind", "periodic"), KINDS)
def test_random_fields(kind, periodic):
    """From scattered grains through percolation to holes in lithium, and nothing at all."""
    thresholds = (0.5, 0.05, 0.3, 0.4, 1.0, 0.6, 0.7, 0.8, 0.9)
    grid = Grid(SHAPES.get(kind, (9, 7, 6)), kind, periodic=periodic, thresholds=thresholds)
    values = np.random.default_rng(7).random(grid.shape)
    for threshold in thresholds:
        assert_same_pieces(grid, values, kind, periodic, threshold)


def serpent(n: int, m: int):
    """Every other row, joined at alternating ends: one piece that every cut crosses often."""
    values = np.zeros((n, m))
    values[:, ::2] = 1.0
    values[-1, 1::4] = values[0, 3::4] = 1.0
    return values


@pytest.mark.parametrize("kind", ["quadrilateral", "triangle"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_piece_that_all_cuts_cross(kind, turned):
    values = serpent(31, 21).T if turned else serpent(31, 21)
    grid = Grid(values.shape, kind)
    assert assert_same_pieces(grid, values, kind, False).count == 1
    values[tuple(np.array(values.shape) // 2)] = 0.0
    assert assert_same_pieces(grid, values, kind, False).count == 2


@pytest.mark.parametrize("kind", ["quadrilateral", "hexahedron"])
def test_ranks_without_lithium(kind):
    """Nothing anywhere; one node in each corner; everything; a comb of half the cell."""
    grid = Grid(SHAPES.get(kind, (9, 7, 6)), kind)
    nothing = np.zeros(grid.shape)
    assert assert_same_pieces(grid, nothing, kind, False).count == 0
    for corner in itertools.product((0, -1), repeat=nothing.ndim):
        values = nothing.copy()
        values[corner] = 1.0
        pieces = assert_same_pieces(grid, values, kind, False)
        assert pieces.count == 1
        assert (pieces.left[0], pieces.right[0]) == (corner[0] == 0, corner[0] == -1)
    whole = assert_same_pieces(grid, nothing + 1.0, kind, False)
    assert whole.count == 1
    assert whole.left[0]
    assert whole.right[0]
    comb = nothing.copy()
    comb[0], comb[: grid.shape[0] // 2, ::2] = 1.0, 1.0
    assert assert_same_pieces(grid, comb, kind, False).count == 1


def test_more_ranks_than_cells():
    grid = Grid((3, 2), "quadrilateral")
    values = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    assert assert_same_pieces(grid, values, "quadrilateral", False).count == 2


def test_sums_over_pieces():
    """Sum and count of the nodes of each piece, by their place on the grid."""
    grid = Grid((17, 12), "triangle")
    values = np.random.default_rng(3).random(grid.shape)
    pieces = grid.find(values)
    label = grid.whole(pieces.label).ravel()
    weights = np.stack([np.arange(label.size), np.ones(label.size)], axis=1).astype(float)
    sums = grid.finder.sums(pieces, weights[grid.node[: grid.owned]])
    expected = [weights[label == piece].sum(axis=0) for piece in range(pieces.count)]
    np.testing.assert_array_equal(sums, expected)
    assert all(np.array_equal(sums, other) for other in MPI.COMM_WORLD.allgather(sums))
