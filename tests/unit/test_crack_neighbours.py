"""Nodes of cracks near each other, where a rank may have none of them."""

import numpy as np
from mpi4py import MPI

from dendrolith.studies.plating.segments import Neighbours


def on_a_line():
    """Ten nodes on the first rank, none that counts on the others."""
    x = np.zeros((10, 3))
    x[:, 0] = np.arange(10.0) + 100 * MPI.COMM_WORLD.rank
    return Neighbours(MPI.COMM_WORLD, x, 10)


def test_sums_count_nodes_of_the_ranks_that_have_some():
    here = MPI.COMM_WORLD.rank == 0
    counts = np.full(10, here)
    sums = on_a_line().sums(counts, np.ones((10, 2)), np.array([0, 4]), radius=1.0)
    assert sums.tolist() == ([[2.0, 2.0], [3.0, 3.0]] if here else [[0.0, 0.0]] * 2)


def test_no_rank_has_any():
    nothing = np.zeros(10, dtype=bool)
    assert not on_a_line().sums(nothing, np.ones((10, 2)), np.array([3]), radius=1.0).any()
    assert not on_a_line().nearest(np.zeros(10), reach=1.0).any()


def test_round_off_decides_no_label():
    """A node at the reach of a label has it, and half-way between two the lower one."""
    x = np.zeros((10, 3))
    x[:, 0] = np.arange(10.0) + 100 * MPI.COMM_WORLD.rank
    label = np.zeros(10)
    label[[3, 7]] = 2.0, 1.0
    for noise in (-1e-14, 0.0, 1e-14):
        moved = x.copy()
        moved[[1, 5, 9], 0] += noise
        found = Neighbours(MPI.COMM_WORLD, moved, 10).nearest(label, reach=2.0)
        assert found.tolist() == [0.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_lithium_presses_abreast_of_it_and_not_on_the_dry_crack_ahead():
    """A row of broken nodes with lithium in the first half, and the flanks 2 above it."""
    x = np.zeros((24, 3))
    x[:, 0] = np.tile(np.arange(12.0), 2) + 100 * MPI.COMM_WORLD.rank
    x[12:, 1] = 2.0
    label, core, metal = np.zeros(24), np.zeros(24, dtype=bool), np.zeros(24, dtype=bool)
    label[:5], core[:10] = 3.0, True
    near = Neighbours(MPI.COMM_WORLD, x, 24)

    def pressed():
        return near.abreast(label, core, metal, reach=3.0, length=3.0).reshape(2, 12)

    assert pressed().tolist() == [[3.0] * 5 + [0.0] * 7] * 2
    # full of lithium: not ahead of the end, unless lithium is there
    label[:10] = 3.0
    assert (pressed() > 0).sum(axis=1).tolist() == [10, 10]
    metal[10] = True
    assert (pressed() > 0).sum(axis=1).tolist() == [11, 10]
    # where nothing is broken yet, where it is
    core[:], label[5:], metal[6:] = False, 0.0, False
    metal[6], metal[11], metal[17] = True, True, True
    assert np.flatnonzero(pressed()).tolist() == [0, 1, 2, 3, 4, 6, 17]
    # lithium beside the middle of its crack keeps its segment
    core[:10], label[:5], label[14], metal[:] = True, 0.0, 3.0, False
    assert np.flatnonzero(pressed()).tolist() == [14]
