"""Anisotropy and noise of the lithium surface; temperature."""

import math

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from dendrolith.core import compat
from dendrolith.core.parallel import gather_concatenate, global_max, integral
from dendrolith.fields.random_numbers import NodalRandomNumbers
from dendrolith.physics.anisotropy import Anisotropy
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.interpolation import smoothstep_prime
from dendrolith.physics.noise import Noise
from dendrolith.schemes.random_field import RandomField
from dendrolith.studies.plating.coupled import CoupledBalance
from dendrolith.studies.plating.split import Charge
from dendrolith.studies.plating.temperature import at_temperature
from tests.cases import DELTA, UM, Stepper, cell, config, disc, front
from tests.verification.tools import relax

# ---------------------------------------------------------------------- anisotropy


@pytest.mark.parametrize(
    ("mode", "angle"), [(4, 0.0), (4, math.pi / 4), (6, math.pi / 6), (3, math.pi / 3)]
)
def test_flat_front_has_the_energy_of_its_orientation(mode, angle):
    """A relaxed front along x costs γ[1 + ε cos m(0 − θ₀)] per area, within 1 %.

    Orientations without torque, else the front would turn; no orientation is missing.
    """
    h, strength = DELTA / 12, 0.8 / (mode**2 - 1)
    settings = config(
        geometry__mesh_size=h, geometry__height=2 * h, geometry__lithium_thickness=14 * UM,
        geometry__electrolyte_thickness=14 * UM, anisotropy=Anisotropy(strength, mode, angle),
    )  # fmt: skip
    expected = 1 + strength * math.cos(mode * angle)
    made = cell(settings, front(14 * UM + h / 2, DELTA * expected))
    split = Stepper(made)
    dt = 0.05 * settings.lithium_metal.relaxation_time
    for _ in range(300):
        relax(split, dt)
    xi, lithium = made.f.xi, made.laws.lithium
    energy = lithium.bulk_energy(xi) * made.m.nodes
    energy += made.laws.surface.energy(xi, lithium) * made.m.dx
    gamma = integral(fem.form(energy))
    gamma /= settings.geometry.height * settings.lithium_metal.surface_energy
    assert gamma == pytest.approx(expected, rel=0.01)


def test_cubic_and_planar_modes_agree_in_the_plane():
    """4Σn⁴ − 3 of three dimensions is cos 4θ where n lies in a plane."""
    crystal = Anisotropy(0.05, 4)
    for theta in np.linspace(0, 2 * np.pi, 13):
        n = (math.cos(theta), math.sin(theta))
        planar = crystal.factor(ufl.as_vector([ufl.as_ufl(v) for v in n]), 1.0)
        cubic = crystal.factor(ufl.as_vector([ufl.as_ufl(v) for v in (*n, 0.0)]), 1.0)
        assert float(planar) == pytest.approx(1 + 0.05 * math.cos(4 * theta), rel=1e-7)
        assert float(cubic) == pytest.approx(float(planar), rel=1e-7)


def test_crystal_loses_its_diagonals():
    """A shrinking disc: where γ + γ″ is large it shrinks faster, so the disc becomes a diamond."""
    size, h = 9 * DELTA, DELTA / 5
    settings = config(
        geometry__mesh_size=h, geometry__height=size, geometry__lithium_thickness=size / 2,
        geometry__electrolyte_thickness=size / 2, anisotropy=Anisotropy(0.05, 4),
    )  # fmt: skip
    made = cell(settings, disc((0.0, 0.0), 6 * DELTA))
    split = Stepper(made)
    dt = 0.05 * settings.lithium_metal.relaxation_time
    for _ in range(300):
        relax(split, dt)
    along = radius(made, 0.0)
    diagonal = radius(made, math.pi / 4)
    # stiffness 1 − 15 ε cos 4θ: 0.25 along the axes, 1.75 on the diagonals
    assert diagonal < along - 0.1 * DELTA
    assert along < 6 * DELTA


def radius(made, theta: float) -> float:
    """Distance from the origin at which ξ = ½ in direction θ, from the nodes of a narrow sector."""
    points = made.f.scalar_space.tabulate_dof_coordinates()
    r, phi = np.hypot(points[:, 0], points[:, 1]), np.arctan2(points[:, 1], points[:, 0])
    inside = (np.abs(phi - theta) < 0.05) & (made.f.xi.x.array > 0.5)
    return global_max(MPI.COMM_WORLD, r[inside])


