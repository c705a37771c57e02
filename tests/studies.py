"""Runs of a study from its YAML, as a user starts them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from dendrolith.cli import main
from tests.command import launched, quietly, settings

CONFIGS = Path(__file__).parents[1] / "configs"
SWEEPS = sorted((CONFIGS / "sweeps").glob("*.yaml"))
INPUTS = sorted(set(CONFIGS.rglob("*.yaml")) - set(SWEEPS))
RUNS = [path for path in INPUTS if path.parent.name != "networks"]  # what is marched through time

Columns = dict[str, np.ndarray]


def words(config: Path, out: Path, *overrides: str) -> list[str]:
    """Of a quiet run."""
    return ["run", str(config), "-q", "--out", str(out), *settings(*overrides)]


def command(config: Path, out: Path, *overrides: str) -> list[str]:
    """The command line of a run."""
    return [*launched(), *words(config, out, *overrides)]


def run(config: Path, out: Path, *overrides: str, ranks: int = 1, more: tuple[str, ...] = ()):
    """Run to the end; returns the columns of its time series."""
    ended = quietly(*words(config, out, *overrides), *more, ranks=ranks)
    assert ended.returncode == 0, ended.stderr
    return columns(out)


def assert_resumes(config: Path, folder: Path, *overrides: str, steps: int) -> None:
    """A run that stops after some steps and is resumed writes the time series of one that does not.

    Byte for byte.
    """
    whole, parts = folder / "whole", folder / "parts"
    assert run(config, whole, *overrides)["time [s]"].size > steps
    run(config, parts, *overrides, f"time.max_steps={steps}")
    run(config, parts, *overrides, more=("--resume", "auto"))
    assert (parts / "timeseries.csv").read_bytes() == (whole / "timeseries.csv").read_bytes()


def columns(out: Path) -> Columns:
    """The time series of a run."""
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def verbs(name: str, folder: Path) -> None:
    """`init`, `check`, `reference` and `schema` serve a study; what `init` writes is an input."""
    written = folder / "case.yaml"
    assert main(["init", "--study", name, str(written)]) == 0
    assert main(["check", str(written)]) == 0
    assert main(["reference", "--study", name]) == 0
    assert main(["schema", "--study", name]) == 0
    assert main(["cite", str(written)]) == 0
