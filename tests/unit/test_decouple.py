"""Hidden currents from pressure and voltage: bars that cover, what cannot be told, bad input."""

import csv
import dataclasses
import json

import numpy as np
import pytest

import dendrolith
from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.studies.cell.facts import facts_of
from dendrolith.studies.register import load
from dendrolith.traces.decouple.cell_facts import ModelErrors
from dendrolith.traces.decouple.decouple import decouple
from dendrolith.traces.decouple.observer import observed_charge
from dendrolith.traces.local_lines import local_lines, slope_noise, window_for
from dendrolith.traces.signals import Named, Signals, read_signals
from tests.traces.pressure_set import CONFIG, CONTROLS, CURRENT, trace, truth

pytestmark = pytest.mark.serial

FACTS = facts_of(load(CONFIG))


def covered(interval: float, traces: int = 50) -> dict[str, list[float]]:
    """Of traces: is the charge at the end within its bars; which part of the samples is."""
    found: dict[str, list[float]] = {}
    for seed in range(traces):
        name = list(CONTROLS)[seed % len(CONTROLS)]
        signals = trace(name, seed, interval=interval)
        (hidden,) = decouple(signals, FACTS).charges
        for key, charge in truth(name, signals.time).items():
            bars = getattr(hidden.estimate, f"{key}_charge")
            known = np.isfinite(bars.low)
            inside = (charge >= bars.low) & (charge <= bars.high)
            found.setdefault(f"{key} at the end", []).append(inside[-1])
            found.setdefault(f"{key} charge", []).append(inside[known].mean())
            if key != "buried":
                bars = getattr(hidden.estimate, f"{key}_current")
                rate = np.gradient(charge, signals.time)
                inside = (rate >= bars.low) & (rate <= bars.high)
                found.setdefault(f"{key} current", []).append(inside[known].mean())
        wide = hidden.estimate.hidden_current
        found.setdefault("width", []).append(np.median(wide.high - wide.low) / CURRENT)
    return found


def check_covers(found: dict[str, list[float]]) -> None:
    width = found.pop("width")
    assert np.mean(width) < 0.7  # bars that cover all say nothing
    for key, parts in found.items():
        assert np.mean(parts) >= 0.9, key


def test_bars_cover_what_is_hidden():
    """In 90 % of 15 traces of cells that are not quite those of the file; a sample in 60 s."""
    check_covers(covered(60.0, 15))


@pytest.mark.slow
@pytest.mark.parametrize("interval", [60.0, 10.0])
def test_bars_cover_what_is_hidden_in_fifty_traces(interval):
    """The same of 50 traces."""
    check_covers(covered(interval))


def test_a_soft_short_stands_out():
    """Its hidden charge excludes 0, that of a healthy cell does not."""
    for name, hides in (("soft short", True), ("healthy", False)):
        found = decouple(trace(name, 1, interval=60.0), FACTS)
        bars = found.charges[0].estimate.hidden_charge
        assert (bars.low[-1] > 0) == hides
        assert found.slope == pytest.approx(FACTS.slope, rel=0.05)


def test_two_signals_cannot_tell_three_unknowns():
    signals = trace("soft short", 1, interval=60.0)
    found = decouple(signals, FACTS)
    assert "one sum" in found.unknown["leakage alone"]
    assert "one sum" in found.unknown["direct reduction alone"]
    # a flat U, a counter electrode of lithium, no voltage: the pressure stands alone
    flat = dataclasses.replace(FACTS, potential=lambda x: 3.75 if 0.02 < x < 0.98 else 3.7)
    lithium = dataclasses.replace(FACTS, capacity=np.inf)
    mute = dataclasses.replace(signals, voltage=None)
    for facts, given, why in (
        (flat, signals, "U(x) is flat"),
        (lithium, signals, "stores nothing"),
        (FACTS, mute, "no column is a voltage"),
    ):
        alone = decouple(given, facts)
        assert why in alone.unknown["leak charge"]
        assert np.all(np.isnan(alone.charges[0].estimate.buried_charge.value))
        hidden = alone.charges[0].estimate.hidden_charge
        true = truth("soft short", signals.time)["hidden"]
        assert np.mean((true >= hidden.low) & (true <= hidden.high)) > 0.9


