"""Reductions, also where a rank has nothing; errors travel whole."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import (
    all_agree,
    from_root,
    gather_concatenate,
    global_max,
    global_sum,
    on_root,
)

COMM = MPI.COMM_WORLD


def test_maximum_ignores_ranks_without_entries():
    values = np.array([3.0, 1.0]) if COMM.rank == 0 else np.empty(0)
    assert global_max(COMM, values) == 3.0
    assert global_max(COMM, np.empty(0)) == -np.inf


def test_maximum_reports_nan_of_any_rank():
    values = np.array([np.nan if COMM.rank == COMM.size - 1 else 1.0])
    assert np.isnan(global_max(COMM, values))


def test_sum_and_agreement():
    assert global_sum(COMM, 1.5) == 1.5 * COMM.size
    assert all_agree(COMM, True)
    assert not all_agree(COMM, COMM.rank != COMM.size - 1)


def test_gathering_and_sharing():
    joined = gather_concatenate(COMM, np.full(2, COMM.rank))
    if COMM.rank == 0:
        np.testing.assert_array_equal(joined, np.repeat(np.arange(COMM.size), 2))
    else:
        assert joined is None
    assert from_root(COMM, "told" if COMM.rank == 0 else None) == "told"


def test_an_error_on_root_reaches_every_rank_whole():
    def fail():
        raise ConfigError("first", "second")

    with pytest.raises(ConfigError) as caught:
        on_root(COMM, fail)
    assert caught.value.problems == ["first", "second"]
    assert str(caught.value) == "first\nsecond"
