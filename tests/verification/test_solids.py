"""Solids around an axis by finite elements: thick tube, locking, patches, contact, a press."""

import numpy as np
import pytest

from dendrolith.physics.finite_strain import Hencky
from dendrolith.physics.j2 import Plastic
from dendrolith.physics.powder_cap import PowderCap
from dendrolith.studies.bodies import Body, mesh_bodies
from dendrolith.studies.press import contact
from dendrolith.studies.press.contact import Graph
from dendrolith.studies.press.rod import Rod
from dendrolith.studies.solid import Solid

pytestmark = pytest.mark.serial

MM, MPA = 1e-3, 1e6
A, B, YIELD = 3.175 * MM, 6.35 * MM, 11 * MPA
HEIGHT = 0.4 * MM


def widened(cells, nu, degree, displacements, hardening=0.0):
    """Pressures [Pa] and Newton's residuals of a tube in plane strain, its bore displaced."""
    body = Body(np.linspace(A, B, cells + 1), np.linspace(0, HEIGHT, 2), [(B, "tube")])
    solid = Solid(mesh_bodies([body]), {"tube": Plastic(500 * MPA, nu, YIELD, hardening)}, degree)
    r, found, norms = solid.place[:, 0], [], []
    bore = 2 * np.flatnonzero(r < A + 1e-9)
    solid.held = np.sort(np.concatenate([bore, 2 * np.arange(len(r)) + 1]))
    for u in displacements:
        solid.given[bore] = u
        solid.solve(1.0)
        solid.accept()
        found.append(solid.reaction(bore) / ((A + u) * HEIGHT))
        norms.append(solid.norms)
    solid.close()
    return np.array(found), norms


def test_thick_tube_elastic():
    """7.11: 0.01261 mm/MPa, and first yield at 4.763 MPa."""
    u = 1e-6
    (p,), _ = widened(16, 0.46, 2, [u])
    assert u / MM / (p / MPA) == pytest.approx(0.01261, rel=1e-3)
    onset = 0.01261 * 4.763 * MM
    for share, yielded in ((0.985, False), (1.02, True)):
        body = Body(np.linspace(A, B, 65), np.linspace(0, HEIGHT, 2), [(B, "tube")])
        solid = Solid(mesh_bodies([body]), {"tube": Plastic(500 * MPA, 0.46, YIELD)})
        r = solid.place[:, 0]
        bore = 2 * np.flatnonzero(r < A + 1e-9)
        solid.held = np.sort(np.concatenate([bore, 2 * np.arange(len(r)) + 1]))
        solid.given[bore] = share * onset
        solid.solve(1.0)
        solid.accept()
        assert (solid.points["tube"].history.max() > 0) == yielded
        solid.close()


def test_thick_tube_flows_at_its_limit():
    """7.11: p = (2σ_y/√3) ln(b′/a′) to 0.1 %; the last three residuals fall like squares."""
    u = np.linspace(0, 1 * MM, 21)[1:]
    p, norms = widened(16, 0.46, 2, u)
    for where, expected in ((5, 7.964), (11, 7.231), (19, 6.390)):
        inner, outer = A + u[where], np.sqrt(B**2 - A**2 + (A + u[where]) ** 2)
        closed = 2 * YIELD / np.sqrt(3) * np.log(outer / inner)
        assert closed / MPA == pytest.approx(expected, abs=6e-4)
        assert p[where] == pytest.approx(closed, rel=1e-3)
        first, second, third = np.log(norms[where][-3:])
        assert (third - second) / (second - first) > 1.7


