"""Lithium that follows dξ/dτ = m′(ξ) for a while, and the well at the nodes."""

import numpy as np
import pytest
import ufl
from dolfinx import fem
from scipy.integrate import solve_ivp

from dendrolith.core import compat
from dendrolith.physics.interpolation import (
    along_metal_fraction,
    double_well,
    double_well_prime,
    metal_fraction_prime,
)
from tests.cases import UM, cell, config, front

THRESHOLD = 0.05


@pytest.fixture(scope="module")
def nodal():
    """Evaluates an expression of ξ and τ at nodes that hold given values."""
    space = cell(config(), front(10 * UM)).f.scalar_space
    xi, tau, found = (fem.Function(space) for _ in range(3))

    def evaluate(expression, of_xi, of_tau=0.0):
        xi.x.array[:] = np.resize(of_xi, xi.x.array.size)
        tau.x.array[:] = of_tau
        points = compat.interpolation_points(space)
        found.interpolate(fem.Expression(expression(xi, tau), points))
        return found.x.array[: np.size(of_xi)].copy()

    return evaluate


def path(xi, tau):
    return along_metal_fraction(xi, tau, THRESHOLD)


@pytest.mark.parametrize("tau", [0.7, -0.3])
def test_the_path_is_that_of_the_rate(nodal, tau):
    """Against an integrator of SciPy."""
    begin = np.linspace(-0.1, 1.1, 25)

    def rate(_time, xi):
        return nodal(lambda at, _: metal_fraction_prime(at, THRESHOLD), xi)

    end = solve_ivp(rate, (0.0, tau), begin, rtol=1e-10, atol=1e-13).y[:, -1]
    np.testing.assert_allclose(nodal(path, begin, tau), end - begin, atol=1e-9)


def test_a_short_path_is_the_rate_times_it(nodal):
    """Without cancellation."""
    begin, tau = np.linspace(-0.1, 1.1, 25), 1e-12
    rate = nodal(lambda at, _: metal_fraction_prime(at, THRESHOLD), begin)
    np.testing.assert_allclose(nodal(path, begin, tau), rate * tau, rtol=1e-10)


@pytest.mark.parametrize("tau", [1e3, -1e3, 1e12, -1e12])
def test_a_path_however_long_ends_where_the_rate_does(nodal, tau):
    """Fault: 0/0 where nothing is to react, and an overflow in the derivative."""
    begin = np.array([-0.1, 0.0, 0.04, 0.3, 0.5, 0.9, 0.96, 1.0, 1.1])
    inside = (begin > THRESHOLD) & (begin < 1 - THRESHOLD)
    target = 1 - THRESHOLD if tau > 0 else THRESHOLD
    gained = nodal(path, begin, tau)
    np.testing.assert_allclose(gained, np.where(inside, target - begin, 0.0), atol=1e-9)

    def slope(xi, tau):
        along = ufl.variable(tau)
        return ufl.diff(path(xi, along), along)

    assert np.isfinite(nodal(slope, begin, tau)).all()


def test_the_slope_of_the_well(nodal):
    values = np.linspace(-0.2, 1.2, 15)

    def slope(xi, _):
        at = ufl.variable(xi)
        return ufl.diff(double_well(at), at)

    by_hand = nodal(lambda xi, _: double_well_prime(xi), values)
    np.testing.assert_allclose(by_hand, nodal(slope, values), atol=1e-15)
