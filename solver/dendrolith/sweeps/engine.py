"""Runs the points of a sweep with Snakemake, here or on Slurm."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import signal
import subprocess
import sys
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from dendrolith.core.errors import (
    EXIT_DONE,
    EXIT_NUMERICAL,
    EXIT_STOPPED,
    ConfigError,
    DendrolithError,
)
from dendrolith.results.lock import DirectoryLock, process_of
from dendrolith.sweeps.folder import SweepFolder
from dendrolith.sweeps.states import FAILED, counts, in_words, states_of

LOG = "engine.log"
SLURM_PLUGIN = "snakemake_executor_plugin_slurm"
NEEDS = {"snakemake": "snakemake", SLURM_PLUGIN: "its plugin for Slurm"}
TICK, LOOK = 0.5, 5.0  # s between looks at the engine, and at the points
SHARE = 20.0  # times what a look at many points takes
# Without it each of several mpirun would bind its ranks to the first cores, and a point take all
# threads; who sets these is not overruled.
ALONE = {
    "OMP_NUM_THREADS": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
PR_SET_PDEATHSIG = 1  # of prctl(2)
QUOTED = 15  # lines of the engine's log in a message


@dataclass(frozen=True, slots=True)
class How:
    """How a sweep is run.

    Attributes:
        cores: processes at a time on this machine.
        slurm: as jobs of Slurm, in place of this machine.
        again: points that failed are tried again, from their last checkpoints.
        options: further options of Snakemake.
    """

    cores: int = 1
    slurm: bool = False
    again: bool = False
    options: tuple[str, ...] = ()


def run_sweep(folder: SweepFolder, how: How, say: Callable[[str], None] = lambda _: None) -> int:
    """Run every point that has not ended; goes on where an earlier engine stopped.

    Args:
        folder: of the sweep.
        how: where, and with how many processes.
        say: takes a line of progress now and then.

    Returns:
        0: all points are done; 3: some failed; 75: stopped before the end, the same call goes on.

    Raises:
        ConfigError: Snakemake is not there, the cores are too few, another engine is at work, or
            the folder lacks a file.
        DendrolithError: the engine itself failed.
    """
    _need(how)
    use = folder.resources
    if not how.slurm and how.cores < use.ranks:
        raise ConfigError(
            f"--cores {how.cores}: a point takes {use.ranks} ranks: give at least as many"
        )
    lock = DirectoryLock(folder.path, "wait for it, or stop it with Ctrl-C")
    try:
        folder.refuse_missing()
        for name in folder.names:
            folder.point(name).drop_damaged_end()
        if how.again:
            _reopen_failed(folder)
        stopped = _Engine(folder, how, lock, say).run()
    finally:
        lock.release()
    found = states_of(folder)
    say(in_words(counts(found)))
    if all(state.code == EXIT_DONE for state in found):
        return EXIT_DONE
    if all(state.code is not None for state in found):
        return EXIT_NUMERICAL
    if stopped:
        return EXIT_STOPPED
    raise DendrolithError(_last_words(folder.path / LOG))


def _need(how: How) -> None:
    for module, name in NEEDS.items():
        is_needed = how.slurm or module != SLURM_PLUGIN
        if is_needed and importlib.util.find_spec(module) is None:
            cure = "pip install 'dendrolith[sweep]', or submit array.sh to Slurm"
            raise ConfigError(f"sweep run: {name} is not installed: {cure}")


def _reopen_failed(folder: SweepFolder) -> None:
    for state in states_of(folder):
        if state.state == FAILED:
            folder.point(state.name).reopen()


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    said = "\n".join(f"  {line}" for line in lines[-QUOTED:])
    return f"the engine ended before the sweep; the end of {log}:\n{said}"


class _Engine:
    """Snakemake in a session of its own, so that Ctrl-C ends it in order."""

    def __init__(
        self, folder: SweepFolder, how: How, lock: DirectoryLock, say: Callable[[str], None]
    ) -> None:
        self._folder, self._how, self._lock, self._say = folder, how, lock, say
        self._stopped = False

    def run(self) -> bool:
        """Run it to its end; True where it was told to stop."""
        words = ["bash", "-c", 'exec "$@" >>"$0" 2>&1 </dev/null', LOG, *self._command()]
        self._process = subprocess.Popen(
            words,
            cwd=self._folder.path,
            start_new_session=True,
            env=_environment(),
            preexec_fn=_end_with_the_engine,
        )
        before = {
            number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            self._watch()
        finally:
            if self._process.poll() is None:  # an error: nothing goes on without the lock
                self._stop(signal.SIGTERM, None)
                self._process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)
        return self._stopped

    def _command(self) -> list[str]:
        how, most = self._how, self._folder.resources.at_a_time
        where = _slurm_options(bool(self._folder.resources.account)) if how.slurm else []
        # never --jobs here: with it Snakemake starts more points than the cores have room for
        room = ["--jobs", str(most)] if how.slurm else ["--cores", str(how.cores)]
        # no lock of its own: a dead engine would leave it, and the folder has ours
        return [sys.executable, "-m", "snakemake", "--nolock", *where, *room, *how.options]

    def _watch(self) -> None:
        due, said = 0.0, ""
        while self._process.poll() is None:
            clock.sleep(TICK)
            began = clock.monotonic()
            if began < due:
                continue
            self._lock.sign_of_life()
            line = in_words(counts(states_of(self._folder)))
            due = began + max(LOOK, SHARE * (clock.monotonic() - began))
            if line != said:
                self._say(line)
                said = line

    def _stop(self, number: int, _: FrameType | None) -> None:
        """No new points; those at work stop with a checkpoint. A second Ctrl-C waits for nobody."""
        if self._stopped and number == signal.SIGINT:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._stopped = True
        if self._how.slurm:
            self._process.send_signal(signal.SIGINT)  # cancels the jobs: they get a SIGTERM
            return
        self._process.send_signal(signal.SIGTERM)
        for name in self._folder.names:
            process = process_of(self._folder.point(name).path)
            if process is not None:
                with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                    os.kill(process, signal.SIGTERM)


def _end_with_the_engine() -> None:
    """In Snakemake's process: where the engine is killed, it starts no more points (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _slurm_options(account: bool) -> list[str]:
    """Of Snakemake's executor: what it cannot find out where Slurm keeps no accounts."""
    found = ["--executor", "slurm"]
    try:
        asked = subprocess.run(
            ["scontrol", "show", "config"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"--slurm: Slurm does not answer here: {error}") from None
    if "accounting_storage/none" in asked or "AccountingStorageType   = (null)" in asked:
        found.append("--slurm-status-command=squeue")
    return found if account else [*found, "--slurm-no-account"]


def _environment() -> dict[str, str]:
    """That of this process, whose `dendrolith` is found first; see `ALONE`."""
    here = str(Path(sys.executable).parent)
    return {**ALONE, **os.environ, "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"}
