"""Files that hold more than one table, or more than one cell."""

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.run_trace import read_trace
from dendrolith.traces.reading import Choice
from dendrolith.traces.shorts.measured import verdict_of
from tests.traces.layouts import measurement, number, table

pytestmark = pytest.mark.serial
HEADER = "Time (s),Voltage (V),Current (mA)\n"
HARD, SOUND = measurement("hard", 1), measurement("none", 2)


def cells(made, size=slice(None)):
    """Columns of a measurement, as text."""
    return [number(x[size]) for x in (made.time, made.voltage, 1e3 * made.current)]


def rows(made, size=slice(None)):
    return table(cells(made, size), ",")


def wrote(tmp_path, content):
    path = tmp_path / "trace.csv"
    path.write_text(content, encoding="utf-8")
    return path


def judged(path, **choice):
    trace = read_trace(path, Choice(**choice))
    return verdict_of(trace), sum(part.time.size for part in trace.segments)


def refused(path):
    with pytest.raises(ConfigError) as error:
        read_trace(path, Choice())
    return str(error.value)


EARLY, LATE = slice(0, 160), slice(160, None)  # the short circuit begins at 176
PARTS = {
    "titles again after a pause": "Test paused by user\n" + HEADER,
    "words": "Part 2\n",
    "units too": "Pause\nTime,Voltage,Current\n(s),(V),(mA)\n",
    "nothing but a line of dashes": "-----\n-----\n",
}


@pytest.mark.parametrize("between", PARTS)
def test_what_stands_between_parts_hides_neither(between, tmp_path):
    """The short circuit is in the shorter part."""
    header = "Time,Voltage,Current\n(s),(V),(mA)\n" if between == "units too" else HEADER
    path = wrote(tmp_path, header + rows(HARD, EARLY) + PARTS[between] + rows(HARD, LATE))
    verdict, samples = judged(path)
    assert (verdict.label, samples) == ("hard", int((~HARD.rests).sum()))
    assert verdict.confidence >= 0.9


def test_words_before_each_step(tmp_path):
    """A block a step, none of which is the longest by much."""
    steps = [f"Step {k}\n" + rows(HARD, slice(20 * k, 20 * k + 20)) for k in range(13)]
    verdict, samples = judged(wrote(tmp_path, HEADER + "".join(steps)))
    assert (verdict.label, samples) == ("hard", int((~HARD.rests[:260]).sum()))


def test_another_table_is_named_and_lowers_the_confidence(tmp_path):
    """Its titles are others; what it shows nobody knows."""
    other = "Temperature (K),Force (N),Humidity (1)\n" + rows(HARD, LATE)
    verdict, samples = judged(wrote(tmp_path, HEADER + rows(SOUND) + "Chamber\n" + other))
    assert (verdict.label, samples) == ("none", int((~SOUND.rests).sum()))
    assert verdict.confidence <= 0.5
    count = SOUND.time.size
    first, last = count + 4, count + 3 + HARD.time[LATE].size
    assert any(f"lines {first} to {last} are another table" in note for note in verdict.notes)


TWICE = {
    "the same titles": "Voltage (V),Current (mA),Voltage (V),Current (mA)",
    "numbered by pandas": "Voltage (V),Current (mA),Voltage (V).1,Current (mA).1",
    "numbered": "Voltage1 (V),Current1 (mA),Voltage2 (V),Current2 (mA)",
}


@pytest.mark.parametrize("titles", TWICE)
def test_two_cells_side_by_side_are_asked_for(titles, tmp_path):
    """They agree until one of them is shorted, so most of their rows are the same."""
    columns = [*cells(SOUND), *cells(HARD)[1:]]
    path = wrote(tmp_path, f"Time (s),{TWICE[titles]}\n" + table(columns, ","))
    assert "which column is the signal" in refused(path)
    assert judged(path, signal="4", kind="voltage")[0].label == "hard"
    assert judged(path, signal="2")[0].label == "none"


def test_a_column_that_tells_cells_apart(tmp_path):
    """One after the other, or in turns: each needs a file of its own."""
    parts = [
        table([["1"] * SOUND.time.size, *cells(SOUND)], ","),
        table([["2"] * HARD.time.size, *cells(HARD)], ","),
    ]
    title = "Channel," + HEADER
    expected = "column Channel holds 2 cells (1, 2): give each a file of its own"
    assert expected in refused(wrote(tmp_path, title + "".join(parts)))
    in_turns = "".join(
        line for pair in zip(*(p.splitlines(True) for p in parts), strict=True) for line in pair
    )
    assert expected in refused(wrote(tmp_path, title + in_turns))
    assert judged(wrote(tmp_path, title + parts[1]))[0].label == "hard"


def test_a_voltage_called_cell_tells_no_cells_apart(tmp_path):
    """It has a unit; few of its values differ, for the instrument is coarse."""
    coarse = [f"{v:.3f}" for v in HARD.voltage]
    path = wrote(tmp_path, "Time (s),Cell (V)\n" + table([cells(HARD)[0], coarse], ","))
    assert judged(path)[1] > 0


def test_a_current_in_two_columns_is_no_sure_verdict(tmp_path):
    """Of charge and discharge: with one of them half of the half-cycles look like rests."""
    path = tmp_path / "trace.csv"
    soft = measurement("soft", 3)
    parts = (np.maximum(soft.current, 0), np.maximum(-soft.current, 0))
    columns = [number(soft.time), number(soft.voltage), *(number(1e3 * x) for x in parts)]
    titles = "Time (s),Voltage (V),Charge Current (mA),Discharge Current (mA)\n"
    path.write_text(titles + table(columns, ","))
    with pytest.raises(ConfigError, match="which column is the signal"):
        read_trace(path, Choice())
    trace = read_trace(path, Choice(signal="Voltage (V)"))
    assert trace.trust <= 0.5
    assert any("Discharge Current (mA) left out" in note for note in trace.notes)
