"""Minimum of an energy of one scalar function between bounds: Newton on the free values."""

from __future__ import annotations

from typing import Any

from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.solvers.linear import (
    Fallback,
    can_be_mended,
    options_read,
    reason_names,
    refusals_named,
    set_options,
    stopped_with,
)
from dendrolith.solvers.newton import KRYLOV, NEWTON
from dendrolith.solvers.options import Options

_REASONS = reason_names(PETSc.SNES.ConvergedReason)

# Values at a bound leave the system, so it stays symmetric: conjugate gradients. The matrix is a
# mass and ℓ² times a stiffness, conditioned by (ℓ/h)², with a large diagonal where all is broken.
BOUNDED: Options = {
    "snes_type": "vinewtonrsls", "snes_linesearch_type": "basic", "snes_rtol": 1e-9,
    "snes_max_it": 60, "ksp_type": "cg", "pc_type": "jacobi", "ksp_rtol": 1e-10,
    "ksp_max_it": 2000,
}  # fmt: skip


class BoundedSolver:
    """Reduced-space active-set Newton method of PETSc (``vinewtonrsls``).

    Args:
        unknown: scalar P1 function; holds the guess and receives the solution.
        residual, jacobian: compiled forms: derivatives of the energy.
        lower, upper: bounds, on the space of the unknown; read at each solve.
        what: is solved for, in physical words, for messages.
        prefix: of the PETSc options.
        negligible: norm of the residual that counts as zero.
        options: PETSc options without prefix.

    Attributes:
        fallback: the direct solver for where the chosen one fails.
    """

    def __init__(
        self,
        unknown: fem.Function,
        residual: fem.Form,
        jacobian: fem.Form,
        *,
        lower: fem.Function,
        upper: fem.Function,
        what: str,
        prefix: str,
        negligible: float,
        options: Options = BOUNDED,
    ) -> None:
        self._unknown, self._what = unknown, what
        self._residual, self._jacobian = residual, jacobian
        self._lower, self._upper = lower, upper
        self._J = compat.create_matrix(jacobian)
        self._F, self._x, self._guess = (unknown.x.petsc_vec.duplicate() for _ in range(3))
        self._snes = PETSc.SNES().create(unknown.function_space.mesh.comm)
        self._snes.setOptionsPrefix(prefix)
        self._snes.setFunction(self._evaluate, self._F)
        self._snes.setJacobian(self._differentiate, self._J)
        self._snes.setTolerances(atol=negligible)
        set_options(prefix, options)
        with options_read(prefix):
            self._snes.setFromOptions()
        self._ksp, self.fallback = self._snes.getKSP(), Fallback(self._snes.comm, prefix)

    def solve(self) -> dict[str, float]:
        """Solve from the guess in the unknown; returns the counts `NEWTON` and `KRYLOV`.

        Raises:
            SolverDiverged: no minimum within the allowed iterations, or a linear solve failed.
        """
        self._unknown.x.petsc_vec.copy(self._guess)
        self._snes.setVariableBounds(self._lower.x.petsc_vec, self._upper.x.petsc_vec)
        counts = self._iterate()
        reason, linear = self._snes.getConvergedReason(), self._ksp.getConvergedReason()
        if reason == PETSc.SNES.ConvergedReason.DIVERGED_LINEAR_SOLVE and can_be_mended(linear):
            self.fallback.announce(self._what, stopped_with(linear))
            self._snes.setKSP(self.fallback.ksp)
            try:
                again = self._iterate()
                counts = {name: counts[name] + again[name] for name in counts}
            finally:
                self._snes.setKSP(self._ksp)
                self.fallback.forget()
            reason = self._snes.getConvergedReason()
        if reason <= 0:
            why = f"Newton stopped with {_REASONS.get(reason, reason)}"
            raise SolverDiverged(self._what, f"{why} after {counts[NEWTON]:.0f} iterations")
        self._load(self._x)
        return counts

    def _iterate(self) -> dict[str, float]:
        """Newton's method from the guess."""
        self._guess.copy(self._x)
        with refusals_named(self._what):
            self._snes.solve(None, self._x)
        counts = self._snes.getIterationNumber(), self._snes.getLinearSolveIterations()
        return dict(zip((NEWTON, KRYLOV), map(float, counts), strict=True))

    def _load(self, x: PETSc.Vec) -> None:
        x.copy(self._unknown.x.petsc_vec)
        self._unknown.x.scatter_forward()

    def _evaluate(self, _snes: Any, x: PETSc.Vec, F: PETSc.Vec) -> None:
        self._load(x)
        compat.assemble_vector(F, self._residual)

    def _differentiate(self, _snes: Any, x: PETSc.Vec, J: PETSc.Mat, P: PETSc.Mat) -> None:
        self._load(x)
        compat.assemble_matrix(P, self._jacobian)

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._snes, self.fallback, self._J, self._F, self._x, self._guess):
            thing.destroy()