def test_a_quarter_of_a_ring_in_a_plane():
    """7.11 in plane strain, its cross-section meshed: elastic, and at its limit; 0.1 and 0.3 %."""
    angles = np.linspace(0, np.pi / 2, 17)
    bodies = mesh_bodies([Body(np.linspace(A, B, 9), angles * MM, [(B, "tube")])])
    x = bodies.mesh.geometry.x
    radius, angle = x[:, 0].copy(), x[:, 1] / MM
    x[:, 0], x[:, 1] = radius * np.cos(angle), radius * np.sin(angle)
    solid = Solid(bodies, {"tube": Plastic(500 * MPA, 0.46, YIELD)}, plane=True)
    place = solid.place
    outwards = place / np.linalg.norm(place, axis=1)[:, None]
    bore = np.flatnonzero(np.linalg.norm(place, axis=1) < A + 1e-9)
    inner = np.stack([2 * bore, 2 * bore + 1], axis=1)
    ends = [2 * np.flatnonzero(place[:, k] < 1e-9) + k for k in (0, 1)]
    solid.held = np.unique(np.concatenate([inner.ravel(), *ends]))
    x_axis = np.flatnonzero(place[:, 1] < 1e-9)
    found = []
    for u in (1e-6, *np.linspace(0.05, 0.6, 12) * MM):
        solid.given[inner] = u * outwards[bore]
        solid.solve(1.0)
        solid.accept()
        # what the half that is left out pulls along the cut is p times the radius of the bore
        found.append(-solid.reaction(2 * x_axis + 1) / (A + u))
    assert 1e-6 / MM / (found[0] / MPA) == pytest.approx(0.01261, rel=1e-3)
    assert found[-1] / MPA == pytest.approx(7.231, rel=3e-3)
    assert solid.volumes("tube").sum() == pytest.approx(np.pi / 4 * (B**2 - A**2), rel=3e-3)
    solid.close()


@pytest.mark.slow
def test_quadratic_triangles_do_not_lock():
    """7.12: 0.05 % at four cells through the wall; linear ones are seen to be too stiff."""
    u = np.linspace(0, 0.3 * MM, 11)[1:]
    for nu, least in ((0.46, 0.02), (0.49, 0.06)):
        fine, coarse, linear = (
            widened(cells, nu, degree, u)[0][-1] for cells, degree in ((32, 2), (4, 2), (4, 1))
        )
        assert coarse == pytest.approx(fine, rel=5e-4)
        assert linear / fine - 1 > least


def test_uniform_strain_gives_uniform_stress():
    """7.14: on a distorted mesh, where plastic flow is large."""
    lines = np.array([0.0, 0.3, 0.45, 1.0]) * MM
    bodies = mesh_bodies([Body(lines, 1.3 * lines, [(1.0, "block")])])
    rng = np.random.default_rng(1)
    x = bodies.mesh.geometry.x
    inside = (x[:, 0] > 1e-9) & (x[:, 0] < 0.999 * MM) & (x[:, 1] > 1e-9) & (x[:, 1] < 1.299 * MM)
    x[inside, :2] += 0.04 * MM * rng.uniform(-1, 1, (inside.sum(), 2))
    powder = PowderCap(8e9, 0.3, start_density=0.55, heckel=3.395e-9, critical_ratio=1.6,
                       cohesion=0.5e6)  # fmt: skip
    solid = Solid(bodies, {"block": powder})
    r, z = solid.place.T
    outside = (r < 1e-9) | (z < 1e-9) | (r > 0.9999 * MM) | (z > 1.29999 * MM)
    nodes = np.flatnonzero(outside)
    solid.held = np.sort(np.concatenate([2 * nodes, 2 * nodes + 1]))
    for share in (0.3, 0.6, 1.0):
        solid.given[2 * nodes], solid.given[2 * nodes + 1] = (
            -0.02 * share * r[nodes],
            -0.1 * share * z[nodes],
        )
        solid.solve(1.0)
        solid.accept()
    P = solid.stress()
    assert np.abs(P - P.mean(axis=(0, 1))).max() < 1e-6 * np.abs(P).max()
    solid.close()


def touching(solid, radius, mu=0.0):
    """Contact of the first body with the second at a radius."""
    (r, z), owner = solid.place.T, solid.bodies_of_nodes()
    edge, bore = (
        nodes[np.argsort(z[nodes])]
        for nodes in (np.flatnonzero((owner == k) & (np.abs(r - radius) < 1e-9)) for k in (0, 1))
    )
    solid.couple(edge, bore)
    solid.contact = Graph(solid.place, edge, bore, 0.0, mu)
    return solid.contact


