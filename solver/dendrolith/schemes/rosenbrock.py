"""Steps of a Cahn–Hilliard equation by a Rosenbrock method: third order, L-stable, no iteration.

    dc/dt = F(c),  F = −M m⁻¹ K μ,  μ = m⁻¹ g,  g = m f′(c) + κ K c
    [1/(γΔt) − F′(cₙ)] kᵢ = F(cₙ + Σⱼ aᵢⱼ kⱼ) + Σⱼ (cᵢⱼ/Δt) kⱼ,    i = 1 … 4
    c⁺ = cₙ + Σᵢ bᵢ kᵢ,    error ≈ k₄

m are the lumped masses and K the stiffness of ∇·∇. The method is RODAS3 with its embedded one of
second order (Sandu et al. 1997, 10.1016/S1352-2310(97)83212-8). All four systems of a step have the
same matrix, times m and M⁻¹

    m/(γΔt M) + K m⁻¹ (m f″(cₙ) + κ K)

A step keeps nothing for the next one. 1ᵀK = 0, so that 1ᵀm kᵢ follows from earlier stages and is
zero; what the linear solver leaves of it is taken away, and ∫c is kept to round-off.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures
from dendrolith.schemes.block import Block
from dendrolith.schemes.cahn_hilliard import FreeEnergy, stiffness_once_and_twice
from dendrolith.schemes.report import Report
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import Options

# Coefficients of RODAS3 in the form above.
GAMMA = 0.5
A = ((), (0.0,), (2.0, 0.0), (2.0, 0.0, 1.0))
C = ((), (4.0,), (1.0, -1.0), (1.0, -1.0, -8.0 / 3.0))
B = (2.0, 0.0, 1.0, 1.0)

ERROR_ORDER = 2  # of the embedded method

# Not symmetric: f″ stands behind K. A stage should be more accurate than the step.
OPTIONS: Options = {"ksp_type": "bcgs", "pc_type": "jacobi", "ksp_rtol": 1e-8, "ksp_max_it": 2000}


class RosenbrockCahnHilliard(Block):
    """Advances a conserved field with mobility `M`; its error lets the march choose the step.

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
        self._c, self._M, self._volume, self._what = c, M, nodal_volume, what
        self._kappa = float(law.gradient_coefficient)
        space = c.function_space
        v = ufl.TestFunction(space)
        local = ufl.variable(c)
        slope = ufl.diff(bind(law, space.mesh).bulk_energy(local), local)
        self._slope = fem.form(slope * v * m.nodes)
        self._curvature = fem.form(ufl.diff(slope, local) * v * m.nodes)
        self._per_volume = nodal_volume.duplicate()
        self._per_volume.array[:] = 1 / nodal_volume.array
        self._K, self._KK = stiffness_once_and_twice(space, m, self._per_volume)
        self._A, self._bent = self._KK.duplicate(), self._K.duplicate()
        self._total = nodal_volume.sum()
        self._g, self._b, self._start = (nodal_volume.duplicate() for _ in range(3))
        self._F = [nodal_volume.duplicate() for _ in B]
        self._k = [nodal_volume.duplicate() for _ in B]
        self._solver = LinearSolver(self._A, prefix, OPTIONS, what)
        self.fallback = self._solver.fallback

    def advance(self, dt: float) -> Report:
        """Let the field move for one step of `dt` [s].

        Raises:
            SolverDiverged: the linear solver failed, or the field is not finite.
        """
        failures, krylov = self.fallback.uses, 0
        owned = self._start.array.size
        self._start.array[:] = self._c.x.array[:owned]
        self._assemble(dt)
        for stage, k in enumerate(self._k):
            krylov += self._solve(stage, dt, k)
        change = self._shift(B)
        error = global_max(self._c.function_space.mesh.comm, np.abs(self._k[-1].array))
        if not np.isfinite(change + error):
            raise SolverDiverged(self._what, "is not finite")
        return Report(
            change,
            error,
            {
                "krylov_iterations": float(krylov),
                "fallback_solves": float(self.fallback.uses - failures),
            },
        )

    def _assemble(self, dt: float) -> None:
        """The matrix at the present field."""
        same, subset = (
            PETSc.Mat.Structure.SAME_NONZERO_PATTERN,
            PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN,
        )
        compat.assemble_vector(self._g, self._curvature)
        self._g.pointwiseMult(self._g, self._per_volume)
        self._K.copy(self._bent, structure=same)
        self._bent.diagonalScale(None, self._g)
        self._KK.copy(self._A, structure=same)
        self._A.scale(self._kappa)
        self._A.axpy(1.0, self._bent, structure=subset)
        self._volume.copy(self._g)
        self._g.scale(1 / (GAMMA * dt * self._M))
        self._A.setDiagonal(self._g, addv=PETSc.InsertMode.ADD_VALUES)
        self._A.assemble()

    def _solve(self, stage: int, dt: float, k: PETSc.Vec) -> int:
        """Find kᵢ; returns the iterations."""
        F, K = self._F[stage], self._K
        if stage == 1:  # at the same field as the first
            self._F[0].copy(F)
        else:
            self._shift(A[stage])
            compat.assemble_vector(self._g, self._slope)
            K.mult(self._c.x.petsc_vec, self._b)
            self._g.axpy(self._kappa, self._b)
            self._g.pointwiseMult(self._g, self._per_volume)
            K.mult(self._g, F)
            F.scale(-1.0)
        self._b.set(0.0)
        for weight, earlier in zip(C[stage], self._k, strict=False):
            self._b.axpy(weight / (dt * self._M), earlier)
        self._b.pointwiseMult(self._b, self._volume)
        self._b.axpy(1.0, F)
        k.set(0.0)
        iterations = self._solver.solve(self._b, k)
        k.shift(-k.dot(self._volume) / self._total)
        return iterations

    def _shift(self, weights: tuple[float, ...]) -> float:
        """Take c ← cₙ + Σ weightⱼ kⱼ; returns the largest |Δc|."""
        self._b.set(0.0)
        for weight, k in zip(weights, self._k, strict=False):
            self._b.axpy(weight, k)
        owned = self._b.array.size
        self._c.x.array[:owned] = self._start.array + self._b.array
        self._c.x.scatter_forward()
        return global_max(self._c.function_space.mesh.comm, np.abs(self._b.array))

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()
        vectors = (self._g, self._b, self._start, self._per_volume, *self._F, *self._k)
        for thing in (self._K, self._KK, self._A, self._bent, *vectors):
            thing.destroy()
