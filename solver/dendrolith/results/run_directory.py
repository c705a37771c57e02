"""The folder of one run: inputs, versions and state of the run, readable by people and programs."""

from __future__ import annotations

import datetime
import json
import logging
import platform
import socket
import subprocess
import time as clock
from pathlib import Path
from typing import Any, Protocol

import dolfinx
import petsc4py
from mpi4py import MPI

from dendrolith.core.errors import ConfigError, OutputFailed
from dendrolith.core.parallel import on_root
from dendrolith.core.version import VERSION
from dendrolith.results.input_values import values
from dendrolith.results.lock import NAME as LOCK
from dendrolith.results.lock import DirectoryLock
from dendrolith.results.new_file import replace
from dendrolith.results.resolved_input import keep_files, resolved_yaml

logger = logging.getLogger(__name__)

STATUS_INTERVAL = 5.0  # s
# What a run leaves that ended before its input was written: as good as nothing.
BEFORE_THE_INPUT = {"fields", LOCK, "config.yaml.tmp"}


class RunProgress(Protocol):
    """What status.json holds: running, done, stopped, interrupted or failed, how far and why."""

    state: str
    end: float
    checkpoint: int
    steps: int
    rejected: int
    failure: str

    @property
    def time(self) -> float:
        """Simulated time reached [s]."""
        ...


class RunDirectory:
    """Creates the folder (collective) and writes what describes the run.

    Args:
        comm: communicator of the run.
        wanted: folder asked for, or None for ``runs/<stem>`` made unique by a number.
        stem: name of the input file without its ending.
        resume: take the folder of an earlier run, if there is one.

    Attributes:
        path: the folder.
        goes_on: an earlier run has been here.

    Raises:
        ConfigError: the folder is not empty and not of a run to resume, or another run is writing
            there, or it cannot be made.
    """

    def __init__(
        self, comm: MPI.Comm, wanted: Path | None, stem: str, *, resume: bool = False
    ) -> None:
        self._comm = comm
        self._status_written = 0.0
        find = _find_or_make if resume else _make
        self.path: Path = on_root(comm, lambda: find(wanted, stem))
        self.goes_on: bool = on_root(comm, lambda: (self.path / "config.yaml").exists())
        self._lock: DirectoryLock | None = None
        on_root(comm, self._take_lock)

    def _take_lock(self) -> None:
        self._lock = DirectoryLock(self.path)

    def write_inputs(self, config: Any, options: dict[str, str]) -> None:
        """Write the resolved config and the manifest; manifests of earlier parts are kept.

        Raises:
            OutputFailed: on all ranks, if rank 0 cannot write.
        """
        on_root(self._comm, lambda: self._write_inputs(config, options))

    def _write_inputs(self, config: Any, options: dict[str, str]) -> None:
        try:
            self._describe(config, options)
        except OSError as error:
            where = error.filename or self.path
            raise OutputFailed(f"{where}: {error.strerror or error}") from None

    def _describe(self, config: Any, options: dict[str, str]) -> None:
        kept = keep_files(config, self.path)
        replace(self.path / "config.yaml", resolved_yaml(kept))
        manifest = self.path / "manifest.json"
        if manifest.exists():
            parts = len(list(self.path.glob("manifest*.json")))
            manifest.rename(self.path / f"manifest-{parts}.json")
        _write_json(manifest, _manifest(self._comm, config, options))

    def write_status_now_and_then(self, progress: RunProgress) -> None:
        """Replace status.json if the last time is `STATUS_INTERVAL` seconds ago."""
        if clock.monotonic() - self._status_written > STATUS_INTERVAL:
            self.write_status(progress)

    def write_status(self, progress: RunProgress) -> None:
        """Replace status.json atomically; a run can do without it."""
        self._status_written = clock.monotonic()
        if self._comm.rank == 0:
            facts = ("state", "time", "end", "steps", "rejected", "checkpoint", "failure")
            status = {key: getattr(progress, key) for key in facts}
            status["updated"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            try:
                _write_json(self.path / "status.json", status)
            except OSError as error:  # on this rank alone
                logger.warning("%s: %s", self.path / "status.json", error.strerror or error)
        if self._lock is not None:
            self._lock.sign_of_life()

    def release(self) -> None:
        """The run has ended: let the next one in."""
        if self._lock is not None:
            self._lock.release()


def check_folder(comm: MPI.Comm, wanted: Path | None) -> None:
    """Refuse a folder that is not empty before any work is done (collective).

    Raises:
        ConfigError: the folder exists and holds something.
    """
    on_root(comm, lambda: _refuse_full(wanted))


def check_resume(wanted: Path | None, stem: str) -> Path:
    """The folder in which a run would go on; it need not be there (not collective).

    Raises:
        ConfigError: it holds something, and no run.
    """
    path = folder_to_resume(wanted, stem)
    if path.is_dir() and _holds_something(path) and not (path / "config.yaml").exists():
        raise ConfigError(f"--out {path}: is not a run directory: choose another folder")
    return path


def folder_to_resume(wanted: Path | None, stem: str) -> Path:
    """Where a run that goes on has its folder; it need not be there."""
    return wanted if wanted is not None else Path("runs") / stem


def _find_or_make(wanted: Path | None, stem: str) -> Path:
    """The folder of a run that goes on, or a new one."""
    path = check_resume(wanted, stem)
    return path if (path / "config.yaml").exists() else _make(path, stem)


def _refuse_full(wanted: Path | None) -> None:
    if wanted is not None and wanted.exists() and _holds_something(wanted):
        cure = "choose another folder"
        if (wanted / "config.yaml").exists():
            cure = f"say --resume auto to go on there, or {cure}"
        raise ConfigError(f"--out {wanted}: exists and is not empty: {cure}")


def _holds_something(path: Path) -> bool:
    """Is a path a file, or a folder with more than what a run leaves before its input?"""
    if not path.is_dir():
        return True
    names, fields = {entry.name for entry in path.iterdir()}, path / "fields"
    return bool(names - BEFORE_THE_INPUT) or ("fields" in names and any(fields.iterdir()))


def _make(wanted: Path | None, stem: str) -> Path:
    try:
        if wanted is not None:
            _refuse_full(wanted)
            (wanted / "fields").mkdir(parents=True, exist_ok=True)
            return wanted
        for number in range(1, 10_000):
            path = Path("runs") / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            (path / "fields").mkdir()
            return path
    except OSError as error:
        raise ConfigError(f"the run directory cannot be made: {error}") from None
    raise ConfigError(f"runs/{stem}: ten thousand runs are there already: use --out")


def _manifest(comm: MPI.Comm, config: Any, options: dict[str, str]) -> dict[str, Any]:
    return {
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "dendrolith": VERSION,
        "git": _git_state(),
        "dolfinx": dolfinx.__version__,
        "petsc4py": petsc4py.__version__,
        "mpi": MPI.Get_library_version().splitlines()[0].strip("\x00 "),
        "python": platform.python_version(),
        "host": socket.gethostname(),
        "ranks": comm.size,
        "seeds": {key: value for key, value in values(config).items() if key.endswith("seed")},
        "petsc_options": options,
    }


def _git_state() -> dict[str, Any]:
    folder = Path(__file__).parent
    try:
        commit, changes = (
            subprocess.run(
                ["git", *arguments],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            ).stdout.strip()
            for arguments in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "reason": "not in a git checkout"}
    return {"commit": commit, "uncommitted_changes": bool(changes)}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    replace(path, json.dumps(content, indent=2) + "\n")
