"""Equilibrium of solids at finite strain around an axis, in a plane or in space.

    ∫ P : δf r dr dz + (springs) = 0,  δf = (v_r,r, v_r,z, v_z,r, v_z,z, v_r/r)

P is nominal stress, on the mesh without load. A factor 2π is left out everywhere. In plane strain
r dr is dr, the last of δf is 0, and forces are those of a unit depth. In space δf has
all nine components. Elements are quadratic, triangles or tetrahedra. Newton's method solves it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import basix
import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.physics import finite_strain_3d
from dendrolith.physics.finite_strain import IDENTITY, nominal_stress
from dendrolith.physics.points import Law, Points, tangent
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import DIRECT
from dendrolith.studies.bodies import Bodies

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

QUADRATURE = 2  # degree: three points a triangle
TOLERANCE, MOST = 1e-7, 30  # of forces out of balance; Newton iterations


@dataclass(frozen=True, slots=True)
class Springs:
    """Forces of springs on degrees of freedom, and what they change by.

    Attributes:
        dofs: (n, k) that a spring acts on.
        force: (n, k) it adds to the residual [N/rad].
        stiffness: (n, k, k) derivatives [N/(m rad)].
    """

    dofs: IntArray
    force: FloatArray
    stiffness: FloatArray


class Contact(Protocol):
    """What springs do at a displacement."""

    def springs(self, u: FloatArray) -> list[Springs]:
        """Those of the present displacement (n_dofs,) [m]."""
        ...


class NoContact:
    """Nothing touches anything."""

    def springs(self, u: FloatArray) -> list[Springs]:
        """None."""
        return []


class Contacts:
    """Several of them.

    Args:
        parts: each with its springs.
    """

    def __init__(self, parts: Sequence[Contact]) -> None:
        self._parts = parts

    def springs(self, u: FloatArray) -> list[Springs]:
        """Those of all."""
        return [some for part in self._parts for some in part.springs(u)]


class Solid:
    """Bodies, their displacement and what their points have gone through.

    Args:
        bodies: mesh and its materials.
        laws: of each material.
        degree: of the displacement; 1 locks where plastic flow keeps the volume.
        plane: plane strain: r is a distance like z.

    Attributes:
        u: displacement, Lagrange of `degree` [m].
        place: (n_nodes, dim) points of its nodes [m].
        held: (n,) degrees of freedom that are given.
        given: (n_dofs,) their values; those of others do not count [m].
        contact: springs between nodes.
        points: of each material, at the last accepted step.
        norms: forces out of balance over internal ones, of the last solve.
    """

    def __init__(
        self, bodies: Bodies, laws: Mapping[str, Law], degree: int = 2, *, plane: bool = False
    ) -> None:
        self._bodies, self._laws, domain = bodies, laws, bodies.mesh
        self._plane, self._dim = plane, domain.geometry.dim
        spatial = self._dim == 3
        self._components = 9 if spatial else 5  # of F
        self._stress = finite_strain_3d.nominal_stress if spatial else nominal_stress
        self.contact: Contact = NoContact()
        space = fem.functionspace(domain, ("Lagrange", degree, (self._dim,)))
        self.u = fem.Function(space, name="u")
        self.place: FloatArray = space.tabulate_dof_coordinates()[:, : self._dim]
        self.given = np.zeros(self.place.size)
        self.held: IntArray = np.zeros(0, dtype=np.int64)
        self._write_forms(space)
        self.points = {
            name: Points.virgin(len(cells) * self._per_cell, space=spatial)
            for name, cells in bodies.cells.items()
        }
        self._attempted = dict(self.points)
        self.norms: list[float] = []

    def _write_forms(self, space: fem.FunctionSpace) -> None:
        domain, u = self._bodies.mesh, self.u
        v, du = ufl.TestFunction(space), ufl.TrialFunction(space)
        r = 1 if self._plane or self._dim == 3 else ufl.SpatialCoordinate(domain)[0]
        dx = ufl.dx(metadata={"quadrature_degree": QUADRATURE, "quadrature_scheme": "default"})

        def rate(w: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
            L = ufl.grad(w)
            if self._dim == 3:
                return ufl.as_vector([L[i, j] for i in range(3) for j in range(3)])
            hoop = 0 * w[0] if self._plane else w[0] / r
            return ufl.as_vector([L[0, 0], L[0, 1], L[1, 0], L[1, 1], hoop])

        self._P, self._T = (
            fem.Function(fem.functionspace(domain, _points_of(domain, shape)))
            for shape in ((self._components,), (self._components,) * 2)
        )
        points, _ = basix.make_quadrature(domain.basix_cell(), QUADRATURE)
        self._per_cell = len(points)
        start = ufl.as_vector([*(np.eye(3).ravel() if self._dim == 3 else IDENTITY)])
        self._F = fem.Expression(start + rate(u), points)
        self._residual = fem.form(ufl.inner(self._P, rate(v)) * r * dx)
        self._jacobian = fem.form(ufl.inner(ufl.dot(self._T, rate(du)), rate(v)) * r * dx)
        self._b, self._x = (compat.create_vector(self._residual) for _ in range(2))
        self._A = compat.create_matrix(self._jacobian)
        self._A.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        self._solver = LinearSolver(self._A, "solid_", DIRECT, "equilibrium of solids")

    def couple(self, nodes: IntArray, others: IntArray) -> None:
        """Make room in the matrix for springs between any of `nodes` and any of `others`."""
        compat.assemble_matrix(self._A, self._jacobian)
        _make_room(self._A, self._dim, nodes, others)

    # ------------------------------------------------------------------ points

    def _at_points(self, function: fem.Function, components: int) -> FloatArray:
        """View (n_cells, points a cell, components) of a function of the points."""
        return np.asarray(function.x.array).reshape(-1, self._per_cell, components)

    def deformation(self) -> FloatArray:
        """F (n_cells, points a cell, 5 or 9) at the present displacement."""
        domain = self._bodies.mesh
        cells = np.arange(domain.topology.index_map(self._dim).size_local, dtype=np.int32)
        F = np.asarray(self._F.eval(domain, cells))
        return F.reshape(-1, self._per_cell, self._components)

    def _evaluate(self, dt: float, *, stiff: bool) -> None:
        """P, and with `stiff` its tangent, at the present displacement.

        Raises:
            SolverDiverged: a cell is turned inside out, or a law finds no stress.
        """
        F, count = self.deformation(), self._components
        if not _determinants(F).min() > 0:
            raise SolverDiverged("equilibrium of solids", "a cell is turned inside out")
        P, T = self._at_points(self._P, count), self._at_points(self._T, count**2)
        for name, law in self._laws.items():
            cells = self._bodies.cells[name]
            here, before = F[cells].reshape(-1, count), self.points[name]
            stress, after = self._stress(law, here, before, dt)
            P[cells] = stress.reshape(len(cells), -1, count)
            self._attempted[name] = after
            if stiff:
                slope = tangent(law, here, before, dt, stress, self._stress)
                T[cells] = slope.reshape(len(cells), self._per_cell, -1)
        if not np.isfinite(P).all():
            raise SolverDiverged("equilibrium of solids", "no stress is found at a point")

    # ------------------------------------------------------------------ solve

    def solve(self, dt: float) -> int:
        """Find the displacement at what is given; returns the iterations.

        Raises:
            SolverDiverged: there is no balance.
        """
        self.norms = []
        for iteration in range(MOST):
            self._evaluate(dt, stiff=True)
            springs = self.contact.springs(np.asarray(self.u.x.array))
            whole = self._forces(springs)
            missing = self.given[self.held] - self.u.x.array[self.held]
            b = self._b.array
            free = np.delete(b, self.held)
            self.norms.append(float(np.linalg.norm(free)) / max(whole, 1e-300))
            if not math.isfinite(self.norms[-1]):
                break
            far = np.abs(missing).max(initial=0.0) > 0
            if self.norms[-1] <= TOLERANCE and not far:
                return iteration
            self._correct(springs, missing)
        raise SolverDiverged("equilibrium of solids", f"{self.norms[-1]:.1e} of the forces remain")

    def _forces(self, springs: list[Springs]) -> float:
        """Residual into `_b`; returns the norm of internal forces."""
        compat.assemble_vector(self._b, self._residual)
        whole = float(self._b.norm())
        for some in springs:
            np.add.at(self._b.array, some.dofs.ravel(), some.force.ravel())
        return whole

    def _correct(self, springs: list[Springs], missing: FloatArray) -> None:
        """One step of Newton's method; what is given is put in place."""
        A, b, x = self._A, self._b, self._x
        compat.assemble_matrix(A, self._jacobian)
        for some in springs:
            for dofs, K in zip(some.dofs.astype(np.int32), some.stiffness, strict=True):
                A.setValues(dofs, dofs, K, addv=PETSc.InsertMode.ADD)
        A.assemble()
        b.scale(-1.0)
        x.set(0.0)
        x.array[self.held] = missing
        A.zeroRowsColumns(self.held.astype(np.int32), 1.0, x, b)
        self._solver.solve(b, x)
        self.u.x.array[:] += x.array

    def stress(self) -> FloatArray:
        """P (n_cells, points a cell, 5 or 9) of the last solve [Pa]."""
        return self._at_points(self._P, self._components)

    def bodies_of_nodes(self) -> IntArray:
        """(n_nodes,) number of the body that each node belongs to."""
        found = np.zeros(len(self.place), dtype=np.int64)
        found[self.u.function_space.dofmap.list] = self._bodies.body[:, None]
        return found

    def volumes(self, name: str) -> FloatArray:
        """(n,) without load, that the points of a material stand for [m³/rad], in a plane [m²]."""
        cells = self._bodies.cells[name]
        corners = self.place[self.u.function_space.dofmap.list[cells][:, :3]]
        edges = corners[:, 1:] - corners[:, :1]
        area = np.abs(np.linalg.det(edges)) / 2
        r = np.ones_like(area) if self._plane else corners[:, :, 0].mean(axis=1)
        return np.repeat(area * r / self._per_cell, self._per_cell)

    def centres(self, name: str) -> FloatArray:
        """(n, 2) of the cells of a material, where they are now [m]."""
        corners = self.u.function_space.dofmap.list[self._bodies.cells[name]][:, :3]
        now = self.place + self.u.x.array.reshape(-1, 2)
        return np.asarray(now[corners].mean(axis=1))

    def by_cell(self, name: str, values: FloatArray) -> FloatArray:
        """(n,) means over the cells of a material of values at its points."""
        return np.asarray(values.reshape(len(self._bodies.cells[name]), -1).mean(axis=1))

    def reaction(self, dofs: IntArray) -> float:
        """Sum of internal forces of the last solve [N/rad]."""
        compat.assemble_vector(self._b, self._residual)
        return float(self._b.array[dofs].sum())

    def accept(self) -> None:
        """The points have gone through the last solve."""
        self.points = dict(self._attempted)

    def close(self) -> None:
        """Free the PETSc objects."""
        for thing in (self._solver, self._A, self._b, self._x):
            thing.destroy()


