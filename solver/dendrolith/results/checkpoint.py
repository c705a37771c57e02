"""Checkpoints that can be trusted: numbered slots, each rank its own file, a verified commit.

    checkpoints/step-00001200/rank-0000.npz … run.json COMMIT.json

A slot is written under its final name and counts only once `COMMIT.json`, written last, names the
size and sha256 of every file; nothing is renamed. Reading checks all of them, each rank its share,
before any rank opens one, and falls back to the slot before, loudly.

Every rank writes and reads by itself: an error of one file system call is that rank's own and is
then agreed on by all, where a collective file library would leave the other ranks waiting. Nodal
values carry the numbers of the nodes as the mesh was made, so any number of ranks can read them.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import shutil
import time as clock
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData, FloatArray
from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import gather_everywhere, is_root, on_root
from dendrolith.fields.output import Layout

logger = logging.getLogger(__name__)

FORMAT = 9
KEEP = 2
COMMIT, NUMBERS = "COMMIT.json", "run.json"
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
ROWS = {"nodal": "nodes", "cellwise": "cells"}  # arrays with the numbers of their rows
# Of files that nobody should have touched; pickles are among them.
_UNREADABLE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)


class CheckpointFailed(OSError):
    """A checkpoint could not be written; those before it are as they were."""


class Checkpoints:
    """The slots of one run.

    Attributes:
        slowest: longest time that writing took so far [s].
    """

    def __init__(self, comm: MPI.Comm, folder: Path, layout: Layout) -> None:
        self._comm, self._folder, self._layout = comm, folder, layout
        self.slowest = 0.0

    def write(self, step: int, data: CheckpointData) -> Path:
        """Write a slot and drop the oldest beyond `KEEP` (collective).

        Raises:
            CheckpointFailed: on all ranks, if any could not write; the slot does not count.
        """
        started = clock.monotonic()
        slot = _slot(self._folder, step)
        on_root(self._comm, lambda: _attempt(lambda: _make_empty(slot), slot))
        written = gather_everywhere(self._comm, self._write_own(slot, data))
        failed = [why for why in written if isinstance(why, str)]
        if failed:
            on_root(self._comm, lambda: shutil.rmtree(slot, ignore_errors=True))
            raise CheckpointFailed(failed[0])
        files = dict(entry for entry in written if not isinstance(entry, str))
        commit = {"format": FORMAT, "step": step, "ranks": self._comm.size}
        on_root(self._comm, lambda: _attempt(lambda: _commit(slot, data, files, commit), slot))
        on_root(self._comm, lambda: _prune(self._folder, slot))
        self.slowest = max(self.slowest, clock.monotonic() - started)
        return slot

    def write_if_possible(self, step: int, data: CheckpointData) -> bool:
        """Write a slot; where that fails warn, keep what there is and go on (collective)."""
        try:
            self.write(step, data)
        except CheckpointFailed as failure:
            if is_root(self._comm):
                logger.warning("no checkpoint at step %d: %s", step, failure)
            return False
        return True

    def _write_own(self, slot: Path, data: CheckpointData) -> tuple[str, dict[str, Any]] | str:
        """This rank's file: its name, size and hash, or why it could not be written."""
        arrays: dict[str, Any] = {"nodes": self._layout.nodes, "cells": self._layout.cells}
        arrays |= {f"nodal.{k}": v for k, v in data.nodal.items()}
        arrays |= {f"cellwise.{k}": v for k, v in data.cellwise.items()}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        name = _file_of(self._comm.rank)
        try:
            return name, _write(slot / name, buffer.getvalue())
        except OSError as error:
            return f"{slot / name}: {error.strerror or error}"

    def newest(self) -> tuple[int, CheckpointData] | None:
        """Step and data of the newest slot that verifies; None if there is none (collective)."""
        for slot in on_root(self._comm, lambda: _slots(self._folder)):
            data = self._read_if_sound(slot)
            if data is not None:
                return int(slot.name.removeprefix("step-")), data
        return None

    def _read_if_sound(self, slot: Path) -> CheckpointData | None:
        """What a slot holds; None on all ranks if it does not verify or read (collective)."""
        flaw, files = on_root(self._comm, lambda: _committed(slot))
        if flaw is None:
            share = list(files.items())[self._comm.rank :: self._comm.size]
            flaw = self._first(_flaw_of_files(slot, dict(share)))
        if flaw is None:
            return self._read_if_possible(slot)
        if is_root(self._comm):
            logger.warning("checkpoint %s is passed over: %s", slot, flaw)
        return None

    def _first(self, flaw: str | None) -> str | None:
        """What any rank finds wrong (collective)."""
        flaws = [f for f in gather_everywhere(self._comm, flaw) if f]
        return flaws[0] if flaws else None

    def _read_if_possible(self, slot: Path) -> CheckpointData | None:
        """What a slot holds; None on all ranks if any cannot read it (collective)."""
        data, why = None, None
        try:
            data = self._read(slot)
        except _UNREADABLE as error:
            why = f"{type(error).__name__}: {error}"
        flaw = self._first(why)
        if flaw is None:
            return data
        if is_root(self._comm):
            logger.warning("checkpoint %s is passed over: %s", slot, flaw)
        return None

    def any_finished(self) -> bool:
        """Has a slot ever been committed, sound or not by now (collective)?"""
        return on_root(
            self._comm, lambda: any((slot / COMMIT).exists() for slot in _slots(self._folder))
        )

    def _read(self, slot: Path) -> CheckpointData:
        """Every rank picks its nodes and cells from the files of the ranks that wrote.

        Its own first: on as many ranks as wrote nothing is missing then, and no other is opened.
        """
        numbers, ranks = on_root(self._comm, lambda: _numbers_and_ranks(slot))
        data, own = CheckpointData(numbers=numbers), self._comm.rank % ranks
        missing = {kind: np.ones(len(rows), dtype=bool) for kind, rows in self._rows.items()}
        for rank in (own, *(rank for rank in range(ranks) if rank != own)):
            if rank != own and not any(rows.any() for rows in missing.values()):
                break  # its own is read by a rank without nodes too: there the names are
            with np.load(slot / _file_of(rank), allow_pickle=False) as stored:
                for kind, rows in self._rows.items():
                    _pick(stored, kind, rows, getattr(data, kind), missing[kind])
        return data

    @property
    def _rows(self) -> dict[str, IntArray]:
        """Numbers of the nodes and cells of this rank, by the kind of what they hold."""
        return {"nodal": self._layout.nodes, "cellwise": self._layout.cells}


