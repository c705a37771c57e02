"""Newton's method for balances that are conserved amounts, stopped by what is out of balance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from dolfinx.fem.petsc import set_bc
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.solvers.balances import (
    AssembledBalance,
    Assembly,
    Forms,
    GlobalUnknown,
    WholeForms,
)
from dendrolith.solvers.descent import Descent
from dendrolith.solvers.linear import (
    LOOSEST,
    Fallback,
    options_read,
    reason_names,
    refusals_named,
    set_options,
    stopped_with,
)
from dendrolith.solvers.options import Options
from dendrolith.solvers.wear import Wear

# A residual row cannot be smaller than the round-off of its terms, some multiple of ε |J_ii| |x_i|.
# Where coefficients are large, or hardly anything flows, that is more than the tolerance asks.
ROUND_OFF = 8 * float(np.finfo(np.float64).eps)

STALLED = 0.5  # an iteration that leaves more than this of what was out of balance

# A linear solve stops by a norm of its own, the balance is judged by the sum of each component
# without sign, which may fall less. So much is allowed for: where the solve looks at all rows (CG),
# and where at what its preconditioner makes of them (GMRES), see benchmarks/README.md.
NORMS_APART = {PETSc.KSP.NormType.UNPRECONDITIONED: 0.03, PETSc.KSP.NormType.PRECONDITIONED: 0.01}

NEWTON, KRYLOV = "newton_iterations", "krylov_iterations"  # counts of a report
_REASONS = reason_names(PETSc.SNES.ConvergedReason)
_LINEAR = PETSc.SNES.ConvergedReason.DIVERGED_LINEAR_SOLVE
_NOT_FINITE = PETSc.KSP.ConvergedReason.DIVERGED_NANORINF


class BalanceSolver:
    """SNES on a blocked function whose rows are amounts, by which it is stopped.

    Converged when what is out of balance in every component, added up without sign over all nodes,
    is below `tolerance` times what passes through (at least `reference`), or as small as round-off
    lets it be.

    Args:
        forms: their `unknown` holds the guess and receives the solution.
        what: is balanced, in physical words, for messages.
        options: PETSc options of the linear solver.
        tolerance: part of what passes through that may be out of balance.
        reference: smallest amount that the tolerance refers to.
        passing: what passes through, from the residual with all rows and that of the free ones.
        max_iterations: Newton iterations before giving up.
        prefix: PETSc options prefix, one a solver.
        line_search: PETSc's name; "basic" where there is none, or a descent in its place.
        row_scale: factor of each row in the stopping test and the matrix; None: as they are.
        shared_round_off: component whose round-off is that of every other row too; None: none.
        global_unknown: a number that follows from the function; at most one.
        assembly: how residual and Jacobian are made, at most one; none: all forms every time.
        preconditioner: changes to the preconditioner that the options describe.
        descent: help with steps, if the balance is a convex functional's minimum; at most one.

    Attributes:
        balance: what was assembled last.
        fallback: the direct solver for Newton steps on which the chosen one fails.
    """

    def __init__(
        self,
        forms: Forms,
        what: str,
        *,
        options: Options,
        tolerance: float,
        reference: float,
        passing: Callable[[PETSc.Vec, PETSc.Vec], float],
        max_iterations: int,
        prefix: str,
        line_search: str = "bt",
        row_scale: PETSc.Vec | None = None,
        shared_round_off: int | None = None,
        global_unknown: Sequence[GlobalUnknown] = (),
        assembly: Sequence[Assembly] = (),
        preconditioner: Sequence[Callable[[PETSc.KSP], None]] = (),
        descent: Sequence[Descent] = (),
    ) -> None:
        self._forms, self._unknown, self._what = forms, forms.unknown, what
        self._global, self._descent = tuple(global_unknown), tuple(descent)
        self._assembly = assembly[0] if assembly else WholeForms(forms)
        self._components = range(self._unknown.function_space.dofmap.index_map_bs)
        self._row_scale, self._shared, self._passing = row_scale, shared_round_off, passing
        self._through = self._part = 0.0
        self._tolerance, self._reference = tolerance, reference
        vector = self._unknown.x.petsc_vec.duplicate()
        self.balance = AssembledBalance(forms, vector)
        self._F, self._x, self._diagonal, self._terms = (vector.duplicate() for _ in range(4))
        self._P = self._assembly.create_matrix()
        self._J = self._global[0].follow_in(self._P) if self._global else self._P
        self._snes = PETSc.SNES().create(self._unknown.function_space.mesh.comm)
        self._snes.setOptionsPrefix(prefix)
        self._snes.setFunction(self._evaluate, self._F)
        self._snes.setJacobian(self._differentiate, self._J, self._P)
        self._snes.setConvergenceTest(self._converged)
        if self._descent:
            self._snes.setLineSearchPreCheck(self._correct)
        _read_options(self._snes, prefix, options, line_search, max_iterations)
        *_, self._most = self._snes.getTolerances()
        self._ksp, self.fallback = self._snes.getKSP(), Fallback(self._snes.comm, prefix)
        for change in preconditioner:
            change(self._ksp)
        self._rtol, self._wear = float(self._ksp.getTolerances()[0]), Wear(self._ksp)
        # another norm that the input asks for: as far as any needs
        self._apart = NORMS_APART.get(self._ksp.getNormType(), min(NORMS_APART.values()))
        self._guess = vector.duplicate()

    def solve(self, *, most: int | None = None) -> dict[str, float]:
        """Solve from the guess in the unknown; returns the counts `NEWTON` and `KRYLOV`.

        Args:
            most: Newton iterations of this solve, if less than it may take.

        Raises:
            SolverDiverged: no balance within the allowed iterations, or a linear solve failed.
        """
        most = min(most or self._most, self._most)
        for unknown in self._global:
            unknown.weigh()
        set_bc(self._unknown.x.petsc_vec, self._forms.bcs)
        self._unknown.x.petsc_vec.copy(self._guess)
        self._assembly.prepare()
        self._guess.copy(self._x)
        counts = self._iterate(most)
        while self._is_stopped() and self._snes.getIterationNumber() > 0:
            counts += self._iterate(most - counts[NEWTON])
        if self._is_stopped():
            self.fallback.announce(self._what, stopped_with(self._ksp.getConvergedReason()))
            self._snes.setKSP(self.fallback.ksp)
            self._guess.copy(self._x)
            try:
                counts += self._iterate(most)
            finally:  # the next step begins with the chosen solver, however this one ends
                self._snes.setKSP(self._ksp)
                self.fallback.forget()
        reason = self._snes.getConvergedReason()
        if reason <= 0:
            raise SolverDiverged(
                self._what,
                f"Newton stopped with {_REASONS.get(reason, reason)} after {counts[NEWTON]} "
                f"iterations, {self._part:.2e} of what passes out of balance",
            )
        self._load(self._x)
        return {name: float(counts[name]) for name in (NEWTON, KRYLOV)}

    def _iterate(self, most: int) -> Counter[str]:
        """Newton's method from where it stands, with a new preconditioner, into the solution."""
        self._snes.setTolerances(max_it=most)
        # of this solve: a restart has no other
        self._through, self._part, self._before = 0.0, math.nan, list[float]()
        for descent in self._descent:
            descent.correct_guess(self._x, self._residual, self._tolerance * self._scale())
        with refusals_named(self._what):
            compat.coarsen_reproducibly(self._snes.comm)
            self._snes.solve(None, self._x)
        krylov = self._snes.getLinearSolveIterations()
        return Counter({NEWTON: self._snes.getIterationNumber(), KRYLOV: krylov})

    def _is_stopped(self) -> bool:
        """Has the preconditioner stopped Newton's method, rather than numbers that are none?"""
        stopped = self._snes.getConvergedReason() == _LINEAR
        return bool(stopped and self._ksp.getConvergedReason() != _NOT_FINITE)

    def _scale(self) -> float:
        """Amount that `tolerance` refers to."""
        return max(self._through, self._reference)

    def _load(self, x: PETSc.Vec) -> None:
        x.copy(self._unknown.x.petsc_vec)
        self._unknown.x.scatter_forward()
        for unknown in self._global:
            unknown.follow(x)

    def _evaluate(self, _snes: PETSc.SNES, x: PETSc.Vec, F: PETSc.Vec) -> None:
        self._load(x)
        self._assembly.residual(self.balance.vector)
        self.balance.vector.copy(F)
        if self._row_scale is not None:
            F.pointwiseMult(F, self._row_scale)
        set_bc(F, self._forms.bcs, x, -1.0)

    def _differentiate(self, _snes: PETSc.SNES, x: PETSc.Vec, J: PETSc.Mat, P: PETSc.Mat) -> None:
        self._load(x)
        self._assembly.jacobian(P)
        if self._row_scale is not None:
            P.diagonalScale(self._row_scale)
        P.getDiagonal(self._diagonal)
        if self._global:
            J.assemble()

    def _residual(self, x: PETSc.Vec) -> PETSc.Vec:
        self._evaluate(self._snes, x, self._terms)
        return self._terms

    def _correct(self, x: PETSc.Vec, step: PETSc.Vec) -> bool:
        """Help where Newton's next iteration may leave more than is allowed: of a part r, r²."""
        if not self._part**2 > self._tolerance:
            return False
        allowed, F = self._tolerance * self._scale(), self._snes.getFunction()[0]
        return self._descent[0].correct_step(x, F, step, self._residual, allowed)

    def _converged(self, snes: PETSc.SNES, iteration: int, norms: Any) -> int:
        F = snes.getFunction()[0]
        unbalanced = [F.strideNorm(kind, PETSc.NormType.N1) for kind in self._components]
        self._through = abs(float(self._passing(self.balance.vector, F)))
        self._part = max(unbalanced) / self._scale()
        if not all(math.isfinite(value) for value in unbalanced):
            return int(PETSc.SNES.ConvergedReason.DIVERGED_FNORM_NAN)
        if iteration > 0:
            self._terms.pointwiseMult(self._diagonal, self._unknown.x.petsc_vec)
            floors = round_off(self._terms, self._components, self._shared)
            enough = self._tolerance * self._scale()
            if is_balanced(unbalanced, floors, enough, self._before if self._global else ()):
                return int(PETSc.SNES.ConvergedReason.CONVERGED_FNORM_ABS)
        self._before = unbalanced
        if iteration >= snes.getTolerances()[3]:
            return int(PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT)
        ksp = snes.getKSP()
        if ksp == self._ksp and self._wear.is_worn(iteration):
            return int(_LINEAR)
        worthwhile = max(self._apart * worth_reducing(self._part, self._tolerance), self._rtol)
        ksp.setTolerances(rtol=min(worthwhile, LOOSEST))
        return 0

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        vectors = (self._F, self._x, self._guess, self._diagonal, self._terms, self.balance.vector)
        bordered = (self._J, *self._global) if self._global else ()
        for thing in (self._snes, self._ksp, self.fallback, self._P, *vectors, *bordered):
            thing.destroy()


