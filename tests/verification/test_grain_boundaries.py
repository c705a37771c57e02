"""Conduction through grains whose boundaries have a numerical width, against their conductances."""

import math

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core.parallel import integral
from dendrolith.domain.extents import Box
from dendrolith.fields.bind import bind
from dendrolith.physics.grain_boundary import BoundaryConductances, toughness
from dendrolith.shapes.voronoi import Voronoi
from tests.verification.tools import solve

WIDTH = 1.0
GRAIN = 2.0  # σ_g
TWO_GRAINS = np.array([[5.0, 5.0], [15.0, 5.0]])
BOX = Box(20.0, 10.0, 0.125)


def current(grains, law, axis, box=BOX):
    """Current along an axis at a potential difference of 1 between the sides across it."""
    n = [round(extent / box.mesh_size) for extent in box.extents]
    corners = [np.zeros(2), np.array(box.extents)]
    kind = mesh.CellType.quadrilateral
    domain = mesh.create_rectangle(MPI.COMM_WORLD, corners, n, kind)
    space = fem.functionspace(domain, ("Lagrange", 1))
    cells, vectors = (fem.functionspace(domain, ("DG", 0, shape)) for shape in ((), (2,)))
    middle = cells.tabulate_dof_coordinates()[:, :2]
    near, bound, boundaries = grains.boundaries(middle), bind(law, domain), []
    for distance, direction in zip(near.distance.T, near.normal.swapaxes(0, 1), strict=True):
        t, normal = fem.Function(cells), fem.Function(vectors)
        t.x.array[:], normal.x.array[:] = distance, direction.ravel()
        boundaries.append((bound.indicator(t), normal))
    sigma = bound.conductivity(fem.Constant(domain, GRAIN), boundaries)
    phi, v = fem.Function(space), ufl.TestFunction(space)
    end = box.extents[axis]
    sides = [
        fem.dirichletbc(
            value, fem.locate_dofs_geometrical(space, lambda x, at=at: abs(x[axis] - at) < 1e-6),
            space,
        )
        for value, at in ((0.0, 0.0), (1.0, end))
    ]  # fmt: skip
    flow = ufl.inner(ufl.dot(sigma, ufl.grad(phi)), ufl.grad(v)) * ufl.dx
    solve(flow, phi, sides)
    return integral(fem.form(ufl.inner(ufl.dot(sigma, ufl.grad(phi)), ufl.grad(phi)) * ufl.dx))


@pytest.mark.parametrize("resistance", [0.5, 50.0])
def test_a_bicrystal_across(resistance):
    """R = L/σ_g + R_gb, whatever the boundary conducts along it."""
    law = BoundaryConductances(WIDTH, resistance, conductance=100.0)
    through = current(Voronoi(TWO_GRAINS, BOX), law, 0)
    exact = BOX.height / (BOX.length / GRAIN + resistance)
    assert through == pytest.approx(exact, rel=5e-3)


@pytest.mark.parametrize("conductance", [1.0, 1e3])
def test_a_bicrystal_along(conductance):
    """I = E(σ_g W + Σ_gb), whatever the boundary resists across it."""
    law = BoundaryConductances(WIDTH, resistance=10.0, conductance=conductance)
    through = current(Voronoi(TWO_GRAINS, BOX), law, 1)
    exact = (GRAIN * BOX.length + conductance) / BOX.height
    assert through == pytest.approx(exact, rel=5e-3)


def test_a_brick_layer():
    """σ_eff = 1/(1/σ_g + R_gb/D) for squares of size D, w = D/10."""
    box, resistance = Box(10.0, 10.0, 0.125), 10.0 / GRAIN
    grains = Voronoi(np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]]), box)
    exact = 1 / (1 / GRAIN + resistance / 10.0)
    through = current(grains, BoundaryConductances(WIDTH, resistance), 0, box)
    assert through == pytest.approx(exact, rel=0.03)


@pytest.mark.parametrize("axis", [0, 1])
def test_hexagons(axis):
    """As squares: 1/(1/σ_g + R_gb/D) with D the distance of two sides, w = D/10, within 3 %."""
    size, resistance = 10.0, 10.0 / GRAIN
    box = Box(3**0.5 * size, size, size / 96)
    rows = [(x, y) for x in (-1, 0, 1, 2) for y in (-1, 0, 1, 2)]
    seeds = np.array([(x * box.length, y * size) for x, y in rows])
    between = seeds + np.array([box.length / 2, size / 2])
    through = current(
        Voronoi(np.concatenate([seeds, between]), box),
        BoundaryConductances(size / 10, resistance), axis, box,
    )  # fmt: skip
    sizes = box.length / size if axis == 0 else size / box.length
    exact = 1 / (1 / GRAIN + resistance / size) / sizes
    assert through == pytest.approx(exact, rel=0.03)


def test_toughness_falls_to_that_of_the_boundary():
    law = BoundaryConductances(WIDTH)
    domain = mesh.create_unit_square(MPI.COMM_WORLD, 1, 1)
    t = fem.Constant(domain, 0.0)
    area = ufl.dx(domain)
    assert integral(fem.form(toughness(2.0, 0.5, law.indicator(t)) * area)) == pytest.approx(0.5)
    t.value = 3.0
    assert integral(fem.form(toughness(2.0, 0.5, law.indicator(t)) * area)) == pytest.approx(2.0)


def test_the_indicator_holds_its_width():
    """∫ b′ dt = w over the whole boundary."""
    t = np.linspace(-6, 6, 4001)
    b = np.exp(-((2 * t / WIDTH) ** 2))
    assert 2 / math.sqrt(math.pi) * np.trapezoid(b, t) == pytest.approx(WIDTH, rel=1e-9)