def refuse_unsound(folder: Path) -> None:
    """Refuse slots of which none verifies, where some were finished (not collective).

    Raises:
        ConfigError: as going on with them does.
    """
    finished = any((slot / COMMIT).exists() for slot in _slots(folder))
    if finished and all(_flaw(slot) for slot in _slots(folder)):
        raise none_is_sound(folder)


def none_is_sound(folder: Path) -> ConfigError:
    """What ends a run that has nothing to go on from."""
    return ConfigError(f"{folder}: no checkpoint is sound: remove the folder to begin again")


def lacking(folder: Path, step: int, part: str, missing: KeyError) -> ConfigError:
    """What ends a run whose checkpoint lacks something that this version keeps."""
    cure = "go on with the version that wrote it (manifest.json), or begin again with another --out"
    return ConfigError(f"{_slot(folder, step)}: of the {part} it has no {missing}: {cure}")


def _slot(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}"


def _pick(
    stored: Any, kind: str, mine: IntArray, data: dict[str, FloatArray], missing: Mask
) -> None:
    """Copy what is of this rank from the arrays of a kind, by the numbers of their rows.

    Args:
        stored: the file of a rank.
        kind: ``nodal`` or ``cellwise``.
        mine: (n,) numbers of the rows of this rank.
        data: receives arrays by name.
        missing: (n,) rows not found so far; those found here are struck off.
    """
    theirs = stored[ROWS[kind]]
    order = np.argsort(theirs)
    place = order[np.minimum(np.searchsorted(theirs, mine, sorter=order), len(theirs) - 1)]
    found = theirs[place] == mine if len(theirs) else np.zeros(len(mine), dtype=bool)
    missing &= ~found
    for key in (key for key in stored.files if key.startswith(f"{kind}.")):
        values: FloatArray = stored[key]
        empty = np.full((mine.size, values.shape[1]), np.nan)
        data.setdefault(key.removeprefix(f"{kind}."), empty)[found] = values[place[found]]


