"""Kinds of traces that mislead: each has its right class, or no sure verdict."""

import numpy as np
import pytest

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.traces.offset import offset_of_ramp
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


def test_a_cell_that_begins_with_a_discharge_is_surely_sound():
    """Its first charge has no other before it, and begins below the usual voltage."""
    time, voltage, current = full(7)
    time, voltage, current = time[100:], voltage[100:].copy(), current[100:]
    assert verdict((time, voltage, current)).confidence > 0.9
    collapsed = np.where(np.arange(time.size) >= 150, 0.02, voltage)
    assert verdict((time, collapsed, current)).label == "hard"
    voltage[70:100] -= 3.2 * np.linspace(0, 1, 30) ** 2  # to its end, and up again
    voltage[100:110] -= 3.0 * (1 - np.linspace(0, 1, 10))
    assert verdict((time, voltage, current)).label != "hard"


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
        assert not noted(verdict((time, either * voltage, current)), "hardly any high")
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


@pytest.mark.parametrize(("ohm", "step"), [(10, 1e-3), (20, 1e-3), (40, 2e-3), (120, 1e-2)])
def test_zero_is_a_reading_of_a_coarse_instrument(ohm, step):
    """All values are multiples of one step, so that a hard short is less than half of it."""
    time, voltage, current = symmetric(ohm=ohm)
    coarse = step * np.round(voltage / step)
    assert verdict((time, coarse, current)).label == "none"
    coarse[300:] = step * np.round(0.03 * voltage[300:] / step)
    found = verdict((time, coarse, current))
    assert (found.label, found.confidence <= 0.5) == ("hard", True)
    assert noted(found, "420 voltages are exactly 0")


def held_end(amps, *, halves=6, hold=60):
    """Verdict on a full cell whose held voltages, from the second on, have this current."""
    time, voltage, current = full(halves, hold=hold)
    block = 200 + hold
    for start in range(block + 100, time.size, block):
        sound = current[start : start + hold]
        current[start : start + hold] = np.maximum(sound, amps(np.arange(hold)))
    return verdict((time, voltage, current))


def test_a_current_that_rises_at_a_held_voltage_is_soft():
    """Slowly or for a while; that of a cell falls for good."""
    sound = held_end(lambda k: 0.0 * k)
    assert (sound.label, sound.confidence > 0.9) == ("none", True)
    rises = held_end(lambda k: 1.5e-4 + 1e-5 * k)
    spikes = held_end(lambda k: 6e-4 * (np.isin(k, range(20, 26)) | np.isin(k, range(40, 46))))
    for found in (rises, spikes):
        assert (found.label, found.confidence < 0.9) == ("soft", True)
        assert noted(found, "at a held voltage rises")
    stays = held_end(lambda k: np.full(k.size, 3e-4))
    assert stays.confidence < 0.6
    assert noted(stays, "at a held voltage stops falling")


def test_steps_of_a_current_on_a_plateau_are_no_held_voltage():
    """A staircase up and down at one voltage passes few levels."""
    current = np.repeat([2e-3, 1e-3, 5e-4, 1e-3, -1e-3] * 3, 60)
    voltage = 3.42 + 2.0 * current + 2e-4 * np.random.default_rng(2).normal(size=current.size)
    found = verdict((60.0 * np.arange(current.size), voltage, current))
    assert not noted(found, "held voltage")


def test_the_rests_of_a_full_cell():
    """One that relaxes; one that goes on falling; one that collapses, and ends or heals."""
    time, voltage, current = full(6, rest=200)
    assert verdict((time, voltage, current)).confidence > 0.9
    begin = 2 * 300 + 100
    leaks, relaxes, broken = voltage.copy(), voltage.copy(), voltage.copy()
    leaks[begin : begin + 200] -= 0.5 * np.linspace(0, 1, 200)
    relaxes[begin : begin + 200] -= 0.3 * (1 - np.exp(-np.arange(200) / 20))
    broken[begin + 10 : begin + 200] = 0.01
    for volts in (leaks, broken):
        found = verdict((time, volts, current))
        assert (found.label, found.confidence < 0.9) == ("soft", True)
        assert noted(found, "a rest goes on falling")
    found = verdict((time, relaxes, current))
    assert (found.label, found.confidence < 0.9) == ("none", True)
    stop = begin + 150
    assert verdict((time[:stop], broken[:stop], current[:stop])).label == "hard"


