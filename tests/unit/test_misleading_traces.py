"""Kinds of traces that mislead: each has its right class, or no sure verdict."""

import numpy as np
import pytest

from dendrolith.traces.segments import segments_of
from dendrolith.traces.shorts.measured import judge
from tests.traces.small_set import full, symmetric


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


def changed(factor, *, rows=slice(None), **kinds):
    """Verdict on Li|Li whose voltage has a factor in these rows."""
    time, voltage, current = symmetric(**kinds)
    voltage[rows] *= factor
    return verdict((time, voltage, current))


def noted(found, words):
    return any(words in note for note in found.notes)


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("left", [0.03, 0.1])
def test_a_short_from_the_first_samples_on_has_no_floor(samples, left):
    found = changed(left, rows=slice(samples, None), halves=8)
    assert (found.label, found.confidence < 0.5) == ("none", True)
    assert noted(found, "no floor to compare with")


@pytest.mark.parametrize("samples", [4, 10, 30])
def test_a_short_within_the_first_half_cycle_is_hard(samples):
    assert changed(0.03, rows=slice(samples, None), halves=8).label == "hard"


@pytest.mark.parametrize("samples", [1, 2])
def test_a_trace_that_is_stopped_at_its_short_is_doubtful(samples):
    """Too few samples for a fall, and none behind them that would show a glitch."""
    assert verdict(symmetric(12)).confidence > 0.9
    for stop in (497, 480):
        time, voltage, current = (x[:stop].copy() for x in symmetric(12))
        voltage[-samples:] *= 0.03
        found = verdict((time, voltage, current))
        assert found.confidence < 0.6
        assert noted(found, "ends in a fall to")


@pytest.mark.parametrize("halves", [(0, 2), (1, 3), (4, 8), (2, 4)])
@pytest.mark.parametrize("factor", [1.6, 2.3])
def test_contact_lost_twice_at_the_same_time_is_no_short_elsewhere(halves, factor):
    """The neighbours' median rises with two of them; the half-cycles between do not fall."""
    time, voltage, current = symmetric(10)
    for half in halves:
        voltage[60 * half + 12 : 60 * half + 26] *= factor
    assert verdict((time, voltage, current)).label == "none"
    voltage[60 * 6 + 12 : 60 * 6 + 26] *= 0.4
    found = verdict((time, voltage, current))
    assert found.label == "soft" or found.confidence < 0.5


@pytest.mark.parametrize("lost", [0.3, 0.5, 0.8])
def test_a_pause_after_which_polarisation_builds_up_again(lost):
    """A fall that begins at a gap in time and recovers is a restart; one that stays is none."""
    time, voltage, current = symmetric(12, 120, step=15)
    stays = voltage.copy()
    for at in (180, 420, 660):
        time[at:] += 1200
        voltage[at : at + 8] *= 1 - lost * np.exp(-np.arange(8) / 2.5)
    found = verdict((time, voltage, current))
    assert found.label == "none"
    assert found.confidence < 0.9
    assert noted(found, "taken for a restart")
    stays[660:] *= 0.04
    assert verdict((time, stays, current)).label == "hard"


@pytest.mark.parametrize("length", [90, 120, 240])
def test_a_slow_decline_that_heals_is_no_sure_verdict(length):
    """The floor follows it; the half-cycles before and after do not."""
    dip = 1 - 0.6 * np.sin(np.pi * np.arange(length) / length) ** 2
    found = changed(dip, rows=slice(300, 300 + length), halves=16)
    assert found.label == "soft" or found.confidence < 0.6


def test_hundreds_of_dips_of_one_sample_are_no_glitches():
    """A bridge only lowers a voltage; noise goes both ways, and a few glitches say nothing."""
    time, voltage, current = symmetric(12, 120)
    row, rng = np.arange(time.size), np.random.default_rng(8)
    late = row > 400
    for some in (late & (row % 7 == 0), late & (rng.random(time.size) < 0.3)):
        assert verdict((time, np.where(some, 0.5, 1.0) * voltage, current)).label == "soft"
        either = np.where(some, 1 + 0.5 * rng.choice([-1, 1], time.size), 1.0)
        assert verdict((time, either * voltage, current)).label == "none"
    glitches = np.isin(row, (30, 95, 470, 560, 933))
    found = verdict((time, np.where(glitches, -0.2, 1.0) * voltage, current))
    assert (found.label, found.confidence > 0.9) == ("none", True)


@pytest.mark.parametrize("way", ["both", "one"])
def test_noise_of_a_lead_that_is_off_does_not_follow_the_current(way):
    """A bridge does: V = I R_e; neither is without current."""
    time, voltage, current = symmetric()
    if way == "one":
        voltage, current = np.abs(voltage), np.abs(current)
    bridge, lead = voltage.copy(), voltage.copy()
    bridge[400:] *= 0.03
    lead[400:] = 1e-5 * np.random.default_rng(9).normal(size=voltage.size - 400)
    assert verdict((time, bridge, current)).confidence > 0.9
    found = verdict((time, lead, current))
    assert found.confidence < 0.5
    assert noted(found, "does not turn with the current")


@pytest.mark.parametrize("volts", [0.2, 1.0, 10.0])
@pytest.mark.parametrize("turns", [True, False])
def test_a_voltage_at_the_limit_of_the_instrument_is_no_short(volts, turns):
    """Also where it is the same against the current, as that of no passive cell."""
    time, voltage, current = symmetric()
    voltage[400:] = volts * (np.sign(current[400:]) if turns else 1.0)
    found = verdict((time, voltage, current))
    assert found.label == "none"
    assert found.confidence < 0.5
    assert turns or noted(found, "stands against the current")
