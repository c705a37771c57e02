"""Evolving pores: mass, energy, profile; and that the cell feels them."""

import dataclasses
import itertools

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from dendrolith.core.parallel import global_max, global_sum, integral
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.pores import PoreEvolution, PoreWalls
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.pores import pore_walls
from dendrolith.studies.plating.schema import Pores
from tests.cases import UM, Stepper, cell, config, front

WALLS = PoreWalls(3 * UM)
# τ = δ_ρ²/(M W_ρ): the time in which a wall finds its profile
MOBILITY = 1e-17
TAU = WALLS.wall_width**2 / (MOBILITY * WALLS.W_rho)


def two_pores(x):
    """A large and a small pore, 2δ_ρ apart: they exchange mass and merge."""
    distance = np.minimum(
        np.hypot(x[0] - 22 * UM, x[1] - 12 * UM) - 6 * UM,
        np.hypot(x[0] - 33 * UM, x[1] - 10 * UM) - 3 * UM,
    )
    return np.tanh(2 * distance / WALLS.wall_width)


def porous(**changes):
    pores = Pores(0.1, 12 * UM, walls=WALLS, access="blocked", evolution=PoreEvolution(MOBILITY))
    return config(**{"geometry__height": 24 * UM, "pores": pores, **changes})


def mean_rho(made) -> float:
    """∫ρ with the lumped volumes [m²]."""
    owned = made.nodal_volume.array
    return global_sum(MPI.COMM_WORLD, float(owned @ made.f.rho.x.array[: owned.size]))


def energy(made) -> float:
    rho = made.f.rho
    form = fem.form(WALLS.bulk_energy(rho) * made.m.nodes + WALLS.gradient_energy(rho) * made.m.dx)
    return integral(form)


@pytest.mark.parametrize("step", [0.01, 1.0, 100.0])
def test_energy_falls_and_mass_stays(step):
    """For steps of any length: ∫ρ to 1e-12, energy never rises."""
    made = cell(porous(), front(10 * UM), two_pores)
    solver = pore_walls(made.f.rho, made.m, made.nodal_volume, WALLS, MOBILITY)
    volume = global_sum(MPI.COMM_WORLD, float(made.nodal_volume.array.sum()))
    start, energies = mean_rho(made), [energy(made)]
    for _ in range(15):
        solver.advance(step * TAU)
        energies.append(energy(made))
        assert abs(mean_rho(made) - start) < 1e-12 * volume
    assert np.all(np.diff(energies) < 1e-12 * energies[0])
    assert energies[-1] < 0.999 * energies[0]


def test_first_order_in_time():
    fields = []
    for n in (1, 2, 4):
        made = cell(porous(), front(10 * UM), two_pores)
        solver = pore_walls(made.f.rho, made.m, made.nodal_volume, WALLS, MOBILITY)
        for _ in range(10 * n):
            solver.advance(0.002 * TAU / n)
        fields.append(made.f.rho.x.array.copy())
    coarse, fine = (
        global_max(MPI.COMM_WORLD, np.abs(b - a)) for a, b in itertools.pairwise(fields)
    )
    assert coarse / fine == pytest.approx(2.0, rel=0.15)


def test_wall_finds_its_profile():
    """ρ = tanh(2x/δ_ρ) from a wall of half the width, on a mesh of δ_ρ/8."""
    settings = porous(geometry__mesh_size=WALLS.wall_width / 8, geometry__height=1 * UM)
    made = cell(settings, front(10 * UM), lambda x: np.tanh(4 * (x[0] - 20 * UM) / 3e-6))
    solver = pore_walls(made.f.rho, made.m, made.nodal_volume, WALLS, MOBILITY)
    for _ in range(200):
        solver.advance(0.05 * TAU)
    x = made.f.scalar_space.tabulate_dof_coordinates()[:, 0]
    near = np.abs(x - 20 * UM) < 2 * WALLS.wall_width
    exact = np.tanh(2 * (x - 20 * UM) / WALLS.wall_width)
    error = np.abs(made.f.rho.x.array - exact)[near]
    assert global_max(MPI.COMM_WORLD, error) < 0.02


def test_march_with_evolving_pores():
    """Stress and access follow the pores; mass drifts by less than 1e-10; charge still balances."""
    settings = porous(
        elasticity=Elasticity(pressure=5e6, coupling="driving_force"),
        kinetics__exchange_current_density=1000.0,
        lithium_metal__fill_fraction=0.05, time__end=1.0, pores__evolution=PoreEvolution(1e-16),
    )  # fmt: skip
    made = cell(settings, front(12 * UM), two_pores)
    split = Stepper(made)
    start, before = mean_rho(made), made.f.rho.x.array.copy()
    access = split.block(PoreAccess)
    access_before = access.values.copy()
    plated = []
    for step in split.march():
        plated.append(step.report.number("plated"))
    volume = global_sum(MPI.COMM_WORLD, float(made.nodal_volume.array.sum()))
    assert abs(mean_rho(made) - start) < 1e-10 * volume
    assert global_max(MPI.COMM_WORLD, np.abs(made.f.rho.x.array - before)) > 0.1
    assert global_max(MPI.COMM_WORLD, np.abs(access.values - access_before)) > 0.05
    stressed = np.abs(made.f.rho_stressed.x.array - made.f.rho.x.array)
    assert global_max(MPI.COMM_WORLD, stressed) < 0.2
    assert min(plated) > 0


@pytest.mark.serial  # on ranks: the march above
def test_pores_of_a_march_do_not_depend_on_its_steps():
    """Walls of 9 ms in steps of up to 0.25 s: sub-steps follow them, within 0.05 of short steps."""
    fields = []
    for longest in (10.0, 2e-3):
        settings = porous(
            pores__evolution=PoreEvolution(1e-15), time__end=0.4, time__max_step=longest
        )
        made = cell(settings, front(10 * UM), two_pores)
        for _ in Stepper(made).march():
            pass
        fields.append(made.f.rho.x.array.copy())
    assert global_max(MPI.COMM_WORLD, np.abs(fields[0] - fields[1])) < 0.05


def test_frozen_without_the_section():
    settings = porous(time__max_steps=3)
    frozen = dataclasses.replace(settings.pores, evolution=None)
    made = cell(dataclasses.replace(settings, pores=frozen), front(10 * UM), two_pores)
    before = made.f.rho.x.array.copy()
    for _ in Stepper(made).march():
        pass
    np.testing.assert_array_equal(made.f.rho.x.array, before)
