"""Files in the layouts of cyclers: the same measurement is read from each, and its class."""

import numpy as np
import pytest

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