def round_off(terms: PETSc.Vec, components: range, shared: int | None) -> list[float]:
    """Smallest amount out of balance that arithmetic allows, for each component.

    Args:
        terms: J_ii x_i of each row.
        components: of the unknown.
        shared: that whose round-off is that of every other one too; None: none.
    """
    floors = [ROUND_OFF * float(terms.strideNorm(k, PETSc.NormType.N1)) for k in components]
    return [max(floor, floors[shared]) if shared is not None else floor for floor in floors]


def is_balanced(
    unbalanced: Sequence[float], floors: Sequence[float], enough: float, before: Sequence[float]
) -> bool:
    """Is what is out of balance in each component as little as allowed, or round-off?

    A held current is one condition for all components: where an iteration no longer brings a
    component down, the round-off of the others is its own.

    Args:
        unbalanced: amount of each component.
        floors: round-off of each.
        enough: amount that is allowed.
        before: what was out of balance an iteration ago; empty: no condition ties the components.
    """
    over = [k for k, now in enumerate(unbalanced) if now > max(enough, floors[k])]
    if before and all(unbalanced[k] > STALLED * before[k] for k in over):
        return max(unbalanced) <= max(enough, *floors)
    return not over


def worth_reducing(part: float, tolerance: float) -> float:
    """Factor by which a linear solve should reduce what is out of balance, a `part` of all.

    Not below a tenth of what is allowed, and not below about what Newton's method leaves anyway, by
    which a part r becomes 0.01 r² to 0.3 r², measured.
    (An inexact Newton method: Eisenstat and Walker 1996, 10.1137/0917003.)
    """
    return 0.1 * max(tolerance / part, part) if part > 0 else 0.0


def _read_options(
    snes: PETSc.SNES, prefix: str, options: Options, line_search: str, max_iterations: int
) -> None:
    """Let PETSc read the options of Newton's method and of its linear solver.

    A preconditioner serves a whole solve of a symmetric system, four iterations of another one. It
    never serves the next solve: what it keeps would have to survive a restart.
    """
    lag = {"preonly": 1, "cg": max_iterations}.get(str(options["ksp_type"]), 4)
    newton: Options = {
        "snes_linesearch_type": line_search,
        "snes_max_it": max_iterations,
        "snes_lag_preconditioner": lag,
    }
    set_options(prefix, {**newton, **options})
    with options_read(prefix):
        snes.setFromOptions()
