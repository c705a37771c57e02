"""Short circuits in synthetic traces of every class; what a laboratory does to them changes none.

Labels follow from the rules of solver/theory.md, section 13, which also says where noise and few
samples hide a class: voltage dips are 40 % and more here, traces of 200 samples and more. A shape
gives the signal over 0..1 of the trace, its floor at 1.
"""

import dataclasses
import itertools
import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.traces.shorts.classification import classify
from dendrolith.traces.shorts.excursion import Event
from dendrolith.traces.shorts.running_floor import BLOCKS_OF_NOISE
from dendrolith.traces.shorts.state_machine import (
    CLASSES,
    HARD,
    NONE,
    SOFT,
    ShortCircuitTrace,
)
from dendrolith.traces.shorts.thresholds import SIMULATED, Thresholds

pytestmark = pytest.mark.serial


@dataclass(frozen=True)
class Part:
    """Samples under one control."""

    time: np.ndarray
    value: np.ndarray
    kind: str = CURRENT
    signal: str = "x"
    held: float | None = None


def pulse(x, begin, end, edge=0.003):
    """1 between begin and end, with edges as wide as `edge`."""
    return 0.5 * (np.tanh((x - begin) / edge) - np.tanh((x - end) / edge))


def pulses(x, height, *begins, width=0.03):
    return height * sum(pulse(x, b, b + width) for b in begins)


def step(x, begin, height, edge=1e-4):
    return height * 0.5 * (1 + np.tanh((x - begin) / edge))


# name: kind, label, signal over 0..1 of the trace
SHAPES = {
    "flat": (CURRENT, NONE, lambda x: 1 + 0 * x),
    "slow rise by 1000": (CURRENT, NONE, lambda x: 1000.0**x),
    "slow decay by 1000": (CURRENT, NONE, lambda x: 1000.0**-x),
    "closing gap": (CURRENT, NONE, lambda x: 1 / np.sqrt(1.01 - x)),
    "one excursion": (CURRENT, NONE, lambda x: 1 + pulses(x, 30, 0.5)),
    "one deep excursion": (CURRENT, NONE, lambda x: 1 + pulses(x, 1e4, 0.5)),
    "a path in part that lasts": (CURRENT, SOFT, lambda x: 1 + step(x, 0.6, 14)),
    "growth that lasts": (CURRENT, NONE, lambda x: 1 + 14 * np.maximum(x - 0.75, 0)),
    "long, then hard": (CURRENT, HARD,
                        lambda x: 1 + 4 * pulse(x, 0.3, 0.6) + step(x, 0.85, 1e6)),
    "below the onset": (CURRENT, NONE, lambda x: 1 + pulses(x, 0.8, 0.3, 0.5, 0.7)),
    "jump": (CURRENT, HARD, lambda x: 1 + step(x, 0.7, 1e4)),
    "rise within 4 %": (CURRENT, HARD, lambda x: 1 + step(x, 0.7, 1e5, edge=0.01)),
    "jump, then growth": (CURRENT, HARD, lambda x: 1 + step(x, 0.5, 1e3) * (1 + 20 * (x - 0.5))),
    "jump, then a third": (CURRENT, HARD,
                           lambda x: 1 + step(x, 0.4, 1e4) - step(x, 0.7, 7e3)),
    "stepwise": (CURRENT, HARD,
                 lambda x: 1 + step(x, 0.3, 9) + step(x, 0.5, 90) + step(x, 0.7, 900)),
    "half recovered, then hard": (CURRENT, HARD,
                                  lambda x: 1 + step(x, 0.3, 7) + pulses(x, 90, 0.3)
                                  + step(x, 0.8, 300)),
    "soft, then hard": (CURRENT, HARD, lambda x: 1 + pulses(x, 30, 0.3, 0.5) + step(x, 0.75, 1e4)),
    "two excursions": (CURRENT, SOFT, lambda x: 1 + pulses(x, 20, 0.4, 0.7)),
    "many excursions": (CURRENT, SOFT,
                        lambda x: 1 + pulses(x, 40, 0.25, 0.35, 0.45, 0.55, 0.65, 0.8)),
    "deep excursions": (CURRENT, SOFT, lambda x: 1 + pulses(x, 1e3, 0.3, 0.5, 0.7)),
    "partial recovery": (CURRENT, SOFT,
                         lambda x: 1 + step(x, 0.3, 5) + pulses(x, 80, 0.4, 0.55, 0.7)),
    "ends inside the fourth": (CURRENT, SOFT, lambda x: 1 + pulses(x, 40, 0.3, 0.5, 0.7, 0.98)),
    "charge": (VOLTAGE, NONE, lambda x: 1 + 0.15 * x),
    "charge with a knee": (VOLTAGE, NONE, lambda x: 0.9 + 0.1 * x + 0.2 * x**8),
    "slow fall": (VOLTAGE, NONE, lambda x: 1 - 0.3 * x),
    "one dip": (VOLTAGE, NONE, lambda x: 1 - pulses(x, 0.6, 0.5)),
    "collapse": (VOLTAGE, HARD, lambda x: 1 - step(x, 0.7, 0.98)),
    "collapse to a tenth": (VOLTAGE, HARD, lambda x: 1 + 0.1 * x - step(x, 0.6, 0.9, edge=0.005)),
    "long dip, then collapse": (VOLTAGE, HARD,
                                lambda x: 1 - 0.4 * pulse(x, 0.3, 0.6) - step(x, 0.85, 0.98)),
    "a part lost for good": (VOLTAGE, SOFT, lambda x: 1 - step(x, 0.5, 0.3, edge=0.003)),
    "partial recoveries": (VOLTAGE, SOFT,
                           lambda x: 1 - step(x, 0.4, 0.3) - pulses(x, 0.15, 0.5, 0.6, 0.7, 0.8)),
    "dips": (VOLTAGE, SOFT, lambda x: 1 - pulses(x, 0.6, 0.3, 0.5, 0.7)),
    "fluctuation without a rise": (VOLTAGE, SOFT,
                                   lambda x: 1 - step(x, 0.3, 0.05)
                                   - pulses(x, 0.6, 0.35, 0.45, 0.6, 0.75)),
    "dips that half recover": (VOLTAGE, SOFT,
                               lambda x: 1 - pulses(x, 0.6, 0.4, 0.5, 0.65)
                               - 0.1 * pulse(x, 0.43, 0.9)),
}  # fmt: skip


