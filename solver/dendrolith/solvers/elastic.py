"""Mechanical equilibrium at fixed lithium and pores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from dolfinx.fem.petsc import set_bc
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.fields.cell_means import CellMeans
from dendrolith.fields.state import set_owned_values
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import Options

# A preconditioner is made anew when it takes this many times the iterations of its first solve.
# That costs as much as two solves and comes once in ten or so; beyond 1.5 it may turn indefinite.
RENEWAL_RATIO = 1.25
# Factors cost as much as some twenty iterations.
MOST_WITH_FACTORS = 12


class ElasticSolver:
    """Linear solver for the displacement; assembled anew because stiffness follows the lithium.

    The preconditioner is that of an earlier stiffness until it is worn: lithium changes the
    stiffness by a factor of three, and only where it grows. A restart makes the same one again.
    Factors that precondition serve until `renew`, which comes with each step.

    Args:
        u: displacement; holds the guess and receives the solution.
        residual, stiffness: compiled forms, residual linear in `u`.
        bcs: clamps, rollers and the platen.
        options: PETSc options.
        fields: nodal fields that the stiffness depends on; none: it stays as it is.
        means: in the cells, of which the forms are made; empty: of the fields themselves.

    Attributes:
        fallback: the direct solver, for where the chosen one fails.
    """

    def __init__(
        self,
        u: fem.Function,
        residual: fem.Form,
        stiffness: fem.Form,
        bcs: list[fem.DirichletBC],
        options: Options,
        fields: Sequence[fem.Function] = (),
        means: Sequence[CellMeans] = (),
    ) -> None:
        self._u, self._residual, self._stiffness, self._bcs = u, residual, stiffness, bcs
        self._fields, self._means = fields, means
        # by blocks of a node: put together and applied faster; AMG wants single entries
        self._K = compat.create_matrix(stiffness, "baij")
        self._preconditioned = compat.create_matrix(stiffness)
        self._b = compat.create_vector(residual)
        self._correction = self._b.duplicate()
        self._preconditioned.setNearNullSpace(rigid_body_modes(u.function_space))
        self._solver = LinearSolver(
            self._K, "elastic_", options, "mechanical equilibrium", self._preconditioned
        )
        self.fallback = self._solver.fallback
        # of the preconditioner: the fields it was made with, and its iterations then
        self._made_with = [field.x.array.copy() for field in fields]
        self._fresh = -1
        self._direct = options["ksp_type"] == "preonly"
        self._factors = options["pc_type"] in ("lu", "cholesky")

    def solve(self, *, other_load_alone: bool = False) -> int:
        """Solve for `u`; returns the Krylov iterations.

        Args:
            other_load_alone: the stiffness is that of the last solve.

        Raises:
            SolverDiverged: the linear solver gave up.
        """
        # a platen that moves: the residual must know where it is before anything is solved
        set_bc(self._u.x.petsc_vec, self._bcs)
        self._u.x.scatter_forward()
        if not other_load_alone:
            self._take_means()
            self._assemble(self._K)
        compat.assemble_vector(self._b, self._residual)
        set_bc(self._b, self._bcs, self._u.x.petsc_vec, -1.0)
        iterations = self._correct(factors_hold=other_load_alone and self._direct)
        self._u.x.petsc_vec.axpy(-1.0, self._correction)
        self._u.x.scatter_forward()
        return iterations

    def _correct(self, *, factors_hold: bool) -> int:
        """Solve for the correction, with a new preconditioner where the old one is worn."""
        fresh = (self._fresh < 0 or self._direct) and not factors_hold
        if fresh:
            self._make_preconditioner()
        self._K.mult(self._u.x.petsc_vec, self._correction)
        self._solver.refer_to(self._correction.norm(), self._b.norm())
        self._correction.set(0.0)
        if self._factors and not fresh and not self._direct:
            iterations = self._solver.attempt(self._b, self._correction)
            if iterations >= 0:
                self._fresh = -1 if iterations > MOST_WITH_FACTORS else self._fresh
                return iterations
            fresh = True
            self._make_preconditioner()
            self._correction.set(0.0)
        failures = self.fallback.uses
        iterations = self._solver.solve(self._b, self._correction)
        if self.fallback.uses > failures or (
            not fresh and iterations > RENEWAL_RATIO * self._fresh
        ):
            self._fresh = -1
        elif fresh:
            self._fresh = iterations
        return iterations

    def _make_preconditioner(self) -> None:
        """Make it of the present fields."""
        for kept, field in zip(self._made_with, self._fields, strict=True):
            kept[:] = field.x.array
        self._precondition()

    def _precondition(self) -> None:
        """Assemble the stiffness of the present fields for the preconditioner."""
        self._assemble(self._preconditioned)

    def _take_means(self) -> None:
        for means in self._means:
            means.update()

    def _assemble(self, K: PETSc.Mat) -> None:
        compat.assemble_matrix(K, self._stiffness, self._bcs)

    def renew(self) -> None:
        """Make the next preconditioner anew: something beside the fields has changed."""
        self._fresh = -1

    def end_step(self) -> None:
        """Factors serve within a step, so that a restart has the same ones."""
        if self._factors:
            self.renew()

    def save(self) -> CheckpointData:
        """With which fields the preconditioner was made, and what it took then."""
        values = {
            f"{field.name}_preconditioned": kept[: _owned(field)].reshape(-1, 1).copy()
            for field, kept in zip(self._fields, self._made_with, strict=True)
        }
        return CheckpointData({"fresh": self._fresh}, values)

    def restore(self, data: CheckpointData) -> None:
        """Make the same preconditioner again (collective); the fields are left as they are."""
        self._fresh = data.numbers["fresh"]
        present = [field.x.array.copy() for field in self._fields]
        for field, kept in zip(self._fields, self._made_with, strict=True):
            set_owned_values(field, data.nodal[f"{field.name}_preconditioned"])
            kept[:] = field.x.array
        self._take_means()
        self._precondition()
        for field, values in zip(self._fields, present, strict=True):
            field.x.array[:] = values

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._solver.destroy()
        for thing in (self._K, self._preconditioned, self._b, self._correction):
            thing.destroy()


def _owned(field: fem.Function) -> int:
    return int(field.function_space.dofmap.index_map.size_local)


def rigid_body_modes(space: fem.FunctionSpace) -> PETSc.NullSpace:
    """Translations and rotations of a vector-valued Lagrange space, for algebraic multigrid."""
    dim = space.mesh.geometry.dim
    x = space.tabulate_dof_coordinates()[: space.dofmap.index_map.size_local]
    modes = []
    for axis in range(dim):
        mode = np.zeros((len(x), dim))
        mode[:, axis] = 1.0
        modes.append(mode)
    for i in range(dim):
        for j in range(i + 1, dim):
            mode = np.zeros((len(x), dim))
            mode[:, i], mode[:, j] = -x[:, j], x[:, i]
            modes.append(mode)
    index_map = space.dofmap.index_map
    vectors: list[PETSc.Vec] = []
    for mode in modes:
        vector = PETSc.Vec().createMPI((index_map.size_local * dim, None), dim, space.mesh.comm)
        vector.array[:] = mode.reshape(-1)
        for earlier in vectors:
            vector.axpy(-vector.dot(earlier), earlier)
        vector.normalize()
        vectors.append(vector)
    return PETSc.NullSpace().create(vectors=vectors, comm=space.mesh.comm)