def test_contact_of_two_blocks_passes_on_a_uniform_pressure():
    """7.14: nodes that do not match; 1 %."""
    r = np.linspace(0, 1, 5) * MM
    inner = Body(r, np.linspace(0, 1, 6) * MM, [(MM, "a")])
    outer = Body(MM + r, np.linspace(0, 1, 9) * MM, [(2 * MM, "b")])
    elastic = Hencky(1e9, 0.3)
    solid = Solid(mesh_bodies([inner, outer]), {"a": elastic, "b": elastic})
    graph = touching(solid, MM)
    r = solid.place[:, 0]
    far = np.flatnonzero(r > 1.9999 * MM)
    flat = np.arange(len(r))  # no strain along z
    axis = np.flatnonzero(r < 1e-9)
    solid.held = np.unique(np.concatenate([2 * flat + 1, 2 * far, 2 * axis]))
    solid.given[2 * far] = -1e-6
    solid.solve(1.0)
    p = graph.pressure(solid.u.x.array)
    assert p.min() > 0
    assert np.ptp(p) < 0.01 * p.mean()
    solid.close()


@pytest.mark.parametrize("mu", [0.1, 0.3])
def test_friction_carries_a_tall_block(monkeypatch, mu):
    """Janssen: in a stiff tube σ_z falls like e^{−2μKz/R}, K = ν/(1 − ν); 4 % of its logarithm."""
    monkeypatch.setattr(contact, "TURNS", 2e-8)
    nu, height, R = 0.3, 3 * MM, 1 * MM
    z = np.linspace(0, height, 13)
    block = Body(np.linspace(0, R, 5), z, [(R, "a")])
    die = Body(np.array([R, 1.5 * R]), z, [(1.5 * R, "b")])
    solid = Solid(mesh_bodies([block, die]), {"a": Hencky(1e7, nu), "b": Hencky(1e11, nu)})
    graph = touching(solid, R, mu)
    (r, z), owner = solid.place.T, solid.bodies_of_nodes()
    inner = owner == 0
    top, floor = (2 * np.flatnonzero(inner & (np.abs(z - end) < 1e-9)) + 1 for end in (height, 0))
    axis, outside = 2 * np.flatnonzero(r < 1e-9), np.flatnonzero(owner == 1)
    held = (top, floor, axis, 2 * outside, 2 * outside + 1)
    solid.held = np.unique(np.concatenate(held))
    ratios = []
    for way in np.array([1.0, 2.0, 3.0, 2.99, 1.5, 0.4]) * 1e-3 * height:
        graph.decide(np.array(solid.u.x.array), np.inf, sliding=True)
        solid.given[top] = -way
        solid.solve(1.0)
        solid.accept()
        graph.keep(np.array(solid.u.x.array))
        ratios.append(np.log(solid.reaction(floor) / -solid.reaction(top)))
    falls = 2 * mu * nu / (1 - nu) * height / R
    assert ratios[2] == pytest.approx(-falls, rel=4e-2)
    assert -falls < ratios[3] < ratios[4] < ratios[5]  # what goes back sticks at first
    assert ratios[5] == pytest.approx(falls, rel=4e-2)
    solid.close()


def test_bore_of_a_soft_tube():
    """A tube that is pressed all along is a thick tube in plane stress; the bore goes back."""
    from dendrolith.studies.creep.bore import Bore
    from dendrolith.studies.creep.tube import SoftTube
    from dendrolith.studies.tube import Tube

    law = Tube(500 * MPA, 0.3, 100 * MPA, outer_radius=B, half_length=3 * MM)
    tube = SoftTube(law, Bore.straight(A, 0.1 * MM))
    everywhere = np.array([-1.0, 1.0])
    tube.give_way(everywhere, np.full(2, 0.1 * MPA), 1.0)
    u = 0.1 / 500 * A * ((B**2 + A**2) / (B**2 - A**2) + 0.3)
    assert tube.displacement == pytest.approx(u, rel=2e-3)
    assert tube.bore.gap == pytest.approx(0.1 * MM + u, rel=1e-4)
    saved = tube.save()
    tube.give_way(np.array([0.0, 1e-3]), np.full(2, 5 * MPA), 1.0)
    assert tube.displacement > 2 * u
    assert tube.bore.gap[0] > tube.bore.gap[-1]
    tube.restore(saved)
    assert tube.bore.gap == pytest.approx(0.1 * MM + u, rel=1e-4)
    tube.close()


