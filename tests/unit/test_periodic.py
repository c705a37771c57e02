"""Sides that continue each other: topology, translation invariance, output."""

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core.parallel import global_max, integral
from dendrolith.domain.box import create_box
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.pores import PoreWalls
from dendrolith.results.fields import FieldOutput
from dendrolith.studies.plating.build import assemble
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.initial import initial_lithium, random_pores
from dendrolith.studies.plating.schema import Geometry, Pores, Protrusions
from dendrolith.studies.plating.terminals import counter_current
from tests.cases import UM, Stepper, cell, config, lithium_in

HEIGHT = 24 * UM
SHAPES = [
    (None, "triangle"), (None, "quadrilateral"), (9 * UM, "tetrahedron"), (9 * UM, "hexahedron")
]  # fmt: skip


@pytest.mark.parametrize(("depth", "kind"), SHAPES)
def test_joined_topology(depth, kind):
    """As many nodes as in a ring (torus), the same volume, and no sides but the electrodes."""
    geometry = Geometry(6 * UM, 12 * UM, 12 * UM, 1.5 * UM, depth, kind, periodic=True)
    cell_mesh = create_box(MPI.COMM_WORLD, geometry)
    space = fem.functionspace(cell_mesh.mesh, ("Lagrange", 1))
    rings = [8] if depth is None else [8, 6]
    assert space.dofmap.index_map.size_global == 13 * np.prod(rings)
    domain = cell_mesh.mesh
    volume = integral(fem.form(fem.Constant(domain, 1.0) * ufl.dx))
    assert volume == pytest.approx(np.prod(geometry.extents))
    outside = integral(fem.form(fem.Constant(domain, 1.0) * ufl.ds))
    assert outside == pytest.approx(2 * geometry.face_area)
    assert list(cell_mesh.boundaries) == ["left", "right"]
    domain.topology.create_connectivity(domain.topology.dim - 1, domain.topology.dim)
    exterior = mesh.exterior_facet_indices(domain.topology)
    found = np.concatenate([cell_mesh.side("left"), cell_mesh.side("right")])
    np.testing.assert_array_equal(np.sort(found), np.sort(exterior))


def bump(shift: float):
    """A front with one bump and a pore ahead of it, moved along y with its images."""

    def near(y, where):
        away = y - where - shift
        return away - HEIGHT * np.round(away / HEIGHT)

    def xi(x):
        surface = 10 * UM + 5 * UM * np.exp(-((near(x[1], 6 * UM) / (3 * UM)) ** 2))
        return 0.5 * (1 - np.tanh(2 * (x[0] - surface) / (4 * UM)))

    def rho(x):
        return np.tanh(2 * (np.hypot(x[0] - 24 * UM, near(x[1], 9 * UM)) - 4 * UM) / (3 * UM))

    return xi, rho


def test_nothing_depends_on_where_the_period_begins():
    """The bump in the middle or across the joined sides: the same currents, lithium, pressure."""
    results = []
    for shift in (0.0, 16 * UM):
        settings = config(
            geometry__height=HEIGHT, geometry__periodic=True, elasticity=Elasticity(pressure=5e6),
            kinetics__exchange_current_density=1000.0, lithium_metal__fill_fraction=0.1,
        )  # fmt: skip
        made = cell(settings, *bump(shift))
        split = Stepper(made)
        for _ in range(6):
            split.advance(0.05)
            split.accept()
        pressure = made.f.pressure.x.array
        results.append([
            counter_current(split.balance, IONIC), lithium_in(made),
            global_max(MPI.COMM_WORLD, pressure), global_max(MPI.COMM_WORLD, -pressure),
            global_max(MPI.COMM_WORLD, np.abs(made.f.u.x.array)),
        ])  # fmt: skip
    assert results[0] == pytest.approx(results[1], rel=1e-8)


def test_microstructure_continues_across_the_sides():
    """Lithium and pores are the same on both sides, and pores may lie across them."""
    geometry = Geometry(10 * UM, 60 * UM, 40 * UM, 1 * UM, periodic=True)
    lithium = initial_lithium(geometry, Protrusions(1, 8 * UM, 10 * UM))
    crossing = 0
    for seed in range(8):
        wanted = Pores(0.16, 8 * UM, walls=PoreWalls(2 * UM), access="blocked", seed=seed)
        pores = random_pores(geometry, wanted, lithium)
        x = np.linspace(0, 70 * UM, 200)
        bottom, top = np.stack([x, 0 * x]), np.stack([x, 0 * x + 40 * UM])
        np.testing.assert_allclose(pores.distance(bottom), pores.distance(top), atol=1e-15)
        np.testing.assert_allclose(lithium.distance(bottom), lithium.distance(top), atol=1e-15)
        crossing += int((pores.distance(bottom) < 0).any())
    assert crossing > 0


def test_output_is_on_the_box(tmp_path):
    """Both copies of a joined node are written, with the same value."""
    folder = MPI.COMM_WORLD.bcast(tmp_path, root=0)
    settings = config(geometry__height=HEIGHT, geometry__periodic=True, elasticity=Elasticity())
    setup = assemble(cell(settings, *bump(0.0)))
    output = FieldOutput(MPI.COMM_WORLD, folder, setup.output, setup.layouts[0])
    output.update()
    copy = output.scalars["xi"]
    exact = fem.Function(copy.function_space)
    exact.interpolate(bump(0.0)[0])
    assert copy.function_space.dofmap.index_map.size_global == 41 * 25
    assert global_max(MPI.COMM_WORLD, np.abs(copy.x.array - exact.x.array)) < 1e-12
    output.write(0.0)
    output.close(0.0)
