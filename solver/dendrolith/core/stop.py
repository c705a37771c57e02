"""When a run must checkpoint or stop: signals to any rank, and its own clock.

SIGUSR1 asks for a checkpoint, SIGTERM and SIGINT for a checkpoint and the end; a second SIGINT ends
at once. A handler only raises a flag; all ranks look at all flags together, after each step and
between its parts, and act on the same one.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time as clock
from types import FrameType, TracebackType
from typing import Self

from mpi4py import MPI

from dendrolith.core.errors import OUT_OF_TIME, BrokenOff
from dendrolith.core.parallel import largest

logger = logging.getLogger(__name__)

GO_ON, CHECKPOINT, STOP = 0, 1, 2
_OUT_OF_TIME = 3  # a STOP by the clock of any rank
BATCH_END = "SLURM_JOB_END_TIME"
_JOB = "SLURM_JOB_ID"
_MARGIN = 5.0  # s, for closing files and drawing pictures


class StopWatch:
    """Listens for signals while it is entered, and knows when the time allotted ends.

    Args:
        comm: communicator of the run.
        max_wall: time allotted from now [s]; None: as long as the batch system allows.
    """

    def __init__(self, comm: MPI.Comm, max_wall: float | None = None) -> None:
        self._comm = comm
        ends = [clock.time() + max_wall] if max_wall is not None else []
        batch_end = os.environ.get(BATCH_END) or (_ask_for_the_end() if comm.rank == 0 else "")
        if batch_end.isdecimal():
            ends.append(float(batch_end))
        self._end = min(ends, default=None)
        if not ends and comm.rank == 0 and _JOB in os.environ:
            logger.warning("Slurm does not tell when this job ends: say it with --max-wall")
        self._wanted, self._interrupted = GO_ON, False
        self._before: dict[int, signal.Handlers] = {}
        self._step_began, self._slowest_step = clock.monotonic(), 0.0
        self._reserve: float | None = None
        self.reason = ""

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self  # Python lets only the main thread listen; the clock works all the same
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._note)  # type: ignore[assignment]
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGUSR1:
            self._wanted = max(self._wanted, CHECKPOINT)
            return
        if number == signal.SIGINT and self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = self._interrupted or number == signal.SIGINT
        self._wanted = STOP

    def verdict(self, reserve: float, *, due: bool = False) -> int:
        """What all ranks do now, after a step: `GO_ON`, `CHECKPOINT` or `STOP` (collective).

        Args:
            reserve: time that a checkpoint is known to take [s].
            due: a checkpoint is wanted anyway.
        """
        now = clock.monotonic()
        self._slowest_step = max(self._slowest_step, now - self._step_began)
        self._step_began = now
        self._reserve = reserve
        # taken before the ranks agree: a signal that comes meanwhile is for the next verdict
        asked, self._wanted = self._wanted, GO_ON
        return self._agree(max(asked, CHECKPOINT * due), self._slowest_step)

    def look(self) -> None:
        """Between two parts of a step: go on, unless the run is to stop (collective).

        The time allotted breaks off no step before one has ended: each job comes further.

        Raises:
            BrokenOff: a signal or the time allotted asks all ranks to stop.
        """
        if self._agree(self._wanted, 0.0) == STOP:
            raise BrokenOff(self.reason)

    def _agree(self, asked: int, ahead: float) -> int:
        """What all ranks do, with `ahead` seconds until they are asked again (collective)."""
        mine = max(asked, _OUT_OF_TIME * self._is_late(ahead))
        wanted = int(largest(self._comm, float(mine)))
        if wanted >= STOP:
            late = wanted == _OUT_OF_TIME
            self.reason = OUT_OF_TIME if late else "asked to by a signal"
        return min(wanted, STOP)

    def _is_late(self, ahead: float) -> bool:
        """Does a checkpoint no longer fit before the end, `ahead` seconds from now?"""
        if self._end is None or self._reserve is None:
            return False
        return clock.time() + 2 * self._reserve + ahead + _MARGIN > self._end


def _ask_for_the_end() -> str:
    """When this job ends, in seconds since 1970, from a Slurm that does not export it (22.05)."""
    job = os.environ.get(_JOB)
    if job is None:
        return ""
    try:
        return subprocess.run(
            ["squeue", "--noheader", "--jobs", job, "--format=%e"],
            env={**os.environ, "SLURM_TIME_FORMAT": "%s"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
