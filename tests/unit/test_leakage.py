"""Where leaking electrons meet ions: closed form against a solution of both balances."""

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.physics.leakage import Layer, overpotential
from tests.verification.tools import solve

UM = 1e-6
VOLTAGE = 0.1
LAYERS = (
    Layer(100 * UM, 1e-4, 0.05),
    Layer(50 * UM, 1e-7, 0.05),
    Layer(150 * UM, 1e-7, 0.02),
)


def test_a_leaky_layer_at_the_anode():
    """100, 50, 150 µm, σ_el 1e-4, 1e-7, 1e-7 S/m, uniform σ_ion, 100 mV."""
    uniform = [Layer(layer.thickness, layer.electronic, 0.05) for layer in LAYERS]
    eta = overpotential(uniform, VOLTAGE, 100 * UM)
    assert eta == pytest.approx(VOLTAGE * (1 / 2001 - 1 / 3), rel=1e-12)
    assert 1e3 * eta == pytest.approx(-33.28, abs=0.005)
    assert all(overpotential(uniform, VOLTAGE, x * UM) >= eta for x in range(300))
    assert overpotential(uniform, VOLTAGE, 0.0) == 0
    assert overpotential(uniform, VOLTAGE, 300 * UM) == pytest.approx(0, abs=1e-15)


def test_without_a_leaky_layer_lithium_forms_nowhere():
    whole = [Layer(100 * UM, 1e-7, 0.05)]
    found = [overpotential(whole, VOLTAGE, x * UM) for x in (0, 30, 100)]
    assert found == pytest.approx([0, 0, 0], abs=1e-15)


def test_outside_is_refused():
    with pytest.raises(ValueError, match="outside"):
        overpotential(LAYERS, VOLTAGE, 301 * UM)


def test_balances_of_electrons_and_ions_agree_to_1e_6():
    """Cell by cell constant conductivities on a line, in µm; P1 is exact at the nodes."""
    domain = mesh.create_interval(MPI.COMM_WORLD, 60, [0.0, 300.0])
    space, cells = fem.functionspace(domain, ("Lagrange", 1)), fem.functionspace(domain, ("DG", 0))
    middle = cells.tabulate_dof_coordinates()[:, 0]
    layer = np.searchsorted([100.0, 150.0], middle)
    potentials = []
    for kind in ("electronic", "ionic"):
        sigma, phi = fem.Function(cells), fem.Function(space)
        sigma.x.array[:] = np.array([getattr(each, kind) for each in LAYERS])[layer]
        v = ufl.TestFunction(space)
        residual = sigma / getattr(LAYERS[0], kind) * ufl.inner(ufl.grad(phi), ufl.grad(v)) * ufl.dx
        ends = [
            fem.dirichletbc(
                value,
                fem.locate_dofs_geometrical(space, lambda x, at=at: abs(x[0] - at) < 1),
                space,
            )
            for at, value in ((0.0, 0.0), (300.0, VOLTAGE))
        ]
        solve(residual, phi, ends)
        potentials.append(phi.x.array.copy())
    x = space.tabulate_dof_coordinates()[:, 0]
    exact = np.array([overpotential(LAYERS, VOLTAGE, float(at) * UM) for at in x])
    solved = potentials[0] - potentials[1]
    assert np.abs(solved - exact).max() < 1e-6 * np.abs(exact).max()
