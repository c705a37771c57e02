"""Short circuits of runs and of measured traces, as a user asks for them."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.command import dendrolith, quietly, settings

pytestmark = pytest.mark.serial

# A protrusion before a dense electrolyte; its filament arrives after some seconds.
CASE = """
title: A filament and a dense electrolyte
geometry: {lithium_thickness: 6 um, electrolyte_thickness: 20 um, height: 16 um, mesh_size: 1 um}
protrusions: {count: 1, height: 8 um, width: 6 um}
materials: {lithium_set: Li, electrolyte_set: LPSCl}
lithium_metal: {interface_width: 4 um, capillary_mobility: 2.8e-12 m^2/s, fill_fraction: 0.0715}
kinetics: {exchange_current_density: 1000 A/m^2}
control: CONTROL
time: {end: 5 s}
output: {every: 10 s}
"""


def run(folder: Path, control: str, *overrides: str, resume: bool = False) -> str:
    """One run; what it said at its end."""
    case = folder / "case.yaml"
    case.write_text(CASE.replace("CONTROL", control), encoding="utf-8")
    more = ["--resume", "auto"] if resume else []
    done = quietly("run", case, "--out", folder / "run", *settings(*overrides), *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(folder: Path) -> list[dict[str, float]]:
    with (folder / "run" / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        return [{key: float(x) for key, x in row.items()} for row in csv.DictReader(file)]


def classified(*arguments: object) -> dict:
    done = dendrolith("classify", *map(str, arguments), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def bridged(tmp_path_factory):
    """A filament that reaches the counter electrode at a held voltage."""
    folder = tmp_path_factory.mktemp("bridged")
    return folder, run(folder, "[{voltage: 0.1 V}]")


def test_a_filament_that_bridges_is_a_hard_short(bridged):
    """In the series, the summary, the status and afterwards; at the step of the contact."""
    folder, said = bridged
    series = rows(folder)
    contact = next(r["time [s]"] for r in series
                   if r["electronic_current [A/m^2]"] > r["ionic_current [A/m^2]"] > 0)  # fmt: skip
    labels = [row["short_circuit [1]"] for row in series]
    assert labels == sorted(labels)
    assert (labels[0], labels[-1]) == (0, 2)
    found = classified(folder / "run")
    assert (found["class"], found["kind"], len(found["events"])) == ("hard", "path", 1)
    assert 0.5 < found["confidence"] < 1
    event = found["events"][0]
    assert event["recovery"] is None
    # tails touch, and some steps later the metal does
    between = [r for r in series if event["onset"] <= r["time [s]"] <= contact]
    assert 1 <= len(between) <= 8
    assert event["depth"] == pytest.approx(max(r["electronic_path [1]"] for r in series))
    assert "short circuit        hard from t = " in said
    assert "short circuit  hard so far" in dendrolith("status", str(folder / "run")).stdout


def test_a_run_and_its_series_as_a_file_agree(bridged):
    """As if somebody had measured it: the voltage beside the leakage is seen to be held."""
    folder, _ = bridged
    measured = classified(folder / "run" / "timeseries.csv")
    simulated = classified(folder / "run")
    assert measured["class"] == simulated["class"] == "hard"
    assert measured["kind"] == "current"
    assert measured["events"][-1]["recovery"] is None


def test_before_the_contact_there_is_none(bridged, tmp_path):
    """The same dense cell, stopped early: its leakage has risen, smoothly."""
    series = rows(bridged[0])
    contact = next(row["time [s]"] for row in series if row["short_circuit [1]"] == 2)
    said = run(tmp_path, "[{voltage: 0.1 V}]", f"time.end={0.6 * contact} s")
    assert "short circuit        none; path of electrons up to" in said
    found = classified(tmp_path / "run")
    assert (found["class"], found["events"]) == ("none", [])
    early = [r["electronic_current [A/m^2]"] for r in rows(tmp_path)]
    assert early[-1] > 1.2 * early[0]
    assert set(r["short_circuit [1]"] for r in rows(tmp_path)) == {0}


def test_under_a_held_current_a_closing_gap_is_no_short(tmp_path):
    """Charge, rest, charge: the voltage falls all the way; hard is what electrons bridge."""
    control = "[{current: 1500 A/m^2, until: {time: 0.5 s}}, {rest: 0.2 s}, {current: 1500 A/m^2}]"
    run(tmp_path, control, "time.end=9 s", "time.max_steps=400")
    series = rows(tmp_path)
    resting = [row for row in series if row["stage [1]"] == 1]
    assert resting
    assert all(row["short_circuit [1]"] == 0 for row in resting)
    found = classified(tmp_path / "run")
    assert (found["class"], found["kind"]) == ("hard", "path")
    for row in series:
        share = abs(row["electronic_current [A/m^2]"]) / abs(row["ionic_current [A/m^2]"])
        if row["stage [1]"] == 2 and share < 0.01:
            assert row["short_circuit [1]"] == 0
    short = [row for row in series if row["short_circuit [1]"] == 2]
    assert abs(short[-1]["electronic_current [A/m^2]"]) > abs(short[-1]["ionic_current [A/m^2]"])


def test_bridged_from_the_first_step_is_hard(tmp_path):
    """In the column, the summary and afterwards, and at rest too."""
    control = "[{voltage: 0.1 V, until: {time: 0.2 s}}, {rest: 0.2 s}]"
    said = run(tmp_path, control, "time.end=1 s", "protrusions.height=19.5 um")
    assert "short circuit        hard from t = " in said
    series = rows(tmp_path)
    assert [r["short_circuit [1]"] for r in series[3:]] == [2.0] * (len(series) - 3)
    assert classified(tmp_path / "run")["class"] == "hard"
    rested = [r["electronic_path [1]"] for r in series if r["stage [1]"] == 1]
    assert min(rested) > 0.01


def test_a_run_that_stops_at_its_short_says_so(tmp_path):
    said = run(tmp_path, "[{voltage: 0.1 V, until: {short: true}}]")
    assert "short circuit        hard from t = " in said
    assert classified(tmp_path / "run")["class"] == "hard"


def test_a_resumed_run_has_the_same_columns(bridged, tmp_path):
    """Stopped shortly before the contact: to the last bit."""
    at = next(k for k, row in enumerate(rows(bridged[0])) if row["short_circuit [1]"] == 2)
    control = "[{voltage: 0.1 V}]"
    run(tmp_path, control, f"time.max_steps={at - 1}")
    run(tmp_path, control, resume=True)
    whole, resumed = (f / "run" / "timeseries.csv" for f in (bridged[0], tmp_path))
    assert whole.read_bytes() == resumed.read_bytes()


# ---------------------------------------------------------------------- measured


def soft(path: Path) -> Path:
    x = np.linspace(0, 10, 1000)
    y = 1e-3 * (1 + sum(40 * (np.abs(x - c) < 0.1) for c in (3, 5, 7)))
    np.savetxt(path, np.c_[x, y], delimiter=",", header="Time/h,I (mA)", comments="")
    return path


def test_a_measured_file(tmp_path):
    """A few lines to read, and a picture."""
    trace, picture = soft(tmp_path / "trace.csv"), tmp_path / "trace.png"
    done = dendrolith("classify", str(trace), "--plot", str(picture))
    assert done.returncode == 0, done.stderr
    first, second, *events, last = done.stdout.splitlines()
    assert first == f"{trace}: soft, confidence 0.97"
    assert second == "  I (mA): 1000 samples, 3 excursions of the current"
    assert len(events) == 3
    assert all(" times the floor" in event for event in events)
    assert last == f"  picture in {picture}"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 5000


def test_json_is_in_si(tmp_path):
    found = classified(soft(tmp_path / "trace.csv"))
    assert set(found) == {"class", "confidence", "kind", "signal", "samples", "gaps", "events",
                          "thresholds", "notes"}  # fmt: skip
    assert (found["class"], found["kind"], found["signal"]) == ("soft", "current", "I (mA)")
    event = found["events"][0]
    assert set(event) == {"onset", "depth", "recovery", "duration", "kind"}
    assert event["onset"] == pytest.approx(2.9 * 3600, abs=36)
    assert event["depth"] == pytest.approx(41, rel=1e-3)
    assert event["duration"] == pytest.approx(0.2 * 3600, abs=72)
    assert found["thresholds"]["hard_left"] == 0.2
    assert found["notes"] == []


def test_columns_may_be_named(tmp_path):
    trace = soft(tmp_path / "trace.csv")
    named = classified(trace, "--time", "Time/h", "--signal", "i", "--kind", "current")
    assert named == classified(trace)


def test_what_cannot_be_used_exits_2(tmp_path):
    """One message with file, line and cure."""
    bad = tmp_path / "bad.csv"
    bad.write_text("time [s],I [A]\n1,2\n2,oops\n", encoding="utf-8")
    done = dendrolith("classify", str(bad))
    assert done.returncode == 2
    assert f"{bad}:3: 'oops'" in done.stderr
    assert "leave the cell empty for a gap" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    trace = soft(tmp_path / "trace.csv")
    nowhere = dendrolith("classify", str(trace), "--plot", str(tmp_path / "no" / "place.png"))
    assert nowhere.returncode == 2
    assert "there is no folder" in nowhere.stderr
