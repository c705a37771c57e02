"""Anderson's acceleration of fixed-point iterations."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.schemes.anderson import Anderson

FACTORS = np.array([0.95, 0.9, 0.5, 0.1])  # by which x = g(x) comes closer, one a direction
FIXED = np.array([1.0, -2.0, 3.0, 0.5])


def image(x):
    return FIXED + FACTORS * (x - FIXED)


def iterate(depth, count):
    accelerated, x = Anderson(MPI.COMM_SELF, len(FIXED), depth), np.zeros(4)
    for _ in range(count):
        x = accelerated.propose(x, image(x))
    return np.abs(x - FIXED).max()


def test_a_linear_iteration_ends_after_as_many_steps_as_it_has_directions():
    """GMRES ends then, and so does this: a step later."""
    assert iterate(5, 5) < 1e-6
    assert iterate(0, 5) > 1


def test_ghosts_follow_and_do_not_count():
    values, ghosts = Anderson(MPI.COMM_SELF, 2, 5), Anderson(MPI.COMM_SELF, 2, 5)
    x, y = np.array([0.0, 0.0]), np.array([0.0, 0.0, 7.0])
    for _ in range(3):
        x = values.propose(x, image(np.append(x, [0, 0]))[:2])
        y = ghosts.propose(y, np.append(image(np.append(y[:2], [0, 0]))[:2], 1e6))
    assert y[:2] == pytest.approx(x, rel=1e-12)


def test_what_leads_away_is_dropped():
    """A step twice as long as the shortest: from there on the iteration begins anew."""
    accelerated = Anderson(MPI.COMM_SELF, 1, 5)
    accelerated.propose(np.zeros(1), np.array([1.0]))
    accelerated.propose(np.array([1.0]), np.array([1.5]))
    assert accelerated.propose(np.array([2.0]), np.array([12.0])) == 12.0