@pytest.mark.parametrize("radius", [0.3175 * MM, 3.175 * MM])
def test_what_passes_a_contact_is_the_same_part_of_any_rod(radius):
    """The laws of a press have no length, so a press a tenth as large has the same pressures."""
    r = np.repeat([radius, radius], 3)
    z = radius * np.tile([0.0, 0.5, 1.0], 2)
    place, u = np.column_stack([r, z]), np.zeros(12)
    u[:6:2] = 1e-3 * radius
    graph = contact.Graph(place, np.arange(3), np.arange(3, 6), radius)
    assert graph.mean_pressure(u) == pytest.approx(2e13 * 3.175e-6 / 1.001, rel=1e-9)


def face_of(radii, height):
    """A rod of 1 mm above a face, which is flat and lies `height` above the face of the rod."""
    r = np.asarray(radii) * MM
    place = np.column_stack([r, np.zeros(len(r))])
    rod = Rod(place, np.arange(len(r)), MM, 0.1 * MM)
    u = np.zeros(2 * len(r))
    u[1::2] = height
    return rod, u


def test_a_rod_presses_on_what_is_under_it():
    """t = ε g over its face; forces are the slopes of springs; no pull."""
    rod, u = face_of(np.linspace(0, 1, 5), 1e-6)
    stiffness = 1e14 * 3.175  # thinner rods have a stiffer face
    assert rod.force(u) == pytest.approx(stiffness * 1e-6 * MM**2 / 2, rel=1e-12)
    assert rod.force(-u) == 0
    u[1::2] += 1e-7 * np.arange(5)
    (below, beside), h = rod.springs(u), 1e-10
    assert beside.force.size == 0
    for dof in range(1, 10, 2):
        moved = u.copy()
        moved[dof] += h
        after = rod.springs(moved)[0]
        change = (
            np.bincount(after.dofs.ravel(), after.force.ravel(), 10)
            - np.bincount(below.dofs.ravel(), below.force.ravel(), 10)
        ) / h
        K = np.zeros((10, 10))
        for dofs, part in zip(below.dofs, below.stiffness, strict=True):
            K[np.ix_(dofs, dofs)] += part
        assert change == pytest.approx(K[:, dof], rel=1e-5, abs=1e-3 * K.max())


def test_a_rod_decides_the_same_for_a_step_that_is_tried_again():
    """What a point keeps of its traction is that of now, also after a step was taken back."""
    rod, u = face_of(np.linspace(0.5, 1.0, 5), 1e-6)
    u[1::2] += 1e-7 * np.arange(5)
    p = 2 * rod.force(u) / MM**2
    shares = []
    for _ in range(2):
        rod.decide(u, p, 1 * MM)
        shares.append(rod.share)
    assert np.ptp(shares[0]) > 0.1
    assert np.array_equal(*shares)


def test_support_fades_beyond_a_rod():
    """What passes R keeps its traction there, less the farther out it is, and gives way."""
    rod, u = face_of(np.linspace(0.5, 1.0, 5), 1e-6)
    p = 2 * rod.force(u) / MM**2
    rod.decide(u, p, 1 * MM)
    rod.keep(u)
    whole = rod.force(u)
    u[::2] += 0.08 * MM  # the outer points are beyond the rod
    rod.decide(u, p, 1e-3 * MM)
    assert rod.support.min() == pytest.approx(1 - 2e-2)  # not at once
    rod.decide(u, p, 1 * MM)
    out = 1 - rod.support
    assert out.max() == pytest.approx(0.518, abs=1e-3)
    assert np.count_nonzero(out) == 1
    assert 0.8 * whole < rod.force(u) < whole
    u[1::2] += 5e-6  # deeper: the point beyond bears no more
    rod.keep(u)
    assert rod.slip.max() > 5e-6
    saved = rod.save()
    assert rod.beyond(u)[1] == pytest.approx(6e-6)
    u[1::2] -= 5e-6  # lifted: it bears nothing
    rod.decide(u, p, 1 * MM)
    assert rod._depths(u)[1][-1] == 0
    other, _ = face_of(np.linspace(0.5, 1.0, 5), 1e-6)
    other.restore(saved, p)
    assert other.save() == saved
