"""Error classes; the command line turns each into one message and a documented exit code."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

EXIT_DONE = 0
EXIT_UNEXPECTED = 1
EXIT_CONFIG = 2
EXIT_NUMERICAL = 3
EXIT_STOPPED = 75
EXIT_INTERRUPTED = 130
# What a disk that is full, over its quota, read-only or broken says.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
OUT_OF_TIME = "the time allotted ends"  # why a run stopped, where no signal asked for it


def is_interrupt(error: BaseException | None) -> bool:
    """Was it Ctrl-C? Inside a solver PETSc hides it behind an error of its own."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


class DendrolithError(Exception):
    """Root of all errors that dendrolith raises on purpose."""

    exit_code = EXIT_UNEXPECTED
    alone = False  # on one rank; the others know nothing of it


class ConfigError(DendrolithError):
    """The input cannot be used; carries every problem found, not only the first.

    Args:
        problems: one line each, already naming the place and the cure.
    """

    exit_code = EXIT_CONFIG

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)  # as given: errors travel between ranks
        self.problems = list(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


class SolverDiverged(DendrolithError):
    """A nonlinear or linear solve failed; the step may be retried with a smaller time step.

    Args:
        solver: what was solved, in physical words.
        reason: PETSc's reason in plain text.
    """

    exit_code = EXIT_NUMERICAL

    def __init__(self, solver: str, reason: str) -> None:
        super().__init__(solver, reason)
        self.solver = solver
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.solver}: {self.reason}"


class OutputFailed(DendrolithError):
    """Results can no longer be written; what was written, and the last checkpoint, are usable.

    Args:
        message: which file, and why.
        alone: perhaps on this rank only, so that the job must be ended for the others.
    """

    def __init__(self, message: str, *, alone: bool = False) -> None:
        super().__init__(message)
        self.alone = alone


@contextlib.contextmanager
def disk_in_words() -> Iterator[None]:
    """Tell of a disk that takes nothing more in one message.

    Raises:
        OutputFailed: it is full, over its quota, read-only or broken.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        where = f"{error.filename}: " if error.filename else ""
        cure = "what was written stays; make room, and the same command goes on"
        raise OutputFailed(f"{where}{error.strerror}: {cure}", alone=True) from None


class BrokenOff(DendrolithError):
    """A run was asked to stop within a step; the state is that of the last accepted step."""

    exit_code = EXIT_STOPPED


class StepTooSmall(DendrolithError):
    """The time step reached its minimum; results up to the last accepted step are usable.

    Attributes:
        rejected: attempts taken back since the last accepted step.
    """

    exit_code = EXIT_NUMERICAL
    rejected = 0