def label_of(time, value, kind, thresholds=None):
    """One pass, without the confidence."""
    trace = ShortCircuitTrace(thresholds or Thresholds(), kind)
    for t, y in zip(time, value, strict=True):
        trace.feed(float(t), float(y))
    return trace.verdict


def sampled(name, n=1000):
    kind, label, shape = SHAPES[name]
    x = np.linspace(0, 1, n)
    return kind, label, x, shape(x)


@pytest.mark.parametrize("name", SHAPES)
def test_the_label_of_each_shape(name):
    kind, label, x, y = sampled(name)
    verdict = classify([Part(3600 * x, 1e-6 * y, kind)], Thresholds())
    assert verdict.label == label
    assert verdict.confidence >= 0.5


SIZES = st.floats(-1, 1)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(SHAPES)), seed=st.integers(0, 2**32 - 1),
    samples=st.floats(math.log(200), math.log(6000)), spacing=st.sampled_from(["even", "random"]),
    noise=st.floats(0, 1), drift=SIZES, offset=SIZES, sign=st.sampled_from([-1, 1]),
    unit=st.floats(-9, 9), clock=st.floats(-6, 6), start=st.floats(-10, 10),
    missing=st.floats(0, 0.2), doubled=st.floats(0, 0.2),
)  # fmt: skip
def test_the_label_survives_the_laboratory(
    name, seed, samples, spacing, noise, drift, offset, sign, unit, clock, start, missing, doubled
):
    """Noise to 5 % of a current and 3 % of a voltage, drift by half, any unit, sign and sampling.

    An offset is to 10 % of the floor of a current, to 2 % of a voltage.
    """
    kind, label, shape = SHAPES[name]
    generator = np.random.default_rng(seed)
    n = int(math.exp(samples))
    x = np.linspace(0, 1, n)
    if spacing == "random":
        x = np.sort(generator.uniform(0, 1, n))
    y = shape(x)
    if kind == CURRENT:
        y = y * (1 + 0.05 * noise * generator.standard_normal(n)) * 1.5 ** (drift * x)
        y = y + 0.1 * offset
    else:
        y = y * 1.05 ** (drift * x) + 0.03 * noise * generator.standard_normal(n) + 0.02 * offset
    y[generator.uniform(size=n) < missing] = np.nan
    twice = generator.uniform(size=n) < doubled
    x, y = (np.repeat(values, 1 + twice) for values in (x, y))
    time = 10.0**clock * (x + start)
    assert label_of(time, sign * 10.0**unit * y, kind) == label


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("factor", [0.1, 10])
def test_ten_times_coarser_and_finer(name, factor):
    kind, label, x, y = sampled(name, int(2000 * factor))
    assert label_of(x, y, kind) == label


