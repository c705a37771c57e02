"""The law of creep and the network of film and slot, against closed forms and known courses."""

import dataclasses
import itertools
import math

import numpy as np
import pytest

from dendrolith.physics.frame import Frame, Pellet
from dendrolith.physics.lubrication import Lubrication, between
from dendrolith.physics.power_law_flow import PowerLaw
from dendrolith.studies.creep.estimate import estimate
from dendrolith.studies.creep.network import Network
from dendrolith.studies.creep.schema import Cell, Charge, Config, Gap, Time
from dendrolith.studies.register import load
from dendrolith.studies.sections import Output

pytestmark = pytest.mark.serial

T = 298.15
LEPAGE = PowerLaw(6.6, 2.6e5, 37e3)
MPA, UM = 1e6, 1e-6
HOURS = np.array([60.0, 3600.0, 18000.0, 36000.0, 72000.0])


def cell(stiffness=0.5, gap=100.0, current=62.6, **cell_values) -> Config:
    """The foil of 250 µm at 10 MPa, locked at once; MPa/µm, µm, µA."""
    return Config(
        lithium=LEPAGE,
        charge=Charge(current * 1e-6),
        time=Time(end=72000.0),
        output=Output(every=3600.0),
        cell=Cell(gap=Gap(gap * UM), **cell_values),
        frame=Frame(hold=0.0, stiffness=stiffness * 1e12),
    )


def test_uniaxial_creep():
    """σ at a rate and the rate at σ, 0.1 %."""
    for rate, stress in ((1e-5, 0.4361), (1e-4, 0.6181), (1e-3, 0.8761), (1e-2, 1.2419)):
        assert LEPAGE.stress(rate, T) / MPA == pytest.approx(stress, rel=1e-3)
    for stress, rate in ((0.3, 8.473e-7), (0.5, 2.468e-5), (0.8, 5.488e-4), (1.0, 2.394e-3)):
        assert LEPAGE.rate(stress * MPA, T) == pytest.approx(rate, rel=1e-3)
    assert LEPAGE.unit_stress(T) / MPA == pytest.approx(2.4952, rel=1e-4)
    assert LEPAGE.shear_factor(T) / MPA == pytest.approx(1.3256, rel=1e-4)
    # 2.56 and 4.80 times as fast at 45 and 60 °C
    for warm, ratio in ((318.15, 2.56), (333.15, 4.80)):
        assert LEPAGE.rate(MPA, warm) / LEPAGE.rate(MPA, T) == pytest.approx(ratio, rel=2e-3)


def test_the_fit_through_the_ends_of_the_tension_tests():
    fincher = load({"study": "creep", "creep_set": "Fincher2020", "charge": {"current": "0 A"},
                    "time": {"end": "1 s"}, "output": {"every": "1 s"}}).lithium  # fmt: skip
    assert fincher.stress(5e-4, T) / MPA == pytest.approx(0.57, rel=1e-3)
    assert fincher.stress(5e-1, T) / MPA == pytest.approx(1.26, rel=1e-3)


def test_relaxation_at_fixed_strain():
    """Closed form to 1 %, and backward Euler towards it at first order."""
    for time, stress in ((1, 0.4356), (10, 0.2888), (100, 0.1915), (1000, 0.1269)):
        left = LEPAGE.relaxed(1.5 * MPA, 7.82e9, time, T)
        assert left / MPA == pytest.approx(stress, rel=1e-2)

    def euler(steps: int) -> float:
        x, dt = 0.6 * MPA, 10.0 / steps
        for _ in range(steps):
            old = x
            for _ in range(40):  # Newton
                rate = LEPAGE.rate(x, T)
                x -= (x - old + dt * 7.82e9 * rate) / (1 + dt * 7.82e9 * 6.6 * rate / x)
        return x

    exact = LEPAGE.relaxed(0.6 * MPA, 7.82e9, 10.0, T)
    errors = [abs(euler(steps) - exact) for steps in (200, 400, 800)]
    for coarse, fine in itertools.pairwise(errors):
        assert math.log2(coarse / fine) == pytest.approx(1.0, abs=0.1)


def without_factors(config: Config) -> Lubrication:
    """f = 1 and β = 0."""
    return dataclasses.replace(config.lubrication(), corrected=False)


