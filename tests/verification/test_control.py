"""Held voltage, held current, rests, reversal and stop conditions against the 1-D closed form."""

import math

import numpy as np
import pytest

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.terminals import counter_current, reaction
from tests.cases import UM, Stepper, cell, config, disc, front, lithium_plated

T, I_0, GAP = 298.15, 300.0, 30 * UM


def strip(*stages: Stage, **changes):
    """A flat front, 10 µm of lithium before 30 µm of electrolyte, driven by `stages`."""
    return config(
        **{
            "control": stages, "kinetics__exchange_current_density": I_0,
            "lithium_metal__fill_fraction": 0.05, "lithium_metal__interface_width": 3 * UM,
            "lithium_metal__capillary_mobility": 4e-12, "geometry__mesh_size": 0.5 * UM,
            "geometry__height": 0.5 * UM, "time__end": 1e6, "time__max_change": 0.05, **changes,
        }
    )  # fmt: skip


def run(settings):
    """March; returns the cell and one row (time, stage, V, j_ion, j_el, gap) a step."""
    made = cell(settings, front(10 * UM, 3 * UM))
    split = Stepper(made)
    start, rows = lithium_plated(made), []
    c_Li, area = settings.lithium_metal.c_Li, made.domain.area("right")
    gap = GAP
    for step in split.march():
        currents = [counter_current(split.balance, kind) / area for kind in (IONIC, ELECTRONIC)]
        # the potentials of a step belong to the gap at its beginning
        rows.append((step.time, step.stage, float(made.laws.voltage.value), *currents, gap))
        gap = GAP - (lithium_plated(made) - start) / c_Li
    return made, np.array(rows)


def exact_voltage(j: float, gap, settings):
    """V = η_c(j) + j (H/σ + R_ct), α = ½."""
    eta = 2 * 8.314462618 * T / FARADAY * math.asinh(j / (2 * I_0))
    sigma = settings.materials.electrolyte.ionic_conductivity
    return eta + j * (gap / sigma + settings.electrodes.ionic_resistance)


def test_held_current():
    """The total current is met to solver tolerance, V follows the closed form within 2 %."""
    j = 200.0
    settings = strip(Stage(current=j, until=Until(time=10.0)))
    _, rows = run(settings)
    np.testing.assert_allclose(rows[:, 3] + rows[:, 4], j, rtol=1e-9)
    travelled = GAP - rows[-1, 5]
    assert travelled == pytest.approx(
        j * rows[-2, 0] / (FARADAY * settings.lithium_metal.c_Li), rel=1e-5
    )  # leakage; fmt: skip
    assert travelled > 5 * UM
    settled = rows[rows[:, 0] > 2.0]
    np.testing.assert_allclose(settled[:, 2], exact_voltage(j, settled[:, 5], settings), rtol=0.02)
    assert rows[-1, 0] == 10.0


def test_collector_carries_the_held_current():
    made = cell(strip(Stage(current=150.0)), front(10 * UM, 3 * UM))
    split = Stepper(made)
    split.solve_fields(1e-2)
    collector = -reaction(split.balance, made.charge.collector_dofs)
    assert collector / made.domain.area("right") == pytest.approx(150.0, rel=1e-8)


@pytest.mark.parametrize("scheme", ["split", "backward_euler", "bdf2"])
def test_a_held_current_through_a_bridge(scheme):
    """A disc on the counter electrode: also where metal ends within a facet, I is what is held.

    Currents of a step are read when it is accepted, and lithium has moved on.
    """
    made = cell(
        strip(Stage(current=150.0), geometry__height=8 * UM, geometry__mesh_size=1 * UM,
              time__scheme=scheme),
        lambda x: np.maximum(front(10 * UM, 3 * UM)(x), disc((40 * UM, 0), 3.3 * UM, 3 * UM)(x)),
    )  # fmt: skip
    step = Stepper(made)
    for dt in (1e-3, 1e-2):
        step.advance(dt)
        step.accept()
        currents = [counter_current(step.balance, kind) for kind in (IONIC, ELECTRONIC)]
        assert sum(currents) / made.domain.area("right") == pytest.approx(150.0, rel=1e-8)


