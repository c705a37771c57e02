"""Newton's steps to the minimum of a convex functional whose gradient is flat beside a knee."""

from typing import override

import numpy as np
import pytest
from petsc4py import PETSc

from dendrolith.solvers.descent import GOOD_STEP, Descent
from dendrolith.solvers.wear import GIVES_UP_AFTER, WORN_AFTER, Wear

FLAT, WIDTH = 1e-6, 0.026


def vector(*values):
    return PETSc.Vec().createWithArray(np.array(values, dtype=float), comm=PETSc.COMM_SELF)


def gradient(x):
    """Of Σ ½ k x² + w ln cosh(x/w) − x/2, k small: as good as constant away from 0."""
    at = x.array_r
    return vector(*(FLAT * at + np.tanh(at / WIDTH) - 0.5))


def newton_step(x):
    at = x.array_r
    return vector(*(gradient(x).array_r / (FLAT + (1 - np.tanh(at / WIDTH) ** 2) / WIDTH)))


class Helper:
    """An elimination that puts the unknowns where it is told, and counts how often it is asked."""

    def __init__(self, found=None):
        self.found, self.asked = found, 0

    def correct(self, x, residual, allowed, below=np.inf):
        self.asked += 1
        if self.found is not None:
            x.array[:] = self.found
        return self.found is not None


@pytest.mark.parametrize("start", [0.3, -2.0, 40.0])
def test_from_a_flat_flank_into_the_knee(start):
    """A whole step leads a million times too far, one by the norm of F nowhere."""
    x, descent = vector(start), Descent(Helper())
    for _ in range(12):
        step = newton_step(x)
        descent.correct_step(x, gradient(x), step, gradient, 0.0)
        x.axpy(-1.0, step)
    assert np.allclose(x.array, WIDTH * np.arctanh(0.5), rtol=1e-4)


def test_a_good_step_is_left_alone():
    x = vector(WIDTH * np.arctanh(0.5) * 1.01)
    helper, step = Helper(), newton_step(x)
    before = step.array.copy()
    assert not Descent(helper).correct_step(x, gradient(x), step, gradient, 0.0)
    assert (step.array == before).all()
    assert helper.asked == 0
    assert gradient(vector(x.array[0] - before[0])).norm() < GOOD_STEP * gradient(x).norm()


def test_nodes_that_hold_up_all_others_are_solved_for():
    x, there = vector(1.0), WIDTH * np.arctanh(0.5)
    step = newton_step(x)
    assert Descent(Helper(there)).correct_step(x, gradient(x), step, gradient, 0.0)
    assert np.isclose(x.array[0] - step.array[0], there)


def test_a_step_that_leads_uphill_is_not_searched():
    """By round-off alone: there is nothing to be found along it."""
    x = vector(1.0)
    step = vector(-1.0)
    Descent(Helper()).correct_step(x, gradient(x), step, gradient, 0.0)
    assert step.array[0] == -1.0


class Iterations(PETSc.KSP):
    """A linear solver that took as many iterations as it is told."""

    taken = 0

    @override
    def getIterationNumber(self):
        return self.taken


@pytest.mark.parametrize(
    ("first", "later", "worn"),
    [(6, WORN_AFTER, False), (6, WORN_AFTER + 1, True), (30, 60, False), (30, 61, True)],
)
def test_a_preconditioner_is_worn(first, later, worn):
    """After more iterations than it costs, and than twice those that it took when it was new."""
    ksp = Iterations().create(comm=PETSc.COMM_SELF)
    ksp.setTolerances(max_it=200)
    wear = Wear(ksp)
    assert not wear.is_worn(0)
    assert ksp.getTolerances()[3] == 200  # a new one may take what the input allows
    ksp.taken = first
    assert not wear.is_worn(1)
    assert ksp.getTolerances()[3] == max(GIVES_UP_AFTER, 3 * first)
    ksp.taken = later
    assert wear.is_worn(2) == worn
