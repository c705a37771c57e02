"""Traces as instruments write them, and what is said where a file cannot be used."""

import re
from pathlib import Path

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.run_trace import read_trace
from dendrolith.traces.reading import Choice
from dendrolith.traces.shorts.measured import judge, verdict_of
from dendrolith.traces.shorts.state_machine import HARD, NONE, SOFT

pytestmark = pytest.mark.serial

N = 300
T = np.linspace(0, 3600, N)  # s
SHORT = np.where(T > 2400, 1e-3, 1e-6)  # A
COLLAPSE = np.where(T > 2400, 0.002, 0.05)  # V


def text(*columns, separator=",", comma=False, form="{:.9g}"):
    """Lines of numbers."""
    lines = []
    for row in zip(*columns, strict=True):
        cells = [form.format(x).replace(".", "," if comma else ".") for x in row]
        lines.append(separator.join(cells))
    return "\n".join(lines) + "\n"


def segments(path, **choice):
    return read_trace(path, Choice(**choice)).segments


def wrote(tmp_path, content, name="trace.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


HOURS = T / 3600
FORMS = {
    "SI in brackets": ("time [s],current [A]\n" + text(T, SHORT), "current"),
    "hours and mA": ("Time/h,I (mA)\n" + text(HOURS, 1e3 * SHORT), "current"),
    "minutes and uA": ("t [min],j [uA/cm^2]\n" + text(T / 60, 1e2 * SHORT), "current"),
    "micro sign": ("time (s)\tI (µA)\n" + text(T, 1e6 * SHORT, separator="\t"), "current"),
    "EC-Lab": ("time/s\tEwe/V\t<I>/mA\n" + text(T, COLLAPSE, 0 * T + 0.1, separator="\t"),
               "voltage"),
    "Arbin": ("Data_Point,Test_Time(s),Step_Time(s),Current(A),Voltage(V)\n"
              + text(1 + np.arange(N), T, T, 0 * T + 1e-4, COLLAPSE), "voltage"),
    "decimal comma": ("Zeit [s];Strom [A]\n" + text(T, SHORT, separator=";", comma=True),
                      "current"),
    "decimal comma, tabs": ("Zeit/s\tSpannung/V\n" + text(T, COLLAPSE, separator="\t", comma=True),
                            "voltage"),
    "blanks": ("time[s]   voltage[V]\n" + text(T, COLLAPSE, separator="   "), "voltage"),
    "comments": ("# cell 7\n% 25 C\n\ntime [s],current [A]\n# began\n" + text(T, SHORT)
                 + "# done\n", "current"),
    "header in a comment": ("# time [s], current [A]\n" + text(T, SHORT), "current"),
    "lines above": ("Instrument: X\nDate: 1,2\n\nOperator;A;B\nt [s],E [V]\n" + text(T, COLLAPSE),
                    "voltage"),
    "a byte order mark": (b"\xef\xbb\xbf" + ("time [s],V [V]\n" + text(T, COLLAPSE)).encode(),
                          "voltage"),
    "UTF-16": (("time [s]\tV [V]\n" + text(T, COLLAPSE, separator="\t")).encode("utf-16"),
               "voltage"),
    "Latin-1": (("time [s];I [µA]\n" + text(T, 1e6 * SHORT, separator=";")).encode("latin-1"),
                "current"),
    "Windows": (("time [s],I [A]\n" + text(T, SHORT)).replace("\n", "\r\n"), "current"),
    "quoted": ('"time [s]","I [A]"\n' + text(T, SHORT), "current"),
    "density by mass": ("time [s],I [mA/g]\n" + text(T, SHORT), "current"),
    "cm-2": ("time [s],j [mA cm-2]\n" + text(T, SHORT), "current"),
    "millivolt": ("time [s],Ecell [mV]\n" + text(T, 1e3 * COLLAPSE), "voltage"),
    "no units": ("time,voltage\n" + text(T, COLLAPSE), "voltage"),
    "unit alone tells": ("time [s],channel 3 [V]\n" + text(T, COLLAPSE), "voltage"),
    "units below": ("Zeit;Strom\nh;mA\n" + text(HOURS, 1e3 * SHORT, separator=";"), "current"),
    "raised": ("time [s],j (µA cm⁻²)\n" + text(T, 1e2 * SHORT), "current"),
    "Maccor": ("Test (Sec)\tAmps\tVolts\n" + text(T, 0 * T + 1e-3, COLLAPSE, separator="\t"),
               "voltage"),
    "a clock": ("Time(h:min:s.ms),Voltage(Volt)\n"
                + "".join(f"{t // 3600:.0f}:{t % 3600 // 60:02.0f}:{t % 60:06.3f},{v:.9g}\n"
                          for t, v in zip(np.floor(1e3 * T) / 1e3, COLLAPSE, strict=True)),
                "voltage"),
    "dendrolith": ("time [s],dt [s],ionic_current [A/m^2],electronic_current [A/m^2],"
                  "cell_voltage [V]\n" + text(T, 0 * T + 12, 5 + T / 1e3, SHORT, 0 * T + 0.1),
                  "current"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_instruments_write(form, tmp_path):
    """Column, unit and control are recognised: one segment, hard, at the same second."""
    content, kind = FORMS[form]
    trace = read_trace(wrote(tmp_path, content), Choice())
    parts = trace.segments
    assert [part.kind for part in parts] == [kind]
    np.testing.assert_allclose(parts[0].time, T, rtol=1e-6, atol=1e-3)
    verdict = verdict_of(trace)
    assert (verdict.label, len(verdict.events)) == (HARD, 1)
    assert verdict.events[0].onset == pytest.approx(2400, abs=T[1])


def test_values_are_in_si(tmp_path):
    content = "Time/h,I (mA)\n" + text(HOURS, 1e3 * SHORT)
    (part,) = segments(wrote(tmp_path, content))
    np.testing.assert_allclose(part.value, SHORT, rtol=1e-6)
    assert (part.signal, part.label) == ("I (mA)", "I [A]")


def test_without_a_header_the_columns_are_numbered(tmp_path):
    path = wrote(tmp_path, text(T, COLLAPSE))
    (part,) = segments(path, time="1", signal="2", kind="voltage")
    np.testing.assert_allclose(part.value, COLLAPSE, rtol=1e-6)
    said = refused(path)
    assert "has no header: say which columns" in said
    assert "--time 1 --signal 2 --kind current" in said
    assert "2: 0.05" in said


def test_columns_by_name(tmp_path):
    """By title or by what comes before the unit, in any case; also against what would be taken."""
    path = wrote(tmp_path, "time [s],Ewe/V,Ece/V,I/mA\n" + text(T, 1 + T, COLLAPSE, 1 + 0 * T))
    for name in ("Ece/V", "ece", "3"):
        (part,) = segments(path, signal=name)
        np.testing.assert_allclose(part.value, COLLAPSE, rtol=1e-6)
        assert part.kind == "voltage"


def test_gaps_are_no_numbers(tmp_path):
    content = "time [s],I [A]\n1,1e-6\n2,\n3,nan\n4,-\n5,NaN\n6,1e-6\n"
    (part,) = segments(wrote(tmp_path, content))
    np.testing.assert_array_equal(np.isnan(part.value), [0, 1, 1, 1, 1, 0])
    (part,) = segments(wrote(tmp_path, "time [s],I [A]\n0,\n1,1e-6\n2,1e-6\n"))
    np.testing.assert_array_equal(part.time, [0, 1, 2])  # the first line is data, not a header
    np.testing.assert_array_equal(np.isnan(part.value), [1, 0, 0])


def test_a_line_that_is_being_written_is_left_out(tmp_path):
    (part,) = segments(wrote(tmp_path, "time [s],I [A]\n1,1e-6\n2,2e-6\n3"))
    np.testing.assert_array_equal(part.time, [1, 2])


# ---------------------------------------------------------------------- control


def test_cycling_at_held_current_is_cut_at_each_reversal(tmp_path):
    """A cell that falls from 4 to 3 V in every discharge has no short; nor has a rest."""
    cycle = np.r_[np.linspace(3.4, 4.2, 100), np.linspace(3.9, 2.5, 100), np.full(50, 3.0)]
    current = np.r_[np.full(100, 1e-3), np.full(100, -1e-3), np.zeros(50)]
    voltage, held = np.tile(cycle, 4), np.tile(current, 4)
    time = np.arange(1000.0)
    path = wrote(tmp_path, "time/s,Ewe/V,I/mA\n" + text(time, voltage, 1e3 * held))
    parts = segments(path)
    assert [part.time.size for part in parts] == [100] * 8
    assert judge(parts).label == NONE


def test_cycling_with_dips(tmp_path):
    """Each half-cycle at another time: soft; all at the same time: none, with doubt."""
    held = np.repeat(np.tile([1e-3, -1e-3], 3), 100)
    for places, label in (((60, 20, 40, 70, 30, 50), SOFT), ((60,) * 6, NONE)):
        voltage = 50 * held
        for k, place in enumerate(places):
            voltage[100 * k + place :][:5] *= 0.4
        path = wrote(tmp_path, "time/s,E/V,I/A\n" + text(np.arange(600.0), voltage, held))
        verdict = judge(segments(path))
        assert verdict.label == label
        assert (verdict.confidence >= 0.9) == (label == SOFT)


def test_a_stage_column_cuts(tmp_path):
    value = np.repeat([1e-6, 1e-3], 100)
    content = "time [s],I [A],stage\n" + text(np.arange(200.0), value, np.repeat([0, 1], 100))
    parts = segments(wrote(tmp_path, content))
    assert [part.time.size for part in parts] == [100, 100]
    assert judge(parts).label == NONE


def test_a_source_that_cannot_hold_its_voltage_does_not_hide_a_short(tmp_path):
    """Current limit: the voltage breaks down as the current rises."""
    voltage = np.where(T > 2400, 0.01, 0.5)
    path = wrote(tmp_path, "time [s],I [A],V [V]\n" + text(T, SHORT, voltage))
    for choice in (Choice(), Choice(signal="I", kind="current")):
        assert verdict_of(read_trace(path, choice)).label == HARD


# ---------------------------------------------------------------------- refusals


def refused(path, **choice):
    with pytest.raises(ConfigError) as caught:
        read_trace(path, Choice(**choice))
    (problem,) = caught.value.problems
    return problem


BAD = {
    "no file": (None, "No such file"),
    "empty": ("", "has no lines with two numbers"),
    "words": ("once upon\na time\n", "has no lines with two numbers"),
    "header alone": ("time [s],I [A]\n", "has no lines with two numbers"),
    "one column": ("I [A]\n1\n2\n", "has no lines with two numbers"),
    "a spreadsheet": (b"PK\x03\x04\0\0\0", "is not a text file: export it as CSV"),
    "a word": ("time [s],I [A]\n1,2\n2,broken\n", r"trace.csv:3: 'broken' in column I \[A\]"),
    "an overload": ("time [s],I [A]\n1,2\n2,overload\n", "at least the end of the range"),
    "infinity": ("time [s],I [A]\n1,2\n2,inf\n", r"trace.csv:3: 'inf'"),
    "an underscore": ("time [s],I [A]\n1,2\n2,1_000\n", r"trace.csv:3: '1_000'"),
    "a short line": ("time [s],I [A]\n1,2\n2\n3,4\n", "trace.csv:3: has 1 cells, .* have 2"),
    "a long line": ("time [s],I [A]\n1,2\n2,3,4\n3,4\n", "trace.csv:3: has 3 cells"),
    "time goes back": ("time [s],I [A]\n1,2\n\n3,2\n2,2\n", "trace.csv:5: .* goes back"),
    "minutes and seconds": ("time [s],I [A],cycle\n00:01,1,2\n00:02,1,2\n", "trace.csv:2: '00:01'"),
    "wrong unit": ("time [s],I [V]\n1,2\n2,3\n", r"I \[V\]: 'V' is not a unit of current"),
    "unknown unit": ("time [s],I [blobs]\n1,2\n2,3\n", "'blobs' is not a unit of current"),
    "time in metres": ("time [m],I [A]\n1,2\n2,3\n", "'m' is not a unit of time"),
    "no time": ("a,I [A]\n1,2\n2,3\n", "which column is the time.*--time NAME; columns: 1 a"),
    "no signal": ("time [s],b\n1,2\n2,3\n", "which column is the signal.*--signal NAME"),
    "two currents": ("time [s],I [A],J [A]\n1,2,3\n2,3,4\n", r"signal: I \[A\] or J \[A\]"),
    "both vary": ("time [s],I [A],V [V]\n" + text(T, 1 + T, 1 + T), "which column is the signal"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_one_message(name, tmp_path):
    content, said = BAD[name]
    path = tmp_path / "trace.csv" if content is None else wrote(tmp_path, content)
    assert re.search(said, refused(path)), refused(path)
    assert refused(path).startswith(str(path))


def test_a_time_that_stands_still_is_none(tmp_path):
    """A column that the user names, or that the file calls so."""
    path = tmp_path / "trace.csv"
    path.write_text("Time (s),Voltage (V),Current (mA)\n" + "5,0.06,0.5\n" * 50)
    for choice in (Choice(), Choice(time="Voltage (V)")):
        with pytest.raises(ConfigError, match=r"is the same at .* of the lines: name another"):
            read_trace(path, choice)


def test_a_name_that_is_not_there(tmp_path):
    path = wrote(tmp_path, "time [s],current [A]\n1,2\n2,3\n")
    assert "did you mean current [A]?" in refused(path, signal="curent")
    assert "columns: 1 time [s], 2 current [A]" in refused(path, signal="7")
    twice = wrote(tmp_path, "time [s],I [A],I [mA]\n1,2,3\n2,3,4\n")
    assert "several columns are called 'I'" in refused(twice, signal="I")


def test_a_signal_of_unknown_kind(tmp_path):
    path = wrote(tmp_path, "time [s],channel\n1,2\n2,3\n")
    assert "--kind current or --kind voltage" in refused(path, signal="channel")
    assert segments(path, signal="channel", kind="voltage")[0].kind == "voltage"


def test_nothing_but_a_rest(tmp_path):
    path = wrote(tmp_path, "time [s],V [V],I [A]\n" + text(T, COLLAPSE, 0 * T))
    assert "no samples under a held voltage or current" in refused(path, signal="V")


def test_a_run_whose_series_is_damaged(tmp_path):
    quickstart = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
    (tmp_path / "config.yaml").write_text(quickstart.read_text(encoding="utf-8"), encoding="utf-8")
    for content in (b"", b"\xff\xfe\x00", b"time [s],stage [1]\n1,0\n", b"time [s]\nx\n"):
        wrote(tmp_path, content, "timeseries.csv")
        assert "is not the time series of this run" in refused(tmp_path)
    columns = "time [s],stage [1],electronic_current [A/m^2],cell_voltage [V]\n"
    wrote(tmp_path, columns, "timeseries.csv")
    assert "wait for the first steps" in refused(tmp_path)


def test_a_directory_that_is_no_run(tmp_path):
    assert "not a run directory" in refused(tmp_path)
    assert "is a run, which knows its columns" in refused(tmp_path, kind="voltage")