def test_a_drive_cycle_has_doubt():
    """Two waves of current through a charge transfer: its resistance is less where more flows."""
    time = 5.0 * np.arange(3484)
    current = np.sin(2 * np.pi * time / 2000) + 0.3 * np.sin(2 * np.pi * time / 200 + 1)
    voltage = 0.05 * np.arcsinh(2 * current) * (1 + 0.3 * time / time[-1])
    voltage += 2e-4 * np.random.default_rng(3).standard_normal(time.size)
    verdict = judge(*segments_of(time, voltage, 1e-3 * current))
    assert verdict.confidence <= 0.5
    assert "changes all the time" in verdict.notes[-1]


def drifting(part, period=12, left=1.0):
    """Li|Li of 20 half-cycles under an offset that swings; one half-cycle keeps `left`."""
    half = np.repeat(np.arange(20), 60)
    current = np.where(half % 2, -5e-4, 5e-4)
    offset = part * 0.06 * np.sin(3 + 2 * np.pi * np.arange(half.size) / (60 * period))
    sound = 120 * current * np.where(half == 7, left, 1.0)
    noise = 2e-4 * np.random.default_rng(5).normal(size=half.size)
    return 30.0 * np.arange(half.size), sound + offset + noise, current


@pytest.mark.parametrize("period", [8, 12, 16, 24])
@pytest.mark.parametrize("part", [0.3, 0.4, 0.5])
def test_a_reference_that_drifts_is_no_short(part, period):
    """V/I falls in one direction and rises in the other; it was soft with 0.97."""
    found = verdict(drifting(part, period))
    assert found.label == "none" or found.confidence < 0.5
    assert found.label != "hard"


def test_a_dip_of_one_direction_alone_is_no_offset():
    found = verdict(drifting(0.05, left=0.5))
    assert found.label == "soft"
    assert not any("offset" in note for note in found.notes)


def titrated(taken):
    """A full cell in pulses of 12 samples with rests of 3; each discharge gives 1."""
    volts, amps = [], []
    for size in taken:
        for way, pulses in ((1, round(10 * size)), (-1, 10)):
            for pulse in range(pulses):
                filled = (pulse + np.arange(12) / 12) / pulses
                at_rest = 3.4 + 0.6 * (filled if way > 0 else 1 - filled)
                volts += [*(at_rest + 0.03 * way), *np.full(3, at_rest[-1])]
                amps += [*np.full(12, way * 1e-3), 0.0, 0.0, 0.0]
    noise = 5e-4 * np.random.default_rng(2).normal(size=len(volts))
    return 60.0 * np.arange(len(volts)), np.array(volts) + noise, np.array(amps)


@pytest.mark.parametrize("taken", [(1, 1, 1.6, 1.6, 1.6), (1, 1, 1.2, 1.2, 1.2)])
def test_charges_that_come_to_take_more_than_is_given_back(taken):
    """Of a titration one pulse of each was compared: none with 0.97."""
    sound, leaks = verdict(titrated((1,) * 5)), verdict(titrated(taken))
    assert sound.label == "none"
    assert not any("gives back" in note for note in sound.notes)
    assert leaks.label == "soft" or leaks.confidence < 0.7
    assert leaks.label == "soft" or any("gives back" in note for note in leaks.notes)


def ramp(left, *, offset, noise=1e-4, back=False, least=0.0):
    """A current of one side that ramps; 10 mΩ, of which a part is left over time."""
    t = np.linspace(0, 7200, 1500)
    current = least + 10 * t / t[-1]
    if back:
        current = current[::-1]
    voltage = 0.01 * left(t) * current + offset
    return t, voltage + noise * np.random.default_rng(11).normal(size=t.size), current


