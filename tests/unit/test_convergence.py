"""Ladders of runs: limits and bars, rungs of every study, tables and pages, what is refused."""

import csv
import io
import json
import math

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.convergence.converge import run_ladder
from dendrolith.convergence.extrapolation import (
    ALTERNATES,
    ASSUMED,
    CAPPED,
    OBSERVED,
    SAME,
    SINGLE,
    UNSETTLED,
    extrapolate,
    part_of_error,
)
from dendrolith.convergence.measure import Event
from dendrolith.convergence.rungs import make_rungs
from dendrolith.convergence.table import as_text
from dendrolith.core.errors import ConfigError
from dendrolith.observables.crossings import first_seen, rises_to, value_at
from dendrolith.results.input_values import values
from dendrolith.studies.check import check
from dendrolith.studies.ladder import Ladder, Refinement
from dendrolith.studies.register import STUDIES, load, study_of
from dendrolith.sweeps.expand import write_points
from dendrolith.sweeps.folder import End
from dendrolith.sweeps.start import start
from tests.studies import CONFIGS, RUNS

pytestmark = pytest.mark.serial

CIRCUIT = CONFIGS / "circuit" / "leaky_cell.yaml"
SMALL = CONFIGS / "convergence" / "small_dendrite.yaml"
ROOT_TWO = math.sqrt(2)


def series(limit, size, order, count, ratio=ROOT_TWO):
    return [limit + size * ratio ** (-order * k) for k in range(count)]


@pytest.mark.parametrize("order", [0.6, 1.0, 1.44, 2.0])
@pytest.mark.parametrize("ratio", [ROOT_TWO, 2.0])
@pytest.mark.parametrize("count", [3, 5])
def test_a_power_law_is_seen_through(order, ratio, count):
    found = extrapolate(series(56.0, 13.5, order, count, ratio), ratio, 2.0)
    assert found.kind == OBSERVED
    assert found.order == pytest.approx(order, rel=1e-9)
    assert found.limit == pytest.approx(56.0, rel=1e-12)
    assert found.bar == pytest.approx(13.5 * ratio ** (-order * (count - 1)), rel=1e-9)


@pytest.mark.parametrize("second", [-8.0, -2.0, 0.5, 3.0, 20.0])
def test_the_bar_covers_a_limit_that_two_orders_approach(second):
    """f = 1 + s/10 + b s²/100: the observed order is neither, the bar is to be honest."""
    sizes = ROOT_TWO ** -np.arange(5.0)
    for count in (3, 4, 5):
        f = list(1 + 0.1 * sizes[:count] + 0.01 * second * sizes[:count] ** 2)
        found = extrapolate(f, ROOT_TWO, 2.0)
        assert abs(found.limit - 1) <= found.bar or found.kind == UNSETTLED, found


def test_measured_times_of_a_tip():
    """Times to 118 µm in a cell of 120 × 96 µm at δ 8, 5.66, 4, 2.83, 2 µm."""
    times = [69.59, 64.35, 60.94, 58.87, 57.68]
    found = extrapolate(times, ROOT_TWO, 2.0)
    e1, e2 = 60.94 - 58.87, 58.87 - 57.68
    assert found.order == pytest.approx(math.log(e1 / e2) / math.log(ROOT_TWO))
    assert found.limit == pytest.approx(57.68 - e2 / (e1 / e2 - 1))
    before = extrapolate(times[:-1], ROOT_TWO, 2.0)
    bar = max(57.68 - found.limit, abs(found.limit - before.limit))
    assert found.bar == pytest.approx(bar)


@pytest.mark.parametrize(
    ("f", "kind", "limit", "bar"),
    [
        ([54.81, 54.38, 54.98], UNSETTLED, 54.98, 3 * 0.6),  # the swings grow
        ([54.81, 54.2, 54.5], ALTERNATES, 54.5, 3 * 0.61),
        ([1.0, 1.1, 1.3], UNSETTLED, 1.3, 3 * 0.3),
        ([1.0, 1.1, 1.195], UNSETTLED, 1.195, 3 * 0.195),  # order 0.15
        ([2.0, 2.0, 3.0], UNSETTLED, 3.0, 3 * 1.0),
        ([7.0, 7.0 + 1e-7, 7.0], SAME, 7.0, 1e-7),
        ([0.0, 0.0, 0.0], SAME, 0.0, 0.0),
        ([1.0, 1.5, 1.5], CAPPED, 1.5, 0.25),  # what order 2 makes of the first half: 0.5/(2 · 1)
    ],
)
def test_where_no_order_is_seen(f, kind, limit, bar):
    found = extrapolate(f, ROOT_TWO, 2.0)
    assert (found.kind, found.limit) == (kind, pytest.approx(limit))
    assert found.bar == pytest.approx(bar)
    if kind in (UNSETTLED, ALTERNATES, SAME):
        assert found.used is None


