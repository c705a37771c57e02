"""Titles, units, numbers and times as they are spelt in the laboratory."""

from pathlib import Path

import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.run_trace import read_trace
from dendrolith.traces.reading import Choice
from dendrolith.traces.shorts.measured import verdict_of
from dendrolith.traces.titles import column_of
from tests.traces.layouts import clock, measurement, number, table

pytestmark = pytest.mark.serial
HARD = measurement("hard", 3)
TIME, VOLT, AMP = number(HARD.time), number(HARD.voltage), number(1e3 * HARD.current)
ALIGNED = table([TIME, VOLT, AMP], "    ")

TITLES = {
    "T/°C": ("", 1.0),
    "T [C]": ("", 1.0),
    "t / min": ("time", 60.0),
    "Time, s": ("time", 1.0),
    "Voltage, mV": ("voltage", 1e-3),
    "voltage_in_mV": ("voltage", 1e-3),
    "E:V": ("voltage", 1.0),
    "voltage_v": ("voltage", 1.0),
    "current_ma": ("current", 1e-3),
    "current_uA_cm2": ("current", 1e-2),
    "current_uA_per_cm2": ("current", 1e-2),
    "Voltage (V) (column 5)": ("voltage", 1.0),
}


@pytest.mark.parametrize("title", TITLES)
def test_kind_and_factor_of_a_title(title):
    """The unit decides where a letter stands for two things."""
    column = column_of(Path("trace.csv"), title, {})
    assert (column.kind, column.factor) == (TITLES[title][0], pytest.approx(TITLES[title][1]))


FILES = {
    "titles with blanks, columns two apart": "Time (s)    Voltage (V)    Current (mA)\n" + ALIGNED,
    "units in brackets, one blank": "% t [s] E [V] I [mA]\n" + ALIGNED,
    "units behind a slash": "time /s   E /V   I /mA\n" + ALIGNED,
    "exponents with D": "t [s]\tE [V]\tI [mA]\n"
    + table([TIME, [f"{v:.6E}".replace("E", "D") for v in HARD.voltage], AMP], "\t"),
    "a minus of its own": "t [s],E [V],I [mA]\n"
    + table([TIME, VOLT, AMP], ",").replace("-", "\u2212"),
    "power cut": "t [s],E [V],I [mA]\n" + table([TIME, VOLT, AMP], ",") + 512 * "\0",
    "months as words": "Date,Voltage (V),Current (mA)\n"
    + table([[f"01-Mar-2031 {clock(t)}" for t in HARD.time], VOLT, AMP], ","),
    "minutes and seconds with tenths": "Time,Voltage (V),Current (mA)\n"
    + table([[f"{int(t // 60)}:{t % 60:04.1f}" for t in HARD.time], VOLT, AMP], ","),
    "current and its density": "Time (s),Voltage (V),Current (mA),Current density (mA/cm2)\n"
    + table([TIME, VOLT, AMP, number(2e3 * HARD.current)], ","),
}


@pytest.mark.parametrize("spelling", FILES)
def test_a_file_in_another_spelling(spelling, tmp_path):
    """All samples are there, and the verdict is sure."""
    path = tmp_path / "trace.txt"
    path.write_text(FILES[spelling], encoding="utf-8")
    trace = read_trace(path, Choice())
    assert sum(part.time.size for part in trace.segments) == (~HARD.rests).sum()
    verdict = verdict_of(trace)
    assert (verdict.label, verdict.confidence) == ("hard", pytest.approx(0.97))


def test_hours_or_minutes_is_a_question(tmp_path):
    """Two parts of a time may be either."""
    path = tmp_path / "trace.csv"
    times = [f"{int(t // 3600)}:{int(t // 60) % 60:02d}" for t in HARD.time]
    path.write_text("Time,Voltage (V),Current (mA)\n" + table([times, VOLT, AMP], ","))
    with pytest.raises(ConfigError, match=r"trace.csv:2: '0:00' in column Time may be hours or"):
        read_trace(path, Choice())