def verdict_of_ramp(trace):
    return judge(*segments_of(*trace, signal=VOLTAGE))


@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-4, 5e-4])
@pytest.mark.parametrize("least", [0.0, 0.3])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("offset", [-0.02, -0.005, 0.005])
def test_a_ramp_with_an_offset_is_sound(offset, back, least, noise):
    """One that passes 0 V too: no short does."""
    found = verdict_of_ramp(ramp(np.ones_like, offset=offset, noise=noise, back=back, least=least))
    assert found.label == "none", (found.label, found.confidence)


@pytest.mark.parametrize("offset", [-0.02, -0.005, 0.0])
@pytest.mark.parametrize("at", [3000.0, 5000.0])
def test_a_ramp_with_an_offset_shows_its_short(at, offset):
    """Where the voltage stays below 0 ever after, too."""
    found = verdict_of_ramp(ramp(lambda t: np.where(t < at, 1.0, 1e-3), offset=offset))
    assert found.label == "hard", (found.label, found.confidence)
    assert found.events[-1].onset == pytest.approx(at, abs=60)


def swept(left, *, back=False, cycles=0):
    """A voltage that is swept up, down or to and fro, over 10 mΩ of which a part is left."""
    t = np.linspace(0, 7200, 1500)
    voltage = 0.1 * t / t[-1]
    if back:
        voltage = voltage[::-1].copy()
    if cycles:
        voltage = 0.1 * np.sin(2 * np.pi * cycles * t / t[-1])
    noise = 1 + 1e-3 * np.random.default_rng(3).normal(size=t.size)
    return judge(*segments_of(t, voltage, voltage / (0.01 * left(t)) * noise, signal=CURRENT))


@pytest.mark.parametrize("sweep", [{}, {"back": True}, {"cycles": 2}, {"cycles": 6}])
def test_a_voltage_that_is_swept_shows_its_short_alone(sweep):
    """V/I is that of each sample: the current of a sound cell follows the voltage."""
    sound = swept(np.ones_like, **sweep)
    assert sound.label == "none", (sound.label, sound.confidence)
    shorted = swept(lambda t: np.where(t < 4000, 1.0, 1e-2), **sweep)
    assert shorted.label == "hard", (shorted.label, shorted.confidence)
    assert shorted.events[-1].onset == pytest.approx(4000, abs=60)


@pytest.mark.parametrize("kind", [CURRENT, VOLTAGE])
@pytest.mark.parametrize(("left", "most"), [(0.2, 0.5), (0.4, 0.5), (0.7, 1.0), (1.5, 1.0)])
@pytest.mark.parametrize("samples", [1500, 50_000])
def test_a_slow_decline_in_a_single_half_cycle_is_a_doubt(left, most, kind, samples):
    """After a current has decayed, or a voltage has built up; in averages of many samples too."""
    t = np.linspace(0, 7200, samples)
    resistance = np.minimum(1.0, 0.3 + t / 1000) * np.interp(t, [3000, 7200], [1.0, left])
    resistance *= 1 + 2e-3 * np.random.default_rng(8).normal(size=t.size)
    if kind == VOLTAGE:
        found = judge(*segments_of(t, 0.1 * resistance, np.full(t.size, 2.3), signal=VOLTAGE))
    else:
        found = judge(*segments_of(t, np.full(t.size, 0.1), 2.0 / resistance, signal=CURRENT))
    assert found.label == "none"
    assert found.confidence <= most
    assert noted(found, "a slow decline") == (most < 1)


def test_a_current_without_signs_that_ramps_through_0_turns():
    """Its voltage is no line over it."""
    t = np.linspace(0, 7200, 1500)
    current = 10 * np.cos(2 * np.pi * t / 1800)
    assert offset_of_ramp(0.01 * current, np.abs(current)) == 0.0
    assert offset_of_ramp(0.01 * np.abs(current) - 0.02, np.abs(current)) == pytest.approx(-0.02)