# ---------------------------------------------------------------------- noise


def noisy(amplitude: float, seed: int, **changes):
    settings = config(
        **{"geometry__height": 20 * UM, "kinetics__exchange_current_density": 1000.0,
           "lithium_metal__fill_fraction": 0.05, "noise": Noise(amplitude, seed),
           "time__end": 0.5, **changes}
    )  # fmt: skip
    made = cell(settings, front(10 * UM))
    for _ in Stepper(made).march():
        pass
    return made


def test_numbers_are_normal_and_belong_to_their_step():
    made = cell(config(geometry__height=40 * UM), front(10 * UM))
    noise = NodalRandomNumbers(made.domain, made.f.scalar_space, seed=7)
    owned = made.nodal_volume.getLocalSize()
    draws = [gather_concatenate(MPI.COMM_WORLD, noise.draw(step)[:owned]) for step in (0, 0, 1)]
    if draws[0] is not None:
        np.testing.assert_array_equal(draws[0], draws[1])
        assert abs(np.corrcoef(draws[0], draws[2])[0, 1]) < 0.1
        assert draws[0].mean() == pytest.approx(0.0, abs=0.1)
        assert draws[0].std() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("periodic", [False, True])
def test_numbers_belong_to_places_not_to_ranks(periodic):
    """The number of a node is that of its place in the mesh as made, on any number of ranks."""
    settings = config(geometry__height=8 * UM, geometry__periodic=periodic)
    fields = []
    for comm in (MPI.COMM_WORLD, MPI.COMM_SELF):
        made = cell(settings, front(10 * UM), comm=comm)
        space = made.f.scalar_space
        field = fem.Function(space)
        field.x.array[:] = NodalRandomNumbers(made.domain, space, seed=3).draw(5)
        owned = space.dofmap.index_map.size_local
        places = space.tabulate_dof_coordinates()[:owned, :2] % [1.0, 8 * UM if periodic else 1.0]
        keys = np.round(places / 1e-9).astype(int) % [10**9, 8000 if periodic else 10**9]
        fields.append({tuple(key): field.x.array[k] for k, key in enumerate(keys)})
    everywhere, alone = fields
    assert all(alone[key] == value for key, value in everywhere.items())


def test_noise_roughens_a_flat_front_and_the_seed_decides():
    def roughness(made) -> float:
        """Spread of ξ along lines parallel to the front, where it would be flat."""
        points = made.f.scalar_space.tabulate_dof_coordinates()
        column = np.abs(points[:, 0] - 10 * UM) < 0.1 * UM
        values = made.f.xi.x.array[column]
        return global_max(MPI.COMM_WORLD, values) + global_max(MPI.COMM_WORLD, -values)

    quiet, loud, same, other = (noisy(a, s) for a, s in ((0.0, 1), (0.03, 1), (0.03, 1), (0.03, 2)))
    assert roughness(loud) > 10 * roughness(quiet)
    np.testing.assert_allclose(loud.f.xi.x.array, same.f.xi.x.array, atol=1e-12)
    assert global_max(MPI.COMM_WORLD, np.abs(loud.f.xi.x.array - other.f.xi.x.array)) > 1e-4


def test_backward_euler_takes_the_noise_of_the_beginning_of_the_step():
    """Or it would have a mean, ζ² m″/m′ of the way that it moves lithium, whatever the step."""
    settings = config(geometry__height=8 * UM, noise=Noise(0.1, seed=4))
    made = cell(settings, front(10 * UM))
    coupled = CoupledBalance(made)
    balance, zeta = coupled.balance, made.f.zeta.x
    made.laws.dt.value = 1e-2
    lithium, old = balance.unknown.sub(coupled.components - 1), coupled.xi_old
    lithium.interpolate(made.f.xi)
    old.interpolate(front(9.5 * UM))
    residuals, jacobians = [], []
    for strength in (0.0, 1e10):
        zeta.array[:] = strength
        residuals.append(compat.create_vector(balance.residual))
        jacobians.append(compat.create_matrix(balance.jacobian))
        compat.assemble_vector(residuals[-1], balance.residual)
        compat.assemble_matrix(jacobians[-1], balance.jacobian)
    for quiet, loud in (residuals, jacobians):
        loud.axpy(-1.0, quiet)
    assert residuals[1].norm() > 1e-3 * residuals[0].norm() > 0
    assert jacobians[1].norm() < 1e-12 * jacobians[0].norm()


