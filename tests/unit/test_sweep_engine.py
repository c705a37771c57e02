"""The engine of a sweep: what it leaves behind when told to stop, when killed, when it fails."""

import argparse
import base64
import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from unittest import mock

import pytest

from dendrolith import cli_converge, cli_sweep
from dendrolith.results.lock import DirectoryLock
from dendrolith.sweeps import engine
from dendrolith.sweeps.expand import expand
from dendrolith.sweeps.folder import End
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

GRID = {"control.0.current": ["1 A/m^2"]}
NOTES_ITS_PID = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
ENGINE = f"""
import sys
from pathlib import Path
from dendrolith.sweeps import engine
from dendrolith.sweeps.folder import SweepFolder
engine._Engine._command = lambda _: [sys.executable, "-c", {NOTES_ITS_PID!r}]
engine.run_sweep(SweepFolder(Path(sys.argv[1])), engine.How())
"""


@pytest.fixture
def folder(tmp_path):
    """A sweep of one point."""
    base = CONFIGS / "circuit" / "leaky_cell.yaml"
    return expand({"base": str(base), "grid": GRID}, tmp_path / "out").folder


def is_there(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def within(seconds, condition):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_a_point_that_ends_as_it_is_told_to_stop(tmp_path):
    """Between the look at its lock and the signal: the others are told all the same."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    living = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pids = {tmp_path / "a": ended.pid, tmp_path / "b": living.pid}
    folder = SimpleNamespace(
        names=["a", "b"], point=lambda name: SimpleNamespace(path=tmp_path / name)
    )
    stopping = engine._Engine(folder, engine.How(), None, print)
    stopping._process = mock.Mock()
    with mock.patch.object(engine, "process_of", pids.get):
        stopping._stop(signal.SIGTERM, None)
    assert living.wait(10) == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent")
def test_a_killed_engine_leaves_no_snakemake_that_starts_points(folder):
    """Else the next engine and this one would start points side by side, on twice the cores."""
    pid = folder.path / "pid"
    started = subprocess.Popen([sys.executable, "-c", ENGINE, folder.path])
    assert within(10, lambda: pid.is_file() and pid.read_text())
    started.kill()
    started.wait()
    assert within(5, lambda: not is_there(int(pid.read_text())))


def test_an_engine_that_fails_ends_snakemake(folder):
    lock = DirectoryLock(folder.path)

    def say(_):
        raise RuntimeError("nobody listens")

    failing = engine._Engine(folder, engine.How(), lock, say)
    waits = [sys.executable, "-c", "import time; time.sleep(60)"]
    replaced = mock.patch.object(failing, "_command", return_value=waits)
    with replaced, pytest.raises(RuntimeError, match="nobody listens"):
        failing.run()
    assert failing._process.poll() is not None


def test_progress_that_nobody_reads():
    """`dendrolith sweep run … 2>&1 | head -1`, and the same of a ladder."""
    deaf = io.StringIO()
    deaf.write = mock.Mock(side_effect=BrokenPipeError)
    with mock.patch.object(sys, "stderr", deaf):
        cli_sweep._say("1 points: 1 done")
        cli_converge._speakers()[0]("rung 1 of 3: done")


def test_a_status_that_nobody_reads_ends(folder):
    """`dendrolith sweep status … --live | head`, of a sweep that goes on."""
    before = signal.getsignal(signal.SIGPIPE)
    reader, writer = os.pipe()
    os.close(reader)
    options = argparse.Namespace(folder=folder.path, live=True, json=False)
    with os.fdopen(writer, "w") as deaf, mock.patch.object(sys, "stdout", deaf):
        assert cli_sweep.answer_status(options) == ""
        print("nor does what follows break", flush=True)
    signal.signal(signal.SIGPIPE, before)


def test_a_failed_point_stays_failed_where_snakemake_was_killed(folder):
    """Its mark says that the output is not complete; end.json always is."""
    (point,) = (folder.point(name) for name in folder.names)
    point.note(End(3, 8.0, 2, "gave up"), final=True)
    point.log.touch()
    (folder.path / "forms.ready").touch()
    mark = base64.b64encode(f"points/{point.path.name}/end.json".encode()).decode()
    marks = folder.path / ".snakemake" / "incomplete"
    marks.mkdir(parents=True)
    (marks / mark).touch()
    assert engine.run_sweep(folder, engine.How()) == 3
    assert point.end() == End(3, 8.0, 2, "gave up")
