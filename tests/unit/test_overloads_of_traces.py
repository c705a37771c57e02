"""Samples that are no current or no voltage: overloads, inrush, a line that was cut."""

import numpy as np
import pytest

from dendrolith.results.run_trace import read_trace
from dendrolith.traces.held import without_overloads
from dendrolith.traces.reading import Choice
from dendrolith.traces.shorts.measured import verdict_of
from dendrolith.traces.signals import Named, read_signals
from tests.traces.layouts import measurement, number, table

pytestmark = pytest.mark.serial
HARD, SOFT = measurement("hard", 1), measurement("soft", 4)
HEADER = "Time (s),Voltage (V),Current (A)\n"


def judged(tmp_path, content):
    path = tmp_path / "trace.csv"
    path.write_text(content, encoding="utf-8")
    trace = read_trace(path, Choice())
    return verdict_of(trace), sum(part.time.size for part in trace.segments)


def rows(made, current, voltage=None):
    volts = made.voltage if voltage is None else voltage
    return table([number(made.time), number(volts, "{:.6E}"), number(current, "{:.6E}")], ",")


OVERLOADS = {"inrush": ([0], 0.02), "one": ([100], 0.05), "instrument": ([50, 51, 160], 9.91e37)}


@pytest.mark.parametrize("kind", OVERLOADS)
@pytest.mark.parametrize("made", [SOFT, HARD], ids=["soft", "hard"])
def test_a_current_that_does_not_last_is_no_current(made, kind, tmp_path):
    """All others were rests beside it, or had no sign."""
    places, value = OVERLOADS[kind]
    current = made.current.copy()
    current[places] = value
    verdict, samples = judged(tmp_path, HEADER + rows(made, current))
    assert (verdict.label, samples) == (made.label, int((~made.rests).sum()))
    assert verdict.confidence >= 0.9
    assert any("far above all that last" in note for note in verdict.notes)


@pytest.mark.parametrize("volts_last", [False, True])
def test_a_last_line_that_was_cut_within_its_exponent(volts_last, tmp_path):
    """5.0000E-04 became 5.0: the rest of the trace was a rest beside it."""
    kept = slice(0, 38 + 44 * 5)
    columns = [number(HARD.time[kept])]
    columns += [number(x[kept], "{:.6E}") for x in (HARD.current, HARD.voltage)]
    titles = ["Time (s)", "Current (A)", "Voltage (V)"]
    if not volts_last:
        columns[1:], titles[1:] = columns[:0:-1], titles[:0:-1]
    verdict, samples = judged(tmp_path, ",".join(titles) + "\n" + table(columns, ",")[:-5])
    assert (verdict.label, samples) == ("hard", int((~HARD.rests[kept]).sum()))
    assert verdict.confidence >= 0.9


def test_an_overload_of_the_voltage_within_a_hard_short(tmp_path):
    voltage = HARD.voltage.copy()
    voltage[[200, 240]] = 10.0
    verdict, _ = judged(tmp_path, HEADER + rows(HARD, HARD.current, voltage))
    assert verdict.label == "hard"
    assert verdict.confidence >= 0.9


def test_overloads_beside_a_pressure(tmp_path):
    """One current made the charge one of a single sample, one pressure a hidden charge of 1e21."""
    time, current = np.arange(0.0, 6000, 60), np.full(100, 0.5)
    pressure = 5 + 1e-4 * time
    current[40], pressure[60] = 1e3, 9.91e37
    path = tmp_path / "trace.csv"
    titles = "time [s],current [mA/cm^2],pressure [MPa]\n"
    path.write_text(titles + table([number(time), number(current), number(pressure)], ","))
    signals = read_signals(path, Named())
    assert signals.time.size == 98
    assert signals.current.max() == pytest.approx(5.0)
    assert signals.pressure.max() < 6e6
    assert sum("far above all that last" in note for note in signals.notes) == 2


def test_a_current_without_signs_beside_a_pressure(tmp_path):
    """A discharge was one more charge, without a word."""
    time = np.arange(0.0, 12000, 60)
    states = ["C"] * 90 + ["R"] * 20 + ["D"] * 90
    current = [0.0 if state == "R" else 0.5 for state in states]
    path = tmp_path / "trace.csv"
    titles = "time [s],current [mA/cm^2],pressure [MPa],State\n"
    path.write_text(
        titles + table([number(time), number(current), number(5 + 0 * time), states], ",")
    )
    signals = read_signals(path, Named())
    assert [part.stop - part.start for part in signals.charges()] == [90]
    assert any("state column says so" in note for note in signals.notes)


def test_pulses_and_steps_that_last_are_no_overloads():
    pulses = np.tile([1.0, 1.0, 1.0, 1.0, 10.0, 10.0], 50)
    steps = np.repeat([1.0, 10.0, 100.0], [90, 90, 3])
    for values in (pulses, steps):
        assert without_overloads(values)[1] == 0
