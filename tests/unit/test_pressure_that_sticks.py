"""A pressure that sticks: what it tells no more, and how far it may be off afterwards."""

import dataclasses

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.traces.decouple import output
from dendrolith.traces.decouple.decouple import decouple
from dendrolith.traces.signals import Signals
from tests.traces.pressure_set import trace, truth
from tests.unit.test_decouple import FACTS

pytestmark = pytest.mark.serial


def sticking(begin: float, end: float, *, goes_on: bool = False) -> Signals:
    """A soft short whose pressure keeps a value; it jumps back, or goes on from there."""
    signals = trace("soft short", 100, interval=60.0)
    pressure, n = signals.pressure.copy(), signals.time.size
    first, last = int(begin * n), int(end * n)
    if goes_on:
        pressure[last:] -= pressure[last] - pressure[first]
    pressure[first:last] = pressure[first]
    return dataclasses.replace(signals, pressure=pressure)


@pytest.mark.parametrize("goes_on", [False, True])
def test_what_sticks_has_no_bars_and_later_ones_hold_both_ways(goes_on):
    signals = sticking(0.5, 0.65, goes_on=goes_on)
    found = decouple(signals, FACTS).charges[0].estimate
    n, right = signals.time.size, truth("soft short", signals.time)["hidden"]
    inside = slice(int(0.5 * n), int(0.65 * n))
    for bars in (found.hidden_charge, found.hidden_current, found.buried_charge):
        assert np.isnan(bars.value[inside]).all()
    known = np.isfinite(found.hidden_charge.low)
    low, high = found.hidden_charge.low[known], found.hidden_charge.high[known]
    assert np.mean((low <= right[known]) & (right[known] <= high)) > 0.95
    assert known[-1]


def test_what_sticks_to_the_end_is_not_known():
    """The hidden charge at the end had bars, which did not hold it."""
    found = decouple(sticking(0.7, 1.0), FACTS)
    said = output.text(found)
    assert "hidden             not known" in said
    assert output.as_dict(found)["charges"][0]["hidden_charge [C/m^2]"] is None
    assert np.isfinite(found.charges[0].correlation.mean_ratio)


def test_a_clean_part_that_sticks_is_refused():
    with pytest.raises(ConfigError, match="the pressure sticks in the clean part of charge 1"):
        decouple(sticking(0.1, 0.18), FACTS)
