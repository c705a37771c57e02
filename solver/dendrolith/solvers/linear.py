"""A Krylov solver with its own options prefix, made once and used for many right-hand sides."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import ConfigError, DendrolithError, SolverDiverged
from dendrolith.solvers.options import ROOMY_DIRECT, Options

logger = logging.getLogger(__name__)


def reason_names(reasons: type) -> dict[int, str]:
    """Names of PETSc's reasons to stop, by their numbers."""
    return {
        value: name
        for name, value in vars(reasons).items()
        if isinstance(value, int) and not name.startswith("_")
    }


_REASONS = reason_names(PETSc.KSP.ConvergedReason)


def set_options(prefix: str, options: Options) -> None:
    """Put `options` into the PETSc database under `prefix`; what was there before goes.

    So a run depends on its input alone: on no earlier run of the process, and not on PETSC_OPTIONS.
    """
    database = PETSc.Options()
    for key in database.getAll():
        if key.startswith(prefix):
            database.delValue(key)
    for key, value in options.items():
        database[prefix + key] = value


# What PETSc refuses on all ranks alike, from options and matrices: no support, wrong argument,
# argument out of range, unknown type, no such factorisation. Its other errors may be one rank's own
# and must end the job, or the other ranks would wait.
_REFUSED = (56, 62, 63, 83, 86, 92)


def options_read(prefix: str) -> AbstractContextManager[None]:
    """Where PETSc reads the options of a solver: what it refuses is the fault of the input.

    Raises:
        ConfigError: with PETSc's words.
    """
    place = f"solver.petsc_options: refused for -{prefix}"
    return _refusals(lambda words: ConfigError(f"{place}: {words}"))


def refusals_named(what: str) -> AbstractContextManager[None]:
    """Where PETSc solves: what it refuses to solve counts as not solved.

    Raises:
        SolverDiverged: with PETSc's words.
    """
    return _refusals(lambda words: SolverDiverged(what, f"PETSc refused: {words}"))


@contextlib.contextmanager
def _refusals(named: Callable[[str], DendrolithError]) -> Iterator[None]:
    """Raise what PETSc refuses under another name."""
    try:
        yield
    except PETSc.Error as error:
        if error.ierr not in _REFUSED:
            raise
        raise named(_words(error)) from error


def _words(error: PETSc.Error) -> str:
    """What PETSc says last, without its rank."""
    return str(error).splitlines()[-1].split("] ", 1)[-1].strip()


# No correction is solved less accurately than this part of itself.
LOOSEST = 1e-2


class Fallback:
    """A direct solver with room to spare, for a system on which the chosen solver has failed.

    It is factorised when it is needed and forgotten afterwards.

    Attributes:
        uses: times it was called.
    """

    def __init__(self, comm: Any, prefix: str) -> None:
        self.ksp = PETSc.KSP().create(comm)
        self.ksp.setOptionsPrefix(f"fallback_{prefix}")
        set_options(f"fallback_{prefix}", ROOMY_DIRECT)
        self.ksp.setFromOptions()
        self.uses = 0

    def announce(self, what: str, cause: str) -> None:
        """Count a use, and say so the first time."""
        level = logging.DEBUG if self.uses else logging.WARNING
        self.uses += 1
        logger.log(level, "%s: %s; solved directly (column fallback_solves)", what, cause)

    def forget(self) -> None:
        """Free the factors: the matrix will have changed when they are wanted again."""
        self.ksp.reset()

    def destroy(self) -> None:
        """Free the PETSc object (collective)."""
        self.ksp.destroy()


class LinearSolver:
    """KSP on one matrix; where it fails, a direct solver takes its place for that solve.

    Args:
        A: the matrix; its values may change between solves.
        prefix: unique options prefix, ending in ``_``.
        options: PETSc options without prefix.
        what: what is solved, in physical words, for error messages.
        P: the matrix that the preconditioner is made of, `A` by default; made anew when it changes.

    Attributes:
        fallback: the direct solver.
    """

    def __init__(
        self, A: PETSc.Mat, prefix: str, options: Options, what: str, P: PETSc.Mat | None = None
    ) -> None:
        self._what, self._A = what, A
        self.fallback = Fallback(A.comm, prefix)
        self._ksp = PETSc.KSP().create(A.comm)
        self._ksp.setOptionsPrefix(prefix)
        self._ksp.setOperators(A, A if P is None else P)
        set_options(prefix, options)
        with options_read(prefix):
            self._ksp.setFromOptions()
        self._ksp.setInitialGuessNonzero(options.get("ksp_type") != "preonly")
        self._rtol = float(self._ksp.getTolerances()[0])

    def refer_to(self, whole: float, correction: float) -> None:
        """Let the relative tolerance mean a part of `whole`, where `correction` is the right side.

        A correction of a solution that is nearly right need not be as accurate as a solution.
        """
        part = correction / whole if whole > 0 else 1.0
        self._ksp.setTolerances(rtol=min(self._rtol / min(part, 1.0), LOOSEST))

    def solve(self, b: PETSc.Vec, x: PETSc.Vec) -> int:
        """Solve A x = b from the guess in `x`; returns the iterations.

        Raises:
            SolverDiverged: with PETSc's reason.
        """
        compat.coarsen_reproducibly(self._ksp.comm)
        with refusals_named(self._what):
            iterations = _solve(self._ksp, b, x)
            reason = self._ksp.getConvergedReason()
            if can_be_mended(reason):
                self.fallback.announce(self._what, stopped_with(reason))
                self.fallback.ksp.setOperators(self._A)
                try:
                    iterations += _solve(self.fallback.ksp, b, x)
                    reason = self.fallback.ksp.getConvergedReason()
                finally:
                    self.fallback.forget()
        if reason <= 0:
            raise SolverDiverged(self._what, stopped_with(reason))
        return iterations

    def attempt(self, b: PETSc.Vec, x: PETSc.Vec) -> int:
        """Solve A x = b from the guess in `x` with old factors; the iterations, or -1: given up."""
        with refusals_named(self._what):
            iterations = _solve(self._ksp, b, x)
        return iterations if self._ksp.getConvergedReason() > 0 else -1

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._ksp.destroy()
        self.fallback.destroy()


def _solve(ksp: PETSc.KSP, b: PETSc.Vec, x: PETSc.Vec) -> int:
    ksp.solve(b, x)
    return int(ksp.getIterationNumber())


def can_be_mended(reason: int) -> bool:
    """Has a linear solver failed for another reason than numbers that are not finite?"""
    return reason < 0 and reason != PETSc.KSP.ConvergedReason.DIVERGED_NANORINF


def stopped_with(reason: int) -> str:
    """PETSc's reason in words."""
    return f"linear solver stopped with {_REASONS.get(reason, reason)}"