@pytest.mark.parametrize("name", SHAPES)
def test_steps_that_shrink_before_an_event(name):
    """As a simulation takes them: fifty times denser around each change of the signal."""
    kind, label, x, y = sampled(name, 20_000)
    density = 1 + 50 * (np.abs(np.gradient(np.log(y))) > 1e-3)
    at = np.interp(np.linspace(0, 1, 2500), np.cumsum(density) / density.sum(), x)
    assert label_of(at, SHAPES[name][2](at), kind) == label


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from([CURRENT, VOLTAGE]),
       level=st.sampled_from([0.0, 1.0]))  # fmt: skip
def test_noise_alone_is_no_short(seed, kind, level):
    """Around a floor, and around zero."""
    generator = np.random.default_rng(seed)
    value = level + 0.05 * generator.standard_normal(5000)
    assert label_of(np.arange(5000), value, kind) == NONE


@pytest.mark.parametrize("seed", [*range(20), 130])
def test_a_noisy_charge_is_no_short(seed):
    """Fault: an excursion of nothing but noise taken for a path in part that lasts."""
    generator = np.random.default_rng(seed)
    x = np.linspace(0, 1, 1429)
    noisy = 1 + 0.15 * x + 0.03 * generator.standard_normal(x.size)
    noisy[generator.uniform(size=x.size) < 0.125] = np.nan
    assert label_of(x, noisy, VOLTAGE) == NONE


@pytest.mark.parametrize("noise", [0.005, 0.01, 0.02])
def test_noise_does_not_split_a_slow_dip(noise):
    """Finely sampled, its flanks cross every threshold many times: one dip, four dips."""
    x = np.linspace(0, 1, 20_000)
    dip = np.exp(-(((x - 0.5) / 0.02) ** 2))
    for seed in range(5):
        jitter = noise * np.random.default_rng(seed).standard_normal(x.size)
        assert label_of(x, 1 - 0.4 * dip + jitter, VOLTAGE) == NONE
        assert label_of(x, 1 + 20 * dip + 5 * jitter, CURRENT) == NONE


def test_a_leakage_below_the_noise():
    """Its floor is the noise: excursions, a lasting step and a short of 50, 50 and 10⁴ of it."""
    x = np.linspace(0, 1, 1000)
    for seed in range(10):
        noise = 1e-9 * np.random.default_rng(seed).standard_normal(x.size)
        assert label_of(x, noise + pulses(x, 5e-8, 0.4, 0.7), CURRENT) == SOFT
        assert label_of(x, noise + step(x, 0.6, 5e-8), CURRENT) == SOFT
        assert label_of(x, noise + step(x, 0.6, 1e-5), CURRENT) == HARD


def test_noise_does_not_split_an_excursion_from_noise():
    """A slow rise to 20 standard deviations of a leakage that is all noise: one excursion."""
    x = np.linspace(0, 1, 20_000)
    rise = 20 * np.exp(-(((x - 0.5) / 0.02) ** 2))
    for seed in range(8):
        noise = np.random.default_rng(seed).standard_normal(x.size)
        assert label_of(x, noise + rise, CURRENT) == NONE


@pytest.mark.parametrize("seed", range(20))
def test_random_fluctuation_is_soft(seed):
    """A path that opens and closes at random; a voltage with dips of every size.

    Quick changes only, and closed at the end: slow ones may be none or hard by the rules.
    """
    generator = np.random.default_rng(seed)
    n, changes, depth, opened = 600, 1 / 6, 0.0, False
    current, voltage = np.empty(n), np.empty(n)
    for k in range(n):
        if k > 0.4 * n:
            opened ^= generator.random() < changes
            depth = (1 - changes) * depth + np.sqrt(2 * changes) * generator.standard_normal()
        current[k] = 10 ** generator.uniform(1, 3) if opened else 1.0
        voltage[k] = 3.4 + 0.4 * min(k / (0.4 * n), 1) - 0.2 * max(depth, 0)
    current *= 1 + 0.05 * generator.standard_normal(n)
    voltage += 0.01 * generator.standard_normal(n)
    current[-20:] = 1.0
    assert label_of(np.arange(n), current, CURRENT) == SOFT
    assert label_of(np.arange(n), voltage, VOLTAGE) == SOFT