def test_lithium_that_goes_from_one_electrode_to_the_other_moves_no_frame():
    """Of a cell file of Li | Li in a frame, κ is 0: a pressure that rises is another frame's."""
    volume = FACTS.lithium_volume
    lithium = dataclasses.replace(FACTS, counter_volume=volume, capacity=np.inf, slope=0.0)
    found = decouple(trace("healthy", 100, interval=60.0), lithium)
    assert any("by 0 in the cell file: the frame is another one" in note for note in found.notes)


def test_pearsons_r_is_no_evidence_and_the_rates_are():
    """A healthy charge has the same r of V and p as a soft short; normalised rates tell them."""
    r = {
        name: decouple(trace(name, 2, interval=20.0, wrong=0.0), FACTS).charges[0].correlation
        for name in CONTROLS
    }
    assert all(found.plain > 0.9 for found in r.values())
    assert abs(r["healthy"].plain - r["weak infiltration"].plain) < 0.02
    assert r["healthy"].low < 0 < r["healthy"].high
    assert r["soft short"].rates > 0.7
    assert r["soft short"].low > 0.3
    # a low r excludes no short: the mean ratio shows what is lost
    assert r["strong bridge"].rates < 0.3
    assert r["healthy"].mean_ratio == pytest.approx(1.0, abs=0.01)
    assert r["no infiltration"].mean_ratio == pytest.approx(0.92, abs=0.02)
    assert r["strong bridge"].mean_ratio == pytest.approx(0.64, abs=0.02)


def test_uneven_samples_do_not_weigh_the_mean():
    """Nine of ten lines missing in the second half: what was plated of what passed stays."""
    whole = trace("soft short", 2, interval=30.0, wrong=0.0)
    kept = np.flatnonzero((whole.time < 14400) | (np.arange(whole.time.size) % 10 == 0))
    columns = (whole.time, whole.current, whole.pressure, whole.voltage)
    sparse = Signals(whole.path, *(series[kept] for series in columns))
    ratios = [decouple(s, FACTS).charges[0].correlation.mean_ratio for s in (whole, sparse)]
    assert ratios[1] == pytest.approx(ratios[0], abs=0.02)


def test_lines_and_their_noise():
    """Slope of a line exactly, with gaps in time; its scatter as the formula has it."""
    random = np.random.default_rng(5)
    time = np.sort(random.uniform(0, 1000, 400))
    lines = local_lines(time, 3 * time - 7, 60.0)
    np.testing.assert_allclose(lines.slope, 3.0, rtol=1e-9)
    np.testing.assert_allclose(lines.mean, 3 * time - 7, rtol=1e-9)
    time = np.arange(0.0, 4e4, 10.0)
    window = window_for(2.0, 10.0, 0.01)
    noisy = local_lines(time, 2.0 * random.standard_normal(time.size), window)
    inner = slice(200, -200)
    assert noisy.slope[inner].std() == pytest.approx(0.01, rel=0.25)
    assert slope_noise(2.0, noisy)[inner].mean() == pytest.approx(0.01, rel=0.05)


HEADER = "time [h],current [mA/cm^2],stack pressure [MPa],Ecell/V"


