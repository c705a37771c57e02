"""Steps of the pores' Cahn–Hilliard equation, linearly stabilised; mean ρ is kept to round-off.

    (ρ⁺ − ρ)/Δt = M ∇²μ⁺        μ⁺ = f_ρ′(ρ) + W_ρ(ρ⁺ − ρ) − κ_ρ ∇²ρ⁺

With lumped masses m and the stiffness K of ∇·∇ this is, in δ = ρ⁺ − ρ,

    [m + Δt M (W_ρ K + κ_ρ K m⁻¹ K)] δ = −Δt M K m⁻¹ g        g = m f_ρ′(ρ) + κ_ρ K ρ

symmetric positive definite, and the energy falls for any Δt (Eyre 1998, 10.1557/PROC-529-39). ρ is
then advanced by the flux of μ⁺ itself: what leaves one node arrives at another, whatever the
tolerance of the linear solver.
"""

from __future__ import annotations

import math

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max
from dendrolith.fields.bind import bind
from dendrolith.studies.plating.cell import Cell

ACCURATE_STEP = 0.1  # in δ_ρ²/(M W_ρ)
MAX_SUBSTEPS = 200
OPTIONS = {"ksp_type": "cg", "pc_type": "jacobi", "ksp_rtol": 1e-9, "ksp_max_it": 2000}


class PoreSolver:
    """Advances `cell.state.rho` with mobility `M` [m⁵/(J s)]; all objects are made once."""

    def __init__(self, cell: Cell, M: float) -> None:
        assert cell.config.pores is not None
        self._cell, self._M = cell, M
        walls, rho = cell.config.pores.walls, cell.state.rho
        self._W, self._kappa = float(walls.W_rho), float(walls.kappa_rho)
        v = ufl.TestFunction(cell.state.scalar_space)
        local = ufl.variable(rho)
        slope = ufl.diff(bind(walls, cell.cell_mesh.mesh).bulk_energy(local), local)
        self._slope = fem.form(slope * v * cell.nodes)
        stiffness = fem.form(ufl.inner(ufl.grad(ufl.TrialFunction(v.ufl_function_space())),
                                       ufl.grad(v)) * cell.dx)  # fmt: skip
        self._K = compat.create_matrix(stiffness)
        compat.assemble_matrix(self._K, stiffness)
        self._volume = cell.nodal_volume
        self._per_volume = self._volume.duplicate()
        self._per_volume.array[:] = 1 / self._volume.array
        scaled = self._K.duplicate(copy=True)
        scaled.diagonalScale(self._per_volume)
        self._KK = self._K.matMult(scaled)
        scaled.destroy()
        self._A = self._KK.duplicate()
        self._g, self._mu, self._b, self._delta = (self._volume.duplicate() for _ in range(4))
        self._ksp = PETSc.KSP().create(cell.cell_mesh.comm)
        self._ksp.setOptionsPrefix("pores_")
        database = PETSc.Options()
        for key, value in OPTIONS.items():
            database["pores_" + key] = value
        self._ksp.setFromOptions()
        self._ksp.setOperators(self._A)

    @property
    def relaxation_time(self) -> float:
        """δ_ρ²/(M W_ρ), in which a wall finds its profile [s]."""
        return self._kappa * 8 / self._W / (self._M * self._W)

    @property
    def longest_step(self) -> float:
        """Step that takes `MAX_SUBSTEPS` [s]."""
        return MAX_SUBSTEPS * ACCURATE_STEP * self.relaxation_time

    def evolve(self, dt: float) -> None:
        """Let the walls move for `dt` [s], in steps that their profile can follow.

        The stabilised step is stable for any length, but slows walls down where it is long.

        Raises:
            SolverDiverged: a linear solve failed.
        """
        substeps = math.ceil(dt / (ACCURATE_STEP * self.relaxation_time))
        for _ in range(substeps):
            self.advance(dt / substeps)

    def advance(self, dt: float) -> float:
        """Let the walls move for one step of `dt` [s]; returns the largest |Δρ|.

        Raises:
            SolverDiverged: the linear solver failed.
        """
        rho, K, M = self._cell.state.rho, self._K, self._M
        compat.assemble_vector(self._g, self._slope)
        K.mult(rho.x.petsc_vec, self._b)
        self._g.axpy(self._kappa, self._b)
        self._mu.pointwiseMult(self._g, self._per_volume)
        K.mult(self._mu, self._b)
        self._b.scale(-dt * M)
        self._KK.copy(self._A, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        self._A.scale(dt * M * self._kappa)
        self._A.axpy(dt * M * self._W, K, structure=PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)
        self._A.setDiagonal(self._volume, addv=PETSc.InsertMode.ADD_VALUES)
        self._A.assemble()
        self._ksp.solve(self._b, self._delta)
        if self._ksp.getConvergedReason() <= 0:
            raise SolverDiverged("motion of the pore walls", "the linear solver did not converge")
        return self._flow(dt)

    def _flow(self, dt: float) -> float:
        """ρ ← ρ − Δt M m⁻¹ K μ⁺ with μ⁺ = m⁻¹[g + (W_ρ m + κ_ρ K) δ]."""
        rho, K = self._cell.state.rho, self._K
        K.mult(self._delta, self._b)
        self._g.axpy(self._kappa, self._b)
        self._mu.pointwiseMult(self._g, self._per_volume)
        self._mu.axpy(self._W, self._delta)
        K.mult(self._mu, self._b)
        self._b.pointwiseMult(self._b, self._per_volume)
        self._b.scale(-dt * self._M)
        owned = self._b.array.size
        rho.x.array[:owned] += self._b.array
        rho.x.scatter_forward()
        return global_max(self._cell.cell_mesh.comm, np.abs(self._b.array))

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._ksp, self._K, self._KK, self._A, self._g, self._mu, self._b,
                      self._delta, self._per_volume):  # fmt: skip
            thing.destroy()
