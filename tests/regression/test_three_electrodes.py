"""The cell of configs/cells/three_electrodes with everything on goes on to the last digit."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from dendrolith.results.open_run import open_run

pytestmark = [pytest.mark.serial, pytest.mark.slow, pytest.mark.mpirun]
CASE = Path(__file__).parents[2] / "configs" / "cells" / "three_electrodes" / "lto_soft_short.yaml"
ON = (  # beside wire, frame, spectra and protrusion, which is longer here and bridges early
    "counter_electrode.lateral_diffusivity=1e-13 m^2/s", "electrodes.direct_reduction=10 A/m^2",
    "counter_electrode.initial_fraction=0.5", "protrusions.height=44 um", "time.end=2 h",
    "impedance={every: 1 h, points_per_decade: 2}", "output.every=30 min",
)  # fmt: skip
TABLES = ("timeseries", "spectra", "counter_electrode", "pieces")


def run(ranks: int, out: Path, *more: str) -> None:
    """The case on so many ranks."""
    words = [sys.executable, "-m", "dendrolith", "run", str(CASE), "-q", "--out", str(out), *more]
    if ranks > 1:
        words = ["mpirun", "-n", str(ranks), *words]
    subprocess.run(words, check=True)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_it_goes_on_to_the_last_digit(tmp_path, ranks):
    """Ten minutes on one rank."""
    sets = tuple(itertools.chain(*(("--set", change) for change in ON)))
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run(ranks, whole, *sets)
    series = open_run(whole).series
    assert series["electronic_current"][-1] > 0.1  # it has bridged
    assert series["counter_fraction_largest"][-1] > series["counter_fraction_least"][-1]
    half = int(0.6 * len(series["time"]))
    run(ranks, parts, *sets, "--set", f"time.max_steps={half}")
    run(ranks, parts, *sets, "--resume", "auto")
    for table in TABLES:
        name = f"{table}.csv"
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
