"""A bridge from a table: of charge, of time, of a run; in both studies without a mesh."""

import re

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.simulation import Simulation, march
from dendrolith.studies.bridge_table import read_bridge
from dendrolith.studies.register import load
from tests.studies import CONFIGS, columns

pytestmark = pytest.mark.serial

CELLS = CONFIGS / "cells"
SOFT, MESH = CELLS / "soft_short.yaml", CELLS / "with_mesh.yaml"
V, X, TIME = "voltage [V]", "counter_fraction [1]", "time [s]"
ELECTRONIC, CHARGE = "electronic_current [A/m^2]", "charge [C/m^2]"
OVER_CHARGE = f"{CHARGE},bridge_resistance [Ohm m^2]"


def table(folder, *rows, title=OVER_CHARGE):
    path = folder / "table.csv"
    path.write_text("\n".join([title, *rows, ""]), encoding="utf-8")
    return path


def ran(out, *changes, case=SOFT):
    """Columns of a run."""
    sets = [word for change in changes for word in ("--set", change)]
    assert main(["run", str(case), "-q", "--out", str(out), *sets]) == 0
    return columns(out)


def followed(path):
    """The bridge of a table in place of that of the input."""
    return f"bridge={{table: {path}}}"


def test_a_constant_table_is_a_contact(tmp_path):
    path = table(tmp_path, "0,1.92", "1e6,1.92")
    contact = "bridge={contact_resistance: 0.0192 Ohm m^2, contact_fraction: 0.01}"
    found, expected = (
        ran(tmp_path / name, change, "time.end=8 h")
        for name, change in (("table", followed(path)), ("contact", contact))
    )
    for name in (V, X, ELECTRONIC):
        np.testing.assert_allclose(found[name][-1], expected[name][-1], rtol=1e-9)


@pytest.mark.parametrize(("per", "title"), [(1.98125, CHARGE), (1.0, TIME)])
def test_a_bridge_opens_and_closes_over_charge_or_time(tmp_path, per, title):
    """None before the first row and at NaN; straight lines of 1/R_e between rows."""
    at = per * np.array([3600.0, 7200.0, 10800.0, 14400.0])
    rows = [f"{place},{R}" for place, R in zip(at, ("1e9", "2", "1", "nan"), strict=True)]
    path = table(tmp_path, *rows, title=f"{title},bridge_resistance [Ohm m^2]")
    found = ran(tmp_path / "run", followed(path), "time.end=5 h", "time.max_step=2 min")
    passed = found[TIME] * per
    expected = np.interp(passed, at, [1e-9, 0.5, 1.0, 0.0])
    G = found[ELECTRONIC] / found[V]
    np.testing.assert_allclose(G, expected, atol=2e-6)


def test_what_a_trace_does_not_tell_from_none_is_none(tmp_path):
    title = "time [s],bridge_resistance [Ohm m^2],bridge_resistance_high [Ohm m^2]"
    path = table(tmp_path, "0,500,", "10,500,", "20,2,3", "30,2,3", title=title)
    found = read_bridge(path)
    assert [found.leak(time, 0.0) for time in (5, 10, 15, 20, 40)] == [0, 0, 0.25, 0.5, 0.5]
    assert str(found) == "2 from a time of 20 s on, at last 2 Ohm m^2"


def test_steps_at_a_held_voltage_behind_leads_are_of_second_order(tmp_path):
    """What passes in half a step, where the table is read, is V less the loss of the leads."""
    path, ends = table(tmp_path, "0,2", "4000,0.2"), []
    held = ("control=[{voltage: 3.95 V}]", "external_resistance=0.05 Ohm m^2", followed(path),
            "counter_electrode.initial_fraction=0.6", "time.end=320 s", "output.every=320 s",
            "time.max_change=0.1")  # fmt: skip
    for dt in (20, 10, 5):
        config = load(SOFT, [*held, f"time.max_step={dt} s", f"time.first_step={dt} s"])
        with Simulation(config) as cell:
            (*_, last) = march(cell)
            ends.append(cell.measure(last)["electronic_charge [C/m^2]"])
    coarse, fine = np.abs(np.diff(ends))
    assert np.log2(coarse / fine) > 1.8


