"""Newton's method for balances that are conserved amounts, stopped by what is out of balance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from dolfinx import fem
from dolfinx.fem.petsc import set_bc
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.solvers.linear import (
    LOOSEST,
    Fallback,
    can_be_mended,
    options_read,
    reason_names,
    refusals_named,
    set_options,
    stopped_with,
)
from dendrolith.solvers.options import Options

# A residual row cannot be smaller than the round-off of its terms, some multiple of ε |J_ii| |x_i|.
# Where coefficients are large, or hardly anything flows, that is more than the tolerance asks.
ROUND_OFF = 8 * float(np.finfo(np.float64).eps)

# A linear solve stops by a norm of its own, the balance is judged by the sum of each component
# without sign, which may fall less. So much is allowed for: where the solve looks at all rows (CG),
# and where at what its preconditioner makes of them (GMRES), see benchmarks/README.md.
NORMS_APART = {PETSc.KSP.NormType.UNPRECONDITIONED: 0.03, PETSc.KSP.NormType.PRECONDITIONED: 0.01}

NEWTON, KRYLOV = "newton_iterations", "krylov_iterations"  # counts of a report
_REASONS = reason_names(PETSc.SNES.ConvergedReason)
_LINEAR = PETSc.SNES.ConvergedReason.DIVERGED_LINEAR_SOLVE


class Forms(Protocol):
    """Balances on one blocked function.

    Attributes:
        unknown: the function.
        bcs: boundary conditions.
    """

    unknown: fem.Function
    bcs: list[fem.DirichletBC]

    @property
    def residual(self) -> fem.Form:
        """Compiled residual."""
        ...

    @property
    def jacobian(self) -> fem.Form:
        """Compiled derivative of it."""
        ...


@dataclass(frozen=True, slots=True)
class AssembledBalance:
    """Balances and their residual as last assembled, rows with boundary conditions included.

    Attributes:
        forms: the balances.
        vector: their residual.
    """

    forms: Any
    vector: PETSc.Vec


class Assembly(Protocol):
    """What Newton's method needs of a balance. All of it is collective."""

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        ...

    def prepare(self) -> None:
        """Begin a solve: what the balance depends on beside its unknown has changed."""
        ...

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows with conditions included."""
        ...

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian, with its boundary conditions, into `P`.

        At the unknown of the last residual: Newton's method asks for that one first. Within a solve
        `P` is as the last call left it.
        """
        ...


