"""Times of a trace that may be read in two ways, and stamps since 1970."""

import numpy as np
import pandas as pd
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.run_trace import read_trace
from dendrolith.traces.cells import numbers
from dendrolith.traces.reading import Choice

pytestmark = pytest.mark.serial
SECONDS = np.arange(0, 30 * 3600, 120)


def parts(seconds):
    s = np.asarray(seconds)
    return [f"{t // 86400}:{t // 3600 % 24:02d}:{t // 60 % 60:02d}:{t % 60:02d}" for t in s]


def test_four_parts_with_days():
    """They were h:mm:ss and hundredths, without a word."""
    for seconds in (SECONDS, np.arange(0, 3600, 7)):
        assert numbers(pd.Series(parts(seconds))) == pytest.approx(seconds)


def test_four_parts_with_a_fraction():
    cells = [f"0:00:{k:02d}:{7 * k % 100:02d}" for k in range(50)]
    wanted = [k + (7 * k % 100) / 100 for k in range(50)]
    assert numbers(pd.Series(cells)) == pytest.approx(wanted)
    assert numbers(pd.Series(["0:00:00:000", "0:00:30:500"])) == pytest.approx([0, 30.5])
    assert numbers(pd.Series(["0:00:00:00", "0:30:30:00"])) == pytest.approx([0, 1830])


def wrote(tmp_path, title, times):
    rows = [f"{t},0.06,0.5" for t in times]
    path = tmp_path / "trace.csv"
    path.write_text("\n".join([f"{title},Voltage (V),Current (mA)", *rows, ""]), encoding="utf-8")
    return path


def test_days_or_hundredths_is_a_question(tmp_path):
    path = wrote(tmp_path, "Time", parts(range(0, 1200, 60)))
    with pytest.raises(ConfigError, match="may begin with days or end in hundredths"):
        read_trace(path, Choice())


@pytest.mark.parametrize("per_second", [1, 1000, 10**6, 10**9])
def test_stamps_since_1970(per_second, tmp_path):
    """Microseconds were read as milliseconds."""
    stamps = (1_930_000_000 + SECONDS) * per_second
    for title in ("Timestamp", "Epoch"):
        (part,) = read_trace(wrote(tmp_path, title, stamps), Choice()).segments
        np.testing.assert_allclose(part.time - part.time[0], SECONDS, atol=0.01)


def test_titles_of_stamps_have_units(tmp_path):
    path = wrote(tmp_path, "epoch_ms", (1_930_000_000 + SECONDS) * 1000)
    (part,) = read_trace(path, Choice()).segments
    np.testing.assert_allclose(part.time - part.time[0], SECONDS, atol=0.01)


def test_numbers_without_a_unit_are_named(tmp_path):
    """Hours and millivolts were taken for s and V without a word."""
    path = tmp_path / "trace.csv"
    rows = "".join(f"{t / 3600},60,0.5\n" for t in SECONDS)
    path.write_text("Time,Voltage,Current (mA)\n" + rows, encoding="utf-8")
    (note,) = read_trace(path, Choice()).notes
    assert "no unit is given for Time and Voltage: s, V and A are taken" in note
    stamped = wrote(tmp_path, "Test Time", parts(SECONDS))
    assert not read_trace(stamped, Choice()).notes
    path.write_text("Test (Sec),Volts,Amps\n" + rows, encoding="utf-8")
    assert not read_trace(path, Choice()).notes


def test_rounded_hours_give_way_to_seconds(tmp_path):
    path = tmp_path / "trace.csv"
    rows = "".join(f"{t / 3600:.1f},{t},0.06,0.5\n" for t in SECONDS)
    path.write_text("Time (h),Time (s),Voltage (V),Current (mA)\n" + rows, encoding="utf-8")
    (part,) = read_trace(path, Choice()).segments
    np.testing.assert_allclose(part.time, SECONDS, atol=0.01)