def test_a_bridge_counts_once_beside_the_ions(tmp_path):
    """At high frequencies it lies beside them: of R_hf = R_ion ‖ R_e the ions are what is left."""
    both = "hf_resistance [Ohm m^2]"
    own = [(0, "nan", 1e-3), (100, 4e-3, 0.8e-3), (200, 2e-3, 0.5e-3), (300, 1e-5, 9.9e-6)]
    path = table(tmp_path, *(f"{q},{R},{Z}" for q, R, Z in own), title=f"{OVER_CHARGE},{both}")
    found = read_bridge(path)
    # 1/0.8 − 1/4 = 1,  1/0.5 − 1/2 = 1.5;  a hard short tells nothing of the ions
    parts = [found.ionic_part(0.0, q) for q in (0, 100, 200, 300)]
    np.testing.assert_allclose(parts, [1, 1, 2 / 3, 2 / 3], rtol=1e-12)
    titles = ("dt [s]", "total_current [A/m^2]", ELECTRONIC, V, both)
    # the last spectrum stands until the next, which is taken with the bridge
    run = [(0, 2, 0, 4, 1e-3), (50, 2, 1e3, 4, 1e-3), (50, 2, 1e3, 4, 0.8e-3)]
    path = table(tmp_path, *(",".join(map(str, row)) for row in run), title=",".join(titles))
    found = read_bridge(path)
    assert found.leak(0.0, 150.0) == pytest.approx(250)
    np.testing.assert_allclose([found.ionic_part(0.0, q) for q in (0, 100, 200)], 1, rtol=1e-12)


@pytest.mark.slow
def test_a_run_closes_the_bridge_of_another_cell(tmp_path):
    """The soft short of a run: between its rows, a minute apart, the bridge closes on a line."""
    first = ran(tmp_path / "first", "time.end=10 h", "time.max_step=1 min")
    path = tmp_path / "first" / "timeseries.csv"
    found = ran(tmp_path / "second", followed(path), "time.end=10 h")
    for name, within in ((V, 1e-3), (X, 2e-3), (ELECTRONIC, 1e-3)):
        assert found[name][-1] == pytest.approx(first[name][-1], rel=within)
    short = np.interp(25000.0, found[TIME], found[ELECTRONIC])
    assert short == pytest.approx(0.0, abs=1e-6)  # it closes at 25200 s


def test_a_reduced_plating_cell_has_the_bridge_of_a_table(tmp_path):
    path = table(tmp_path, "0,nan", "3000,nan", "6000,2", "1e5,2")
    reduced = ("solver.kind=reduced", "time.end=2 h", "output.every=1 h")
    sound = ran(tmp_path / "sound", *reduced, case=MESH)
    found = ran(tmp_path / "bridged", *reduced, f"bridge.table={path}", case=MESH)
    extra = found[ELECTRONIC][-1] - sound[ELECTRONIC][-1]
    assert extra * 2 == pytest.approx(found["cell_voltage [V]"][-1], rel=1e-3)
    assert found["total_current [A/m^2]"][-1] == pytest.approx(sound["total_current [A/m^2]"][-1])


def test_goes_on_bit_for_bit(tmp_path):
    path = table(tmp_path, "0,nan", "20000,nan", "30000,1", "60000,2")
    changes = (followed(path), "output.every=1 h")
    whole = ran(tmp_path / "whole", *changes, "time.end=6 h")
    ran(tmp_path / "parts", *changes, "time.end=4 h")
    sets = [word for change in (*changes, "time.end=6 h") for word in ("--set", change)]
    again = ["run", str(SOFT), "-q", "--out", str(tmp_path / "parts"), "--resume", "auto", *sets]
    assert main(again) == 0
    parts = columns(tmp_path / "parts")
    for name, values in whole.items():
        np.testing.assert_array_equal(values, parts[name], err_msg=name)


@pytest.mark.parametrize(
    ("rows", "title", "message"),
    [
        (("0,1", "1,1"), "charge [C/m^2],R [Ohm m^2]", "needs a column bridge_resistance"),
        (("0,1", "1,-2"), OVER_CHARGE, "line 3: bridge_resistance .* must be above 0"),
        (("0,1", "0,2"), OVER_CHARGE, "has 1 rows that go on"),
    ],
)
def test_tables_that_are_none(tmp_path, rows, title, message, capsys):
    path = table(tmp_path, *rows, title=title)
    for case, changes in (
        (SOFT, [followed(path)]),
        (MESH, ["solver.kind=reduced", f"bridge.table={path}"]),
    ):
        for verb in ("check", "run"):
            sets = [word for change in changes for word in ("--set", change)]
            more = ["--out", str(tmp_path / "run")] if verb == "run" else []
            assert main([verb, str(case), *sets, *more]) == 2
            said = capsys.readouterr().err
            assert re.search(message, said), said


def test_what_does_not_go_with_a_table(tmp_path):
    path = table(tmp_path, "0,1", "1,1")
    for case, changes, message in (
        (SOFT, [f"bridge.table={path}"], "does nothing beside a table"),
        (SOFT, ["bridge={from_run: runs}"], "use table, as table: RUN/timeseries.csv"),
        (MESH, [f"bridge.table={path}"], "there a bridge grows"),
    ):
        with pytest.raises(ConfigError, match=message):
            load(case, changes)
