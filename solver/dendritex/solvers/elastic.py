"""Mechanical equilibrium at fixed lithium and pores."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from dolfinx.fem.petsc import set_bc
from petsc4py import PETSc

from dendritex import compat
from dendritex.solvers.linear import LinearSolver
from dendritex.solvers.options import Options


class ElasticSolver:
    """Linear solver for the displacement; assembled anew because stiffness follows the lithium.

    Args:
        u: displacement; holds the guess and receives the solution.
        residual, stiffness: compiled forms, residual linear in `u`.
        bcs: clamps, rollers and the platen.
        options: PETSc options.

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
    ) -> None:
        self._u, self._residual, self._stiffness, self._bcs = u, residual, stiffness, bcs
        self._K = compat.create_matrix(stiffness)
        self._b = compat.create_vector(residual)
        self._correction = self._b.duplicate()
        self._K.setNearNullSpace(rigid_body_modes(u.function_space))
        self._solver = LinearSolver(self._K, "elastic_", options, "mechanical equilibrium")
        self.fallback = self._solver.fallback

    def solve(self) -> int:
        """Solve for `u`; returns the Krylov iterations.

        Raises:
            SolverDiverged: the linear solver gave up.
        """
        # a platen that moves: the residual must know where it is before anything is solved
        set_bc(self._u.x.petsc_vec, self._bcs)
        self._u.x.scatter_forward()
        compat.assemble_matrix(self._K, self._stiffness, self._bcs)
        compat.assemble_vector(self._b, self._residual)
        set_bc(self._b, self._bcs, self._u.x.petsc_vec, -1.0)
        self._correction.set(0.0)
        iterations = self._solver.solve(self._b, self._correction)
        self._u.x.petsc_vec.axpy(-1.0, self._correction)
        self._u.x.scatter_forward()
        return iterations

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._solver.destroy()
        for thing in (self._K, self._b, self._correction):
            thing.destroy()


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