# ---------------------------------------------------------------------- numbers of an event


def test_an_event_has_onset_depth_recovery_and_duration():
    """A trapezoid: its threshold and its recovery are crossed between samples."""
    time = np.arange(0.0, 100.5, 1.0)
    value = np.interp(time, [0, 60, 61, 70, 71, 101], [1, 1, 11, 11, 1, 1])
    event, = classify([Part(time, 2 * value)], Thresholds()).events  # fmt: skip
    assert event.onset == pytest.approx(60.2)  # 3 × the floor
    assert event.depth == pytest.approx(11)
    assert event.recovery == pytest.approx(70 + (11 - 11 / 3) / 10)
    assert event.duration == pytest.approx(event.recovery - event.onset)


def test_an_event_of_a_voltage():
    """Depth: floor over the lowest voltage; onset at 2 % lost, recovery at half of the loss."""
    time = np.arange(0.0, 100.5, 1.0)
    value = np.interp(time, [0, 60, 61, 70, 71, 101], [4, 4, 3, 3, 4, 4])
    event, = classify([Part(time, value, VOLTAGE)], Thresholds()).events  # fmt: skip
    assert event.onset == pytest.approx(60.08)
    assert event.depth == pytest.approx(4 / 3)
    assert event.recovery == pytest.approx(70.5)


def test_a_voltage_that_passes_zero_has_no_depth():
    """Not 1e6 times, nor 0.0001 % of its floor."""
    time = np.arange(0.0, 100.5, 1.0)
    value = np.interp(time, [0, 60, 61, 70, 71, 101], [4, 4, -1, -1, 4, 4])
    event, = classify([Part(time, value, VOLTAGE)], Thresholds()).events  # fmt: skip
    assert str(event).endswith("the voltage came to 0 or passed it")


def test_a_short_that_lasts_has_no_recovery():
    x = np.linspace(0, 1, 500)
    event, = classify([Part(x, 1 + step(x, 0.8, 1e3))], Thresholds()).events  # fmt: skip
    assert event.recovery is None
    assert event.onset == pytest.approx(0.8, abs=2e-3)
    assert event.duration == pytest.approx(1 - event.onset)


def test_the_label_is_about_the_past_alone():
    """Causal: what comes later changes nothing of what was said before."""
    x = np.linspace(0, 1, 400)
    trace, other = (ShortCircuitTrace(Thresholds()) for _ in range(2))
    values = 1 + pulses(x, 50, 0.3, 0.5)
    said = []
    for t, y in zip(x, values, strict=True):
        trace.feed(t, y)
        said.append((trace.verdict, trace.depth))
    for k, (t, y) in enumerate(zip(x[:200], values[:200], strict=True)):
        other.feed(t, y)
        assert (other.verdict, other.depth) == said[k]


# ---------------------------------------------------------------------- edges


@pytest.mark.parametrize("kind", [CURRENT, VOLTAGE])
@pytest.mark.parametrize("value", [[], [1.0], [1.0, 1e6], [np.nan] * 50])
def test_too_little_says_nothing(kind, value):
    verdict = classify([Part(np.arange(float(len(value))), np.array(value), kind)], Thresholds())
    assert (verdict.label, verdict.confidence, verdict.events) == (NONE, 0.0, ())


def test_nothing_at_all():
    verdict = classify([], Thresholds())
    assert (verdict.label, verdict.confidence, verdict.samples) == (NONE, 0.0, 0)
    json.dumps(verdict.as_dict(), allow_nan=False)


@pytest.mark.parametrize("kind", [CURRENT, VOLTAGE])
def test_constant_zero(kind):
    verdict = classify([Part(np.arange(100.0), np.zeros(100), kind)], Thresholds())
    assert (verdict.label, verdict.confidence) == (NONE, 1.0)


def test_a_short_after_nothing():
    """A leakage below what the instrument resolves, then a path; the depth stays a number."""
    x = np.arange(100.0)
    verdict = classify([Part(x, np.where(x > 60, 2e-3, 0.0))], Thresholds())
    assert verdict.label == HARD
    json.dumps(verdict.as_dict(), allow_nan=False)


