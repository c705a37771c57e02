"""Stages of a soft short in traces: the rule, labels of the model with noise, what is not sure."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.traces.signals import Signals
from dendrolith.traces.stages.labels import stages_of
from dendrolith.traces.stages.rule import NUMBERS, REST, UNSURE, StageRule
from tests.traces.pressure_set import marched, trace
from tests.unit.test_decouple import FACTS, write

pytestmark = pytest.mark.serial


def test_the_rule():
    """I, II, III, IV; III again; a discharge and a rest; the limits have a hysteresis."""
    rule = StageRule()
    samples = [
        (1.0, 1, 1, "I"), (0.86, 1, 1, "I"), (0.84, 1, 1, "II"), (0.99, 1, 1, "II"),
        (-0.04, -1, 1, "II"), (-0.06, 1, 1, "II"), (-0.06, -1, 1, "III"), (-0.04, 1, 1, "III"),
        (0.01, 1, 1, "IV"), (0.99, 1, 1, "IV"), (-2.0, -1, 1, "III"), (0.5, 1, 1, "IV"),
        (np.nan, 1, 1, "IV"), (0.0, 0, 0, "rest"), (0.95, 1, 1, "IV"), (1.0, -1, -1, "V"),
        (0.0, 0, 0, "rest"), (1.0, 1, 1, "I"),
    ]  # fmt: skip
    assert [rule.next(*sample[:3]) for sample in samples] == [sample[3] for sample in samples]


def labelled(signals: Signals, found) -> np.ndarray:
    """(n,) number of the label of each sample."""
    labels = np.zeros(signals.time.size, dtype=int)
    for span in found.spans:
        inside = (signals.time >= span.begin) & (signals.time <= span.end)
        labels[inside] = NUMBERS[span.label]
    return labels


@pytest.mark.parametrize("name", ["healthy", "soft short", "weak infiltration", "no infiltration"])
def test_labels_of_noisy_traces_are_those_of_the_model(name):
    """Of the samples with a label 95 % have that of the cell's own rates, in cells that err."""
    run, right, known = marched(name), [], []
    for seed in range(100, 110):
        signals = trace(name, seed, interval=30.0)
        labels = labelled(signals, stages_of(signals))
        at = np.searchsorted(run["time"], signals.time).clip(max=run["time"].size - 1)
        sure = labels != NUMBERS[UNSURE]
        right.append((labels == run["cell_stage"][at])[sure].mean())
        known.append(sure.mean())
    assert np.mean(right) > 0.95
    assert np.mean(known) > 0.8


def test_what_a_window_cannot_hold_is_not_sure():
    """Falls shorter than a window are not named, and none of the labels is surer than it is."""
    found = stages_of(trace("strong bridge", 100, interval=30.0))
    spans = [span for span in found.spans if span.label != UNSURE]
    assert all(span.end - span.begin >= found.window for span in spans)
    assert sum(s.end - s.begin for s in found.spans if s.label == UNSURE) > 3600