def test_few_values():
    found = extrapolate([3.0, 2.0], 2.0, 1.0)
    assert (found.kind, found.limit, found.bar) == (ASSUMED, 1.0, 3.0)
    found = extrapolate([3.0], 2.0, 1.0)
    assert (found.kind, found.limit) == (SINGLE, 3.0)
    assert math.isnan(found.bar)


def test_part_of_an_error():
    """f = 5 + 3 s²: half of s takes 9/4 away, and 3 is the error."""
    assert part_of_error((5 + 3 / 4) - (5 + 3), 2.0, 2.0) == pytest.approx(3.0)


class Made:
    """A run with two columns."""

    time = np.array([1.0, 2.0, 3.0, 4.0])
    series = {  # noqa: RUF012
        "a [m]": np.array([0.0, 2.0, 1.0, 4.0]),
        "b [1]": np.array([0.0, 0.0, 1.0, 1.0]),
    }


def test_events_in_a_series():
    run = Made()
    assert rises_to("a [m]", 1.5)(run) == pytest.approx(1.75)
    assert rises_to("a [m]", 3.0)(run) == pytest.approx(3 + 2 / 3)
    assert rises_to("a [m]", 4.5)(run) is None
    assert rises_to("a [m]", 0.0)(run) is None  # there from the start
    assert rises_to("none [m]", 1.0)(run) is None
    assert first_seen("b [1]", 0.5)(run) == 3.0
    assert first_seen("b [1]", 2.0)(run) is None
    assert value_at("b [1]", "a [m]", 3.0, 10.0)(run) == pytest.approx(10.0)
    assert value_at("a [m]", "b [1]", 0.5)(run) == pytest.approx(1.5)


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_every_shipped_input_has_a_ladder(path):
    """Its keys are there, every rung can be used, and the physics is held."""
    runs = make_rungs(path, levels=3)
    ladder, base = runs.ladder, values(runs.config)
    assert ladder.observables
    assert dict(runs.held).keys() <= base.keys()
    together = [rung for rung in runs.rungs if rung.apart is None]
    assert [rung.size for rung in together] == pytest.approx(
        [ladder.together.ratio**-k for k in range(3)]
    )
    assert values(together[0].point.config) == base
    for rung in runs.rungs:
        changed = values(rung.point.config)
        part = rung.apart or ladder.together
        finer = part.ratio if rung.apart else 1 / rung.size
        for key, value in base.items():
            refined = key in part.keys and finer != 1
            new = part.finer(key, value, finer) if refined else value
            assert changed[key] == (pytest.approx(new) if refined else value), key
    assert len({rung.point.name for rung in runs.rungs}) == len(runs.rungs)


def test_overrides_refine_with_the_rest():
    runs = make_rungs(SMALL, ["geometry.mesh_size=0.4 um"], levels=2)
    h = [rung.point.config.geometry.mesh_size for rung in runs.rungs]
    assert h == pytest.approx([4e-7, 4e-7 / ROOT_TWO, 2e-7, 4e-7])
    delta = [rung.point.config.lithium_metal.interface_width for rung in runs.rungs]
    assert delta == pytest.approx([2e-6, 2e-6 / ROOT_TWO, 2e-6, 2e-6])


def test_what_the_limit_means_is_said():
    noisy = ["noise.amplitude=0.02", "noise.seed=1"]
    notes = make_rungs(CONFIGS / "quickstart.yaml", noisy, levels=2).ladder.notes
    assert [note.split()[0] for note in notes] == ["The", "noise:"]
    assert make_rungs(SMALL, levels=2).ladder.notes == ()


def test_a_mesh_of_a_file_stays():
    runs = make_rungs(CONFIGS / "meshes" / "layered.yaml")
    assert runs.ladder.together.symbol == "dt"
    assert "mesh of a file" in " ".join(runs.ladder.notes)


FAIL = "h / 2"


def pretend(runs, folder, f, failed=(), older=(), cut=()):
    """Runs that have ended: `f` gives the columns of a rung, by label."""
    write_points(runs.plan, [rung.point for rung in runs.rungs], folder)
    for rung in runs.rungs:
        point = folder / "points" / rung.point.name
        columns = f(rung)
        out = point / "run"
        out.mkdir()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
        (out / "timeseries.csv").write_text(text.getvalue(), encoding="utf-8")
        (out / "config.yaml").write_bytes((point / "config.yaml").read_bytes())
        state = {
            "state": "stopped" if rung.label in cut else "done",
            "time": 4.0,
            "end": 4.0,
            "steps": 9,
            "failure": "",
        }
        (out / "status.json").write_text(json.dumps(state), encoding="utf-8")
        made_by = {"dendrolith": "0.1", "git": {"commit": "abc" if rung.label in older else "def"}}
        (out / "manifest.json").write_text(json.dumps(made_by), encoding="utf-8")
        (point / "log").touch()
        bad = rung.label in failed
        end = End(3 if bad else 0, 1.0, 1, "gave up" if bad else "")
        (point / "end.json").write_text(
            json.dumps({name: getattr(end, name) for name in End.__slots__}), encoding="utf-8"
        )


