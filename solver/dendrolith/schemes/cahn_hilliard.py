"""Steps of a Cahn–Hilliard equation, linearly stabilised; the mean of c is kept to round-off.

    (c⁺ − c)/Δt = M ∇²μ⁺        μ⁺ = f′(c) + S(c⁺ − c) − κ ∇²c⁺

With lumped masses m and the stiffness K of ∇·∇ this is, in δ = c⁺ − c,

    [m + Δt M (S K + κ K m⁻¹ K)] δ = −Δt M K m⁻¹ g        g = m f′(c) + κ K c

symmetric positive definite, and with S ≥ ½ max f″ the energy falls for any Δt (Eyre 1998,
10.1557/PROC-529-39). c is then advanced by the flux of μ⁺ itself: what leaves one node arrives at
another, whatever the tolerance of the linear solver.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import global_max
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures
from dendrolith.physics.interpolation import Expr
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import Options

OPTIONS: Options = {"ksp_type": "cg", "pc_type": "jacobi", "ksp_rtol": 1e-9, "ksp_max_it": 2000}


class FreeEnergy(Protocol):
    """What the scheme needs of a law."""

    @property
    def stabilisation(self) -> float:
        """S [J/m³]; at least half of the largest f″."""
        ...

    @property
    def gradient_coefficient(self) -> float:
        """κ [J/m]."""
        ...

    def bulk_energy(self, c: Expr) -> Expr:
        """Bulk energy f(c) [J/m³]."""
        ...


def stiffness_once_and_twice(
    space: fem.FunctionSpace, m: Measures, per_volume: PETSc.Vec
) -> tuple[PETSc.Mat, PETSc.Mat]:
    """K of ∇·∇, and K m⁻¹ K (collective).

    Args:
        space: scalar P1.
        m: measures.
        per_volume: m⁻¹ [1/m³, in 2-D 1/m²].
    """
    v, trial = ufl.TestFunction(space), ufl.TrialFunction(space)
    stiffness = fem.form(ufl.inner(ufl.grad(trial), ufl.grad(v)) * m.dx)
    K = compat.create_matrix(stiffness)
    compat.assemble_matrix(K, stiffness)
    scaled = K.duplicate(copy=True)
    scaled.diagonalScale(per_volume)
    KK = K.matMult(scaled)
    scaled.destroy()
    return K, KK


class CahnHilliard(Block):
    """Advances a conserved field with mobility `M` [m⁵/(J s)]; all objects are made once.

    Args:
        c: scalar P1 function.
        law: its free energy.
        M: mobility.
        m: measures.
        nodal_volume: of each node [m³, in 2-D m²].
        what: moves, in physical words, for messages.
        prefix: of the PETSc options.

    Attributes:
        fallback: the direct solver, for where the chosen one fails.
    """

    name = "Cahn-Hilliard"

    def __init__(
        self,
        c: fem.Function,
        law: FreeEnergy,
        M: float,
        m: Measures,
        nodal_volume: PETSc.Vec,
        *,
        what: str,
        prefix: str,
    ) -> None:
        self._c, self._M, self._volume = c, M, nodal_volume
        self._S, self._kappa = float(law.stabilisation), float(law.gradient_coefficient)
        v = ufl.TestFunction(c.function_space)
        local = ufl.variable(c)
        slope = ufl.diff(bind(law, c.function_space.mesh).bulk_energy(local), local)
        self._slope = fem.form(slope * v * m.nodes)
        self._per_volume = nodal_volume.duplicate()
        self._per_volume.array[:] = 1 / nodal_volume.array
        self._K, self._KK = stiffness_once_and_twice(c.function_space, m, self._per_volume)
        self._A = self._KK.duplicate()
        self._g, self._mu, self._b, self._delta = (nodal_volume.duplicate() for _ in range(4))
        self._solver = LinearSolver(self._A, prefix, OPTIONS, what)
        self.fallback = self._solver.fallback

    def advance(self, dt: float) -> Report:
        """Let the field move for one step of `dt` [s].

        Raises:
            SolverDiverged: the linear solver failed.
        """
        K, M, failures = self._K, self._M, self.fallback.uses
        compat.assemble_vector(self._g, self._slope)
        K.mult(self._c.x.petsc_vec, self._b)
        self._g.axpy(self._kappa, self._b)
        self._mu.pointwiseMult(self._g, self._per_volume)
        K.mult(self._mu, self._b)
        self._b.scale(-dt * M)
        self._KK.copy(self._A, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        self._A.scale(dt * M * self._kappa)
        self._A.axpy(dt * M * self._S, K, structure=PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)
        self._A.setDiagonal(self._volume, addv=PETSc.InsertMode.ADD_VALUES)
        self._A.assemble()
        self._delta.set(0.0)
        self._solver.solve(self._b, self._delta)
        change = self._flow(dt)
        return Report(change, numbers={"fallback_solves": self.fallback.uses - failures})

    def _flow(self, dt: float) -> float:
        """Take c ← c − Δt M m⁻¹ K μ⁺, μ⁺ = m⁻¹[g + (S m + κ K) δ]; returns the largest |Δc|."""
        K = self._K
        K.mult(self._delta, self._b)
        self._g.axpy(self._kappa, self._b)
        self._mu.pointwiseMult(self._g, self._per_volume)
        self._mu.axpy(self._S, self._delta)
        K.mult(self._mu, self._b)
        self._b.pointwiseMult(self._b, self._per_volume)
        self._b.scale(-dt * self._M)
        owned = self._b.array.size
        self._c.x.array[:owned] += self._b.array
        self._c.x.scatter_forward()
        return global_max(self._c.function_space.mesh.comm, np.abs(self._b.array))

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()
        vectors = (self._g, self._mu, self._b, self._delta, self._per_volume)
        for thing in (self._K, self._KK, self._A, *vectors):
            thing.destroy()