def _points_of(domain: mesh.Mesh, shape: tuple[int, ...]) -> object:
    """Element of values of a shape at the points of a cell."""
    return basix.ufl.quadrature_element(domain.basix_cell(), value_shape=shape, degree=QUADRATURE)


def _make_room(A: PETSc.Mat, dim: int, nodes: IntArray, others: IntArray) -> None:
    """Enter zeros between all components of `nodes` and of `others`, both ways.

    An entry that came with its spring would stay, and change the last digits of all later solves:
    a run that is gone on with would not have it.
    """
    here, there = (
        (dim * some[:, None] + np.arange(dim)).ravel().astype(np.int32) for some in (nodes, others)
    )
    A.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
    for rows, columns in ((here, there), (there, here)):
        zeros = np.zeros((len(rows), len(columns)))
        A.setValues(rows, columns, zeros, addv=PETSc.InsertMode.ADD)
    A.assemble()
    A.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, True)


def _determinants(F: FloatArray) -> FloatArray:
    """Det F of points (…, 5) around an axis, or (…, 9) in space."""
    if F.shape[-1] == 9:
        return np.asarray(np.linalg.det(F.reshape(*F.shape[:-1], 3, 3)))
    return np.asarray((F[..., 0] * F[..., 3] - F[..., 1] * F[..., 2]) * F[..., 4])
