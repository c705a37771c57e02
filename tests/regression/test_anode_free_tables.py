"""The scripts of anode-free cells give what the manual's page says of them."""

import csv
import subprocess
import sys

import pytest

from tests.studies import CONFIGS

pytestmark = [pytest.mark.serial, pytest.mark.slow]

FOLDER = CONFIGS / "cells" / "anode_free"
PAGE = (CONFIGS.parent / "solver" / "manual" / "cells.md").read_text(encoding="utf-8")


def table(script, argument, file):
    subprocess.run([sys.executable, str(FOLDER / script), str(argument)], check=True, timeout=300)
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_efficiencies(tmp_path):
    """Each efficiency of the model stands in the page, beside the paper's; so do the verdicts."""
    file = tmp_path / "efficiencies.csv"
    rows = table("efficiency_table.py", file, file)
    cells = [row for row in rows if row["paper"].endswith("%")]
    assert len(cells) == 8
    for row in cells:
        assert f"| {row['paper']} | {row['model']} |" in PAGE, row
    verdicts = [row["role and verdict"] for row in cells]
    assert sum("agrees" in verdict for verdict in verdicts) == 2
    assert sum("refuted" in verdict for verdict in verdicts) == 1


def test_claims(tmp_path):
    """One command draws the figure and writes the claims, those that are refuted too."""
    rows = table("stages_figure.py", tmp_path, tmp_path / "claims.csv")
    assert (tmp_path / "stages.png").stat().st_size > 30_000
    found = {row["claim"]: (row["model"], row["verdict"]) for row in rows}
    assert found["I, II, III, IV in the ninth charge"][0] == "I, II, III, IV, V"
    model, verdict = found["stage III means that lithium infiltrates"]
    assert model.startswith("I, II, III, IV, III")
    assert verdict.startswith("refuted")
    for number in ("3.79 V", "1.9 %", "63 %", "3.4 W/m"):
        assert any(number in model for model, _ in found.values()), number
        assert number in PAGE, number
