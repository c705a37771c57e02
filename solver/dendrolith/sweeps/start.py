"""One point of a sweep: begin it or go on with it, and note how it ended.

Whatever engine calls it, and however often: a point that has ended is not computed again, and one
that somebody computes is waited for.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import tempfile
import time as clock
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from dendrolith.core.errors import (
    EXIT_CONFIG,
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_STOPPED,
    OUT_OF_TIME,
    ConfigError,
    DendrolithError,
)
from dendrolith.results.lock import DirectoryInUse, DirectoryLock, owner_of, process_of
from dendrolith.results.status import read_status_file
from dendrolith.sweeps.folder import End, PointFolder, SweepFolder
from dendrolith.sweeps.plan import RANKS

STOPPED_BY_SIGNAL = 128 + signal.SIGTERM
PATIENCE = 1.0  # s between looks at a point that somebody computes
TICK = 0.1  # s between looks at the own run
SIGN_OF_LIFE = 60.0  # s
IDLE_STARTS = 2  # so often a run may end early without a step before it counts as failed


def command(folder: SweepFolder, point: PointFolder, *more: str) -> list[str]:
    """What computes a point, in the present environment."""
    use = folder.resources
    launcher = shlex.split(use.launcher.replace(RANKS, str(use.ranks)))
    return [*(launcher if use.ranks > 1 else []), *_alone(point, *more)]


def _alone(point: PointFolder, *more: str) -> list[str]:
    """What computes a point on one rank."""
    return [sys.executable, "-m", "dendrolith", "run", str(point.config), "-q", *more]


def start(folder: SweepFolder, name: str) -> int:
    """Compute a point.

    Args:
        folder: of the sweep.
        name: of the point.

    Returns:
        0: it has ended, done or failed; 75: out of time, with a checkpoint; 143: told to stop.

    Raises:
        ConfigError: there is no such point.
    """
    point = folder.point(name)
    if not point.config.exists():
        raise ConfigError(f"{point.path}: is no point of this sweep")
    with _Signals() as signals:
        lock = _first_in(point, signals)
        if lock is None:
            return STOPPED_BY_SIGNAL
        try:
            if point.end() is not None:
                return EXIT_DONE
            return _run(folder, point, signals, lock)
        finally:
            lock.release()


class _Signals:
    """Keeps a request to stop or for a checkpoint, for the run."""

    def __init__(self) -> None:
        self.stop = False
        self.send: Callable[[int], None] = lambda _: None

    def __enter__(self) -> _Signals:
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
        self._before = {number: signal.signal(number, self._pass_on) for number in numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        self.stop = self.stop or number != signal.SIGUSR1
        self.send(signal.SIGUSR1 if number == signal.SIGUSR1 else signal.SIGTERM)


def _first_in(point: PointFolder, signals: _Signals) -> DirectoryLock | None:
    """Wait until nobody computes the point; None where told to stop meanwhile."""
    while not signals.stop:
        if owner_of(point.run) is None:
            try:
                return DirectoryLock(point.path)
            except DirectoryInUse:  # another engine
                pass
        clock.sleep(PATIENCE)
    return None


def _run(folder: SweepFolder, point: PointFolder, signals: _Signals, lock: DirectoryLock) -> int:
    before, steps = point.so_far(), _steps(point)
    began = clock.monotonic()
    code = _wait(folder, point, signals, lock)
    wall = before.wall + clock.monotonic() - began
    starts = before.starts + 1
    if code in (EXIT_STOPPED, EXIT_INTERRUPTED) or code < 0 or code > 128:
        if signals.stop or (code == EXIT_STOPPED and _failure(point) != OUT_OF_TIME):
            point.note(End(code, wall, starts), final=False)
            return STOPPED_BY_SIGNAL
        idle = 0 if _steps(point) > steps else before.idle + 1
        why = "out of time" if code == EXIT_STOPPED else "killed"
        final = idle >= IDLE_STARTS
        failure = f"{why} {idle} times without a step" if final else ""
        point.note(End(code, wall, starts, failure, idle), final=final)
        return EXIT_DONE if final else EXIT_STOPPED
    point.note(End(code, wall, starts, _why(point, code) if code else ""), final=True)
    return EXIT_DONE


def _wait(folder: SweepFolder, point: PointFolder, signals: _Signals, lock: DirectoryLock) -> int:
    """Exit code of the run. Its launcher gets no signals: it would kill the ranks."""
    words = command(folder, point, "--out", str(point.run), "--resume", "auto")
    run = subprocess.Popen(
        ["bash", "-c", 'exec "$@" >>"$0" 2>&1 </dev/null', str(point.log), *words],
        start_new_session=True,
    )

    def send(number: int) -> None:
        """To rank 0, which tells all others; to the launcher where there is no rank yet."""
        rank = process_of(point.run)
        if rank is not None:
            subprocess.run(["kill", f"-{number}", str(rank)], check=False)
        elif number != signal.SIGUSR1 and run.poll() is None:
            run.send_signal(number)

    signals.send = send
    if signals.stop:
        send(signal.SIGTERM)
    heard = clock.monotonic()
    while (code := run.poll()) is None:
        clock.sleep(TICK)
        if clock.monotonic() - heard > SIGN_OF_LIFE:
            lock.sign_of_life()
            heard = clock.monotonic()
    return code


def _steps(point: PointFolder) -> int:
    try:
        return int(read_status_file(point.run)["steps"])
    except (DendrolithError, ValueError, TypeError):
        return 0


def _why(point: PointFolder, code: int) -> str:
    """Why a run failed, in a line: its own word, else the last line that it wrote.

    A run that refuses its input, or ends unseen, leaves the word of an earlier start as it is.
    """
    lines = _tail(point.log)
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    own = "" if code == EXIT_CONFIG else _failure(point, "failed")
    return own or (errors or lines or ["ended without a word"])[-1]


def _failure(point: PointFolder, *states: str) -> str:
    """Why its run says that it ended; of these states alone, if any are given."""
    try:
        status = read_status_file(point.run)
    except DendrolithError:
        return ""
    return "" if states and status.get("state") not in states else str(status["failure"])


def _tail(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line.strip() for line in lines[-20:] if line.strip()]


def warm(folder: SweepFolder) -> None:
    """Compile what the points of a sweep need, each kind of form once.

    It takes one step of some points. How that ends is the business of the points.
    """
    for name in folder.facts["warm"]:
        with tempfile.TemporaryDirectory(prefix="dendrolith-warm-") as scratch:
            out = str(Path(scratch) / "run")
            words = _alone(folder.point(name), "--set", "time.max_steps=1", "--out", out)
            subprocess.run(words, check=False, capture_output=True)
