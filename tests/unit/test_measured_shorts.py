"""Verdicts on measured traces: synthetic sets as a whole, and the kinds that mislead one by one."""

import itertools

import numpy as np
import pytest

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.traces.held import held_of, is_driven
from dendrolith.traces.segments import Undecided, segments_of
from dendrolith.traces.shorts.measured import judge
from tests.traces import circuit_set, synthetic_set
from tests.traces.score import confusion, judged, printed, sure_and_wrong

pytestmark = pytest.mark.serial

AMPERE, OHM, STEP = 5e-4, 120.0, 30.0


@pytest.mark.parametrize("made", [synthetic_set, circuit_set], ids=lambda m: m.__name__)
def test_a_set_of_synthetic_traces(made):
    """Of each class 95 % and more; of the sure verdicts 2 % and less are wrong."""
    scored = judged(made.traces())
    table = confusion(scored)
    sure, wrong = sure_and_wrong(scored)
    assert table.sum() == 300
    assert (np.diag(table) >= 0.95 * table.sum(axis=1)).all(), printed(scored)
    assert wrong <= 0.02 * sure, printed(scored)
    assert sure > 150


class Cell:
    """Li|Li with `samples` a half-cycle and `rest` more without current."""

    def __init__(self, samples=40, halves=10, rest=0):
        block = np.r_[np.ones(samples), np.zeros(rest)]
        signs = np.where(np.arange(halves) % 2, -1.0, 1.0)
        self.current = AMPERE * np.outer(signs, block).ravel()
        self.half = np.repeat(np.arange(halves), block.size)
        self.phase = np.tile(np.arange(block.size), halves)
        self.time = STEP * np.arange(self.current.size)
        self.samples = samples

    def verdict(self, left=1.0, *, current="signed", offset=0.0, noise=3e-4):
        """Verdict on this cell with a fraction of its voltage left."""
        rng = np.random.default_rng(7)
        noisy = noise * rng.normal(size=self.time.size)
        voltage = OHM * self.current * left + offset + noisy
        given = {"signed": self.current, "unsigned": np.abs(self.current), "none": None}[current]
        return judge(*segments_of(self.time, voltage, given))

    def dips(self, depth):
        left = np.ones(self.time.size)
        for half, part in ((2, 0.2), (3, 0.5), (4, 0.3)):
            begin = int(part * self.samples)
            inside = (self.phase >= begin) & (self.phase < begin + max(3, self.samples // 6))
            left[(self.half == half) & inside] = depth
        return left


SAMPLINGS = list(itertools.product((10, 15, 30, 60, 300), (0, 4)))


@pytest.mark.parametrize(("samples", "rest"), SAMPLINGS)
def test_the_three_classes_at_any_sampling(samples, rest):
    """The square wave of the current is held, down to ten samples a half-cycle."""
    cell = Cell(samples, rest=rest)
    for current in ("signed", "unsigned"):
        assert cell.verdict(current=current).label == "none"
        assert cell.verdict(cell.dips(0.45), current=current).label == "soft"
        hard = cell.verdict(np.where(cell.half >= 5, 4 / 60, 1.0), current=current)
        assert (hard.label, hard.kind) == ("hard", VOLTAGE)
        assert hard.confidence >= 0.9


@pytest.mark.parametrize(("samples", "rest"), SAMPLINGS)
def test_a_voltage_alone_is_never_sure(samples, rest):
    """With reversals: the class is right, and the doubt is said."""
    cell = Cell(samples, rest=rest)
    for left, label in ((1.0, "none"), (np.where(cell.half >= 5, 4 / 60, 1.0), "hard")):
        verdict = cell.verdict(left, current="none")
        assert verdict.label == label
        assert verdict.confidence < 0.9
        assert "has no current" in verdict.notes[0]


@pytest.mark.parametrize("height", [-0.5, -0.2, 0.1, 0.5, 2.0])
@pytest.mark.parametrize("length", [1, 3, 10])
def test_what_every_half_cycle_does_alike_is_no_short(height, length):
    """Peaks and undershoots after each reversal."""
    for samples, rest in ((10, 0), (40, 4), (300, 0)):
        cell = Cell(samples, rest=rest)
        assert cell.verdict(1 + height * np.exp(-cell.phase / length)).label == "none"


def test_slow_changes_are_no_sure_short():
    """Ageing, temperature, an offset, a first contact that forms, a decline to a quarter."""
    cell = Cell(40)
    along = cell.time / cell.time[-1]
    for left in (1 + along, 1 + 0.3 * np.sin(20 * along), 1 + 2 * np.exp(-cell.half / 1.5)):
        assert cell.verdict(left).label == "none"
    assert cell.verdict(offset=0.01).label == "none"
    assert cell.verdict(np.exp(-1.4 * along)).confidence < 0.9


def test_a_short_that_heals_is_soft_and_one_that_stays_in_part_too():
    cell = Cell(40)
    assert cell.verdict(np.where(cell.half == 5, 0.03, 1.0)).label == "soft"
    assert cell.verdict(np.where(cell.half >= 5, 0.4, 1.0)).label == "soft"


@pytest.mark.parametrize("bend", [0.01, 1.0, 4.0])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("samples", [10, 40])
def test_critical_currents(bend, both, samples):
    """No short, one that comes with a step, one within a step, one that heals."""
    levels = np.repeat(np.arange(1, 9), 1 + both) * 1e-4
    signs = np.where(np.arange(levels.size) % 2, -1.0, 1.0) if both else 1.0
    current = np.repeat(levels * signs, samples)
    step = np.repeat(np.arange(levels.size), samples)
    within = np.tile(np.arange(samples), levels.size)
    voltage = 0.012 * np.arcsinh(bend * current / 1e-4) / np.arcsinh(bend)
    voltage = voltage + 2e-4 * np.random.default_rng(3).normal(size=current.size)
    first = 4 * (1 + both)
    cases = {
        "none": [np.ones(current.size)],
        "hard": [
            np.where(step >= first, 0.08, 1.0),
            np.where((step > first) | ((step == first) & (within > samples // 2)), 0.08, 1.0),
            np.where(step == levels.size - 1, 0.08, 1.0),
        ],
        "soft": [np.where((step == first) | (step == first + 2), 0.45, 1.0)],
    }
    for label, fractions in cases.items():
        for left in fractions:
            verdict = judge(*segments_of(STEP * np.arange(current.size), left * voltage, current))
            assert (verdict.label, verdict.kind) == (label, VOLTAGE)


def full_cell(samples=100, cycles=4):
    charge = np.arange(samples) / samples
    filled = np.tile(np.r_[charge, 1 - charge], cycles)
    sign = np.tile(np.repeat([1.0, -1.0], samples), cycles)
    voltage = 3.4 + 0.7 * filled + 0.1 * np.tanh(8 * (filled - 0.5)) + 0.05 * sign
    voltage += 5e-4 * np.random.default_rng(4).normal(size=filled.size)
    return 60.0 * np.arange(filled.size), voltage, 1e-3 * sign


def test_a_full_cell():
    """No short; dips; a charge that rises no further; hardly anything left."""
    time, voltage, current = full_cell()
    dips, stalls, broken = voltage.copy(), voltage.copy(), voltage.copy()
    for place in (240, 450, 640):
        dips[place : place + 5] -= 0.25
    stalls[400:] = np.where(current[400:] > 0, np.minimum(stalls[400:], 3.75), stalls[400:])
    broken[470:] = 0.05
    cases = {"none": voltage, "hard": broken}
    for label, volts in (*cases.items(), ("soft", dips), ("soft", stalls)):
        verdict = judge(*segments_of(time, volts, current))
        assert (verdict.label, verdict.kind) == (label, VOLTAGE)


def test_one_charge_that_rises_no_further():
    """And then fluctuates: soft, with doubt, for there is no other charge."""
    time, voltage, current = (x[:100] for x in full_cell())
    assert judge(*segments_of(time, voltage, current)).label == "none"
    voltage = np.minimum(voltage, 3.72)
    voltage[55:] = 3.7 + 0.012 * np.random.default_rng(2).normal(size=45)
    verdict = judge(*segments_of(time, voltage, current))
    assert verdict.label == "soft"
    assert verdict.confidence < 0.9


def charges(*volts, current=2.0):
    """Verdict on half-cycles of 10 h that alternate, charge first, with these voltages."""
    time = np.concatenate([36e3 * (k + np.linspace(0, 1, v.size)) for k, v in enumerate(volts)])
    held = np.repeat([current * (-1) ** k for k in range(len(volts))], [v.size for v in volts])
    noise = 2e-4 * np.random.default_rng(5).normal(size=time.size)
    return judge(*segments_of(time, np.concatenate(volts) + noise, held))


def test_a_charge_that_stops_rising_is_never_surely_sound():
    """An exponential to I R_e, whatever the cell: alone, and before a discharge."""
    part = np.linspace(0, 1, 200)
    for begin, end in ((3.5, 3.8), (1.5, 1.55), (2.0, 4.1)):
        leaks = end - (end - begin) * np.exp(-8 * part)
        for trace in ((leaks,), (leaks, leaks[::-1])):
            verdict = charges(*trace)
            assert verdict.label != "none" or verdict.confidence < 0.6
            assert any("stops rising" in note for note in verdict.notes)
        healthy = begin + (end - begin) * part
        assert not charges(healthy, healthy[::-1]).notes


@pytest.mark.parametrize("left", [0.05, 0.2, 0.4])
def test_a_first_charge_that_collapses_is_no_discharge(left):
    """It ends within a thousandth of the charge."""
    part = np.r_[np.linspace(0, 1, 100), 1 + 1e-3 * np.linspace(0.1, 1, 40)]
    volts = np.where(part > 1, left * 3.8, 3.5 + 0.3 * part)
    time = 36e3 * part
    assert judge(*segments_of(time, volts, np.full(time.size, 2.0))).label == "hard"


@pytest.mark.parametrize("back", [0.3, 0.6])
def test_charge_that_does_not_come_back_is_said(back):
    part = np.linspace(0, 1, 200)
    up, down = 3.4 + 0.8 * part, 4.2 - 0.8 * part
    time = np.r_[36e3 * part, 36e3 * (1 + back * part + 1e-3)]
    verdict = judge(*segments_of(time, np.r_[up, down], np.repeat([2.0, -2.0], 200)))
    assert verdict.confidence < 0.6
    assert f"{100 * back:.0f} %" in verdict.notes[-1]


def test_a_held_voltage():
    """With the voltage or without: the current tells, also where the source reaches its limit."""
    n = 400
    time = 10.0 * np.arange(n)
    along = time / time[-1]
    rng = np.random.default_rng(6)
    base = 1e-4 * (1 + np.exp(-along / 0.05)) * (1 + 0.01 * rng.normal(size=n))
    spikes, short = np.ones(n), np.where(along > 0.7, 200.0, 1.0)
    for place in (160, 240, 320):
        spikes[place : place + 10] = 4.0
    for held in (np.full(n, 0.1), None):
        for factor, label in ((1.0, "none"), (spikes, "soft"), (short, "hard")):
            verdict = judge(*segments_of(time, held, base * factor))
            assert (verdict.label, verdict.kind) == (label, CURRENT)
    limited = np.minimum(base * short, 2e-3)
    assert judge(*segments_of(time, 0.1 * limited / (base * short), limited)).label == "hard"


def test_a_cell_that_is_bridged_from_the_start_has_no_floor():
    cell = Cell(60, 8)
    verdict = cell.verdict(0.005, noise=3e-5)
    assert (verdict.label, verdict.confidence) == ("none", 0.0)
    assert "Ohm from the start: no floor to compare with" in verdict.notes[0]


def test_exact_zeros_are_told():
    """A lead that is off gives them too: no sure verdict."""
    cell = Cell(60, 8)
    verdict = cell.verdict(np.where(cell.half > 0, 0.0, 1.0), noise=0.0)
    assert verdict.confidence <= 0.5
    assert "420 voltages are exactly 0" in verdict.notes[0]


def test_what_is_held():
    """A square wave and a staircase are held; a leakage with spikes is not."""
    square = np.tile(np.repeat([1.0, -1.0], 10), 10)
    rng = np.random.default_rng(1)
    assert held_of(square * (60 + rng.normal(size=200)), square) == CURRENT
    assert held_of(60 * square, square) == CURRENT  # both step: a held current
    assert held_of(np.full(200, 0.1), np.exp(-np.arange(200) / 50.0)) == VOLTAGE
    assert is_driven(square)
    assert is_driven(np.repeat(np.arange(1.0, 9.0), 20))
    spikes = np.ones(200)
    spikes[50:60] = spikes[100:110] = 40.0
    assert not is_driven(spikes)
    with pytest.raises(Undecided):
        segments_of(np.arange(200.0), None, square)