def _file_of(rank: int) -> str:
    return f"rank-{rank:04d}.npz"


def _numbers_and_ranks(slot: Path) -> tuple[dict[str, Any], int]:
    commit = json.loads((slot / COMMIT).read_text(encoding="utf-8"))
    return json.loads((slot / NUMBERS).read_text(encoding="utf-8")), int(commit["ranks"])


def _attempt(work: Callable[[], None], slot: Path) -> None:
    try:
        work()
    except OSError as error:
        shutil.rmtree(slot, ignore_errors=True)
        raise CheckpointFailed(f"{error.filename or slot}: {error.strerror or error}") from None


def _make_empty(slot: Path) -> None:
    """The folder of a slot; what a killed run left under the name is no checkpoint."""
    if slot.exists():
        shutil.rmtree(slot)
    slot.mkdir(parents=True)


def _write(path: Path, content: bytes) -> dict[str, Any]:
    """Write through to the disk; returns size and hash."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _commit(
    slot: Path, data: CheckpointData, files: dict[str, dict[str, Any]], commit: dict[str, Any]
) -> None:
    numbers = json.dumps(data.numbers).encode()
    files = {**files, NUMBERS: _write(slot / NUMBERS, numbers)}
    _sync_folder(slot)
    _write(slot / COMMIT, json.dumps({**commit, "files": files}, indent=1).encode())
    _sync_folder(slot)


def _sync_folder(folder: Path) -> None:
    """Let the names of its files reach the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _slots(folder: Path) -> list[Path]:
    """All slots, newest first."""
    return sorted((path for path in folder.glob("step-*") if path.is_dir()), reverse=True)


def _prune(folder: Path, newest: Path) -> None:
    """Keep `KEEP` slots that committed; what never committed goes with the older ones."""
    committed = [slot for slot in _slots(folder) if (slot / COMMIT).exists()]
    for slot in _slots(folder):
        if slot not in committed[:KEEP] and slot != newest:
            (slot / COMMIT).unlink(missing_ok=True)  # first: half a slot must not count
            shutil.rmtree(slot, ignore_errors=True)


def _flaw(slot: Path) -> str | None:
    """What is wrong with a slot, or None."""
    flaw, files = _committed(slot)
    return flaw or _flaw_of_files(slot, files)


def _committed(slot: Path) -> tuple[str | None, dict[str, Any]]:
    """What is wrong with the commit of a slot, or None; and the files that it names."""
    try:
        commit = json.loads((slot / COMMIT).read_text(encoding="utf-8"))
        if commit["format"] != FORMAT:
            flaw = (
                f"its format is {commit['format']}, this version reads {FORMAT}: go on with the "
                "version that wrote it (manifest.json), or begin again with another --out"
            )
            return flaw, {}
        if not _is_complete(commit["files"], commit["ranks"]):
            return "its list of files is not complete", {}
        return None, dict(commit["files"])
    except FileNotFoundError:
        return f"{COMMIT} is missing: it was never finished", {}
    except _UNREADABLE as error:
        return f"it cannot be read: {type(error).__name__}", {}


def _flaw_of_files(slot: Path, files: dict[str, Any]) -> str | None:
    """What is wrong with some files of a slot, or None."""
    try:
        for name, expected in files.items():
            content = (slot / Path(name).name).read_bytes()
            if len(content) != expected["bytes"]:
                return f"{name} has {len(content)} bytes instead of {expected['bytes']}"
            if hashlib.sha256(content).hexdigest() != expected["sha256"]:
                return f"{name} is damaged"
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} is missing: it was never finished"
    except _UNREADABLE as error:
        return f"it cannot be read: {type(error).__name__}"
    return None


def _is_complete(files: dict[str, Any], ranks: int) -> bool:
    """The numbers, and a file of every rank."""
    return (
        len(files) == ranks + 1 > 1
        and NUMBERS in files
        and all(_file_of(rank) in files for rank in range(ranks))
    )
