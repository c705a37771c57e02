"""The guess for the end of a step: of the degree that would have been best for the last one."""

import numpy as np
import pytest
from dolfinx import fem

from dendrolith.core.parallel import global_max
from dendrolith.schemes.predictor import Predictor
from tests.cases import UM, cell, config, front

STEPS = [0.5, 0.7, 0.4, 0.6, 0.5]


def guesses(history, steps=STEPS):
    """Errors of the guesses while a function goes through `history(t)` (n,), a restart included."""
    space = cell(config(), front(10 * UM)).f.scalar_space
    function, x = fem.Function(space), space.tabulate_dof_coordinates()[:, 0] / (40 * UM)
    predictor, time, errors = Predictor(function), 0.0, []
    function.x.array[:] = history(time, x)
    for dt in steps:
        predictor.predict(dt)
        predictor.begin()
        time += dt
        exact = history(time, x)
        errors.append(global_max(space.mesh.comm, np.abs(function.x.array - exact)))
        function.x.array[:] = exact
        predictor.accept()
    return errors


@pytest.mark.parametrize(
    ("degree", "history"),
    [
        (0, lambda t, x: 2 + x + 0 * t),
        (1, lambda t, x: 2 + x * t),
        (2, lambda t, x: 2 + x * t + x**2 * t**2),
    ],
)
def test_what_goes_on_steadily_is_foreseen_exactly(degree, history):
    """The first step jumps from the state before the start, so one value more is needed."""
    assert max(guesses(history)[degree + 1 :]) < 1e-12
    assert degree == 0 or min(guesses(history)[: degree + 1]) > 0.1


def test_what_goes_by_fits_and_starts_is_not_continued():
    """Now there, now here: a line or a parabola would throw it further each time."""

    def to_and_fro(t, x):
        return x * (1 + (-1) ** len([s for s in np.cumsum(STEPS * 2) if s < t + 1e-9]))

    assert max(guesses(to_and_fro, STEPS * 2)[5:]) < 2 + 1e-12
