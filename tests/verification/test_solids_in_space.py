"""Solids in three dimensions: a point, a block and a thick tube, beside the round kernel."""

import numpy as np
import pytest
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.physics import finite_strain_3d
from dendrolith.physics.finite_strain import nominal_stress
from dendrolith.physics.j2 import Norton, Plastic
from dendrolith.physics.points import Points, tangent
from dendrolith.physics.powder_cap import PowderCap
from dendrolith.studies.bodies import Bodies
from dendrolith.studies.solid import Solid

pytestmark = pytest.mark.serial

MM, MPA = 1e-3, 1e6
LAWS = [
    Plastic(7.82e9, 0.38, 0.8e6, 1e8),
    Plastic(7.82e9, 0.38, 1e30, creep=Norton(6.6, 2.4952e6)),
    PowderCap(8e9, 0.3, start_density=0.55, heckel=3.395e-9, critical_ratio=1.4, cohesion=0.5e6),
]
ROUND = np.array([0, 2, 6, 8, 4])  # of nine components of (r, θ, z), the five around an axis


def in_space(F):
    """(1, 9) of (1, 5), the direction around the axis in the middle."""
    whole = np.zeros((1, 9))
    whole[:, ROUND] = F
    return whole


@pytest.mark.parametrize("law", LAWS, ids=["yield", "creep", "powder"])
def test_a_point_in_space_is_one_around_an_axis(law):
    """Stress, its tangent and what is kept, two steps long: 1e-10."""
    points, spatial = Points.virgin(1), Points.virgin(1, space=True)
    for F in ([1.01, 0.03, -0.02, 0.95, 0.99], [1.0, 0.05, -0.01, 0.9, 0.98]):
        F = np.array([F])
        whole = in_space(F)
        P, after = nominal_stress(law, F, points, 1.0)
        P_space, after_space = finite_strain_3d.nominal_stress(law, whole, spatial, 1.0)
        assert P_space[0, ROUND] == pytest.approx(P[0], rel=1e-10, abs=1e-10 * np.abs(P).max())
        assert after_space.plastic_volume == pytest.approx(after.plastic_volume, rel=1e-12)
        points, spatial = after, after_space
    T = tangent(law, F, points, 1.0, nominal_stress(law, F, points, 1.0)[0], nominal_stress)
    P = finite_strain_3d.nominal_stress(law, whole, spatial, 1.0)[0]
    T_space = tangent(law, whole, spatial, 1.0, P, finite_strain_3d.nominal_stress)
    assert T_space[0][np.ix_(ROUND, ROUND)] == pytest.approx(T[0], abs=1e-6 * np.abs(T).max())


@pytest.mark.parametrize("law", LAWS, ids=["yield", "creep", "powder"])
def test_a_rotation_in_space_leaves_the_stress(law):
    """7.14: 120° about a diagonal; eigenvalues of τ to 1e-10."""
    F = np.eye(3) + np.array([[0.01, 0.03, 0.0], [-0.02, -0.1, 0.02], [0.01, 0.0, -0.01]])
    stress = finite_strain_3d.nominal_stress
    _, points = stress(law, F.reshape(1, 9), Points.virgin(1, space=True), 1.0)
    Q = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    found = []
    for whole in (F, Q @ F):
        P = stress(law, whole.reshape(1, 9), points, 1e-30)[0].reshape(3, 3)
        found.append(np.linalg.eigvalsh(P @ whole.T))
    assert found[1] == pytest.approx(found[0], rel=1e-10)


def body_of(domain):
    cells = np.arange(domain.topology.index_map(3).size_local)
    return Bodies(domain, {"body": cells}, np.zeros(len(cells), dtype=np.int64))


def components(nodes):
    return (3 * nodes[:, None] + np.arange(3)).ravel()


@pytest.mark.slow
def test_a_block_that_is_sheared_and_pressed_is_uniform():
    """7.14: uniform F gives uniform P on a distorted mesh, 1e-6; Newton's order is 2."""
    domain = mesh.create_box(MPI.COMM_SELF, [np.zeros(3), np.full(3, MM)], (2, 2, 2))
    x, rng = domain.geometry.x, np.random.default_rng(1)
    inside = np.all((x > 1e-9) & (x < 0.999 * MM), axis=1)
    x[inside] += 0.05 * MM * rng.uniform(-1, 1, (inside.sum(), 3))
    solid = Solid(body_of(domain), {"body": LAWS[2]})
    place = solid.place
    outside = np.flatnonzero(np.any((place < 1e-9) | (place > 0.9999 * MM), axis=1))
    solid.held = components(outside)
    change = np.array([[-0.01, 0.02, 0.0], [0.0, -0.02, 0.01], [0.01, 0.0, -0.08]])
    for share in (0.5, 1.0):
        solid.given[solid.held] = share * (place[outside] @ change.T).ravel()
        solid.solve(1.0)
        solid.accept()
    P = solid.stress()
    assert np.abs(P - P.mean(axis=(0, 1))).max() < 1e-6 * np.abs(P).max()
    F = (np.eye(3) + change).reshape(1, 9)
    there = solid.deformation().reshape(-1, 9)
    assert there == pytest.approx(np.tile(F, (len(there), 1)), abs=1e-8)
    solid.close()


@pytest.mark.slow
def test_a_quarter_of_a_thick_tube():
    """7.11 in space: elastic 0.01261 mm/MPa, and its limit; 0.3 and 0.5 %."""
    a, b = 3.175 * MM, 6.35 * MM
    domain = mesh.create_box(MPI.COMM_SELF, [np.zeros(3), np.ones(3)], (4, 8, 1))
    x = domain.geometry.x
    r, angle, z = a + (b - a) * x[:, 0], np.pi / 2 * x[:, 1], 0.5 * MM * x[:, 2]
    x[:] = np.column_stack([r * np.cos(angle), r * np.sin(angle), z])
    solid = Solid(body_of(domain), {"body": Plastic(500 * MPA, 0.46, 11 * MPA)})
    place = solid.place
    radius = np.linalg.norm(place[:, :2], axis=1)
    bore, low = np.flatnonzero(radius < a + 1e-9), np.flatnonzero(place[:, 1] < 1e-9)
    inner = np.stack([3 * bore, 3 * bore + 1], axis=1)
    cuts = [3 * low + 1, 3 * np.flatnonzero(place[:, 0] < 1e-9), 3 * np.arange(len(place)) + 2]
    solid.held = np.unique(np.concatenate([inner.ravel(), *cuts]))
    outwards, found = place[bore, :2] / radius[bore, None], []
    for u in (1e-6, *np.linspace(0.05, 0.3, 6) * MM):
        solid.given[inner] = u * outwards
        solid.solve(1.0)
        solid.accept()
        found.append(-solid.reaction(3 * low + 1) / (0.5 * MM * (a + u)))
    assert 1e-6 / MM / (found[0] / MPA) == pytest.approx(0.01261, rel=3e-3)
    assert found[-1] / MPA == pytest.approx(7.964, rel=5e-3)
    solid.close()
