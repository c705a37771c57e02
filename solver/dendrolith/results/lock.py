"""One run at a time in a directory: a lock that a dead run cannot hold."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import socket
import time as clock
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dendrolith.core.errors import ConfigError

logger = logging.getLogger(__name__)

NAME = "LOCK.json"
STALE_AFTER = 600.0  # s without a sign of life, where its process cannot be asked


class DirectoryInUse(ConfigError):
    """Another run holds the lock of a directory."""


class DirectoryLock:
    """Held by rank 0 while a run writes into a directory.

    Args:
        folder: the directory.
        cure: what to do where somebody else holds it.

    Raises:
        DirectoryInUse: another run holds it.
        ConfigError: the directory cannot be written.
    """

    def __init__(self, folder: Path, cure: str = "wait for it, or choose another --out") -> None:
        self._path = folder / NAME
        try:
            with _one_at_a_time(folder):
                owner = owner_of(folder)
                if owner is not None:
                    raise DirectoryInUse(f"{folder}: {owner} runs here: {cure}")
                self._take()
        except FileExistsError:  # from another host, in this moment
            raise DirectoryInUse(f"{folder}: another process runs here: {cure}") from None
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from None

    def _take(self) -> None:
        if self._path.exists():
            logger.warning("%s: taken over from a run that ended without a word", self._path)
            self._path.unlink(missing_ok=True)
        mine = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "start": _start_of(os.getpid()),
            "job": os.environ.get("SLURM_JOB_ID"),
        }
        with self._path.open("x", encoding="utf-8") as file:
            json.dump(mine, file)

    def sign_of_life(self) -> None:
        """Tell readers on other hosts that the run goes on."""
        try:
            os.utime(self._path)
        except OSError as error:
            logger.warning("%s: %s", self._path, error.strerror)

    def release(self) -> None:
        """Let the next run in."""
        self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Look and take in one go: no other process of this host is in between."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems lock no directories
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def owner_of(folder: Path) -> str | None:
    """Who is running in a directory; None if nobody is, whatever the lock says."""
    found = _owner(folder)
    return found and f"process {found[1]} on {found[0]}"


def process_of(folder: Path) -> int | None:
    """The process that is running in a directory; None if none is, or on another host."""
    found = _owner(folder)
    return found[1] if found and found[0] == socket.gethostname() else None


def _owner(folder: Path) -> tuple[str, int] | None:
    """Host and process that hold the lock and are alive."""
    path = folder / NAME
    try:
        owner: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        silent = clock.time() - path.stat().st_mtime
        host, pid, start = str(owner["host"]), int(owner["pid"]), owner.get("start")
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None  # any text may stand there
    here = host == socket.gethostname()
    alive = _is_alive(pid, start) if here else silent < STALE_AFTER
    return (host, pid) if alive else None


def _is_alive(pid: int, start: Any) -> bool:
    """Is the process there that once had this number, and not another that has it today?"""
    if pid <= 0:
        return False
    try:
        with contextlib.suppress(PermissionError):  # it is there, and somebody else's
            os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    now = _start_of(pid)
    return now is None or start is None or now == start


def _start_of(pid: int) -> str | None:
    """When a process began: the boot and its clock; None where Linux does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return f"{boot} {stat.rpartition(')')[2].split()[19]}"
    except (OSError, ValueError, IndexError):
        return None