def with_edge(config: Config) -> Lubrication:
    """β of a gap of 0.4 h at any h."""
    return dataclasses.replace(config.lubrication(), edge_factor=2.32)


def test_squeezed_disc_at_a_speed():
    """p̄ of lubrication at 1 µm/s, and with the factor from finite elements."""
    bare, corrected = without_factors(cell()), cell().lubrication()
    found = ((125, 23.251, 23.837), (250, 9.423, 10.004), (500, 3.819, 4.389), (1000, 1.548, 2.110))
    for h, film, elements in found:
        unit = (1e-6) ** LEPAGE.n / MPA
        assert bare.film(h * UM) * unit == pytest.approx(film, rel=1e-3)
        assert corrected.film(h * UM) * unit == pytest.approx(elements, rel=2e-3)


def test_free_squeeze_and_slot_at_a_constant_pressure():
    flow = without_factors(cell())
    for time, h in ((60, 210.5), (600, 161.3), (3600, 127.9), (72000, 86.3)):
        assert flow.squeezed(250 * UM, 10 * MPA, time) / UM == pytest.approx(h, rel=5e-3)
    assert (10 * MPA / flow.film(250 * UM)) ** 6.6 / UM == pytest.approx(1.479, rel=5e-3)
    for time, length in ((60, 0.4875), (3600, 0.8355), (72000, 1.2392)):
        assert flow.filled(10 * MPA, time) * 1e3 == pytest.approx(length, rel=5e-3)
        half = dataclasses.replace(flow, gap=flow.gap / 2)
        assert half.filled(10 * MPA, time) * 1e3 == pytest.approx(length / 2, rel=5e-3)