def test_all_at_one_time():
    verdict = classify([Part(np.full(50, 3.0), 1 + np.arange(50.0))], Thresholds())
    assert verdict.label in CLASSES


@pytest.mark.parametrize("at", [50, 98, 99])
def test_a_single_spike_is_no_short(at):
    """In the middle, and as the last sample or the one before."""
    value = np.ones(100)
    value[at] = 1e6
    assert label_of(np.arange(100), value, CURRENT) == NONE
    assert label_of(np.arange(100), 1 / value, VOLTAGE) == NONE


def test_a_simulation_has_no_glitches():
    """A run that stops at the short has one sample of it."""
    value = np.ones(100)
    value[-1] = 1e6
    assert label_of(np.arange(100), value, CURRENT, SIMULATED) == HARD


def test_a_gap_inside_an_excursion():
    x = np.linspace(0, 1, 500)
    value = 1 + pulses(x, 50, 0.3, 0.6, width=0.06)
    value[(x > 0.32) & (x < 0.34)] = np.nan
    verdict = classify([Part(x, value)], Thresholds())
    assert (verdict.label, len(verdict.events)) == (SOFT, 2)


def test_each_stage_has_its_own_floor():
    """A higher held voltage carries a hundred times the leakage: no short."""
    x = np.linspace(0, 1, 200)
    parts = [Part(x, np.full(200, 1e-6)), Part(1 + x, np.full(200, 1e-3))]
    assert classify(parts, Thresholds()).label == NONE
    assert classify([Part(np.r_[x, 1 + x], np.r_[parts[0].value, parts[1].value])],
                    Thresholds()).label == HARD  # fmt: skip


def test_a_stage_that_ends_in_a_short_stays_one():
    x = np.linspace(0, 1, 200)
    parts = [Part(x, 1 + step(x, 0.6, 1e4)), Part(1 + x, np.full(200, 5.0), VOLTAGE)]
    verdict = classify(parts, Thresholds())
    assert verdict.label == HARD
    assert verdict.kind == "current, voltage"
    assert [event.recovery for event in verdict.events] == [None]


def test_excursions_of_several_stages_count_together():
    x = np.linspace(0, 1, 200)
    one = Part(x, 1 - pulses(x, 0.4, 0.5), VOLTAGE)
    other = dataclasses.replace(one, time=x + 2, value=-one.value)
    assert classify([one], Thresholds()).label == NONE
    assert classify([one, other], Thresholds()).label == SOFT


def half_cycles(shorted_from, samples=100, transient=0.0):
    """A symmetric cell at ±1: from a half-cycle on its voltage is 2 % of what it was."""
    x = np.linspace(0, 1, samples)
    return [
        Part(k + x, sign * np.where(k < shorted_from, 1 - transient * np.exp(-30 * x), 0.02),
             VOLTAGE, held=float(sign))
        for k, sign in enumerate([1, -1] * 10)
    ]  # fmt: skip


@pytest.mark.parametrize("transient", [0.0, 0.5])
def test_a_short_that_begins_with_a_half_cycle(transient):
    """Its floor is that of the last half-cycle at that current; transients are no excursions."""
    never, late = half_cycles(99, transient=transient), half_cycles(12, transient=transient)
    assert classify(never, Thresholds()).label == NONE
    verdict = classify(late, Thresholds())
    assert (verdict.label, verdict.events[-1].kind) == (HARD, VOLTAGE)
    unknown = [dataclasses.replace(part, held=None) for part in late]
    assert classify(unknown, Thresholds()).label == NONE  # each stage with a floor of its own


def test_glitches_are_no_excursions():
    """Fault: two lost samples of three thousand called a soft short."""
    current, voltage = np.ones(3000), np.ones(3000)
    current[[900, 2000]], voltage[[900, 2000]] = 1e4, 0.0
    assert label_of(np.arange(3000), current, CURRENT) == NONE
    assert label_of(np.arange(3000), voltage, VOLTAGE) == NONE


# ---------------------------------------------------------------------- confidence


def test_confidence_falls_where_a_number_sits_on_its_threshold():
    x = np.linspace(0, 1, 1000)

    def confidence(height):
        return classify([Part(x, 1 + step(x, 0.7, height - 1))], Thresholds())

    sure, close = confidence(1e4), confidence(120)
    assert (sure.label, close.label) == (HARD, HARD)
    assert sure.confidence == 1.0
    assert close.confidence == pytest.approx(11 / 12)  # a doubled threshold would not be reached


