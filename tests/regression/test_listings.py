"""Tables with any number of rows a step, of whole runs: complete, and the same after a restart."""

import csv
import re
from pathlib import Path

import pytest

from tests.parallel.test_ranks import SMALL
from tests.regression import faults

pytestmark = pytest.mark.serial

# A thin foil with two protrusions is stripped: they part, and dissolve one after the other.
STRIPPED = [
    "time.max_change=0.1", "time.max_relaxation=0.1",
    *SMALL, "geometry.lithium_thickness=3 um", "protrusions.count=2", "pores.fraction=0.1",
    "lithium_metal.interface_width=4.5 um", "time.end=2.5 s", "output.every=0.25 s",
]  # fmt: skip
LISTINGS = ("pieces", "piece_events")


@pytest.fixture
def reversed_cell(tmp_path) -> Path:
    text = faults.CONFIG.read_text(encoding="utf-8").replace(
        "- voltage: 0.1 V", "- voltage: -0.1 V"
    )
    # without mechanics: a direct solver would take over there, and not repeat to the last bit
    text = re.sub(r"(?m)^elasticity:.*\n(?: .*\n)*", "", text)
    assert "elasticity" not in text
    config = tmp_path / "stripped.yaml"
    config.write_text(text, encoding="utf-8")
    return config


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("ranks", [1, pytest.param(2, marks=pytest.mark.mpirun)])
def test_killed_long_after_its_checkpoint(tmp_path, reversed_cell, ranks):
    """Fault: rows of steps that no checkpoint knows of; they are cut and come again."""
    full, killed = tmp_path / "full", tmp_path / "killed"
    fault = (
        "def at_step(number):\n    number == 20 and send(signal.SIGUSR1)\n"
        "    number == 50 and RANK == LAST and die()\n"
    )
    how = {"ranks": ranks, "config": reversed_cell}
    assert faults.run(full, *STRIPPED, **how).returncode == 0
    assert faults.run(killed, *STRIPPED, fault=fault, **how).returncode != 0
    assert faults.slots(killed) == [20]
    before = {name: len(rows(killed, name)) for name in LISTINGS}
    assert before["piece_events"] == 3
    done = faults.resume(killed, *STRIPPED, **how)
    assert done.returncode == 0, done.stderr
    for name in (*LISTINGS, "timeseries"):
        assert (full / f"{name}.csv").read_bytes() == (killed / f"{name}.csv").read_bytes(), name

    events = [(row["event"], row["id [1]"], row["other_id [1]"]) for row in rows(full, LISTINGS[1])]
    assert events[0] == ("split", "2", "1")
    assert sorted(events[1:]) == [("dissolution", "1", ""), ("dissolution", "2", "")]
    times = [float(row["time [s]"]) for row in rows(full, "pieces")]
    assert sorted({round(4 * time) for time in times}) == list(range(1 + round(4 * times[-1])))
    assert {row["kind"] for row in rows(full, "pieces")} == {"anode"}
