"""Newton's method for the two charge balances, stopped by the charge that is out of balance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx import fem
from dolfinx.fem.petsc import set_bc
from petsc4py import PETSc

from dendritex import compat
from dendritex.errors import SolverDiverged
from dendritex.solvers.linear import set_options
from dendritex.solvers.options import Options

# A residual row cannot be smaller than the round-off of its terms, some multiple of ε |J_ii| |x_i|.
# In metal (σ_el 1e4 S/m), or when hardly any current flows, that is more than the tolerance asks.
ROUND_OFF = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class NewtonReport:
    """What a solve took."""

    newton_iterations: int
    krylov_iterations: int


class ChargeSolver:
    """SNES on a two-component potential; rows are currents, so the stopping test is in amperes.

    Converged when the unbalanced ionic and electronic currents, each added up without sign over all
    nodes, are below `tolerance` times the current that passes the cell (at least
    `reference_current`), or as small as round-off lets them be.

    Args:
        phi: (first, ionic) potentials; holds the guess and receives the solution.
        residual, jacobian: compiled forms.
        bcs: Dirichlet conditions.
        options: PETSc options of the linear solver.
        tolerance: part of the current that may be out of balance.
        reference_current: smallest current that the tolerance refers to [A, in 2-D A/m].
        max_iterations: Newton iterations before giving up.
        prefix: PETSc options prefix, one a solver.
    """

    def __init__(
        self,
        phi: fem.Function,
        residual: fem.Form,
        jacobian: fem.Form,
        bcs: Sequence[fem.DirichletBC],
        *,
        options: Options,
        tolerance: float,
        reference_current: float,
        max_iterations: int,
        prefix: str = "charge_",
    ) -> None:
        self._phi, self._residual, self._jacobian, self._bcs = phi, residual, jacobian, list(bcs)
        self._current = 0.0
        self._tolerance, self._reference = tolerance, reference_current
        self.balance = compat.create_vector(residual)
        self._F = self.balance.duplicate()
        self._J = compat.create_matrix(jacobian)
        self._x = self.balance.duplicate()
        self._diagonal = self.balance.duplicate()
        self._terms = self.balance.duplicate()
        self._snes = PETSc.SNES().create(phi.function_space.mesh.comm)
        self._snes.setOptionsPrefix(prefix)
        self._snes.setFunction(self._evaluate, self._F)
        self._snes.setJacobian(self._differentiate, self._J)
        self._snes.setConvergenceTest(self._converged)
        # The minimum of a convex functional with bounded exponentials: full steps, no search. Where
        # they fail after all the time step is cut, which brings the guess nearer.
        set_options(
            prefix,
            {"snes_linesearch_type": "basic",
             "snes_max_it": max_iterations, **options},
        )  # fmt: skip
        self._snes.setFromOptions()

    def solve(self) -> NewtonReport:
        """Solve from the potentials in `phi`.

        Raises:
            SolverDiverged: no balance within the allowed iterations, or a linear solve failed.
        """
        set_bc(self._phi.x.petsc_vec, self._bcs)
        self._phi.x.petsc_vec.copy(self._x)
        self._snes.solve(None, self._x)
        reason = self._snes.getConvergedReason()
        if reason <= 0:
            raise SolverDiverged(
                "the balance of ionic and electronic charge",
                f"Newton stopped with reason {reason} after {self._snes.getIterationNumber()} "
                f"iterations, unbalanced ionic current {self._unbalanced():.2e} of the current",
            )
        self._load(self._x)
        return NewtonReport(
            int(self._snes.getIterationNumber()), int(self._snes.getLinearSolveIterations())
        )

    def _unbalanced(self) -> float:
        """Ionic current out of balance over the current that passes."""
        return float(self._F.strideNorm(1, PETSc.NormType.N1) / self._scale())

    def _scale(self) -> float:
        return max(self._current, self._reference)

    def _load(self, x: PETSc.Vec) -> None:
        x.copy(self._phi.x.petsc_vec)
        self._phi.x.scatter_forward()

    def _evaluate(self, _snes: PETSc.SNES, x: PETSc.Vec, F: PETSc.Vec) -> None:
        self._load(x)
        compat.assemble_vector(self.balance, self._residual)
        self.balance.copy(F)
        set_bc(F, self._bcs, x, -1.0)

    def _differentiate(self, _snes: PETSc.SNES, x: PETSc.Vec, J: PETSc.Mat, P: PETSc.Mat) -> None:
        self._load(x)
        compat.assemble_matrix(P, self._jacobian, self._bcs)
        P.getDiagonal(self._diagonal)

    def _converged(self, snes: PETSc.SNES, iteration: int, norms: Any) -> int:
        F = snes.getFunction()[0]
        unbalanced = [F.strideNorm(kind, PETSc.NormType.N1) for kind in (0, 1)]
        # current through the collector: what the balance leaves over in the rows that are fixed
        self._current = abs(float(self.balance.strideSum(0) - F.strideSum(0)))
        if not all(math.isfinite(value) for value in unbalanced):
            return int(PETSc.SNES.ConvergedReason.DIVERGED_FNORM_NAN)
        if iteration > 0:
            allowed = [max(self._tolerance * self._scale(), floor) for floor in self._round_off()]
            if all(value <= bound for value, bound in zip(unbalanced, allowed, strict=True)):
                return int(PETSc.SNES.ConvergedReason.CONVERGED_FNORM_ABS)
        if iteration >= snes.getTolerances()[3]:
            return int(PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT)
        return 0

    def _round_off(self) -> tuple[float, float]:
        """Smallest unbalanced current that arithmetic allows, for each potential."""
        self._terms.pointwiseMult(self._diagonal, self._phi.x.petsc_vec)
        norms = [self._terms.strideNorm(kind, PETSc.NormType.N1) for kind in (0, 1)]
        return ROUND_OFF * norms[0], ROUND_OFF * norms[1]

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (
            self._snes,
            self._J,
            self._F,
            self._x,
            self._diagonal,
            self._terms,
            self.balance,
        ):
            thing.destroy()
