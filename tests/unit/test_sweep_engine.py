"""The engine of a sweep: what it does when told to stop."""

import signal
import subprocess
import sys
from types import SimpleNamespace
from unittest import mock

import pytest

from dendrolith.sweeps import engine

pytestmark = pytest.mark.serial


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
