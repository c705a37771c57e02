"""Runs of a study from its YAML, as a user starts them."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

CONFIGS = Path(__file__).parents[1] / "configs"
SWEEPS = sorted((CONFIGS / "sweeps").glob("*.yaml"))
INPUTS = sorted(set(CONFIGS.rglob("*.yaml")) - set(SWEEPS))
RUNS = [path for path in INPUTS if path.parent.name != "networks"]  # what is marched through time

Columns = dict[str, np.ndarray]


def command(config: Path, out: Path, *overrides: str, ranks: int = 1) -> list[str]:
    """The command line of a run."""
    start = []
    if ranks > 1:
        mpirun = shutil.which("mpirun")
        assert mpirun is not None
        start = [mpirun, "-n", str(ranks)]
    changes = [word for override in overrides for word in ("--set", override)]
    run = [sys.executable, "-m", "dendrolith", "run", str(config), "-q", "--out", str(out)]
    return [*start, *run, *changes]


def run(config: Path, out: Path, *overrides: str, ranks: int = 1, more: tuple[str, ...] = ()):
    """Run to the end; returns the columns of its time series."""
    words = [*command(config, out, *overrides, ranks=ranks), *more]
    ended = subprocess.run(
        words, capture_output=True, text=True, timeout=300, check=False,
        # ranks that wait leave the core to others, as in tests/run
        env=os.environ | {"OMPI_MCA_mpi_yield_when_idle": "1"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return columns(out)


def columns(out: Path) -> Columns:
    """The time series of a run."""
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def verbs(name: str, folder: Path) -> None:
    """`init`, `check`, `reference` and `schema` serve a study; what `init` writes is an input."""
    from dendrolith.cli import main

    written = folder / "case.yaml"
    assert main(["init", "--study", name, str(written)]) == 0
    assert main(["check", str(written)]) == 0
    assert main(["reference", "--study", name]) == 0
    assert main(["schema", "--study", name]) == 0
    assert main(["cite", str(written)]) == 0
