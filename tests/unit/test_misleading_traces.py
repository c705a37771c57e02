"""Kinds of traces that mislead: each has its right class, or no sure verdict."""

import numpy as np
import pytest

from dendrolith.traces.segments import segments_of
from dendrolith.traces.shorts.measured import judge
from tests.traces.small_set import full


def verdict(trace):
    return judge(*segments_of(*trace))


@pytest.mark.parametrize("left", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("at", [30, 50, 80, 150, 230, 350])
def test_a_full_cell_that_collapses_for_good_is_hard(at, left):
    """In any half-cycle: one that has collapsed is no reference for those that follow."""
    time, voltage, current = full(4)
    assert verdict((time, voltage, current)).label == "none"
    voltage[at:] = left + 5e-4 * np.random.default_rng(1).normal(size=voltage.size - at)
    found = verdict((time, voltage, current))
    assert found.label == "hard", (found.label, found.confidence)
    assert found.confidence >= 0.5


@pytest.mark.parametrize("left", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("at", [30, 60, 90])
@pytest.mark.parametrize("way", [1, -1])
def test_a_single_charge_or_discharge_that_collapses_is_hard(at, left, way):
    """Its direction is that of the voltage before it collapses."""
    time, voltage, current = (x[:100] for x in full(1))
    voltage, current = voltage[::way].copy(), current * way
    assert verdict((time, voltage, current)).label == "none"
    voltage[at:] = left
    found = verdict((time, voltage, current))
    assert found.label == "hard", (found.label, found.confidence)


def test_a_discharge_that_goes_to_its_end_is_no_short():
    """Below half of its voltage, ever faster: nothing precedes it."""
    time, voltage, current = full(2)
    for deep in (1.5, 2.5, 3.0):
        ends = np.r_[voltage[:-30], voltage[-30:] - deep * np.linspace(0, 1, 30) ** 3]
        assert verdict((time, ends, current)).label != "hard"