def test_variations_change_one_threshold_each():
    """Six of them halved and doubled; those of current and voltage together, as odds."""
    base, varied = Thresholds(), Thresholds().varied()
    assert len(varied) == 12
    assert {(v.current_hard - 1) / 99 for v in varied} == {0.5, 1.0, 2.0}
    for other in varied:
        assert other != base
        assert 0 < other.voltage_onset < other.voltage_hard < 1


# ---------------------------------------------------------------------- as a stream


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=st.sampled_from(sorted(SHAPES)), cuts=st.lists(st.integers(0, 499), max_size=4),
       seed=st.integers(0, 1000))  # fmt: skip
def test_a_stream_that_is_stored_and_restored_is_the_batch(name, cuts, seed):
    """To the last bit, through JSON, wherever it is cut."""
    kind, _, x, y = sampled(name, 500)
    y = y * (1 + 0.02 * np.random.default_rng(seed).standard_normal(500))
    batch = classify([Part(x, y, kind)], Thresholds())
    trace, events = ShortCircuitTrace(Thresholds()), []
    trace.begin(kind)
    for k in range(500):
        if k in cuts:
            stored = json.loads(json.dumps(trace.state(), allow_nan=False))
            trace = ShortCircuitTrace(Thresholds())
            trace.restore(stored)
            assert trace.state() == stored
        events.append(trace.feed(float(x[k]), float(y[k])))
    events.append(trace.left_open())
    assert tuple(event for event in events if isinstance(event, Event)) == batch.events
    assert trace.verdict == batch.label


STAGES = {0: 1.0, 130: 2.0, 260: 1.0}  # first sample and what is held


def outcome(trace, x, y, *, cut=0, staged=False):
    """All that a trace gives from sample `cut` to the end; in one stage, or in three."""
    said = [trace.depth, trace.verdict]
    for k, (t, value) in enumerate(zip(x, y, strict=True), cut):
        if staged and k in STAGES:
            said.append(trace.begin(CURRENT, STAGES[k]))
        said.append((trace.feed(float(t), float(value)), trace.depth, trace.verdict))
    return [*said, trace.left_open()]


def other(value):
    """Something else of the same kind."""
    if isinstance(value, str):
        return {CURRENT: VOLTAGE, VOLTAGE: CURRENT}[value]
    if isinstance(value, bool):
        return not value
    if isinstance(value, dict):
        return {key: other(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [other(entry) for entry in value]
    if value is None:
        return None
    return value + 1 if isinstance(value, int) else 0.0 if value else 1.0


def test_every_part_of_the_state_matters():
    """Fault: something is stored and then not taken back, or kept for nothing."""
    x = np.linspace(0, 1, 400)
    shapes = [SHAPES[name][2](x) for name in SHAPES if SHAPES[name][0] == CURRENT]
    first = Thresholds().warm_up - 1
    early = np.where((np.arange(400) >= first) & (np.arange(400) < first + 5), 50.0, 1.0)
    nothing = np.where(np.arange(400) > 200, 1e-3, 0.0)
    nothing[50:60] = 1.0
    at_start = 1 + 50.0 * ((np.arange(400) >= 264) & (np.arange(400) < 290))
    active, keys = set(), set()
    for values in (*shapes, early, nothing, at_start):
        for cut, staged in itertools.product((7, 200, 210, 240, 262, 380), (False, True)):
            trace = ShortCircuitTrace(Thresholds())
            outcome(trace, x[:cut], values[:cut], staged=staged)
            state, rest = trace.state(), (x[cut:], values[cut:])
            keys |= {key for key, value in state.items() if value is not None}
            undisturbed = outcome(trace, *rest, cut=cut, staged=staged)
            for key in [key for key in state if state[key] is not None and key not in active]:
                disturbed = ShortCircuitTrace(Thresholds())
                disturbed.restore({**state, key: other(state[key])})
                if outcome(disturbed, *rest, cut=cut, staged=staged) != undisturbed:
                    active.add(key)
    assert keys == set(ShortCircuitTrace(Thresholds()).state())
    assert active == keys


def test_a_stream_needs_no_more_memory_as_it_goes_on():
    trace = ShortCircuitTrace(Thresholds())
    for k in range(20_000):
        trace.feed(float(k), 1.0)
    assert len(trace.state()["floor"]["blocks"]) == BLOCKS_OF_NOISE