@pytest.mark.parametrize(("points", "parts"), [(4, 10), (4, 40), (8, 10)])
def test_strength_of_the_noise_depends_on_neither_mesh_nor_step(points, parts):
    """Averaged over δ² and τ, the noise that reaches B has the standard deviation A, within 10 %.

    The cell's own reaction at ξ = ½ without overpotential, drawn for τ in `parts` steps.
    """
    amplitude, side = 0.2, 32 * UM
    settings = config(
        geometry__lithium_thickness=side / 2, geometry__electrolyte_thickness=side / 2,
        geometry__height=side, geometry__mesh_size=DELTA / points, noise=Noise(amplitude, seed=5),
    )  # fmt: skip
    made = cell(settings, lambda x: np.full(x.shape[1], 0.5))
    split = Stepper(made)
    noise, reaction = split.block(RandomField), split.block(Charge).reaction
    lithium, volume = settings.lithium_metal, made.nodal_volume.array
    kernel = smoothstep_prime(0.5) / (1 - 2 * lithium.metal_threshold)
    rate = lithium.L_eta(settings.kinetics.exchange_current_density) * kernel
    corners = made.f.scalar_space.tabulate_dof_coordinates()[: volume.size, :2]
    patch = np.minimum((corners / DELTA * (1 - 1e-9)).astype(int), round(side / DELTA) - 1)
    patches = round(side / DELTA)
    number, means = patch[:, 0] * patches + patch[:, 1], []
    areas = MPI.COMM_WORLD.allreduce(np.bincount(number, volume, patches**2))
    for _ in range(20):  # times τ
        total = np.zeros(patches**2)
        for _ in range(parts):
            noise.advance(lithium.relaxation_time / parts)
            noise.accept()
            reaction.find_active_nodes()
            reaction.set_rate()
            reacted = volume * made.f.rate.x.array[: volume.size]
            total += np.bincount(number, reacted / rate, patches**2)
        means.append(MPI.COMM_WORLD.allreduce(total) / areas / parts)
    assert np.std(means) == pytest.approx(amplitude, rel=0.1)
    assert np.mean(means) == pytest.approx(0.0, abs=0.1 * amplitude)


# ---------------------------------------------------------------------- temperature


def test_arrhenius_laws():
    """Each property follows its law, once, and lithium's electronic cap none."""
    energies = {"ionic_conductivity": 33.8e3, "electronic_conductivity": 50e3,
                "exchange_current_density": 40e3, "capillary_mobility": 20e3}  # fmt: skip
    settings = config(arrhenius=Arrhenius(298.15, **energies), kinetics__temperature=333.15)
    warm = at_temperature(settings)
    assert at_temperature(warm) == warm

    def factor(name: str) -> float:
        return math.exp(-energies[name] / 8.314462618 * (1 / 333.15 - 1 / 298.15))

    assert warm.materials.electrolyte.ionic_conductivity == pytest.approx(
        factor("ionic_conductivity") * settings.materials.electrolyte.ionic_conductivity
    )
    assert warm.materials.electrolyte.electronic_conductivity == pytest.approx(
        factor("electronic_conductivity") * settings.materials.electrolyte.electronic_conductivity
    )
    assert warm.materials.lithium.electronic_conductivity == 1e4
    assert warm.kinetics.exchange_current_density == pytest.approx(
        factor("exchange_current_density") * 100.0
    )
    assert warm.lithium_metal.capillary_mobility == pytest.approx(
        factor("capillary_mobility") * 2e-12
    )
    assert cell(settings, front(10 * UM)).config == warm


def test_nothing_changes_at_the_reference_temperature():
    settings = config(arrhenius=Arrhenius(298.15, ionic_conductivity=33.8e3))
    assert at_temperature(settings).materials == settings.materials
