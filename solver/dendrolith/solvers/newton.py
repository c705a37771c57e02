"""Newton's method for balances whose rows are currents, stopped by the charge out of balance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx.fem.petsc import set_bc
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.fields.state import ELECTRONIC
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
from dendrolith.studies.plating.assembly import Assembly, WholeForms
from dendrolith.studies.plating.charge import AssembledBalance, ChargeBalance, CollectorVoltage
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.islands import Labels, correct_islands

# A residual row cannot be smaller than the round-off of its terms, some multiple of ε |J_ii| |x_i|.
# In metal (σ_el 1e4 S/m), or when hardly any current flows, that is more than the tolerance asks.
ROUND_OFF = 8 * float(np.finfo(np.float64).eps)

# A linear solve stops by a norm of its own, the balance is judged by the sum of each component
# without sign, which may fall less. So much is allowed for: where the solve looks at all rows (CG),
# and where at what its preconditioner makes of them (GMRES), see benchmarks/README.md.
NORMS_APART = {PETSc.KSP.NormType.UNPRECONDITIONED: 0.03, PETSc.KSP.NormType.PRECONDITIONED: 0.01}

WHAT = "the balance of ionic and electronic charge"
_REASONS = reason_names(PETSc.SNES.ConvergedReason)
_LINEAR = PETSc.SNES.ConvergedReason.DIVERGED_LINEAR_SOLVE


@dataclass(frozen=True, slots=True)
class NewtonReport:
    """What a solve took."""

    newton_iterations: int
    krylov_iterations: int

    def __add__(self, other: NewtonReport) -> NewtonReport:
        return NewtonReport(
            self.newton_iterations + other.newton_iterations,
            self.krylov_iterations + other.krylov_iterations,
        )


class BalanceSolver:
    """SNES on a blocked function; rows are currents, so the stopping test is in amperes.

    Converged when the unbalanced current of every component, added up without sign over all nodes,
    is below `tolerance` times the current that passes the cell (at least `reference_current`), or
    as small as round-off lets it be.

    Args:
        balance: its `unknown` holds the guess and receives the solution.
        voltage: the cell voltage as a further unknown; None where it is always given.
        options: PETSc options of the linear solver.
        tolerance: part of the current that may be out of balance.
        reference_current: smallest current that the tolerance refers to [A, in 2-D A/m].
        max_iterations: Newton iterations before giving up.
        line_search: PETSc's name of the line search. Without one ("basic") Newton's method may
            cycle where a step fills nodes: their current then is a sigmoid of the potentials.
        row_scale: factor of each row in the stopping test and the matrix; None: as they are.
        charging: component whose change of content is a charge in every other row (implicit
            lithium): its round-off is theirs too; None: there is none.
        prefix: PETSc options prefix, one a solver.
        assembly: how residual and Jacobian are made; None: all forms of the balance every time.
        islands: floating lithium, for a preconditioner that splits the two potentials.
        elimination: solves for the few nodes that hold up all others; None: no such help.

    Attributes:
        balance: what was assembled last.
        fallback: the direct solver for Newton steps on which the chosen one fails.
    """

    def __init__(
        self,
        balance: ChargeBalance,
        voltage: CollectorVoltage | None = None,
        *,
        options: Options,
        tolerance: float,
        reference_current: float,
        max_iterations: int,
        line_search: str = "bt",
        row_scale: PETSc.Vec | None = None,
        charging: int | None = None,
        prefix: str = "charge_",
        assembly: Assembly | None = None,
        islands: Labels | None = None,
        elimination: NonlinearElimination | None = None,
    ) -> None:
        self._forms, self._unknown, self._voltage = balance, balance.unknown, voltage
        self._assembly = WholeForms(balance) if assembly is None else assembly
        self._components = range(self._unknown.function_space.dofmap.index_map_bs)
        self._row_scale, self._charging, self._elimination = row_scale, charging, elimination
        self._current = self._part = 0.0
        self._tolerance, self._reference = tolerance, reference_current
        vector = self._unknown.x.petsc_vec.duplicate()
        self.balance = AssembledBalance(balance, vector)
        self._F, self._x, self._diagonal, self._terms = (vector.duplicate() for _ in range(4))
        self._P = self._assembly.create_matrix()
        self._J = self._P if voltage is None else voltage.follow_in(self._P)
        self._snes = PETSc.SNES().create(self._unknown.function_space.mesh.comm)
        self._snes.setOptionsPrefix(prefix)
        self._snes.setFunction(self._evaluate, self._F)
        self._snes.setJacobian(self._differentiate, self._J, self._P)
        self._snes.setConvergenceTest(self._converged)
        if elimination is not None:
            self._snes.setLineSearchPreCheck(self._improve)
        # a preconditioner serves a whole solve of a symmetric system, four iterations of another
        # one, and never the next solve: what it knows of the past would have to survive a restart
        lag = {"preonly": 1, "cg": max_iterations}.get(str(options["ksp_type"]), 4)
        set_options(prefix, {
            "snes_linesearch_type": line_search, "snes_max_it": max_iterations,
            "snes_lag_preconditioner": lag, **options,
        })  # fmt: skip
        with options_read(prefix):
            self._snes.setFromOptions()
        self._ksp, self.fallback = self._snes.getKSP(), Fallback(self._snes.comm, prefix)
        if islands is not None and self._ksp.getPC().getType() == PETSc.PC.Type.FIELDSPLIT:
            correct_islands(self._ksp, islands, self._unknown.function_space.mesh.geometry.dim)
        self._rtol = float(self._ksp.getTolerances()[0])
        # another norm that the input asks for: as far as any needs
        self._apart = NORMS_APART.get(self._ksp.getNormType(), min(NORMS_APART.values()))
        self._guess = vector.duplicate()

    def solve(self) -> NewtonReport:
        """Solve from the guess in the unknown.

        Raises:
            SolverDiverged: no balance within the allowed iterations, or a linear solve failed.
        """
        if self._voltage is not None:
            self._voltage.weigh()
        set_bc(self._unknown.x.petsc_vec, self._forms.bcs)
        self._unknown.x.petsc_vec.copy(self._guess)
        self._assembly.prepare()
        report = self._iterate()
        linear = self._ksp.getConvergedReason()
        if self._snes.getConvergedReason() == _LINEAR and can_be_mended(linear):
            self.fallback.announce(WHAT, stopped_with(linear))
            self._snes.setKSP(self.fallback.ksp)
            try:
                report += self._iterate()
            finally:  # the next step begins with the chosen solver, however this one ends
                self._snes.setKSP(self._ksp)
                self.fallback.forget()
        reason = self._snes.getConvergedReason()
        if reason <= 0:
            raise SolverDiverged(
                WHAT,
                f"Newton stopped with {_REASONS.get(reason, reason)} after "
                f"{report.newton_iterations} iterations, {self._part:.2e} of the current "
                "out of balance",
            )
        self._load(self._x)
        return report

    def _iterate(self) -> NewtonReport:
        """Newton's method from the guess, into the solution."""
        self._guess.copy(self._x)
        self._current, self._part = 0.0, math.nan  # of this solve: a restart knows no other
        if self._elimination is not None:
            self._elimination.improve(self._x, self._residual, self._tolerance * self._scale())
        with refusals_named(WHAT):
            compat.coarsen_reproducibly(self._snes.comm)
            self._snes.solve(None, self._x)
        return NewtonReport(
            int(self._snes.getIterationNumber()), int(self._snes.getLinearSolveIterations())
        )

    def _scale(self) -> float:
        """Current that `tolerance` refers to [A, in 2-D A/m]."""
        return max(self._current, self._reference)

    def _load(self, x: PETSc.Vec) -> None:
        x.copy(self._unknown.x.petsc_vec)
        self._unknown.x.scatter_forward()
        if self._voltage is not None:
            self._voltage.follow(x)

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
        if self._voltage is not None:
            J.assemble()

    def _residual(self, x: PETSc.Vec) -> PETSc.Vec:
        self._evaluate(self._snes, x, self._terms)
        return self._terms

    def _improve(self, x: PETSc.Vec, step: PETSc.Vec) -> bool:
        """Help where Newton's next iteration may leave more than is allowed: of a part r, r²."""
        assert self._elimination is not None
        return self._part**2 > self._tolerance and self._elimination.improve_step(
            x, step, self._residual, self._tolerance * self._scale(), self._snes.getFunctionNorm()
        )

    def _converged(self, snes: PETSc.SNES, iteration: int, norms: Any) -> int:
        F = snes.getFunction()[0]
        unbalanced = [F.strideNorm(kind, PETSc.NormType.N1) for kind in self._components]
        # current through the collector: what the balance leaves over in the rows that are fixed
        through = self.balance.vector.strideSum(ELECTRONIC) - F.strideSum(ELECTRONIC)
        self._current = abs(float(through))
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
        """Smallest unbalanced current that arithmetic allows, for each component."""
        self._terms.pointwiseMult(self._diagonal, self._unknown.x.petsc_vec)
        floors = [
            ROUND_OFF * float(self._terms.strideNorm(kind, PETSc.NormType.N1))
            for kind in self._components
        ]
        shared = floors[self._charging] if self._charging is not None else 0.0
        return [max(floor, shared) for floor in floors]

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        vectors = (self._F, self._x, self._guess, self._diagonal, self._terms)
        solvers: tuple[Any, ...] = (self._snes, self._ksp, self.fallback, self._P)
        held = () if self._voltage is None else (self._J, self._voltage)
        for thing in (*solvers, *vectors, self.balance.vector, *held):
            thing.destroy()


def worth_reducing(part: float, tolerance: float) -> float:
    """Factor by which a linear solve should reduce what is out of balance, `part` of the current.

    Not below a tenth of what is allowed, and not below about what Newton's method leaves anyway, by
    which a part r of the current becomes 0.01 r² to 0.3 r², measured.
    (An inexact Newton method: Eisenstat and Walker 1996, 10.1137/0917003.)
    """
    return 0.1 * max(tolerance / part, part) if part > 0 else 0.0
