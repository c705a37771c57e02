"""What falls or rises in the neighbours of a half-cycle, and is no short of its own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from dendrolith.traces.held import signs_of
from dendrolith.traces.segments import segments_of
from dendrolith.traces.shorts.classification import Verdict
from dendrolith.traces.shorts.falls import Fall
from dendrolith.traces.shorts.fraction import Fractions, HalfCycle
from dendrolith.traces.shorts.measured import judge
from dendrolith.traces.shorts.witness import is_sudden, sound_before, within
from tests.traces.circuit_set import Array
from tests.traces.small_set import AMPERE, symmetric


def verdict(trace: tuple[Array, Array, Array]) -> Verdict:
    return judge(*segments_of(*trace))


@pytest.mark.parametrize("halves", [4, 5, 6])
def test_a_short_in_part_that_few_half_cycles_precede_is_soft(halves: int) -> None:
    time, voltage, current = symmetric(halves, 300)
    voltage[840:] *= 0.33  # 80 % of the third half-cycle
    assert verdict((time, voltage, current)).label == "soft"


def lithium_on_copper(cycles: int, samples: int = 80, seed: int = 5) -> tuple[Array, Array, Array]:
    """Plating, then stripping to 0.5 V: it ends at a time of its own in each cycle."""
    rng = np.random.default_rng(seed)
    volts, amps = [], []
    for _ in range(cycles):
        count = int(samples * (0.93 + 0.02 * rng.standard_normal()))
        left = 1 - (np.arange(count) + 0.5) / count
        volts += [np.full(samples, -0.06), 0.06 + 0.44 * np.exp(-left / 0.02)]
        amps += [np.full(samples, -AMPERE), np.full(count, AMPERE)]
    voltage, current = np.concatenate(volts), np.concatenate(amps)
    voltage += 3e-4 * rng.standard_normal(voltage.size)
    return 45.0 * np.arange(voltage.size), voltage, current


@pytest.mark.parametrize("seed", range(4))
def test_the_end_of_a_stripping_is_no_short(seed: int) -> None:
    found = verdict(lithium_on_copper(12, seed=seed))
    assert found.label == "none"
    assert found.confidence > 0.5


def test_a_short_is_seen_in_a_stripping_that_ends_high() -> None:
    time, voltage, current = lithium_on_copper(8)
    begins = np.flatnonzero((current[1:] > 0) & (current[:-1] < 0)) + 1
    for begin in begins[3:5]:
        voltage[begin + 25 : begin + 45] *= 0.4
    assert verdict((time, voltage, current)).label == "soft"


def test_resistances_that_vary_between_half_cycles_are_no_sure_short() -> None:
    time, voltage, current = symmetric(36, 12, step=100.0)
    half = np.repeat(np.arange(36), 12)
    voltage *= np.exp(0.4 * np.sin(2 * np.pi * half / 7.3))  # 10 K and 0.4 eV, in rests
    assert verdict((time, voltage, current)).confidence < 0.7


def test_a_short_of_one_direction_beside_an_offset_makes_no_full_cell() -> None:
    time, voltage, current = symmetric(4, 300)
    voltage[330:560] *= 0.3  # with the offset, the voltage keeps its side here
    voltage[900:950] *= 0.4
    assert verdict((time, voltage + 0.03, current)).label == "soft"


@pytest.mark.parametrize("samples", [80, 240])
def test_a_plateau_that_ends_steeply_is_no_charge_that_stalls(samples: int) -> None:
    """Iron phosphate: its steep end is seen by few samples, in some charges by none."""
    rng = np.random.default_rng(samples)
    volts, amps = [], []
    for _ in range(8):
        for way in (1.0, -1.0):
            filled = np.linspace(0.0, 0.97 + 0.03 * rng.random(), samples)
            q = filled if way > 0 else 1 - filled
            ends = 0.35 * np.exp(60 * (q - 1)) - 0.8 * np.exp(-40 * q)
            volts.append(3.40 + 0.02 * q + ends + 0.04 * way)
            amps.append(np.full(samples, 1e-3 * way))
    voltage, current = np.concatenate(volts), np.concatenate(amps)
    voltage += 1e-3 * rng.standard_normal(voltage.size)
    found = verdict((3600.0 / samples * np.arange(voltage.size), voltage, current))
    assert found.label == "none"
    assert found.confidence > 0.7


def test_a_single_sample_turns_no_current_without_signs() -> None:
    voltage = np.full(60, 0.05)
    voltage[30] = -0.2
    assert np.ptp(signs_of(voltage)) == 0
    assert np.ptp(signs_of(np.r_[voltage, -voltage])) == 2


def test_a_fall_that_ends_with_the_first_sample_of_a_short_half_cycle() -> None:
    cycle = np.array([0] * 8 + [1, 1])
    left = np.array([1.0] + [0.3] * 8 + [1.0])
    found = Fractions(
        time=np.arange(10.0),
        left=left,
        noise=np.full(10, 0.01),
        begin=np.where(cycle == 1, 8, 0),
        length=np.where(cycle == 1, 2, 8),
        resistance=left.copy(),
        cycle=cycle,
    )
    fall = Fall(first=1, last=8, lasts=False, left=0.3, stays=0.3, sudden=True)
    assert is_sudden(fall, found)


@pytest.mark.parametrize("samples", [30, 300])
def test_a_lost_contact_that_is_back_is_no_sure_hard_short(samples: int) -> None:
    time, voltage, current = symmetric(12, samples)
    rises, ends = int(3.4 * samples), int(8.6 * samples)
    voltage[rises:ends] *= 8.0
    found = verdict((time, voltage, current))
    assert found.label == "none"
    assert any("lost contact was left out" in note for note in found.notes)
    voltage[ends:] *= 0.05
    shorted = verdict((time, voltage, current))
    assert shorted.label == "hard"
    assert shorted.confidence > 0.9


def test_a_soft_short_after_a_lost_contact_is_no_hard_one() -> None:
    time, voltage, current = symmetric(14, 60)
    voltage[200:400] *= 12.0
    voltage[500:520] *= 0.5
    voltage[640:660] *= 0.5
    assert verdict((time, voltage, current)).label == "soft"


def test_a_resistance_that_has_grown_hides_no_hard_short() -> None:
    """A cell that ages to eight times its resistance, and is shorted to what it had."""
    time, voltage, current = symmetric(14, 60)
    voltage *= 8.0 ** (np.arange(voltage.size) / voltage.size)
    voltage[700:] *= 0.13
    assert verdict((time, voltage, current)).label == "hard"


def test_a_lost_contact_in_an_early_half_cycle_makes_no_full_cell() -> None:
    """Its voltage outweighed all others in a mean: soft dips were a hard short with 0.97."""
    time, voltage, current = symmetric(16, 60)
    voltage[300:360] *= 24.0
    for dip in (430, 870):
        voltage[dip : dip + 40] *= 0.5
    found = verdict((time, voltage, current))
    assert found.label == "soft"


def test_an_instrument_that_reads_zero_gives_no_warning() -> None:
    """Steps of the instrument as large as what is left."""
    left = np.r_[np.ones(6), np.zeros(6)]
    found = Fractions(
        time=np.arange(12.0),
        left=left,
        noise=np.full(12, 0.01),
        begin=np.zeros(12, dtype=int),
        length=np.full(12, 12),
        resistance=left.copy(),
        cycle=np.zeros(12, dtype=int),
    )
    fall = Fall(first=6, last=11, lasts=True, left=0.0, stays=0.0, sudden=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert within(fall, found)


def test_a_voltage_against_the_current_is_no_sound_resistance() -> None:
    """Early steps of a ramp under an offset: all that followed was raised beside them."""
    z = np.r_[np.full(10, -0.2), np.full(10, 1.0), np.full(20, 0.03)]
    ones = np.ones(40, dtype=int)
    number = np.repeat([0, 1, 2], [10, 10, 20])
    found = Fractions(np.arange(40.0), z, 0.01 * ones, 10 * number, 10 * ones, z, number)
    halves = [np.flatnonzero(number == n) for n in range(3)]
    cycles = [HalfCycle(1.0 * rows, 1.0 * (rows - rows[0]), z[rows], 1e-4) for rows in halves]
    fall = Fall(first=20, last=39, lasts=True, left=0.03, stays=0.03, sudden=True)
    assert sound_before(fall, [fall], found, cycles) is None


@pytest.mark.parametrize("factor", [10.0, 20.0])
def test_a_slow_rise_that_is_back_is_no_hard_short(factor: float) -> None:
    """A contact lost within a few half-cycles and regained as slowly: hard with 0.58."""
    time, voltage, current = symmetric(20, 60)
    bump = np.exp(-(((np.arange(voltage.size) - 600) / 120.0) ** 2))
    voltage *= factor**bump
    assert verdict((time, voltage, current)).label == "none"
    slow = np.clip((np.arange(voltage.size) - 500) / 600, 0, 1)
    time, voltage, current = symmetric(20, 60)
    voltage *= 0.05**slow
    assert verdict((time, voltage, current)).label == "hard"
