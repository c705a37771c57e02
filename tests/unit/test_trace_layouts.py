"""Files in the layouts of cyclers: the same measurement is read from each, and its class."""

import contextlib
import random

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.run_trace import read_trace
from dendrolith.traces.reading import Choice
from dendrolith.traces.shorts.measured import verdict_of
from tests.traces.layouts import layouts

pytestmark = pytest.mark.serial
LAYOUTS = {}
for name, content, made in layouts():
    LAYOUTS.setdefault(name.partition("-")[0], []).append((name, content, made))


@pytest.mark.parametrize("vendor", LAYOUTS)
def test_the_layouts_of_a_vendor(vendor, tmp_path):
    """Times, voltages and signs of the current are those of the measurement; so is the class."""
    for name, content, made in LAYOUTS[vendor]:
        path = tmp_path / f"{name}.txt"
        path.write_bytes(content)
        trace = read_trace(path, Choice())
        check_samples(name, trace.segments, made)
        verdict = verdict_of(trace)
        assert (name, verdict.label) == (name, made.label)
        assert verdict.confidence >= 0.9, name


def check_samples(name, segments, made):
    loaded = ~made.rests
    assert {part.kind for part in segments} == {"voltage"}, name
    time = np.concatenate([part.time for part in segments])
    value = np.concatenate([part.value for part in segments])
    held = np.concatenate([np.full(p.time.size, np.sign(p.held)) for p in segments])
    coarse = 60.0 if name == "laboratory-5" else 1.0  # its dates have no seconds
    np.testing.assert_allclose(time - time[0], made.time[loaded], atol=coarse, err_msg=name)
    known = np.isfinite(value)
    assert (~known).sum() <= 2, name
    np.testing.assert_allclose(
        value[known], made.voltage[loaded][known], atol=2e-6, rtol=1e-4, err_msg=name
    )
    np.testing.assert_array_equal(held, np.sign(made.current[loaded]), err_msg=name)


def damaged(content, generator):
    """The content with bytes changed, left out or doubled, or with its end missing."""
    kind, at = generator.randrange(4), generator.randrange(len(content))
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[at + generator.randrange(200) :]
    if kind == 2:
        return content[:at] + content[max(at - 500, 0) :]
    changed = bytearray(content)
    for _ in range(generator.randrange(1, 9)):
        changed[generator.randrange(len(changed))] = generator.randrange(1, 256)
    return bytes(changed)


def test_a_damaged_file_costs_no_traceback(tmp_path):
    """A verdict, or one message that names the file."""
    generator = random.Random(20)
    path = tmp_path / "trace.txt"
    for files in LAYOUTS.values():
        for _, content, _ in files:
            path.write_bytes(damaged(content, generator))
            with contextlib.suppress(ConfigError):
                verdict_of(read_trace(path, Choice()))


@pytest.mark.parametrize("form", ["days of a spreadsheet", "milliseconds"])
def test_dates_that_are_numbers(form, tmp_path):
    seconds = np.arange(0.0, 6000, 30)
    stamp = 47911.97 + seconds / 86400 if form.startswith("days") else 1.9e12 + 1e3 * seconds
    name = "Date_Time" if form.startswith("days") else "Timestamp"
    lines = [f"{t:.9f},0.06,0.5" for t in stamp]
    path = tmp_path / "trace.csv"
    path.write_text("\n".join([f"{name},Voltage(V),Current(mA)", *lines, ""]), encoding="utf-8")
    (part,) = read_trace(path, Choice()).segments
    np.testing.assert_allclose(part.time - part.time[0], seconds, atol=0.01)
