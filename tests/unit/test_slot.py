"""A crack ahead of its lithium: closed forms, and the window between both."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from dendrolith.networks.slot import Slot, arrest_ratio, length_to_cross, race

CREEP = 1e-3 / 0.89e6**6.6  # ε̇ = 1e-3/s at 0.89 MPa
SLOT = Slot(0.0, CREEP, 6.6, 0.5e-6, 1e8)
PLATED = Slot(1e-6, CREEP, 6.6, 0.5e-6, 1e8)


@pytest.mark.parametrize(
    ("excess", "ratio"), [(1.2, 1.0434), (1.5, 1.2369), (2, 1.8177), (3, 3.7381), (5, 10.165)]
)
def test_arrest(excess, ratio):
    assert arrest_ratio(excess) == pytest.approx(ratio, rel=1e-4)


def test_verdicts():
    quick = Slot(8.6e-6, 0.0, 6.6, 0.5e-6, 1e8)
    wide = race(quick, flaw=50e-6, thickness=500e-6, toughness=0.6e6, end=1e3)
    assert wide.verdict == "a window of 44.4 s, dry over 382 um"
    weak = replace(quick, pressure=1e7)
    assert (
        "does not grow"
        in race(weak, flaw=50e-6, thickness=500e-6, toughness=0.6e6, end=1e3).verdict
    )
    critical = 0.6e6 / math.sqrt(math.pi * 499.9e-6)
    thin = race(
        replace(quick, pressure=critical * 1.0001), flaw=499.9e-6, thickness=500e-6,
        toughness=0.6e6, end=1e3,
    )  # fmt: skip
    assert "with the crack" in thin.verdict


def test_below_its_pressure_a_crack_does_not_grow():
    assert arrest_ratio(1.0) == arrest_ratio(0.3) == 1.0
    for excess in (30.0, 3e4):
        assert arrest_ratio(excess) == pytest.approx((2 * excess / math.pi) ** 2, rel=0.01)


@pytest.mark.parametrize("excess", [0.002, 0.01, 0.05])
def test_near_its_pressure_a_crack_is_hardly_ahead(excess):
    """By (π²/8)(p/p_c − 1)² of its lithium, and by less the farther from p_c."""
    ahead = arrest_ratio(1 + excess) - 1
    assert 1 - excess < ahead / (math.pi**2 / 8 * excess**2) < 1


def test_a_crack_crosses_500_um():
    assert length_to_cross(500e-6, 1e8, 0.6e6) == pytest.approx(117.8e-6, rel=1e-3)
    assert length_to_cross(500e-6, 1e6, 0.6e6) == math.inf


def time_to(slot: Slot, b: float) -> float:
    """Time [s] from b = 0 to b [m]."""
    found, _ = quad(lambda x: 1 / slot.speed(x), 0, b, epsabs=0, epsrel=1e-11, limit=500)
    return found


def test_a_power_law_slot_fills_and_all_but_stops():
    times = np.array([1.0, 10.0, 100.0, 1000.0])
    np.testing.assert_allclose(1e6 * SLOT.filled(times), [20.73, 28.06, 37.99, 51.44], rtol=5e-4)
    for t in times:
        assert time_to(SLOT, float(SLOT.filled(np.array([t]))[0])) == pytest.approx(t, rel=1e-9)


def test_lithium_that_plates_and_creeps():
    for b, time in ((20e-6, 0.6635), (50e-6, 25.008), (100e-6, 74.937)):
        assert time_to(PLATED, b) == pytest.approx(time, rel=5e-4)
    assert (PLATED.flow / PLATED.plating) ** (1 / 6.6) == pytest.approx(24.1e-6, rel=2e-3)


def test_the_window_of_plating_alone():
    """(L − b_c)/v_f = 44.4 s at 8.6 µm/s; at a given p half of it at twice the speed."""
    cell = {"flaw": 50e-6, "thickness": 500e-6, "toughness": 0.6e6, "end": 1e3}
    found, faster = (race(Slot(v, 0.0, 6.6, 0.5e-6, 1e8), **cell) for v in (8.6e-6, 17.2e-6))
    assert found.window == pytest.approx(2 * faster.window, rel=1e-3)
    assert found.crack_through == pytest.approx((117.8 - 50) / 8.6, rel=1e-3)
    assert found.window == pytest.approx(44.4, rel=2e-3)
    assert found.dry_length == pytest.approx(500e-6 - 117.8e-6, rel=0.01)
    assert np.all(found.crack >= found.lithium * (1 - 1e-12))


@pytest.mark.parametrize(("pressure", "toughness"), [(2e7, 0.6e6), (1e7, 1.5e6)])
def test_a_flaw_that_is_not_pressed_hard_enough_stays(pressure, toughness):
    slot = Slot(1e-5, CREEP, 6.6, 0.5e-6, pressure)
    found = race(slot, flaw=50e-6, thickness=500e-6, toughness=toughness, end=1e3)
    assert math.isnan(found.window)
    assert found.lithium_through == math.inf
    assert found.dry_length == 0


def test_the_crack_crosses_and_lithium_does_not_in_time():
    slot = Slot(1e-7, 0.0, 6.6, 0.5e-6, 1e8)
    found = race(slot, flaw=117e-6, thickness=500e-6, toughness=0.6e6, end=100.0)
    assert found.crack_through < 10
    assert found.window == math.inf
