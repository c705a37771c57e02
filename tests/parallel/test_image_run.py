"""Plating among the pores of a picture, by command: the shipped input, on one rank and on two."""

import csv
import shutil
from pathlib import Path

import pytest

from dendrolith import load
from tests.command import ROOT, quietly, settings

pytestmark = [pytest.mark.serial, pytest.mark.mpirun]

CONFIG = ROOT / "configs" / "images" / "pores.yaml"
FEW_STEPS = [
    "time.max_steps=4", "output.every=10 s", "solver.charge_tolerance=1e-10",
]  # fmt: skip


def last_row(out: Path, ranks: int) -> dict[str, str]:
    words = ("run", CONFIG, "--out", out, *settings(*FEW_STEPS))
    done = quietly(*words, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("area fraction 0.11") == 1
    notes = [line for line in done.stderr.splitlines() if "note: " in line]
    assert all("beside a load of" in line for line in notes)  # others compute here as well
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))[-1]


def test_the_shipped_picture_on_one_rank_and_on_two(tmp_path):
    one, two = (last_row(tmp_path / str(ranks), ranks) for ranks in (1, 2))
    for name in ("lithium_plated [mol/m^2]", "ionic_current [A/m^2]", "tip_height [m]"):
        assert float(one[name]) == pytest.approx(float(two[name]), rel=1e-6)
    assert float(one["charge_error [1]"]) < 1e-8
    shutil.move(tmp_path / "1", tmp_path / "moved")
    pores = load(tmp_path / "moved" / "config.yaml").pores
    assert pores.image == str(tmp_path / "moved" / "image.png")
    assert Path(pores.image).read_bytes() == (CONFIG.parent / "pores.png").read_bytes()
