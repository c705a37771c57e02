"""A Krylov solver with its own options prefix, made once and used for many right-hand sides."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from petsc4py import PETSc

from dendritex import compat
from dendritex.errors import ConfigError, DendritexError, SolverDiverged
from dendritex.solvers.options import Options


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
    return _refusals(lambda words: ConfigError([f"{place}: {words}"]))


def refusals_named(what: str) -> AbstractContextManager[None]:
    """Where PETSc solves: what it refuses to solve counts as not solved.

    Raises:
        SolverDiverged: with PETSc's words.
    """
    return _refusals(lambda words: SolverDiverged(what, f"PETSc refused: {words}"))


@contextlib.contextmanager
def _refusals(named: Callable[[str], DendritexError]) -> Iterator[None]:
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


class LinearSolver:
    """KSP on one matrix.

    Args:
        A: the matrix; its values may change between solves.
        prefix: unique options prefix, ending in ``_``.
        options: PETSc options without prefix.
        what: what is solved, in physical words, for error messages.
    """

    def __init__(self, A: PETSc.Mat, prefix: str, options: Options, what: str) -> None:
        self._what = what
        self._ksp = PETSc.KSP().create(A.comm)
        self._ksp.setOptionsPrefix(prefix)
        self._ksp.setOperators(A)
        set_options(prefix, options)
        with options_read(prefix):
            self._ksp.setFromOptions()
        self._ksp.setInitialGuessNonzero(options.get("ksp_type") != "preonly")

    def solve(self, b: PETSc.Vec, x: PETSc.Vec) -> int:
        """Solve A x = b from the guess in `x`; returns the iterations.

        Raises:
            SolverDiverged: with PETSc's reason.
        """
        compat.coarsen_reproducibly(self._ksp.comm)
        with refusals_named(self._what):
            self._ksp.solve(b, x)
        reason = self._ksp.getConvergedReason()
        if reason <= 0:
            raise SolverDiverged(
                self._what, f"linear solver stopped with {_REASONS.get(reason, reason)}"
            )
        return int(self._ksp.getIterationNumber())

    def destroy(self) -> None:
        """Free the PETSc object (collective)."""
        self._ksp.destroy()