COURSES = {
    # stiffness [MPa/µm], current [µA]: p [MPa], h [µm], L [mm] at 1 min, 1, 5, 10, 20 h
    (0.05, 62.6): (
        (9.616, 242.32, 0.170), (8.835, 226.70, 0.429), (8.578, 221.56, 0.570),
        (8.580, 221.60, 0.645), (8.762, 225.24, 0.740),
    ),
    (0.5, 62.6): (
        (7.644, 245.29, 0.124), (5.168, 240.34, 0.216), (5.158, 240.32, 0.277),
        (5.637, 241.27, 0.338), (6.636, 243.27, 0.458),
    ),
    (5, 62.6): (
        (4.717, 248.94, 0.067), (3.475, 248.70, 0.086), (3.994, 248.80, 0.145),
        (4.644, 248.93, 0.218), (5.942, 249.19, 0.366),
    ),
    (0.5, 0.0): (
        (7.638, 245.28, 0.124), (4.883, 239.77, 0.210), (3.973, 237.95, 0.238),
        (3.619, 237.24, 0.250), (3.288, 236.58, 0.260),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COURSES)
def test_courses_of_the_bare_network(case):
    config = cell(stiffness=case[0], current=case[1])
    course = Network(config, without_factors(config)).run(HOURS)
    p, h, L = np.array(COURSES[case]).T
    np.testing.assert_allclose(course.pressure / MPA, p, rtol=5e-3)
    np.testing.assert_allclose(course.thickness / UM, h, rtol=5e-3)
    # the table ends at a thousandth of a millimetre
    np.testing.assert_allclose(course.length * 1e3, L, rtol=5e-3, atol=5e-4)
    # what is not in the foil is in the slot
    flow = config.lubrication()
    volume = flow.area * (course.thickness - 250 * UM) + flow.slot_area * (course.length - 50 * UM)
    plated = current_volume(config)
    np.testing.assert_allclose(volume, plated, atol=1e-8 * flow.area * 250 * UM)


def current_volume(config: Config) -> np.ndarray:
    """∫ I V_m/F dt at the times of the tables [m³]."""
    return config.charge.current * HOURS * 1.3148e-5 / 96485.33212


def test_network_with_the_factors_of_finite_elements():
    config = cell()
    course = Network(config, with_edge(config)).run(HOURS)
    expected = (9.164, 6.441, 6.252, 6.705, 7.701)
    np.testing.assert_allclose(course.pressure / MPA, expected, rtol=2e-3)
    fincher = dataclasses.replace(config, lithium=PowerLaw(8.7086, 1.3644e6, 0.0))
    warm = cell(temperature=333.15)
    for other, ends in ((fincher, (5.17, 6.36)), (warm, (5.19, 6.42))):
        found = Network(other, with_edge(other)).run(HOURS).pressure[[2, 4]]
        np.testing.assert_allclose(found / MPA, ends, rtol=5e-3)


def test_sealed_cell_presses_with_frame_lithium_and_pellet_in_series():
    pellet = Pellet(1.2e-3, 13e9, 0.3)
    for stiffness, slope in ((0.05, 0.04977), (0.5, 0.4781), (5, 3.429), (np.inf, 10.92)):
        frame = Frame(hold=0.0, stiffness=stiffness * 1e12, pellet=pellet)
        assert frame.sealed_slope(250 * UM, 10.86e9) * 1e-12 == pytest.approx(slope, rel=5e-3)
        config = dataclasses.replace(cell(gap=0.0), frame=frame)
        course = Network(config).run(HOURS)
        found = np.diff(course.pressure) / np.diff(config.plating_speed * HOURS)
        middle = (course.thickness[1:] + course.thickness[:-1]) / 2  # the foil grows by 8 %
        expected = [frame.sealed_slope(h, 10.86e9) for h in middle]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    config = dataclasses.replace(cell(gap=0.0), frame=Frame(hold=0.0, pellet=pellet))
    rise = Network(config).run(HOURS).pressure[-1] / MPA - 10
    assert rise == pytest.approx(9.3, rel=5e-3)


def test_a_slot_that_fills_up_closes_the_cell():
    config = cell()
    gap = dataclasses.replace(config.cell.gap, height=0.55e-3)
    short = dataclasses.replace(config, cell=dataclasses.replace(config.cell, gap=gap))
    whole, closed = Network(config).run(HOURS), Network(short).run(HOURS)
    assert 18000 < closed.sealed < 36000
    np.testing.assert_allclose(closed.pressure[:3], whole.pressure[:3], rtol=1e-6)
    assert closed.length[-1] == pytest.approx(0.3e-3, rel=1e-6)
    slope = np.diff(closed.pressure[-2:]) / (36000 * config.plating_speed)
    assert slope == pytest.approx(config.frame.sealed_slope(250 * UM, 10.86e9), rel=5e-3)
    assert "closed from" in estimate(short)
    assert "pressure at the end: film" in estimate(config)


def test_the_hold_comes_first():
    config = dataclasses.replace(cell(), frame=Frame(hold=60.0))
    course = Network(config).run(np.array([0.0, 30.0, 60.0, 3660.0]))
    assert course.pressure[:3] == pytest.approx(10 * MPA, rel=1e-12)
    assert course.thickness[2] < course.thickness[1] < 250 * UM
    assert config.plated(60.0) == 0.0
    assert config.plated(3660.0) / UM == pytest.approx(0.9697, rel=1e-3)


def test_interpolation_between_factors():
    points = ((1.0, 2.0), (3.0, 6.0), (4.0, 5.0))
    assert [between(points, x) for x in (0, 1, 2, 3.5, 9)] == [2.0, 2.0, 4.0, 5.5, 5.0]


BASE = {"study": "creep", "creep_set": "LePage2019", "charge": {"current": "62.6 uA"},
        "time": {"end": "1 h"}, "output": {"every": "1 h"}}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cell": {"gap": {"width": "-5 um"}}}, "the rod is wider than the bore"),
        ({"cell": {"gap": {"height": "280 um"}}}, "is not above foil_thickness + filled"),
        ({"cell": {"gap": {"width": "4 mm"}}}, "no slot"),
        ({"cell": {"gap": {"filled": "1 um"}}}, "is below 0.05 of the slot's width"),
        ({"cell": {"foil_thickness": "2 mm"}}, "radius/1000 and /2"),
        ({"cell": {"foil_thickness": "2 um"}}, "radius/1000 and /2"),
        ({"cell": {"length": "1 mm"}}, "no slot of three dimensions"),
        ({"frame": {"stiffness": "0 MPa/um"}}, "must be above 0"),
        ({"frame": {"stiffness": "1e3 MPa/um"}}, "at most 1e+14"),
        ({"charge": {"current": "-1 uA"}}, "must be at least 0"),
        ({"creep_set": "Masias"}, "Fincher2020"),
    ],
)
def test_what_makes_no_sense_is_refused(change, said):
    from dendrolith.core.errors import ConfigError

    with pytest.raises(ConfigError) as refused:
        load(BASE | change)
    assert said in str(refused.value)
