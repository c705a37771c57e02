"""Stiffness from edges against DOLFINx's own assembly, on meshes without a right angle."""

import numpy as np
import pytest
import ufl
from dolfinx import fem, la, mesh
from mpi4py import MPI

from dendrolith.core import compat
from dendrolith.fields.edge_conductances import EdgeConductances


def crooked(dim):
    """A mesh of the unit square or cube whose nodes are moved, each the same on any ranks."""
    box = mesh.create_unit_square(MPI.COMM_WORLD, 7, 6)
    if dim == 3:
        box = mesh.create_unit_cube(MPI.COMM_WORLD, 4, 3, 3)
    x = box.geometry.x
    x[:, :dim] += 0.04 * np.sin(37 * x[:, :dim] + 11 * x[:, [1, 0, 2][:dim]])
    return box


@pytest.mark.parametrize("dim", [2, 3])
def test_crooked_simplices(dim):
    domain = crooked(dim)
    space = fem.functionspace(domain, ("Lagrange", 1))
    u, v, q = (
        ufl.TrialFunction(space),
        ufl.TestFunction(space),
        ufl.TestFunction(fem.functionspace(domain, ("DG", 0))),
    )
    place = ufl.SpatialCoordinate(domain)
    sigma, dx = 1 + place[0] + 3 * place[1] ** 2, ufl.dx(metadata={"quadrature_degree": 2})
    form = fem.form(sigma * ufl.inner(ufl.grad(u), ufl.grad(v)) * dx)
    K = compat.create_matrix(form)
    compat.assemble_matrix(K, form)
    integrals = fem.form(sigma * q * dx)
    of_cells = compat.create_vector(integrals)
    compat.assemble_vector(of_cells, integrals)

    edges = EdgeConductances(space)
    G = edges(of_cells.array_r.reshape(-1, 1))[:, 0]
    phi, current = fem.Function(space), fem.Function(space)
    phi.interpolate(lambda x: np.cos(5 * x[0]) + x[1] ** 2 + x[2])
    first, second = edges.edges
    through = G * (phi.x.array[first] - phi.x.array[second])
    np.add.at(current.x.array, first, through)
    np.subtract.at(current.x.array, second, through)
    b = current.x.petsc_vec
    current.x.scatter_reverse(la.InsertMode.add)
    expected = K.createVecLeft()
    K.mult(phi.x.petsc_vec, expected)
    size = expected.norm()
    expected.axpy(-1.0, b)
    assert expected.norm() < 1e-13 * size


def test_edges_opposite_to_right_angles_conduct_nothing():
    domain = mesh.create_unit_square(MPI.COMM_SELF, 5, 4)
    edges = EdgeConductances(fem.functionspace(domain, ("Lagrange", 1)))
    assert edges.edges.shape == (2, 5 * 5 + 6 * 4)
