"""Second order in space by manufactured solutions, for each equation."""

import numpy as np
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.constants import FARADAY
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.elasticity import Elasticity, lame_parameters, strain_tensor
from dendrolith.physics.interpolation import blend, lithium_fraction, metal_fraction, solid_fraction
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.lithium_metal import LithiumMetal
from dendrolith.physics.pores import PoreWalls
from tests.verification.tools import (
    boundary_condition,
    convergence,
    expression,
    l2_error,
    mixture,
    solve,
    square,
)

# Unit square, units of order one: the equations do not know the SI.
METAL = LithiumMetal(
    interface_width=1.0, capillary_mobility=0.1, surface_energy=0.3, molar_volume=FARADAY
)  # F c_Li = 1
KINETICS = ButlerVolmer(exchange_current_density=2.0, temperature=11604.5)  # RT/F = 1 V
DX = ufl.dx(metadata={"quadrature_degree": 6})
NODES = ufl.dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})


def smooth_xi(x):
    return 0.5 + 0.4 * ufl.cos(ufl.pi * x[0]) * ufl.cos(ufl.pi * x[1])


def smooth_rho(x):
    return 0.3 + 0.6 * ufl.sin(ufl.pi * x[0]) * ufl.cos(ufl.pi * x[1])


def assert_conduction_is_second_order(exact, sigma, conduction, resolutions):
    """−∇·(σ∇φ) = f with Dirichlet values; `conduction` is the weak form under test."""

    def error(n):
        domain = square(n)
        x = ufl.SpatialCoordinate(domain)
        space = fem.functionspace(domain, ("Lagrange", 1))
        phi, v = fem.Function(space), ufl.TestFunction(space)
        source = -ufl.div(sigma(x) * ufl.grad(exact(x)))
        residual = conduction(phi, v, sigma(x)) * DX - source * v * DX
        solve(residual, phi, [boundary_condition(space, expression(space, exact(x)))])
        return l2_error(phi, exact(x))

    convergence(error, resolutions)


def test_ionic_potential():
    assert_conduction_is_second_order(
        lambda x: ufl.sin(2 * x[0]) * ufl.exp(x[1]),
        lambda x: mixture(smooth_xi(x), smooth_rho(x), 0.2, 1.0, 0.4),
        lambda phi, v, sigma: ionic_potential.conduction(phi, v, sigma_ion=sigma),
        [8, 16, 32],
    )


def test_electronic_potential():
    """With the conductivity that opens, over a contrast of a thousand."""
    assert_conduction_is_second_order(
        lambda x: ufl.cos(2 * x[0]) * ufl.sin(x[1]),
        lambda x: blend(
            metal_fraction(smooth_xi(x), 0.05),
            smooth_rho(x),
            lithium=100.0,
            electrolyte=0.1,
            pore=0.2,
        ),
        lambda phi, v, sigma: electronic_potential.conduction(phi, v, sigma_el=sigma),
        [16, 32, 64],
    )


def test_coupled_charge_balance():
    """Both potentials with the Butler–Volmer rate and the charge it transfers."""

    def error(n):
        domain = square(n)
        x = ufl.SpatialCoordinate(domain)
        space = fem.functionspace(domain, ("Lagrange", 1, (2,)))
        phi, test = fem.Function(space), ufl.TestFunction(space)
        exact = ufl.as_vector([0.3 * ufl.sin(x[0] + x[1]), 0.2 * ufl.cos(2 * x[0]) * x[1]])
        sigma_el, sigma_ion = 2.0 + smooth_xi(x), 1.0 + 0.5 * smooth_rho(x)
        xi, rho = smooth_xi(x), smooth_rho(x)

        def plating(potentials):
            eta = KINETICS.overpotential(potentials[0], potentials[1])
            reaction = METAL.reaction_rate(
                xi, KINETICS.exchange_current_density, KINETICS.net_stripping(eta, 1.0)
            )
            return METAL.transferred_charge(xi, solid_fraction(rho) * reaction, 0.01)

        residual = (
            electronic_potential.conduction(phi[0], test[0], sigma_el=sigma_el) * DX
            + electronic_potential.supply(test[0], plating=plating(phi)) * NODES
            + ionic_potential.conduction(phi[1], test[1], sigma_ion=sigma_ion) * DX
            + ionic_potential.consumption(test[1], plating=plating(phi)) * NODES
        )
        i = plating(exact)
        residual -= (-ufl.div(sigma_el * ufl.grad(exact[0])) - i) * test[0] * DX
        residual -= (-ufl.div(sigma_ion * ufl.grad(exact[1])) + i) * test[1] * DX
        solve(residual, phi, [boundary_condition(space, expression(space, exact))])
        return l2_error(phi, exact)

    convergence(error, [8, 16, 32])