@pytest.mark.parametrize("linear", ["mumps", "iterative"])
def test_reversal_gives_the_lithium_back(linear):
    """Charge, rest, discharge: exact switches, the same lithium, voltages of the closed form."""
    j = 200.0
    settings = strip(
        Stage(current=j, until=Until(time=5.0)), Stage(rest=2.5),
        Stage(current=-j, until=Until(time=5.0)), solver__linear=linear,
        solver__charge_tolerance=1e-9,
    )  # fmt: skip
    made = cell(settings, front(10 * UM, 3 * UM))
    start = lithium_plated(made)
    made, rows = run(settings)
    assert rows[-1, 0] == 12.5
    assert {5.0, 7.5} <= set(rows[:, 0])
    assert lithium_plated(made) - start == pytest.approx(0.0, abs=1e-7 * j * 5 / FARADAY)
    charged, rested = rows[rows[:, 0] == 5.0][0], rows[rows[:, 0] == 7.5][0]
    assert charged[1] == 0
    assert rested[1] == 1
    assert rested[2] == pytest.approx(0.0, abs=1e-5)
    back = rows[(rows[:, 0] > 9.0)]
    np.testing.assert_allclose(back[:, 2], exact_voltage(-j, back[:, 5], settings), rtol=0.02)


def test_reversal_of_a_held_voltage():
    """Stripping at −V: the current of the closed form, opposite in sign, within 2 %."""
    settings = strip(
        Stage(voltage=0.03, until=Until(time=2.0)), Stage(voltage=-0.03, until=Until(time=2.0))
    )
    _, rows = run(settings)
    stripping = rows[rows[:, 0] > 3.0]
    assert len(stripping) > 5
    for row in stripping:
        assert row[3] < 0
        assert exact_voltage(row[3], row[5], settings) == pytest.approx(-0.03, rel=0.02)


def test_the_last_step_of_a_stage_shows_its_own_voltage():
    """What drives the cell changes after the step has been observed."""
    settings = strip(
        Stage(voltage=0.03, until=Until(time=1.0)), Stage(voltage=-0.02, until=Until(time=1.0))
    )
    _, rows = run(settings)
    for stage, voltage in ((0, 0.03), (1, -0.02)):
        own = rows[rows[:, 1] == stage]
        assert set(own[:, 2]) == {voltage}
        assert np.all(np.sign(own[:, 3]) == np.sign(voltage))


def test_voltage_limit_is_hit_exactly():
    """Stripping widens the gap: −V rises to its limit when the closed form says so."""
    j, limit = -200.0, -0.0256
    settings = strip(Stage(current=j, until=Until(voltage_below=limit)), Stage(rest=1.0))
    _, rows = run(settings)
    last = rows[rows[:, 1] == 0][-1]
    assert last[2] == pytest.approx(limit, rel=1e-3)
    assert last[0] > 1.0
    sigma = settings.materials.electrolyte.ionic_conductivity
    eta = exact_voltage(j, 0.0, settings)
    gap = (limit - eta) / j * sigma
    exact = (gap - GAP) * FARADAY * settings.lithium_metal.c_Li / abs(j)
    # a 2 % error of the voltage is this much of the way
    assert last[0] == pytest.approx(exact, abs=0.02 * abs(limit / j) * sigma / (gap - GAP) * exact)
    assert rows[-1, 0] == pytest.approx(last[0] + 1.0)


def test_charge_limit_is_hit_exactly():
    """Under a held voltage by search, under a held current because it is known."""
    for stage in (Stage(voltage=0.03, until=Until(charge=300.0)),
                  Stage(current=120.0, until=Until(charge=300.0))):  # fmt: skip
        settings = strip(stage)
        made = cell(settings, front(10 * UM, 3 * UM))
        start = lithium_plated(made)
        made, rows = run(settings)
        passed = (lithium_plated(made) - start) * FARADAY
        assert passed == pytest.approx(300.0, rel=1e-5)
    assert rows[-1, 0] == pytest.approx(2.5, rel=1e-9)


def test_short_ends_a_stage():
    """Lithium from electrode to electrode: more electronic than ionic current, at once."""
    settings = strip(Stage(voltage=0.01, until=Until(short=True)))
    made = cell(settings, lambda x: np.ones(x.shape[1]))
    steps = list(Stepper(made).march())
    assert len(steps) == 1
    assert steps[0].time <= settings.time.first_step


def test_open_cell_has_no_short():
    settings = strip(Stage(voltage=0.01, until=Until(short=True)), time__end=0.5)
    _, rows = run(settings)
    assert rows[-1, 0] == 0.5
