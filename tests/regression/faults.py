"""Runs in which something goes wrong on purpose, at a chosen step on a chosen rank."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.command import quietly, settings
from tests.parallel.test_ranks import SMALL

CONFIG = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
TIMEOUT = 120  # s: nothing here may hang

# `at_step` is called on every rank after each accepted step, before that is recorded.
_DRIVER = """
import os, resource, signal, sys
from pathlib import Path
from mpi4py import MPI
from dendrolith import cli
from dendrolith.results import checkpoint, recorder
from dendrolith.schemes.march import March

RANK, LAST = MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size - 1
recorder.draw_if_possible = lambda *_: None
_take = March.step

def _step(self):
    taken = _take(self)
    at_step(taken.number)
    return taken

def at_step(number):
    pass

def send(number):
    os.kill(os.getpid(), number)

def die():
    send(signal.SIGKILL)

March.step = _step
{fault}
sys.exit(cli.main(sys.argv[1:]))
"""

# Checkpoints at three steps: the third makes the first one go.
KEPT_STEPS = (4, 8, 12)
KEEP_THREE = f"""
def at_step(number):
    if number in {KEPT_STEPS} and RANK == 0:
        send(signal.SIGUSR1)
"""


def _words(out: Path, *more: str, config: Path = CONFIG) -> list[str]:
    """Of a small run; `more` are overrides (a.b=value) and options (--…)."""
    small = SMALL if config == CONFIG else []
    overrides = [word for word in more if "=" in word and not word.startswith("--")]
    words = ["run", str(config), "-q", "--out", str(out), *settings(*small, *overrides)]
    for option in (word for word in more if word.startswith("--")):
        words += option.split("=", 1)
    return words


def command(
    out: Path, *more: str, fault: str = "", ranks: int = 1, config: Path = CONFIG
) -> list[str]:
    """The command of a small run that has a process of its own."""
    words = [sys.executable, "-W", "error::RuntimeWarning", "-c", _DRIVER.format(fault=fault)]
    words += _words(out, *more, config=config)
    return words if ranks == 1 else ["mpirun", "--oversubscribe", "-n", str(ranks), *words]


def run(
    out: Path,
    *more: str,
    fault: str = "",
    ranks: int = 1,
    config: Path = CONFIG,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The run, in this process where neither a fault nor ranks ask for another."""
    if ranks == 1 and not fault and not environment:
        return quietly(*_words(out, *more, config=config))
    done = subprocess.run(
        command(out, *more, fault=fault, ranks=ranks, config=config),
        capture_output=True, text=True, timeout=TIMEOUT, check=False,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    if ranks > 1:
        _wait_for_the_last_rank(out)
    return done


def _wait_for_the_last_rank(out: Path) -> None:
    """Killed by mpirun, a rank may outlive it for a moment, and holds the directory till then."""
    until = time.monotonic() + TIMEOUT
    with contextlib.suppress(OSError, ValueError):
        pid = json.loads((out / "LOCK.json").read_text(encoding="utf-8"))["pid"]
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.05)


def resume(out: Path, *more: str, **how) -> subprocess.CompletedProcess[str]:
    return run(out, "--resume=auto", *more, **how)


def series(out: Path) -> bytes:
    return (out / "timeseries.csv").read_bytes()


def status(out: Path) -> dict:
    return json.loads((out / "status.json").read_text(encoding="utf-8"))


def slots(out: Path) -> list[int]:
    """Steps of the checkpoints that have committed."""
    found = (out / "checkpoints").glob("step-*/COMMIT.json")
    return sorted(int(path.parent.name.removeprefix("step-")) for path in found)
