"""Manufactured solution of all equations at once: the compiled cell's own implicit residual."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.physics.phases import Metal, Phase
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.coupled import CoupledBalance
from dendrolith.studies.plating.fields import CONCENTRATION, ELECTRONIC, IONIC
from dendrolith.studies.plating.schema import ACCESS_SURFACE, Electrodes
from dendrolith.studies.plating.solver_input import BACKWARD_EULER
from tests.cases import UM, cell, config
from tests.verification.tools import assert_order, l2_error, solve

LENGTH, HEIGHT = 40 * UM, 20 * UM
# Phases of moderate contrast: the solution fills all of the cell with a mixture of them.
LITHIUM, ELECTROLYTE, PORE = (
    Metal(3.0, 7.82e9, 0.38, ionic_conductivity=0.4),
    Phase(1.0, 1.0, 22.1e9, 0.37), Phase(0.7, 2.0, 15e9, 0.2),
)  # fmt: skip
STEP = 0.05  # s
THRESHOLD = 0.05


def settings(n: int, *, binary: bool):
    return config(
        geometry__mesh_size=HEIGHT / n, geometry__height=HEIGHT, time__scheme=BACKWARD_EULER,
        materials__lithium=LITHIUM, materials__electrolyte=ELECTROLYTE, materials__pore=PORE,
        lithium_metal__interface_width=8 * UM, lithium_metal__metal_threshold=THRESHOLD,
        lithium_metal__fill_fraction=0.01, kinetics__exchange_current_density=500.0,
        electrodes=Electrodes(0.0, 0.0),
        elasticity=Elasticity(pressure=0.0, stress_coupling=50.0, coupling="driving_force"),
        ion_transport=BinaryElectrolyte(0.4, 500.0) if binary else None,
    )  # fmt: skip


class Exact:
    """Smooth fields without flux through the sides; potentials and c as the electrodes hold them.

    Whatever the fields are, sources make them a solution; they vanish nowhere and everywhere.
    """

    def __init__(self, made) -> None:
        x = ufl.SpatialCoordinate(made.domain.mesh)
        along, across = ufl.pi * x[0] / LENGTH, ufl.pi * x[1] / HEIGHT
        # zero slope at both ends, 0 on the left and 1 on the right
        rise = (1 - ufl.cos(along)) / 2
        wave = ufl.sin(along) ** 2 * ufl.cos(across)
        self.xi_old = 0.5 + 0.25 * ufl.cos(along) * ufl.cos(across)
        self.xi = 0.5 + 0.28 * ufl.cos(along) * ufl.cos(across)
        self.rho = 0.3 + 0.4 * ufl.cos(2 * along) * ufl.cos(across)
        self.phi_el = 0.02 * wave + 0.01 * rise
        self.phi_ion = 0.015 * wave + 0.01 * rise
        self.c_old = 1.0 + 0.2 * wave
        self.c = 1.0 + 0.25 * wave
        self.u = 1e-3 * LENGTH * ufl.as_vector([wave, 0.5 * ufl.sin(along) * ufl.sin(across)])


def interpolate(function: fem.Function, expression) -> None:
    points = function.function_space.element.interpolation_points()
    function.interpolate(fem.Expression(expression, points))


def sources(made, exact: Exact) -> list:
    """What the strong form of each equation leaves over, written out independently [A/m³]."""
    lithium, kinetics, salt = made.laws.lithium, made.laws.kinetics, made.laws.salt
    xi, old = ufl.variable(exact.xi), exact.xi_old
    s = (1 + exact.rho) / 2
    m, m_old = (metal(value) for value in (exact.xi, old))
    matrix = {name: s * getattr(ELECTROLYTE, name) + (1 - s) * getattr(PORE, name)
              for name in ("ionic_conductivity", "electronic_conductivity")}  # fmt: skip
    sigma_ion, sigma_el = (
        m * getattr(LITHIUM, name) + (1 - m) * value for name, value in matrix.items()
    )
    F_c = FARADAY * lithium.c_Li
    thermal = GAS_CONSTANT * kinetics.temperature / FARADAY
    c = exact.c if made.f.concentrations else 1.0
    eta = exact.phi_el - exact.phi_ion
    B = ufl.exp(0.5 * eta / thermal) - c * ufl.exp(-0.5 * eta / thermal)
    L_eta = kinetics.exchange_current_density / (1.5 * lithium.interface_width * F_c)
    well = lithium.W * xi**2 * (1 - xi) ** 2
    mu = ufl.diff(well, xi) - lithium.kappa * ufl.div(ufl.grad(exact.xi)) + force(made, exact)
    access = s  # lithium moves along walls
    r_xi = (exact.xi - old) / STEP / access + lithium.L_xi * mu
    x = lithium.interface_width / 4 * ufl.ln((1 - exact.xi) / exact.xi)
    q = x * kinetics.exchange_current_density / (thermal * ELECTROLYTE.ionic_conductivity)
    B *= ufl.conditional(ufl.gt(q, 0), 1 / (1 + q), 1 - q + q**2)
    peclet = 1.5 * L_eta * B / (lithium.L_xi * lithium.W)
    B *= ufl.sqrt(1 + 3.2 * (1 - ufl.exp(-12.5 * THRESHOLD)) * peclet**2)
    between = (exact.xi - THRESHOLD) / (1 - 2 * THRESHOLD)
    r_xi += L_eta * 6 * between * (1 - between) / (1 - 2 * THRESHOLD) * B
    plating = F_c * (m - m_old) / STEP
    rows = [-ufl.div(sigma_el * ufl.grad(exact.phi_el)) - plating]
    if not made.f.concentrations:
        return [*rows, -ufl.div(sigma_ion * ufl.grad(exact.phi_ion)) + plating, F_c * r_xi]
    t = salt.transference_number
    current = -sigma_ion * (
        exact.c * ufl.grad(exact.phi_ion) + (2 * t - 1) * thermal * ufl.grad(exact.c)
    )
    anions = (1 - t) * sigma_ion * (thermal * ufl.grad(exact.c) - exact.c * ufl.grad(exact.phi_ion))
    storage = FARADAY * salt.reference_concentration * (exact.c - exact.c_old) / STEP
    return [*rows, ufl.div(current) + plating, storage - ufl.div(anions), F_c * r_xi]


def metal(xi):
    """m of a ξ between the thresholds."""
    x = (xi - THRESHOLD) / (1 - 2 * THRESHOLD)
    return 3 * x**2 - 2 * x**3


def force(made, exact: Exact):
    """χ_m ∂f_elas/∂ξ of the displacement and lithium for which the stress is held."""
    elastic = made.laws.mechanics[0].parameters
    epsilon = ufl.sym(ufl.grad(exact.u))
    strain = ufl.as_tensor(
        [[epsilon[0, 0], epsilon[0, 1], 0], [epsilon[1, 0], epsilon[1, 1], 0], [0, 0, 0]]
    )
    xi, s = ufl.variable(exact.xi_old), (1 + exact.rho) / 2
    h = xi**3 * (6 * xi**2 - 15 * xi + 10)

    def lame(k: int):
        phases = [
            (E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu)))[k]
            for E, nu in ((p.young_modulus, p.poisson_ratio) for p in (LITHIUM, ELECTROLYTE, PORE))
        ]
        return h * phases[0] + (1 - h) * (s * phases[1] + (1 - s) * phases[2])

    elastic_strain = strain - elastic.eigenstrain * h * ufl.Identity(3)
    energy = lame(0) / 2 * ufl.tr(elastic_strain) ** 2
    energy += lame(1) * ufl.inner(elastic_strain, elastic_strain)
    return elastic.stress_coupling * ufl.diff(energy, xi)


def errors(n: int, *, binary: bool) -> list[float]:
    """L² errors of (φ_el, φ_ion[, c], ξ) after one implicit step, on an n × 2n mesh."""
    made = cell(settings(n, binary=binary))
    exact, state = Exact(made), made.f
    for function, expression in (
        (state.rho, exact.rho), (state.rho_stressed, exact.rho), (state.xi_stressed, exact.xi_old),
        (state.u, exact.u), (state.c_old, exact.c_old),
    ):  # fmt: skip
        interpolate(function, expression)
    made.laws.dt.value = STEP
    made.laws.voltage.value = 0.01
    coupled = CoupledBalance(made)
    PoreAccess(made.laws, made.nodal_volume, ACCESS_SURFACE)  # a = s at the nodes
    interpolate(coupled.xi_old, exact.xi_old)
    unknown, components = coupled.balance.unknown, coupled.components
    fields = [exact.phi_el, exact.phi_ion, *([exact.c] if binary else []), exact.xi]
    interpolate(unknown, ufl.as_vector([0.9 * field for field in fields]))
    test = ufl.TestFunction(unknown.function_space)
    dx = ufl.dx(metadata={"quadrature_degree": 6})
    work = sum(source * test[k] for k, source in enumerate(sources(made, exact))) * dx
    solve(coupled.balance.residual, unknown, coupled.balance.bcs, work=work,
          jacobian=coupled.balance.jacobian)  # fmt: skip
    assert components == 3 + binary
    assert (ELECTRONIC, IONIC, CONCENTRATION) == (0, 1, 2)
    return [
        l2_error(unknown[k], field, made.domain.mesh) / np.sqrt(LENGTH * HEIGHT)
        for k, field in enumerate(fields)
    ]


@pytest.mark.parametrize("binary", [False, True], ids=["single", "binary"])
def test_everything_at_once_is_second_order(binary):
    """Lithium under stress, both potentials, anions, pores: one step of the compiled residual."""
    resolutions = [10, 20, 40]
    results = np.array([errors(n, binary=binary) for n in resolutions])
    for k in range(results.shape[1]):
        assert_order([1 / n for n in resolutions], results[:, k], 2.0)