def columns_of_a_tip(rung):
    """A tip that reaches 10 µm at 2 s (1 + s^1.5/10), with errors of h and of dt of their own."""
    time = np.linspace(0.1, 4.0, 400)
    arrival = 2 * (1 + 0.1 * rung.size**1.5)
    arrival -= {"h": 0.03, "dt": 0.003}.get(rung.apart.symbol if rung.apart else "", 0.0)
    return {"time [s]": time, "tip_height [m]": 10e-6 * time / arrival,
            "lithium_plated [mol/m^2]": 0.1 * time}  # fmt: skip


def test_what_is_no_number_is_no_value(tmp_path):
    """It would pass for two values that are the same, with a bar of 0."""

    def f(rung):
        columns = columns_of_a_tip(rung)
        voltage = np.full(400, 0.1 if rung.size == 1 else np.nan)
        return {**columns, "cell_voltage [V]": voltage}

    runs = make_rungs(SMALL, levels=2)
    pretend(runs, tmp_path / "out", f)
    found = run_ladder(runs, tmp_path / "out", [], say=lambda _: None)["Cell voltage"]
    assert found.values == (pytest.approx(100.0), None)
    assert found.estimate is None


def test_parts_that_cancel_stay_in_the_bar_of_two_runs(tmp_path):
    """δ and h hold each other's balance in both runs; that of h alone is 2 %."""

    def f(rung):
        time = np.linspace(0.1, 4.0, 400)
        arrival = 2 + 0.001 * rung.size - (0.03 if rung.label == "h / 2" else 0.0)
        return {"time [s]": time, "tip_height [m]": 10e-6 * time / arrival}

    runs = make_rungs(SMALL, levels=2)
    pretend(runs, tmp_path / "out", f)
    time = run_ladder(runs, tmp_path / "out", [], say=lambda _: None)["Time of the tip at 10 µm"]
    assert abs(time.error) < 0.002
    assert time.estimate.bar == pytest.approx(time.parts["h"]) == pytest.approx(0.03 * 4 / 3)


def test_the_table_of_a_ladder(tmp_path):
    runs = make_rungs(SMALL, levels=4)
    pretend(runs, tmp_path / "out", columns_of_a_tip)
    said = []
    events = [Event.parsed("tip_height = 12 um")]
    found = run_ladder(runs, tmp_path / "out", events, say=said.append)
    assert all("ran before" in line for line in said)
    time = found["Time of the tip at 10 µm"]
    assert time.estimate.kind == OBSERVED
    assert time.estimate.order == pytest.approx(1.5, abs=1e-6)
    assert time.estimate.limit == pytest.approx(2.0)
    assert time.error == pytest.approx(0.2)
    assert time.relative(time.error) == pytest.approx(0.1)
    assert time.parts["h"] == pytest.approx(0.03 * 4 / 3)
    assert time.parts["dt"] == pytest.approx(0.003 * 4 / 3)
    assert time.rest == pytest.approx(0.2 - 0.033 * 4 / 3)
    assert found["Time at tip height 12 um"].estimate.limit == pytest.approx(2.4)
    plated = found["Lithium plated at tip height 12 um"]
    assert plated.values[0] == pytest.approx(1e3 * 0.1 * 2.64)
    assert found["Lithium plated"].estimate.kind == SAME
    assert "Time of contact" in found.unseen
    with pytest.raises(KeyError, match="did you mean Time of the tip at 10"):
        found["Time of tip at 10 µm"]

    text = as_text(found)
    assert "versions" not in text
    assert "lithium_metal.capillary_mobility" in text
    assert "1.50" in text
    with (tmp_path / "out" / "convergence.csv").open(encoding="utf-8") as file:
        rows = {row["observable"]: row for row in csv.DictReader(file)}
    assert float(rows["Time of the tip at 10 µm"]["limit"]) == pytest.approx(2.0)
    assert float(rows["Time of the tip at 10 µm"]["value (h / 2)"]) == pytest.approx(2.17)
    stored = json.loads((tmp_path / "out" / "convergence.json").read_text(encoding="utf-8"))
    assert [rung["state"] for rung in stored["rungs"]] == ["done"] * 6
    assert stored["rungs"][1]["values"]["geometry.mesh_size"] == pytest.approx(0.5e-6 / ROOT_TWO)
    page = (tmp_path / "out" / "convergence.html").read_text(encoding="utf-8")
    assert "Time of the tip at 10 µm" in page
    assert "<svg" in page
    assert (tmp_path / "out" / "convergence.png").stat().st_size > 10_000