def test_elasticity():
    """Eigenstrain of lithium and moduli of all three phases."""
    elastic = Elasticity(eigenstrain=0.02)
    moduli = [lame_parameters(*pair) for pair in ((1.0, 0.38), (3.0, 0.37), (0.5, 0.2))]

    def error(n):
        domain = square(n)
        x = ufl.SpatialCoordinate(domain)
        space = fem.functionspace(domain, ("Lagrange", 1, (2,)))
        u, v = fem.Function(space), ufl.TestFunction(space)
        exact = ufl.as_vector([0.1 * ufl.sin(2 * x[0]) * x[1], 0.05 * ufl.cos(x[0] + 2 * x[1])])
        xi, rho = smooth_xi(x), smooth_rho(x)
        lame = [mixture(xi, rho, *(m[k] for m in moduli)) for k in (0, 1)]

        def stress(displacement):
            strain = ufl.variable(strain_tensor(displacement))
            energy = elastic.energy(
                strain, lithium_fraction(xi), lame_lambda=lame[0], lame_mu=lame[1]
            )
            full = ufl.diff(energy, strain)
            return ufl.as_tensor([[full[i, j] for j in (0, 1)] for i in (0, 1)])

        energy = elastic.energy(
            strain_tensor(u), lithium_fraction(xi), lame_lambda=lame[0], lame_mu=lame[1]
        )
        residual = ufl.derivative(energy * DX, u, v) + ufl.inner(ufl.div(stress(exact)), v) * DX
        solve(residual, u, [boundary_condition(space, expression(space, exact))])
        return l2_error(u, exact)

    convergence(error, [8, 16, 32])


def implicit_step(n, energy, exact_old, exact_new, dt, mobility):
    """One backward Euler step of ∂q/∂t = −mobility δE/δq + S with an exact history."""
    domain = square(n)
    x = ufl.SpatialCoordinate(domain)
    space = fem.functionspace(domain, ("Lagrange", 1))
    q, v = fem.Function(space), ufl.TestFunction(space)
    q.interpolate(expression(space, exact_old(x)))
    bulk, gradient = energy
    driving = ufl.derivative(bulk(q) * NODES + gradient(q) * DX, q, v)
    new = ufl.variable(exact_new(x))
    local = ufl.diff(bulk(new), new)
    source = (exact_new(x) - exact_old(x)) / dt + mobility * (
        local - ufl.div(stiffness_of(gradient) * ufl.grad(exact_new(x)))
    )
    residual = (q - exact_old(x)) / dt * v * NODES + mobility * driving - source * v * DX
    solve(residual, q, [])
    return l2_error(q, exact_new(x))


def stiffness_of(gradient):
    return METAL.kappa if gradient == METAL.gradient_energy else WALLS.kappa_rho


WALLS = PoreWalls(wall_width=1.0, wall_energy=0.5)


def test_lithium_phase_field():
    """Allen–Cahn with vertex quadrature (lumped), no flux through the sides."""
    convergence(
        lambda n: implicit_step(
            n, (METAL.bulk_energy, METAL.gradient_energy), smooth_xi,
            lambda x: 0.9 * smooth_xi(x), 0.1, METAL.L_xi,
        ),
        [8, 16, 32],
    )  # fmt: skip


def test_pores():
    """Cahn–Hilliard as a pair (ρ, μ), no flux of either."""

    def error(n):
        domain = square(n)
        x = ufl.SpatialCoordinate(domain)
        space = fem.functionspace(domain, ("Lagrange", 1, (2,)))
        state, test = fem.Function(space), ufl.TestFunction(space)
        (rho, mu), (q, w) = (state[0], state[1]), (test[0], test[1])
        exact = 0.8 * ufl.cos(ufl.pi * x[0]) * ufl.cos(ufl.pi * x[1])
        old, dt = 0.5 * exact, 0.05
        state.interpolate(expression(space, ufl.as_vector([old, 0.0 * x[0]])))
        value = ufl.variable(exact)
        exact_mu = ufl.diff(WALLS.bulk_energy(value), value) - WALLS.kappa_rho * ufl.div(
            ufl.grad(exact)
        )
        local = ufl.variable(rho)
        slope = ufl.diff(WALLS.bulk_energy(local), local)
        residual = (
            (rho - old) / dt * q * NODES
            + ufl.inner(ufl.grad(mu), ufl.grad(q)) * DX
            - ((exact - old) / dt - ufl.div(ufl.grad(exact_mu))) * q * DX
            + (mu - slope) * w * NODES
            - WALLS.kappa_rho * ufl.inner(ufl.grad(rho), ufl.grad(w)) * DX
        )
        solve(residual, state, [])
        return l2_error(state, ufl.as_vector([exact, exact_mu]))

    convergence(error, [8, 16, 32])


def test_nodal_volumes_sum_to_the_cell():
    domain = square(5)
    space = fem.functionspace(domain, ("Lagrange", 1))
    form = fem.form(ufl.TestFunction(space) * NODES)
    vector = compat.create_vector(form)
    compat.assemble_vector(vector, form)
    assert np.isclose(vector.sum(), 1.0)