def test_falls_shorter_than_a_window_are_in_the_confidence_of_ii():
    """A window shows them as II, and the cell is in IV; it shows a loss that is II alike."""
    signals = healthy(1, 500.0)
    late = np.maximum(signals.time - 14400, 0)
    swings = late - 1000 * (late // 1000)
    falls = 900 * (late // 1000) + np.where(swings < 900, 0, 9 * (swings - 900))
    for lost in (falls, 0.5 * late):
        pressure = signals.pressure - 0.5e6 / 28800 * lost
        found = stages_of(dataclasses.replace(signals, pressure=pressure))
        spans = [span for span in found.spans if span.label == "II"]
        assert sum(span.end - span.begin for span in spans) > 9000
        assert all(span.confidence <= 0.75 for span in spans)


@pytest.mark.parametrize("lasts", [30, 100, 300])
def test_falls_shorter_than_a_window_are_in_the_confidence_of_iii(lasts):
    """So deep that a window shows III throughout; the cell is in IV for most of the time."""
    signals = healthy(1, 500.0)
    late = np.maximum(signals.time - 14400, 0)
    swings = late - 1000 * (late // 1000)
    steep = 1500 / lasts  # one and a half of what is charged
    lost = 1500 * (late // 1000) + steep * np.maximum(swings - 1000 + lasts, 0)
    pressure = signals.pressure - 0.5e6 / 28800 * lost
    voltage = signals.voltage - 5e-5 * late
    found = stages_of(dataclasses.replace(signals, pressure=pressure, voltage=voltage))
    spans = [span for span in found.spans if span.label == "III"]
    assert spans
    assert all(span.confidence <= 0.75 for span in spans)


def test_what_is_not_sure_has_no_confidence():
    """It was that of the judges' label, up to 0.95."""
    found = stages_of(trace("strong bridge", 100, interval=30.0))
    unsure = [span.confidence for span in found.spans if span.label == UNSURE]
    assert unsure
    assert np.isnan(unsure).all()


def test_without_a_pressure_the_voltage_and_the_cell_serve():
    signals = dataclasses.replace(trace("soft short", 100, interval=30.0), pressure=None)
    found = stages_of(signals, FACTS)
    assert found.source == "voltage"
    assert "buried" in found.notes[-1]
    assert "III" in {span.label for span in found.spans}
    with pytest.raises(ConfigError, match="no column is a pressure: give one"):
        stages_of(signals)
    with pytest.raises(ConfigError, match="no column is a voltage"):
        stages_of(dataclasses.replace(trace("healthy", 100), voltage=None))


def healthy(seed: int, noise: float, interval: float = 60.0) -> Signals:
    """A clean charge at 0.5 A/m²: pressure by 0.5 MPa, voltage by 0.5 V."""
    random = np.random.default_rng(seed)
    time = np.arange(0.0, 28800.0, interval)
    p = 15e6 + 0.5e6 * time / 28800 + noise * random.standard_normal(time.size)
    V = 3.6 + 0.5 * time / 28800 + 5e-4 * random.standard_normal(time.size)
    return Signals(Path("clean.csv"), time, np.full(time.size, 0.5), p, V)


def sure_of_another(signals: Signals) -> float:
    """Part of the samples that are surely in another stage than I."""
    found = stages_of(signals)
    spans = [s for s in found.spans if s.label not in ("I", UNSURE) and s.confidence >= 0.8]
    return sum(s.end - s.begin for s in spans) / signals.time[-1]


@pytest.mark.parametrize("seed", range(4))
def test_noise_alone_makes_no_sure_stage(seed):
    """The rule does not come back to I: one excursion of the noise labelled all that followed."""
    assert sure_of_another(healthy(seed, 5e3)) == 0


@pytest.mark.parametrize("step", [5e3, 20e3])
def test_a_pressure_in_steps_of_its_display_is_noisy(step):
    """Between steps it stands still, as it does where no lithium forms."""
    signals = healthy(1, 0.0)
    shown = np.round(signals.pressure / step) * step
    assert sure_of_another(dataclasses.replace(signals, pressure=shown)) == 0


def test_a_pressure_that_sticks_tells_no_stage():
    signals = healthy(1, 500.0)
    pressure = signals.pressure.copy()
    pressure[250:400] = pressure[250]
    stuck = dataclasses.replace(signals, pressure=pressure)
    assert sure_of_another(stuck) == 0
    (note,) = stages_of(stuck).notes
    assert "keeps one value from 15000 s to 23940 s" in note
    assert not stages_of(signals).notes


def test_a_swing_that_the_clean_part_shows_makes_no_sure_stage():
    signals = healthy(1, 500.0)
    swing = 8e3 * np.sin(2 * np.pi * signals.time / 3600)
    assert sure_of_another(dataclasses.replace(signals, pressure=signals.pressure + swing)) == 0


def test_steps_of_the_current_are_no_stage():
    """r is over the charge that passes in a window, not over the current in its middle."""
    signals = healthy(1, 50.0)
    current = np.where(signals.time > 15000, 0.25, 0.5)
    passed = np.concatenate([[0.0], np.cumsum((current[1:] + current[:-1]) / 2 * 60.0)])
    steps = dataclasses.replace(signals, current=current, pressure=15e6 + 35.0 * passed)
    assert {s.label for s in stages_of(steps).spans} <= {"I", UNSURE}
    assert sum(s.end - s.begin for s in stages_of(steps).spans if s.label == "I") > 27000


def test_a_flat_voltage_tells_no_stages():
    """LTO: no rate of the voltage is that of a charge."""
    time = np.arange(0.0, 7200.0, 10.0)
    signals = Signals(Path("lto.csv"), time, np.full(time.size, 4.0), None, 1.55 + 1e-4 * time)
    facts = dataclasses.replace(FACTS, potential=lambda x: 1.55)
    with pytest.raises(ConfigError, match="is flat and tells no stages"):
        stages_of(signals, facts)


def test_cycles_with_rests_and_discharges():
    """A charge, a rest, a discharge and a charge: labels of both charges."""
    one = trace("soft short", 101, interval=30.0, wrong=0.0)
    rest, n = 3600.0, 60
    back = Signals(one.path, one.time, -one.current, one.pressure[::-1], one.voltage[::-1])
    still = Signals(
        one.path, np.linspace(60, rest, n), np.zeros(n), np.full(n, one.pressure[-1]),
        np.full(n, one.voltage[-1]),
    )  # fmt: skip
    parts, start, times = [one, still, back, one], 0.0, []
    for part in parts:
        times.append(start + part.time)
        start = times[-1][-1]
    columns = [
        np.concatenate([getattr(part, key) for part in parts])
        for key in ("current", "pressure", "voltage")
    ]
    found = stages_of(Signals(one.path, np.concatenate(times), *columns))
    labels = [span.label for span in found.spans if span.label != UNSURE]
    assert labels == ["I", "II", "III", "IV", REST, "V", "I", "II", "III", "IV"]


def test_verb(tmp_path, capsys):
    file = write(tmp_path / "trace.csv", trace("soft short", 102, interval=60.0))
    assert main(["stages", str(file), "--plot", str(tmp_path / "stages.png")]) == 0
    said = capsys.readouterr().out
    assert [word for word in ("I ", "II ", "III ", "IV ") if f"\n  {word}" in said]
    assert (tmp_path / "stages.png").stat().st_size > 20_000
    assert main(["stages", str(file), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["source"] == "pressure"
    assert {entry["label"] for entry in facts["stages"]} >= {"I", "II", "III", "IV"}
