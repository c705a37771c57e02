"""Titles, units, numbers and times as they are spelt in the laboratory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.run_trace import read_trace
from dendrolith.traces.cells import numbers
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
    "j (µA.cm-2)": ("current", 1e-2),
    "j / mA cm$^{-2}$": ("current", 10.0),
    "voltage_v": ("voltage", 1.0),
    "I (Amps/cm2)": ("current", 1e4),
    "unixtime": ("date", 1.0),
    "current_ma": ("current", 1e-3),
    "current_uA_cm2": ("current", 1e-2),
    "current_uA_per_cm2": ("current", 1e-2),
    "Voltage (V) (column 5)": ("voltage", 1.0),
    "TestTime/Sec.": ("time", 1.0),
    "Total Time (hours in hh:mm:ss.xxx)": ("time", 1.0),
    "Time (d.hh:mm:ss)": ("time", 1.0),
    "Working Electrode (V)": ("voltage", 1.0),
    "Durée écoulée": ("time", 1.0),
    "Tension cellule (mV)": ("voltage", 1e-3),
    "Intensité (µA)": ("current", 1e-6),
    "Tiempo (min)": ("time", 60.0),
    "Tensione": ("voltage", 1.0),
    "Corriente (mA)": ("current", 1e-3),
    "電圧": ("voltage", 1.0),
    "Напряжение, В": ("voltage", 1.0),
    "Ток, мА": ("current", 1e-3),
    "Время, с": ("time", 1.0),
    "전압(mV)": ("voltage", 1e-3),
    "\x97e\x97Ê[mAh]": ("", 1.0),
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
    "wide brackets": "时间（ｓ）,电压（Ｖ）,电流（ｍＡ）\n" + table([TIME, VOLT, AMP], ","),
    "an energy called E": "t/s,E/V,I/mA,E/Wh\n" + table([TIME, VOLT, AMP, TIME], ","),
    "inches in a line above": 'Holder: 1/2" rod\nOperator\nt [s],E [V],I [mA]\n'
    + table([TIME, VOLT, AMP], ","),
    "inches in a note of one line": "t [s],E [V],I [mA],Note\n"
    + table([TIME, VOLT, AMP, ['1/2" rod' if n == 99 else "" for n in range(len(TIME))]], ","),
    "months as words": "Date,Voltage (V),Current (mA)\n"
    + table([[f"01-Mar-2031 {clock(t)}" for t in HARD.time], VOLT, AMP], ","),
    "minutes and seconds with tenths": "Time,Voltage (V),Current (mA)\n"
    + table([[f"{int(t // 60)}:{t % 60:04.1f}" for t in HARD.time], VOLT, AMP], ","),
    "comments below the units": "Time\tVoltage\tCurrent\ns\tV\tmA\ncell 4\tcell 4\t\n"
    + table([TIME, VOLT, AMP], "\t"),
    "labels before titles and units": "Long Name\tTime\tVoltage\tCurrent\nUnits\ts\tV\tmA\n"
    "Comments\t\tcell 4\t\n" + table([TIME, TIME, VOLT, AMP], "\t"),
    "thousands parted by thin blanks": "t [s];E [V];I [mA]\n"
    + table([[f"{t:,.1f}".replace(",", "\u202f") for t in HARD.time], VOLT, AMP], ";"),
    "stamps without signs": "Date,Voltage (V),Current (mA)\n"
    + table([[f"20310301T{clock(t).replace(':', '')}" for t in HARD.time], VOLT, AMP], ","),
    "seconds since 1970": "unixtime,voltage,current\n"
    + table([number(1.93e9 + HARD.time), VOLT, number(HARD.current)], ","),
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


ABROAD = {
    "shift_jis": "経過時間[Sec],電圧[V],電流[mA],容量[mAh],モード\n",
    "cp949": "시간(s),전압(V),전류(mA),용량,상태\n",
    "cp1251": "Время/с,Напряжение/В,Ток/мА,Ёмкость,Режим\n",
}


@pytest.mark.parametrize("encoding", ABROAD)
def test_words_of_other_alphabets(encoding, tmp_path):
    path = tmp_path / "trace.csv"
    rows = table([TIME, VOLT, AMP, TIME, ["-"] * len(TIME)], ",")
    path.write_bytes((ABROAD[encoding] + rows).encode(encoding))
    verdict = verdict_of(read_trace(path, Choice()))
    assert (verdict.label, verdict.confidence) == ("hard", pytest.approx(0.97))


CELLS = {
    "three decimals": (["T", "s", "0.000", "30.500", "1020.000"], ".", [0, 30.5, 1020]),
    "three decimals of one size": (["V vs. Ref.", "3.401", "3.402"], ".", [3.401, 3.402]),
    "below one": (["0.060", "0.059", "x"], ",", [0.06, 0.059]),
    "thousands": (["0", "30.000", "1.020.000"], ".", [0, 30_000, 1_020_000]),
    "thousands beside decimal commas": (["ms", "30.000", "60.000"], ",", [30_000, 60_000]),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_point_among_words_is_no_sign_of_thousands(kind):
    """As in a file whose titles come again: the column is text to pandas."""
    cells, decimal, wanted = CELLS[kind]
    found = numbers(pd.Series(cells, dtype=object), decimal)
    assert found[np.isfinite(found)] == pytest.approx(wanted)
