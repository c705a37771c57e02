"""Half-cycles of few samples, and polarisation that grows within them: no sure wrong verdict."""

import numpy as np
import pytest

from dendrolith.traces.segments import segments_of
from dendrolith.traces.shorts.measured import judge
from tests.traces.small_set import AMPERE, symmetric


def verdict(trace):
    return judge(*segments_of(*trace))


@pytest.mark.parametrize("noise", [0.01, 0.03])
@pytest.mark.parametrize("samples", [8, 10])
def test_a_dip_of_half_a_half_cycle_is_not_its_noise(samples, noise):
    """Most bends of such a half-cycle are those of the dip, which hid itself among them."""
    time, voltage, current = symmetric(40, samples, step=300.0, noise=noise)
    assert verdict((time, voltage, current)).label == "none"
    for half in (12, 19, 31):
        voltage[half * samples + 2 : half * samples + 6] *= 0.55
    assert verdict((time, voltage, current)).label == "soft"


def stairs(growth):
    """Critical-current test in steps of 0.1 mA; contact is lost within the late half-cycles."""
    halves, samples = 30, 40
    held = 1e-4 * np.repeat(np.arange(1, halves // 2 + 1), 2) * np.where(np.arange(30) % 2, -1, 1)
    current = np.repeat(held, samples)
    within = np.tile(np.linspace(0, 1, samples), halves)
    late = np.repeat(np.maximum(np.arange(halves) - 20, 0), samples)
    factor = 1 + growth * late * within**2
    rng = np.random.default_rng(5)
    voltage = 100 * current * factor + 1e-4 * rng.normal(size=current.size)
    return 30.0 * np.arange(current.size), voltage, current


@pytest.mark.parametrize("growth", [0.1, 0.25, 0.6])
def test_contact_that_is_lost_within_each_half_cycle_is_no_short(growth):
    """The next begins with contact; the floor comes down at once, the resistance does not rise."""
    found = verdict(stairs(growth))
    assert (found.label, found.confidence < 0.9) == ("none", True)


def test_a_dip_at_the_begin_of_a_half_cycle_is_still_seen():
    """Its resistance recovers between two samples."""
    time, voltage, current = stairs(0.1)
    for half in (12, 17):
        voltage[half * 40 : half * 40 + 12] *= 0.5
    assert verdict((time, voltage, current)).label == "soft"


def test_the_end_of_a_half_cycle_is_no_reference_for_its_begin():
    """Voids: the voltage rises to forty times within the last half-cycles. That is no decline."""
    time, voltage, current = symmetric(12, 40, noise=2e-3)
    within = np.tile(np.linspace(0, 1, 40), 12)
    voltage *= 1 + 0.02 * 2.0 ** np.repeat(np.arange(12), 40) * within**6
    found = verdict((time, voltage, current))
    assert found.label == "none"
    assert not any("decline" in note for note in found.notes)


def test_a_decline_over_half_cycles_is_still_noted():
    time, voltage, current = symmetric(12, 40)
    voltage *= np.linspace(1, 0.25, voltage.size)
    found = verdict((time, voltage, current))
    assert any("slow decline" in note for note in found.notes)
    assert found.confidence < 0.6
    assert np.abs(current).max() == AMPERE


def test_dips_that_one_direction_shares_are_a_doubt():
    """Of four half-cycles two are alike, whichever direction they have."""
    for first in (0, 1):
        time, voltage, current = symmetric(4, 60)
        for half in (first, first + 2):
            voltage[half * 60 + 25 : half * 60 + 40] *= 0.4
        found = verdict((time, voltage, current))
        assert found.label == "soft" or found.confidence < 0.7, (first, found.confidence)


@pytest.mark.parametrize("seed", [2, 5, 7])
def test_dips_of_one_sample_stand_although_their_neighbours_have_them_too(seed):
    """A third of the late samples: what others lower at the same time makes no sample high."""
    held = 1e-4 * np.repeat(np.arange(1, 21), 2) * np.where(np.arange(40) % 2, -1, 1)
    current = np.repeat(held, 20)
    rng = np.random.default_rng(seed)
    voltage = 100 * current + 5e-4 * rng.normal(size=current.size)
    time = 30.0 * np.arange(current.size)
    assert verdict((time, voltage, current)).label == "none"
    late = np.arange(current.size) > 0.7 * current.size
    voltage[late & (rng.random(current.size) < 0.3)] *= 0.4
    assert verdict((time, voltage, current)).label == "soft"


def test_noise_is_larger_beside_the_first_small_currents():
    """An instrument has one noise: a third of the first voltage, little of the last."""
    held = 1e-4 * np.repeat(np.arange(1, 21), 2) * np.where(np.arange(40) % 2, -1, 1)
    rng = np.random.default_rng(6)
    current = np.concatenate([np.r_[np.full(60, amps), np.zeros(6)] for amps in held])
    voltage = 500 * current + 1.8e-2 * rng.normal(size=current.size)
    found = verdict((10.0 * np.arange(current.size), voltage, current))
    assert found.label == "none"


@pytest.mark.parametrize("samples", [8, 10])
def test_a_glitch_in_the_first_sample_makes_no_full_cell(samples):
    time, voltage, current = symmetric(4, samples, ohm=270, noise=0.02)
    voltage[0] *= -1
    assert verdict((time, voltage, current)).label == "none"


def test_a_rest_is_no_held_voltage_of_zero():
    """A current that is noisier than the voltage looks as if the latter were held."""
    time, voltage, current = symmetric(12, 440, noise=1e-3)
    rests = np.arange(time.size) % 440 >= 400
    rng = np.random.default_rng(1)
    voltage = np.where(rests, 6e-6 * rng.normal(size=time.size), voltage)
    current = np.where(rests, 0.0, current * (1 + 0.005 * rng.normal(size=time.size)))
    found = verdict((time, voltage, current))
    assert (found.label, found.events) == ("none", ())
    assert found.confidence > 0.9
