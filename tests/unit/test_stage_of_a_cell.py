"""A stage of `dendrolith creep` that is told to stop, and one that is killed."""

import subprocess
import sys

import pytest

from dendrolith import cli_creep
from dendrolith.core.errors import DendrolithError

pytestmark = pytest.mark.serial

CTRL_C = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal, which tells both
os.kill(os.getppid(), signal.SIGINT)
time.sleep(0.5)
sys.exit(75)
"""
KILLED = "import os; os.kill(os.getpid(), 9)"


def stage(monkeypatch, tmp_path, code):
    """The exit code of a stage that is these lines."""
    real = subprocess.Popen
    monkeypatch.setattr(cli_creep.subprocess, "Popen", lambda _: real([sys.executable, "-c", code]))
    return cli_creep._run("case.yaml", tmp_path / "press")


def test_ctrl_c_waits_for_the_stage(monkeypatch, tmp_path):
    """Else the command ends with 130, and the stage goes on to its checkpoint unseen."""
    try:
        assert stage(monkeypatch, tmp_path, CTRL_C) == 75
    except KeyboardInterrupt:
        pytest.fail("the command did not wait")


def test_a_killed_stage_is_named(monkeypatch, tmp_path):
    with pytest.raises(DendrolithError, match="press: was ended by signal 9: the same command"):
        stage(monkeypatch, tmp_path, KILLED)