def write(path, signals, header=HEADER):
    columns = (signals.time / 3600, signals.current / 10, signals.pressure / 1e6, signals.voltage)
    rows = [",".join(f"{value:.7g}" for value in row) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_file_to_a_table_and_a_picture(tmp_path, capsys):
    file = write(tmp_path / "cell 7.csv", trace("soft short", 3, interval=60.0))
    words = ["decouple", str(file), "--cell", str(CONFIG), "--plot", str(tmp_path / "a.png")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "leak and reduction" in said
    assert "not known: leakage alone, direct reduction alone: two signals cannot tell" in said
    with (tmp_path / "cell 7.decouple.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert rows[-1]["leakage_alone [A/m^2]"] == "nan"
    low, high = (float(rows[-1][f"hidden_charge_{side} [C/m^2]"]) for side in ("low", "high"))
    assert low < truth("soft short", np.array([28740.0]))["hidden"][0] < high
    assert (tmp_path / "a.png").stat().st_size > 20_000
    assert main([*words[:4], "--json", "--out", str(tmp_path / "b.csv")]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["charges"][0]["hidden_charge [C/m^2]"] == pytest.approx(low, abs=high - low)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"header": "time [h],current [mA/cm^2],x,Ecell/V"}, "no column is a pressure: give it a"),
        ({"header": "time [h],current [mA/cm^2],pressure,Ecell/V"}, "pressure has no unit"),
        (
            {"header": "time [h],current [mA],pressure [MPa],Ecell/V"},
            "whole electrode: give its area",
        ),
        (
            {"header": "time [h],current [mA/g],pressure [MPa],Ecell/V"},
            "give it like current [mA/cm^2], or in A",
        ),
        ({"header": "Time,current [mA/cm^2],pressure [MPa],Ecell/V"}, "Time has no unit"),
        ({"header": "time [h],y,pressure [MPa],Ecell/V"}, "no column is a current"),
        ({"rows": slice(0, 60)}, "60 samples; at least 100 are needed, 6e+03 s at one in 60 s"),
        ({"sign": -1.0}, "is never charged"),
        ({"noise": 1e6}, "noise of the pressure hides its rate"),
        ({"pressure": -1.0}, "the pressure does not rise over 5% to 25%"),
        ({"voltage": 1.0}, "0.959 V at rest in the clean part is not between"),
    ],
)
def test_what_is_no_trace(tmp_path, capsys, change, why):
    signals = trace("healthy", 4, interval=60.0)
    part = change.get("rows", slice(None))
    noise = change.get("noise", 0.0) * np.random.default_rng(1).standard_normal(signals.time.size)
    voltage = signals.voltage if "voltage" not in change else np.full(signals.time.size, 1.0)
    changed = Signals(
        signals.path, signals.time[part], (change.get("sign", 1.0) * signals.current)[part],
        (15e6 + change.get("pressure", 1.0) * (signals.pressure - 15e6) + noise)[part],
        voltage[part],
    )  # fmt: skip
    file = write(tmp_path / "bad.csv", changed, change.get("header", HEADER))
    assert main(["decouple", str(file), "--cell", str(CONFIG)]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("error:") == 1
    assert "bad.csv" in said


def test_what_is_no_cell(tmp_path, capsys):
    file = write(tmp_path / "trace.csv", trace("healthy", 4, interval=60.0))
    other = CONFIG.parents[2] / "pfhub" / "1a.yaml"
    for cell, why in (
        (other, "study is pfhub: --cell takes plating or a cell"),
        (tmp_path / "none.yaml", "none.yaml"),
        (file, "trace.csv"),
        (CONFIG.with_name("half_cell.yaml"), "which U of the cell file allows"),
        (CONFIG.parents[1] / "healthy.yaml", "the voltage rose as with"),
    ):
        assert main(["decouple", str(file), "--cell", str(cell)]) == 2
        assert why in capsys.readouterr().err
    for words, why in (
        (["--clean", "0.5"], "'0.5' is no part of a charge"),
        (["--clean", "0.5:0.501"], "the clean part has 1 of the 5 samples that it needs"),
        (["--area", "0 cm^2"], "--area '0 cm^2' must be above 0 m^2"),
        (["--area", "1e400 cm^2"], "--area '1e400 cm^2' is not a finite number"),
        (["--potential-error=-10 mV"], "--potential-error '-10 mV' must be at least 0 V"),
        (["--pressure-error=-1 kPa"], "--pressure-error '-1 kPa' must be at least 0 Pa"),
        (["--drift", "1 Pa"], "--drift '1 Pa' has the wrong dimension"),
        (["--pressure", "prs"], "no column is called 'prs' (--pressure)"),
    ):
        assert main(["decouple", str(file), "--cell", str(CONFIG), *words]) == 2
        assert why in capsys.readouterr().err


def test_names_units_gaps_and_signs(tmp_path):
    """A current in mA with an area; lines with a gap are left out, with a note."""
    file = tmp_path / "a.csv"
    rows = ["t/s,I/mA,pressure (bar),E/V", "0,0.1,150,3.5", "1,0.1,,3.5", "2,0.2,151,3.6"]
    file.write_text("\n".join(rows), encoding="utf-8")
    signals = read_signals(file, Named(area=1e-4))
    np.testing.assert_allclose(signals.current, [1.0, 2.0])
    np.testing.assert_allclose(signals.pressure, [15e6, 15.1e6])
    assert "1 of 3 lines" in signals.notes[0]
    file.write_text("t/s,I/mA,load cell (N),E/V\n0,1,1500,1\n1,1,1510,1\n", encoding="utf-8")
    np.testing.assert_allclose(read_signals(file, Named(area=1e-4)).pressure, [15e6, 15.1e6])
    with pytest.raises(ConfigError, match=r"I/mA is that of the whole electrode"):
        read_signals(file, Named())
    file.write_text("t/s,I/A,p1/bar,p2/bar\n0,1,1,1\n1,1,1,1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="which column is the pressure"):
        read_signals(file, Named(area=1e-4))


def test_a_slow_swing_of_the_pressure_is_an_error_of_its_own():
    """3 kPa in 5 h, as a room has it: said with --pressure-error, the bars hold it."""
    signals = trace("healthy", 7, interval=60.0, wrong=0.0)
    swings = 3e3 * np.sin(2 * np.pi * signals.time / 18000)
    signals = dataclasses.replace(signals, pressure=signals.pressure + swings)
    errors = ModelErrors(pressure=3e3)
    hidden = decouple(signals, FACTS, errors=errors).charges[0].estimate.hidden_current
    assert np.mean((hidden.low <= 0) & (hidden.high >= 0)) > 0.95


def test_a_slow_swing_is_an_error_of_pressure_per_charge_too():
    """It is found on the clean part, where a swing counts as charge."""
    signals = trace("healthy", 7, interval=60.0, wrong=0.0)
    swings = 8e3 * np.sin(2 * np.pi * signals.time / 12000)
    signals = dataclasses.replace(signals, pressure=signals.pressure + swings)
    hidden = decouple(signals, FACTS, errors=ModelErrors(pressure=6e3)).charges[0].estimate
    bars = hidden.hidden_charge
    assert np.mean((bars.low <= 0) & (bars.high >= 0)) > 0.95


def test_what_no_cell_does_is_said():
    """A cell with a quarter less capacity than its file: more seems to be taken than passed."""
    signals = trace("healthy", 3, interval=60.0)
    assert not decouple(signals, FACTS).notes
    small = dataclasses.replace(FACTS, capacity=1.33 * FACTS.capacity)
    (note,) = decouple(signals, small).notes
    assert "charge 1: the leak charge is below 0 beyond its bars" in note
    drift = dataclasses.replace(signals, pressure=signals.pressure + 4.0 * signals.time)
    assert "hidden charge is below 0" not in " ".join(decouple(drift, FACTS).notes)
    late = np.maximum(signals.time - 10000, 0.0)
    drift = dataclasses.replace(signals, pressure=signals.pressure + 8.0 * late)
    assert "hidden charge is below 0" in " ".join(decouple(drift, FACTS).notes)


def test_a_second_charge_whose_clean_part_is_not_clean():
    """What leaks from its begin on is not counted, and a note says so."""
    one = trace("healthy", 3, interval=60.0)
    n, end = one.time.size, one.time[-1]
    half = one.pressure[0] + 0.5 * (one.pressure - one.pressure[0])
    columns = (
        np.concatenate([one.time, [end + 60.0], end + 60.0 + one.time]),
        np.concatenate([one.current, [0.0], one.current]),
        np.concatenate([one.pressure, [one.pressure[0]], half]),
        np.concatenate([one.voltage, [one.voltage[0]], one.voltage]),
    )
    notes = decouple(Signals(one.path, *columns), FACTS).notes
    assert any("charge 2: the pressure of its clean part rises by 0.5" in note for note in notes)
    again = (columns[0][: n + 1], *(column[: n + 1] for column in columns[1:]))
    assert not decouple(Signals(one.path, *again), FACTS).notes


@pytest.mark.parametrize("direct", [False, True])
def test_the_leak_of_a_fast_charge(direct):
    """At 2C the loss is 0.7 V: bars hold for what passes no resistance and for what does."""
    R, current, n = FACTS.resistance, 8.0, 600
    x, potential = FACTS.table()
    time, inside = np.linspace(0.0, 1600.0, n), []
    taken = current * np.where(time < 700, time, 700 + 0.6 * (time - 700))
    rest = np.interp(FACTS.capacity * (x[0] - 0.9) + taken, FACTS.capacity * (x[0] - x), potential)
    ions = np.where((time < 700) | direct, current, 0.6 * current)
    pressure = 15e6 + 35.0 * taken
    for off in (-0.35, -0.2, 0.0, 0.2, 0.35):  # within two deviations of R
        voltage = rest + (1 + off) * R * ions
        signals = Signals(CONFIG, time, np.full(n, current), pressure, voltage)
        bars = decouple(signals, FACTS).charges[0].estimate.leak_charge
        inside.append(bars.low[-1] <= current * time[-1] - taken[-1] <= bars.high[-1])
    assert all(inside)


def test_the_leak_of_a_bridge_comes_back():
    """A foil in a frame whose bridge closes: j_el of the run is within the bars of the trace."""
    changes = ["frame={pressure: 15 MPa, stiffness: 0.3 MPa/um}", "time.end=20 h"]
    config = load(CONFIG.parents[1] / "soft_short.yaml", changes)
    rows = []
    with dendrolith.Simulation(config) as cell:
        for step in dendrolith.march(cell):
            rows.append({"time [s]": step.time, **cell.measure(step)})
    run = {key.split(" [")[0]: np.array([row[key] for row in rows]) for key in rows[0]}
    time, random = np.arange(60.0, 20 * 3600, 60.0), np.random.default_rng(8)
    keys = ("total_current", "cell_pressure", "voltage", "electronic_current")
    current, p, V, leak = (np.interp(time, run["time"], run[key]) for key in keys)
    noisy = (current, p + 2e3 * random.standard_normal(time.size), V)
    found = decouple(Signals(CONFIG, time, *noisy), facts_of(config), clean=(0.05, 0.3))
    for bars in (found.charges[0].estimate.hidden_current, found.charges[0].estimate.leak_current):
        known = np.isfinite(bars.low)
        assert np.mean(((leak >= bars.low) & (leak <= bars.high))[known]) > 0.9
    assert leak[-1] > 0.9 * current[-1]


def test_cycles_and_long_files():
    """κ from the charge that is named; averaged lines give what all of them do."""
    signals = trace("healthy", 9, interval=60.0, wrong=0.0)
    n = signals.time.size
    twice = Signals(
        signals.path, np.concatenate([signals.time, signals.time[-1] + 600 + signals.time]),
        np.concatenate([signals.current, [0.0], signals.current[1:]]),
        np.concatenate([signals.pressure, 15e6 + 1.2 * (signals.pressure - 15e6)]),
        np.concatenate([signals.voltage, signals.voltage]),
    )  # fmt: skip
    first, second = (decouple(twice, FACTS, calibrated=k) for k in (1, 2))
    assert len(first.charges) == 2
    assert second.slope == pytest.approx(1.2 * first.slope, rel=0.02)
    assert "in the cell file" not in "".join(first.notes)
    with pytest.raises(ConfigError, match="has 2 charges: --calibrate 3 is not one"):
        decouple(twice, FACTS, calibrated=3)
    noise = 2e3 * np.random.default_rng(1).standard_normal(twice.time.size)
    flat = np.where(np.arange(twice.time.size) < n, twice.pressure, twice.pressure[n - 1] + noise)
    shorted = decouple(dataclasses.replace(twice, pressure=flat), FACTS).charges[1]
    assert shorted.estimate.hidden_charge.low[-1] > 0.6 * shorted.charge.passed[-1]
    short = twice.averaged(n // 4 + 1)
    assert short.time.size == pytest.approx(2 * n / 4, rel=0.03)
    assert "lines were averaged" in short.notes[-1]
    assert [part.stop - part.start for part in short.charges()] == pytest.approx(
        2 * [n // 4], abs=3
    )
    assert decouple(short, FACTS).slope == pytest.approx(first.slope, rel=0.01)
    assert twice.averaged(n) is twice


def test_the_charge_by_the_voltage_at_a_high_current():
    """1C with slow kinetics takes less than ten times what C/10 does; the charge is right."""
    facts = facts_of(load(CONFIG, ["kinetics.exchange_current_density=0.1 A/m^2"]))
    x, potential = facts.table()
    time = np.arange(0.0, 1800.0, 10.0)
    current = np.full(time.size, facts.capacity / 3600)
    charge = facts.capacity * (x[0] - facts.largest) + current * time
    rest = np.interp(charge, facts.capacity * (x[0] - x), potential)
    voltage = rest + facts.loss(current)
    assert float(facts.loss(current)[0]) < 0.8 * facts.resistance * float(current[0])
    taken = observed_charge(time, current, voltage, facts)
    assert taken - taken[0] == pytest.approx(
        charge - charge[0], abs=0.01 * (charge[-1] - charge[0])
    )
