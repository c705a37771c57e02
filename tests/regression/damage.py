"""Damages checkpoints in many ways and looks what is found afterwards; runs on any ranks.

mpirun -n 3 python -m tests.regression.damage FOLDER NUMBER
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.fields.output import Layout
from dendrolith.results.checkpoint import Checkpoints

N_NODES = 40


class Poison:
    """Leaves a file behind if anybody unpickles it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return open, (str(self.mark), "w")


def checkpoints(folder: Path, comm: MPI.Comm = MPI.COMM_WORLD) -> Checkpoints:
    """Slots for nodes dealt out to the ranks in turn."""
    return Checkpoints(comm, folder, Layout(np.arange(N_NODES)[comm.rank :: comm.size]))


def data_of(step: int, comm: MPI.Comm = MPI.COMM_WORLD) -> CheckpointData:
    """What belongs to a step: every number tells the step and its node."""
    owned = np.arange(N_NODES)[comm.rank :: comm.size]
    nodal = {"state.xi": (step + owned / N_NODES).reshape(-1, 1)}
    return CheckpointData({"march.time": step / 3, "control.dt": 0.1}, nodal)


def same(found: CheckpointData, expected: CheckpointData) -> bool:
    """Exactly the same, on this rank."""
    return (
        found.numbers == expected.numbers
        and found.nodal.keys() == expected.nodal.keys()
        and all(np.array_equal(found.nodal[key], expected.nodal[key]) for key in found.nodal)
    )


# ------------------------------------------------------------------ the damage


def flip(slot: Path, random: np.random.Generator) -> None:
    """Some bytes of some file have other values."""
    file = _any_file(slot, random)
    content = bytearray(file.read_bytes())
    for place in random.integers(len(content), size=random.integers(1, 4)):
        content[place] ^= int(random.integers(1, 256))
    file.write_bytes(content)


def truncate(slot: Path, random: np.random.Generator) -> None:
    """The end of some file is missing."""
    file = _any_file(slot, random)
    file.write_bytes(file.read_bytes()[: random.integers(file.stat().st_size)])


def lose(slot: Path, random: np.random.Generator) -> None:
    """Some file is missing."""
    _any_file(slot, random).unlink()


def replace_by_folder(slot: Path, random: np.random.Generator) -> None:
    """Some file is a folder."""
    file = _any_file(slot, random)
    file.unlink()
    file.mkdir()


def other_commit(slot: Path, random: np.random.Generator) -> None:
    """The commit is empty, no commit, or one of another version."""
    commit = json.loads((slot / "COMMIT.json").read_text(encoding="utf-8"))
    texts = ["", "[]", "null", "3", "{}", "[" * 5000, json.dumps({**commit, "format": 999}),
             json.dumps({**commit, "files": []}), json.dumps({**commit, "ranks": None}),
             json.dumps({**commit, "files": {}, "ranks": -1})]  # fmt: skip
    text = texts[random.integers(len(texts))]
    (slot / "COMMIT.json").write_text(text, encoding="utf-8")


def poison(slot: Path, random: np.random.Generator) -> None:
    """A rank's file holds a pickle, and the commit says that this is right."""
    held = np.empty(1, dtype=object)
    held[0] = Poison(slot.parent / "EXECUTED")
    buffer = io.BytesIO()
    np.savez(buffer, **{"nodes": np.arange(N_NODES), "nodal.state.xi": held})
    commit_to(slot, "rank-0000.npz", buffer.getvalue())


def nonsense(slot: Path, random: np.random.Generator) -> None:
    """A file that the commit vouches for and nobody can use."""
    buffer = io.BytesIO()
    np.savez(buffer, **{"nodal.state.xi": np.zeros(3)})
    contents = [("rank-0000.npz", b"no archive"), ("rank-0000.npz", buffer.getvalue()),
                ("run.json", b"{"), ("run.json", b"\xff\xfe")]  # fmt: skip
    commit_to(slot, *contents[random.integers(len(contents))])


def commit_to(slot: Path, name: str, content: bytes) -> None:
    """Replace a file, with size and hash in the commit."""
    commit = json.loads((slot / "COMMIT.json").read_text(encoding="utf-8"))
    (slot / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    commit["files"][name] = {"bytes": len(content), "sha256": digest}
    (slot / "COMMIT.json").write_text(json.dumps(commit), encoding="utf-8")


def _any_file(slot: Path, random: np.random.Generator) -> Path:
    files = sorted(path for path in slot.iterdir() if path.is_file())
    return files[random.integers(len(files))]


KINDS = (flip, truncate, lose, replace_by_folder, other_commit, poison, nonsense)


def survives(folder: Path, number: int, comm: MPI.Comm = MPI.COMM_WORLD) -> str:
    """Damage the newer of two slots in the way of this number; what is wrong, or nothing."""
    if comm.rank == 0:
        shutil.rmtree(folder, ignore_errors=True)
    comm.barrier()
    slots = checkpoints(folder, comm)
    slots.write(1, data_of(1, comm))
    newest = slots.write(2, data_of(2, comm))
    damage, random = KINDS[number % len(KINDS)], np.random.default_rng(number)
    if comm.rank == 0:
        damage(newest, random)
    comm.barrier()
    found = checkpoints(folder, comm).newest()
    # a changed digit of the step in the commit harms nobody: the slot is named for it
    steps = (1, 2) if damage is flip else (1,)
    fine = found is not None and found[0] in steps and same(found[1], data_of(found[0], comm))
    if (folder / "EXECUTED").exists():
        return f"{number}: a pickle was executed"
    return "" if comm.allreduce(fine, op=MPI.LAND) else f"{number}: {damage.__name__}"


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    wrong = [flaw for number in range(count) if (flaw := survives(folder, number))]
    if MPI.COMM_WORLD.rank == 0:
        print(f"{count} damaged, not survived: {wrong}")


if __name__ == "__main__":
    main()
