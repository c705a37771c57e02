"""When a run stops by its own clock, and what a checkpoint asks of the file system."""

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core import stop
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.errors import BrokenOff
from dendrolith.core.stop import BATCH_END, CHECKPOINT, GO_ON, STOP, StopWatch
from dendrolith.fields.output import Layout
from dendrolith.results.checkpoint import Checkpoints

pytestmark = pytest.mark.serial

COMM = MPI.COMM_SELF


@pytest.fixture
def hands(monkeypatch):
    """The hands of both clocks, to be moved by the test [s]."""
    now = {"s": 1000.0}
    monkeypatch.setattr(stop.clock, "time", lambda: now["s"])
    monkeypatch.setattr(stop.clock, "monotonic", lambda: now["s"])
    monkeypatch.delenv(BATCH_END, raising=False)
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    return now


def test_without_a_limit_nothing_stops(hands):
    watch = StopWatch(COMM)
    hands["s"] += 1e9
    assert watch.verdict(1e9) == GO_ON
    assert watch.verdict(0.0, due=True) == CHECKPOINT


def test_a_slow_checkpoint_is_given_its_time(hands):
    """Twice the slowest checkpoint and the slowest step must fit before the end."""
    watch = StopWatch(COMM, max_wall=100)
    hands["s"] += 10
    assert watch.verdict(20.0) == GO_ON
    assert watch.verdict(45.0) == STOP
    assert watch.reason == "the time allotted ends"


def test_a_slow_step_is_given_its_time(hands):
    watch = StopWatch(COMM, max_wall=100)
    hands["s"] += 60
    assert watch.verdict(0.0) == STOP


def test_the_end_of_the_batch_job_counts(hands, monkeypatch):
    monkeypatch.setenv(BATCH_END, "1050")
    watch = StopWatch(COMM, max_wall=1e6)
    assert watch.verdict(0.0) == GO_ON
    hands["s"] += 30
    assert watch.verdict(0.0) == STOP


def test_no_signal_is_lost_while_the_ranks_agree(monkeypatch):
    """It comes when this rank has already said what it wants: the next verdict heeds it."""

    def largest(_, value):
        monkeypatch.undo()
        signal.raise_signal(signal.SIGTERM)
        return value

    monkeypatch.delenv(BATCH_END, raising=False)
    monkeypatch.setattr(stop, "largest", largest)
    with StopWatch(COMM) as watch:
        assert watch.verdict(0.0) == GO_ON
        assert watch.verdict(0.0) == STOP


def test_a_step_is_broken_off_by_a_signal(monkeypatch):
    monkeypatch.delenv(BATCH_END, raising=False)
    with StopWatch(COMM) as watch:
        signal.raise_signal(signal.SIGUSR1)
        watch.look()
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(BrokenOff, match="a signal"):
            watch.look()


def test_a_step_is_broken_off_by_the_clock(hands):
    """Not the first step of a job, or a chain of jobs would come no further."""
    watch = StopWatch(COMM, max_wall=100)
    hands["s"] += 96
    watch.look()
    hands["s"] -= 94
    assert watch.verdict(20.0) == GO_ON
    hands["s"] += 50
    watch.look()
    hands["s"] += 10
    with pytest.raises(BrokenOff, match="the time allotted"):
        watch.look()


def test_a_second_ctrl_c_ends_at_once_whatever_came_between(monkeypatch):
    monkeypatch.delenv(BATCH_END, raising=False)
    with StopWatch(COMM):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def old_slurm(tmp_path, monkeypatch):
    """A job of a Slurm that does not export its end; what `squeue` answers is up to the test."""

    def answers(line: str) -> None:
        (tmp_path / "squeue").write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / "squeue").chmod(0o755)

    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("PATH", str(tmp_path))
    return answers


def test_an_old_slurm_is_asked_for_the_end(hands, old_slurm, caplog):
    old_slurm('[ "$3 $SLURM_TIME_FORMAT" = "7 %s" ] && echo 1050')
    watch = StopWatch(COMM)
    assert watch.verdict(0.0) == GO_ON
    hands["s"] += 46
    assert watch.verdict(0.0) == STOP
    assert not caplog.records


@pytest.mark.parametrize("answer", ["echo N/A", "exit 1", None])
def test_a_slurm_that_does_not_tell_the_end(hands, old_slurm, answer, caplog):
    if answer is not None:
        old_slurm(answer)
    watch = StopWatch(COMM)
    assert "--max-wall" in caplog.text
    hands["s"] += 1e9
    assert watch.verdict(0.0) == GO_ON


def slots(folder):
    return Checkpoints(COMM, folder, Layout(np.arange(3)))


def test_no_rename_on_the_way_to_a_checkpoint(tmp_path, monkeypatch):
    """A network file system may lose a rename: none is needed."""

    def lost(*_):
        raise AssertionError("a rename")

    for module, name in ((os, "rename"), (os, "replace"), (shutil, "move")):
        monkeypatch.setattr(module, name, lost)
    kept = slots(tmp_path)
    kept.write(1, CheckpointData(nodal={"a": np.ones((3, 1))}))
    found = kept.newest()
    assert found is not None
    assert found[0] == 1
    np.testing.assert_array_equal(found[1].nodal["a"], np.ones((3, 1)))


@pytest.mark.parametrize("late", ["COMMIT.json", "rank-0000.npz", "run.json"])
def test_a_file_that_is_not_visible_yet(tmp_path, late):
    """On another node the newest slot may still lack a file: the one before counts."""
    kept = slots(tmp_path)
    for step in (1, 2):
        kept.write(step, CheckpointData(numbers={"step": step}, nodal={"a": np.full((3, 1), step)}))
    hidden = tmp_path / "step-00000002" / late
    content = hidden.read_bytes()
    hidden.unlink()
    found = slots(tmp_path).newest()
    assert found is not None
    assert found[0] == 1
    hidden.write_bytes(content)
    found = slots(tmp_path).newest()
    assert found is not None
    assert found[0] == 2


def test_the_two_newest_slots_are_kept(tmp_path):
    kept = slots(tmp_path)
    for step in range(1, 6):
        kept.write(step, CheckpointData(nodal={"a": np.ones((3, 1))}))
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == [
        "step-00000004", "step-00000005",
    ]  # fmt: skip
    assert kept.slowest > 0