def test_a_rung_that_failed_is_said(tmp_path, capsys):
    runs = make_rungs(SMALL, levels=3)
    bad = [FAIL, "delta, h / 2"]
    pretend(runs, tmp_path / "out", columns_of_a_tip, failed=bad, older=["input"])
    assert main(["converge", str(SMALL), "--out", str(tmp_path / "out")]) == 3
    out, err = capsys.readouterr()
    assert "failed, gave up" in err
    assert f"The rung '{FAIL}' has no result: gave up" in out
    assert "Several versions made these runs (0.1 abc, 0.1 def)" in out
    line = next(line for line in out.splitlines() if line.startswith("  Time of the tip at 10"))
    part_of_step = ["+0.004", "s"]  # there is no limit to divide by
    assert line.split()[7:] == ["s", "2.2", *"------", *part_of_step, "-"]


def test_a_rung_that_stopped_early_is_left_out(tmp_path):
    runs = make_rungs(SMALL, levels=3)
    pretend(runs, tmp_path / "out", columns_of_a_tip, cut=["input"])
    found = run_ladder(runs, tmp_path / "out", [])
    assert "raise time.max_steps" in as_text(found)
    assert found["Tip height"].values[0] is None
    assert found["Tip height"].estimate.kind == ASSUMED
    assert found["Tip height"].error is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--levels", "1"], "must be 2 to 12"),
        (["--ranks", "0"], "must be at least 1"),
        (["--levels", "40"], "must be 2 to 12"),
        (["--at", "voltage"], "must look like column=value"),
        (["--set", "time.max_step=1 furlong"], "time.max_step"),
        (["--set", "circuit.series_resistance=-1 Ohm m^2"], "circuit.series_resistance"),
        (["--set", "nothing"], "section.key=value"),
    ],
)
def test_bad_input_is_refused(words, why, tmp_path, capsys):
    assert main(["converge", str(CIRCUIT), "--out", str(tmp_path / "out"), *words]) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert main(["converge", str(CIRCUIT), "--out", str(tmp_path)]) == 2
    assert "choose another folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("voltag=3 V", "did you mean voltage"),
        ("voltage=3 m", "--at voltage=3 m"),
        ("state_of_charge=3 V", "is not a plain number"),
        ("state_of_charge=nan", "is not a plain number"),
        ("voltage=inf V", "--at voltage=inf V"),
    ],
)
def test_bad_events_are_refused(event, why):
    columns = ["time [s]", "voltage [V]", "state_of_charge [1]"]
    with pytest.raises(ConfigError, match=why):
        Event.parsed(event).numbers(columns, make_rungs(CIRCUIT))


def test_a_rung_that_cannot_be_is_refused(capsys):
    """The example is fine, its second rung has a step below the smallest that is let through."""
    assert main(["converge", str(CIRCUIT), "--set", "time.first_step=1e-30 s", "--dry-run"]) == 2
    err = capsys.readouterr().err
    assert "time.first_step" in err
    assert "dt / 2" in err


def test_the_list_of_runs(capsys):
    assert main(["converge", str(SMALL), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "5 runs" in said
    assert "geometry.mesh_size 250 nm" in said


def test_a_study_without_anything_to_refine(monkeypatch):
    study = STUDIES["circuit"]
    nothing = Ladder(Refinement("x", {"start.nothing": 1.0}, order=1))
    monkeypatch.setattr(type(study), "ladder", lambda self, config: nothing)
    with pytest.raises(ConfigError, match="has none of the keys"):
        make_rungs(CIRCUIT)


def test_check_prints_the_error_that_a_study_expects(monkeypatch):
    config = load(CIRCUIT)
    study = study_of(config)
    assert "discretisation error" not in check(study, config)
    monkeypatch.setattr(type(study), "accuracy", lambda self, config: [("voltage", "1 uV")])
    assert "\ndiscretisation error\n  voltage                    1 uV\n" in check(study, config)


def test_a_rung_that_cannot_go_on_says_why(tmp_path):
    """It was stopped by a signal; what counts is why the next start refused it."""
    runs = make_rungs(CIRCUIT, ["time.end=20 min"], levels=2)
    folder = write_points(runs.plan, [rung.point for rung in runs.rungs], tmp_path / "out").folder
    name = runs.rungs[0].point.name
    run = folder.point(name).run
    run.mkdir()
    (run / "notes.txt").write_text("mine", encoding="utf-8")
    (run / "status.json").write_text('{"failure": "asked to by a signal"}', encoding="utf-8")
    assert start(folder, name) == 0
    end = folder.point(name).end()
    assert (end.code, end.failure) == (
        2,
        f"--out {run}: is not a run directory: choose another folder",
    )
