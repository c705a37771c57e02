"""Meshes of all four cell types: named sides, nodal volumes, stencils, quadrature, edges."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from dendrolith.core import compat
from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import global_max, global_sum, global_sums
from dendrolith.domain.box import TAGS, create_box
from dendrolith.domain.extents import CELL_TYPES
from dendrolith.fields.edges import local_edges
from dendrolith.fields.measures import Measures, nodal_volume
from dendrolith.solvers.elastic import rigid_body_modes
from dendrolith.studies.plating.boundary import clamps
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.observables.regions import Regions
from dendrolith.studies.plating.schema import Geometry
from tests.cases import UM, config

KINDS = [(dim, name) for dim, names in CELL_TYPES.items() for name in names]
H = 1.0


def box(dim: int, kind: str) -> Geometry:
    return Geometry(2.0, 3.0, 4.0, H, depth=3.0 if dim == 3 else None, cell_type=kind)


def space_on(geometry: Geometry):
    cell_mesh = create_box(MPI.COMM_WORLD, geometry)
    return cell_mesh, fem.functionspace(cell_mesh.mesh, ("Lagrange", 1))


def inside(space, geometry: Geometry) -> np.ndarray:
    """Mask of the owned nodes that lie on no side."""
    owned = space.dofmap.index_map.size_local
    x = space.tabulate_dof_coordinates()[:owned, : geometry.dim]
    return ((x > 1e-9) & (x < np.array(geometry.extents) - 1e-9)).all(axis=1)


def lumped(cell_mesh, space) -> np.ndarray:
    form = fem.form(ufl.TestFunction(space) * Measures.of(cell_mesh).nodes)
    b = compat.create_vector(form)
    compat.assemble_vector(b, form)
    return b.array.copy()


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_sides_have_their_areas(dim, kind):
    geometry = box(dim, kind)
    cell_mesh, _ = space_on(geometry)
    ds = Measures.of(cell_mesh).ds
    one = fem.Constant(cell_mesh.mesh, 1.0)
    lengths = dict(zip("xyz", geometry.extents, strict=False))
    across = {"left": "x", "right": "x", "bottom": "y", "top": "y", "front": "z", "back": "z"}
    for name, tag in TAGS.items():
        area = global_sum(cell_mesh.comm, fem.assemble_scalar(fem.form(one * ds(tag))))
        expected = np.prod([size for axis, size in lengths.items() if axis != across[name]])
        assert area == pytest.approx(expected if across[name] in lengths else 0.0)
    assert cell_mesh.area("right") == pytest.approx(geometry.face_area)


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_nodal_volumes_fill_the_cell_and_are_equal_inside(dim, kind):
    geometry = box(dim, kind)
    cell_mesh, space = space_on(geometry)
    volume = lumped(cell_mesh, space)
    assert global_sum(MPI.COMM_WORLD, volume.sum()) == pytest.approx(np.prod(geometry.extents))
    np.testing.assert_allclose(volume[inside(space, geometry)], H**dim, rtol=1e-12)


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_nodal_mass_is_diagonal(dim, kind):
    cell_mesh, space = space_on(box(dim, kind))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    form = fem.form(u * v * Measures.of(cell_mesh).nodes)
    M = compat.create_matrix(form)
    compat.assemble_matrix(M, form)
    np.testing.assert_allclose(M.getDiagonal().array, lumped(cell_mesh, space), rtol=1e-12)
    first, last = M.getOwnershipRange()
    for row in range(first, last):
        columns, values = M.getRow(row)
        assert not values[columns != row].any()
    M.destroy()


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_nodal_laplacian(dim, kind):
    """Simplices: the five- or seven-point one. All: no row with an entry of the wrong sign."""
    geometry = box(dim, kind)
    cell_mesh, space = space_on(geometry)
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    form = fem.form(ufl.inner(ufl.grad(u), ufl.grad(v)) * Measures.of(cell_mesh).dx)
    K = compat.create_matrix(form)
    compat.assemble_matrix(K, form)
    volume, interior = lumped(cell_mesh, space), inside(space, geometry)
    first, last = K.getOwnershipRange()
    for row in range(first, last):
        columns, values = K.getRow(row)
        assert values.sum() == pytest.approx(0, abs=1e-12)
        others = values[columns != row]
        assert (others < 1e-12).all()
        if interior[row - first] and kind in ("triangle", "tetrahedron"):
            stencil = values / volume[row - first] * H**2
            assert stencil[columns == row] == pytest.approx(2 * dim)
            neighbours = stencil[(columns != row) & (np.abs(stencil) > 1e-12)]
            np.testing.assert_allclose(neighbours, -np.ones(2 * dim), rtol=1e-12)
    K.destroy()


@pytest.mark.parametrize("kind", ["quadrilateral", "hexahedron"])
def test_stiffness_of_tensor_cells_is_exact(kind):
    """Two points along each direction integrate the stiffness of constant properties."""
    cell_mesh, space = space_on(box(2 if kind == "quadrilateral" else 3, kind))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    matrices = []
    for dx in (Measures.of(cell_mesh).dx, ufl.dx(metadata={"quadrature_degree": 8})):
        form = fem.form(ufl.inner(ufl.grad(u), ufl.grad(v)) * dx)
        matrices.append(compat.create_matrix(form))
        compat.assemble_matrix(matrices[-1], form)
    matrices[0].axpy(-1.0, matrices[1])
    assert matrices[0].norm() < 1e-12 * matrices[1].norm()
    for matrix in matrices:
        matrix.destroy()


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_what_lies_beyond_a_plane_within_an_element(dim, kind):
    """Its volume is exact, a diffuse amount right to 4 % of an element."""
    for beyond in (6.0, 5.7, 5.5, 5.1):
        plane = 10.0 - beyond
        geometry = Geometry(plane, beyond, 2.0, H, depth=2.0 if dim == 3 else None, cell_type=kind)
        whole = Geometry(4.0, 6.0, 2.0, H, depth=geometry.depth, cell_type=kind)
        cell_mesh, space = space_on(whole)
        fields = SimpleNamespace(rho=None, scalar_space=space)
        part = Regions(fields, geometry, porous=False).electrolyte
        volume = nodal_volume(space, Measures.of(cell_mesh)).array / cell_mesh.area("right")
        x = space.tabulate_dof_coordinates()[: len(part), 0]
        amount = 0.5 * (1 - np.tanh((x - plane) / (2 * H)))
        found, content = global_sums(
            cell_mesh.comm, np.array([volume @ part, volume @ (part * amount)])
        )
        assert found == pytest.approx(beyond)
        # ∫ of ½[1 − tanh(x/2)] = 1/(1 + eˣ) from 0 to the right side
        exact = math.log(2) - math.log1p(math.exp(-beyond))
        assert content == pytest.approx(exact, abs=0.04 * H)


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_edges_are_those_of_the_cells(dim, kind):
    geometry = box(dim, kind)
    _, space = space_on(geometry)
    x = space.tabulate_dof_coordinates()
    ends = np.rint(x[local_edges(space).T]).astype(int).tolist()
    edges = {
        tuple(sorted(map(tuple, pair))) for part in MPI.COMM_WORLD.allgather(ends) for pair in part
    }
    n = np.array(geometry.extents, dtype=int)
    directions = {
        "triangle": [(1, 0), (0, 1), (1, 1)],
        "quadrilateral": [(1, 0), (0, 1)],
        "tetrahedron": [d for d in itertools.product((0, 1), repeat=3) if any(d)],
        "hexahedron": [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
    }[kind]  # fmt: skip
    assert len(edges) == sum(np.prod(n + 1 - np.array(d)) for d in directions)
    found = {tuple(np.abs(np.subtract(*pair))[:dim].tolist()) for pair in edges}
    assert found == set(directions)


@pytest.mark.parametrize("kind", CELL_TYPES[3])
def test_rollers_hold_every_lateral_side(kind):
    """Normal displacement zero on all sides but the right, the whole vector on the left."""
    cell_mesh, _ = space_on(box(3, kind))
    space = fem.functionspace(cell_mesh.mesh, ("Lagrange", 1, (3,)))
    u = fem.Function(space)
    u.x.array[:] = 1.0
    for support in clamps(space, cell_mesh, "roller"):
        fem.petsc.set_bc(u.x.petsc_vec, [support])
    u.x.scatter_forward()
    x, values = space.tabulate_dof_coordinates(), u.x.array.reshape(-1, 3)
    left = x[:, 0] < 1e-9
    assert not values[left].any()
    for axis, extent in ((1, 4.0), (2, 3.0)):
        on_side = (x[:, axis] < 1e-9) | (x[:, axis] > extent - 1e-9)
        np.testing.assert_array_equal(values[~left, axis], np.where(on_side[~left], 0.0, 1.0))
    np.testing.assert_array_equal(values[~left, 0], 1.0)


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_rigid_body_modes_cost_no_energy(dim, kind):
    geometry = Geometry(
        4 * UM, 4 * UM, 4 * UM, 1 * UM, depth=4 * UM if dim == 3 else None, cell_type=kind
    )
    cell_mesh = create_box(MPI.COMM_WORLD, geometry)
    space = fem.functionspace(cell_mesh.mesh, ("Lagrange", 1, (dim,)))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    form = fem.form(ufl.inner(ufl.sym(ufl.grad(u)), ufl.grad(v)) * Measures.of(cell_mesh).dx)
    K = compat.create_matrix(form)
    compat.assemble_matrix(K, form)
    modes = rigid_body_modes(space).getVecs()
    assert len(modes) == {2: 3, 3: 6}[dim]
    largest = global_max(cell_mesh.comm, np.abs(K.getDiagonal().array))
    for mode in modes:
        assert (K * mode).norm() < 1e-12 * largest
    K.destroy()


@pytest.mark.parametrize(("dim", "kind"), KINDS)
def test_a_cell_of_every_type_compiles_and_has_its_volume(dim, kind):
    geometry = Geometry(
        4 * UM, 4 * UM, 4 * UM, 1 * UM, depth=3 * UM if dim == 3 else None, cell_type=kind
    )
    made = Model(config(geometry=geometry), create_box(MPI.COMM_WORLD, geometry))
    volume = global_sum(MPI.COMM_WORLD, made.nodal_volume.array.sum())
    assert volume == pytest.approx(np.prod(geometry.extents))


@pytest.mark.parametrize(
    ("depth", "kind", "complaint"),
    [
        (None, "hexahedron", "does not mesh a 2-D cell: use triangle or quadrilateral"),
        (None, "tetrahedron", "or give a depth"),
        (20 * UM, "triangle", "does not mesh a 3-D cell: use tetrahedron or hexahedron"),
        (0.5 * UM, None, "is larger than the cell"),
    ],
)
def test_mismatches_are_refused(depth, kind, complaint):
    settings = config(geometry=Geometry(10 * UM, 30 * UM, 9 * UM, 1 * UM, depth, kind))
    assert any(complaint in problem for _, problem in inconsistencies(settings))


def test_unknown_names_are_refused_with_the_known_ones():
    domain, _ = space_on(box(2, "triangle"))
    assert list(domain.boundaries) == ["left", "right", "bottom", "top"]
    assert domain.structured
    assert not domain.regions
    assert domain.area("top") == 5.0
    for ask, known in (
        (domain.side, "no boundary 'back'; known: left, right, bottom, top"),
        (domain.area, "no boundary 'back'"),
    ):
        with pytest.raises(ConfigError, match=known):
            ask("back")


def test_defaults_are_simplices():
    assert Geometry(1.0, 1.0, 1.0, 0.1).mesh_cell == "triangle"
    assert Geometry(1.0, 1.0, 1.0, 0.1, 1.0).mesh_cell == "tetrahedron"
    settings = config(geometry=Geometry(1 * UM, 1 * UM, 1e-3, 1e-7, depth=1e-2))
    assert any("nodes, more than" in problem for _, problem in inconsistencies(settings))
