"""Helpers of the verification tests: orders of convergence, relaxation, a small Newton solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import ufl
from dolfinx import fem, mesh
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import integral
from dendrolith.physics.interpolation import blend, lithium_fraction
from tests.cases import Stepper


def order(sizes: Sequence[float], errors: Sequence[float]) -> float:
    """Slope of log error over log size."""
    return float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])


def assert_order(sizes: Sequence[float], errors: Sequence[float], expected: float) -> None:
    """The error falls at least with the expected order, less 0.15."""
    slope = order(sizes, errors)
    assert slope > expected - 0.15, f"order {slope:.2f} < {expected}: errors {errors} at {sizes}"


def relax(split: Stepper, dt: float) -> float:
    """Advance lithium by `dt` [s] at the potentials as they are; returns the largest |Δξ|."""
    split.predict_middle(dt)
    split.update_allen_cahn_rate(dt)
    return split.advance_lithium(dt)


def mixture(xi, rho, lithium, electrolyte, pore):
    """Property of lithium, electrolyte and pore, mixed with h(ξ)."""
    return blend(lithium_fraction(xi), rho, lithium=lithium, electrolyte=electrolyte, pore=pore)


def square(n: int) -> mesh.Mesh:
    """Unit square of n × n × 2 triangles."""
    return mesh.create_unit_square(MPI.COMM_WORLD, n, n)


def l2_error(function, exact, domain: mesh.Mesh | None = None) -> float:
    """‖function − exact‖ on all ranks, with high quadrature; `function` may be a component."""
    difference = ufl.inner(function - exact, function - exact)
    dx = ufl.dx(domain, metadata={"quadrature_degree": 6})
    return float(np.sqrt(integral(fem.form(difference * dx))))


def boundary_condition(space: fem.FunctionSpace, exact: fem.Expression) -> fem.DirichletBC:
    """Dirichlet values of an expression on the whole boundary."""
    domain = space.mesh
    domain.topology.create_connectivity(domain.topology.dim - 1, domain.topology.dim)
    facets = mesh.exterior_facet_indices(domain.topology)
    dofs = fem.locate_dofs_topological(space, domain.topology.dim - 1, facets)
    value = fem.Function(space)
    value.interpolate(exact)
    return fem.dirichletbc(value, dofs)


def expression(space: fem.FunctionSpace, form) -> fem.Expression:
    """A UFL expression ready for interpolation."""
    return fem.Expression(form, compat.interpolation_points(space))


def solve(residual, unknown: fem.Function, bcs: list[fem.DirichletBC], *, work=None,
          jacobian: fem.Form | None = None) -> int:  # fmt: skip
    """Newton with MUMPS to round-off; returns the iterations.

    `residual` is UFL, or a compiled form with its `jacobian` and the `work` of the sources (UFL).
    """
    F, J = fem.form(residual), jacobian or fem.form(ufl.derivative(residual, unknown))
    b, A = compat.create_vector(F), compat.create_matrix(J)
    sources = b.duplicate()
    if work is not None:
        compat.assemble_vector(sources, fem.form(work))
    update = b.duplicate()
    ksp = PETSc.KSP().create(unknown.function_space.mesh.comm)
    ksp.setType("preonly")
    ksp.getPC().setType("lu")
    ksp.getPC().setFactorSolverType("mumps")
    ksp.setOperators(A)
    fem_petsc.set_bc(unknown.x.petsc_vec, bcs)
    unknown.x.scatter_forward()
    first = None
    for iteration in range(30):
        compat.assemble_vector(b, F)
        b.axpy(-1.0, sources)
        fem_petsc.set_bc(b, bcs, unknown.x.petsc_vec, -1.0)
        norm = b.norm()
        first = first or norm
        if norm <= 1e-10 * first and iteration > 0:
            break
        compat.assemble_matrix(A, J, bcs)
        ksp.solve(b, update)
        unknown.x.petsc_vec.axpy(-1.0, update)
        unknown.x.scatter_forward()
    else:
        raise AssertionError(f"reference Newton did not converge: {norm} of {first}")
    for thing in (ksp, A, b, sources, update):
        thing.destroy()
    return iteration


def convergence(error_at: Callable[[int], float], resolutions: Sequence[int]) -> None:
    """Assert second order over the resolutions."""
    errors = [error_at(n) for n in resolutions]
    assert_order([1 / n for n in resolutions], errors, 2.0)