class WholeForms:
    """Every term anew at every call."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        return compat.create_matrix(self._forms.jacobian)

    def prepare(self) -> None:
        """Nothing is kept."""

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows with conditions included."""
        compat.assemble_vector(b, self._forms.residual)

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian at the present unknown, with its boundary conditions, into `P`."""
        compat.assemble_matrix(P, self._forms.jacobian, self._forms.bcs)


class GlobalUnknown(Protocol):
    """One number beside the function that follows from it: a rank-one part of the Jacobian."""

    def follow_in(self, jacobian: PETSc.Mat) -> PETSc.Mat:
        """The Jacobian where the number follows."""
        ...

    def weigh(self) -> None:
        """Set the weight of the rank-one part for the solve that begins."""
        ...

    def follow(self, x: PETSc.Vec) -> None:
        """Set the number that belongs to the unknown `x`."""
        ...

    def destroy(self) -> None:
        """Free the PETSc objects."""
        ...


Residual = Callable[[PETSc.Vec], PETSc.Vec]


class Elimination(Protocol):
    """Solves for the few nodes that hold up all others. All of it is collective."""

    def correct(self, x: PETSc.Vec, residual: Residual, allowed: float) -> bool:
        """Change the guess `x` where that helps; returns whether it was changed."""
        ...

    def correct_step(
        self, x: PETSc.Vec, step: PETSc.Vec, residual: Residual, allowed: float, size: float
    ) -> bool:
        """Change what Newton's method would subtract from `x`; returns whether it was changed."""
        ...


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
        line_search: PETSc's name of the line search. Without one ("basic") Newton's method may
            cycle where a row is a sigmoid of the unknowns.
        row_scale: factor of each row in the stopping test and the matrix; None: as they are.
        shared_round_off: component whose round-off is that of every other row too; None: none.
        global_unknown: a number that follows from the function; at most one.
        assembly: how residual and Jacobian are made, at most one; none: all forms every time.
        preconditioner: changes to the preconditioner that the options describe.
        elimination: solvers for the few nodes that hold up all others; at most one.

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
        elimination: Sequence[Elimination] = (),
    ) -> None:
        self._forms, self._unknown, self._what = forms, forms.unknown, what
        self._global, self._elimination = tuple(global_unknown), tuple(elimination)
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
        if self._elimination:
            self._snes.setLineSearchPreCheck(self._correct)
        _read_options(self._snes, prefix, options, line_search, max_iterations)
        *_, self._most = self._snes.getTolerances()
        self._ksp, self.fallback = self._snes.getKSP(), Fallback(self._snes.comm, prefix)
        for change in preconditioner:
            change(self._ksp)
        self._rtol = float(self._ksp.getTolerances()[0])
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
        self._snes.setTolerances(max_it=min(most or self._most, self._most))
        for unknown in self._global:
            unknown.weigh()
        set_bc(self._unknown.x.petsc_vec, self._forms.bcs)
        self._unknown.x.petsc_vec.copy(self._guess)
        self._assembly.prepare()
        self._guess.copy(self._x)
        counts = self._iterate()
        linear = self._ksp.getConvergedReason()
        old = self._snes.getIterationNumber() > 0
        if old and self._snes.getConvergedReason() == _LINEAR and can_be_mended(linear):
            # rows of nodes that fill change by orders of magnitude: on with a new preconditioner
            again = self._iterate()
            counts = {name: counts[name] + again[name] for name in counts}
            linear = self._ksp.getConvergedReason()
        if self._snes.getConvergedReason() == _LINEAR and can_be_mended(linear):
            self.fallback.announce(self._what, stopped_with(linear))
            self._snes.setKSP(self.fallback.ksp)
            self._guess.copy(self._x)
            try:
                again = self._iterate()
                counts = {name: counts[name] + again[name] for name in counts}
            finally:  # the next step begins with the chosen solver, however this one ends
                self._snes.setKSP(self._ksp)
                self.fallback.forget()
        reason = self._snes.getConvergedReason()
        if reason <= 0:
            raise SolverDiverged(
                self._what,
                f"Newton stopped with {_REASONS.get(reason, reason)} after "
                f"{counts[NEWTON]:.0f} iterations, {self._part:.2e} of what passes out of "
                "balance",
            )
        self._load(self._x)
        return counts

    def _iterate(self) -> dict[str, float]:
        """Newton's method from where it stands, into the solution."""
        self._through, self._part = 0.0, math.nan  # of this solve: a restart has no other
        for elimination in self._elimination:
            elimination.correct(self._x, self._residual, self._tolerance * self._scale())
        with refusals_named(self._what):
            compat.coarsen_reproducibly(self._snes.comm)
            self._snes.solve(None, self._x)
        counts = self._snes.getIterationNumber(), self._snes.getLinearSolveIterations()
        return dict(zip((NEWTON, KRYLOV), map(float, counts), strict=True))

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
        allowed, size = self._tolerance * self._scale(), self._snes.getFunctionNorm()
        return self._elimination[0].correct_step(x, step, self._residual, allowed, size)

    def _converged(self, snes: PETSc.SNES, iteration: int, norms: Any) -> int:
        F = snes.getFunction()[0]
        unbalanced = [F.strideNorm(kind, PETSc.NormType.N1) for kind in self._components]
        self._through = abs(float(self._passing(self.balance.vector, F)))
        self._part = max(unbalanced) / self._scale()
        if not all(math.isfinite(value) for value in unbalanced):
            return int(PETSc.SNES.ConvergedReason.DIVERGED_FNORM_NAN)
        if iteration > 0:
            allowed = [max(self._tolerance * self._scale(), floor) for floor in self._round_off()]
            if all(value <= bound for value, bound in zip(unbalanced, allowed, strict=True)):
                return int(PETSc.SNES.ConvergedReason.CONVERGED_FNORM_ABS)
        if iteration >= snes.getTolerances()[3]:
            return int(PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT)
        worthwhile = max(self._apart * worth_reducing(self._part, self._tolerance), self._rtol)
        snes.getKSP().setTolerances(rtol=min(worthwhile, LOOSEST))
        return 0

    def _round_off(self) -> list[float]:
        """Smallest amount out of balance that arithmetic allows, for each component."""
        self._terms.pointwiseMult(self._diagonal, self._unknown.x.petsc_vec)
        floors = [
            ROUND_OFF * float(self._terms.strideNorm(kind, PETSc.NormType.N1))
            for kind in self._components
        ]
        shared = floors[self._shared] if self._shared is not None else 0.0
        return [max(floor, shared) for floor in floors]

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        vectors = (self._F, self._x, self._guess, self._diagonal, self._terms)
        solvers: tuple[Any, ...] = (self._snes, self._ksp, self.fallback, self._P)
        bordered = (self._J, *self._global) if self._global else ()
        for thing in (*solvers, *vectors, self.balance.vector, *bordered):
            thing.destroy()


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
