"""A counter electrode that stores lithium, in a cell with a mesh, against the cell without one."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import StepTooSmall
from dendrolith.observables.base import StepView
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.simulation import view_of
from dendrolith.studies.plating.consistency import inconsistencies
from tests.cases import DELTA, UM, Stepper, cell, config, front, table_of

GAP, R_CT, THERMAL = 60 * UM, 2e-3, 8.314462618 * 298.15 / FARADAY
NMC = CounterElectrode(potential="NMC811", areal_capacity=3600.0, charge_transfer_resistance=R_CT)


def full_cell(*stages: Stage, **changes):
    """Lithium, 60 µm of electrolyte and NMC811 of 0.1 mAh/cm²."""
    return config(
        **{
            "control": stages, "counter_electrode": NMC, "geometry__electrolyte_thickness": GAP,
            "lithium_metal__capillary_mobility": 1e-14, "time__max_step": 30.0,
            "time__first_step": 1.0, "time__end": 1800.0, **changes,
        }
    )  # fmt: skip


def march(settings, xi=front(10 * UM)):  # noqa: B008
    """A row of the time series a step."""
    made = Stepper(cell(settings, xi))
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    rows = [table.measure(view_of(step)) for step in made.march()]
    made.close()
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def eta(j, i_0=100.0):
    """η_a of α = ½ [V]."""
    return 2 * THERMAL * math.asinh(j / (2 * i_0))


def test_a_charge_follows_the_closed_form():
    """V = U(x) + η_a + j(L/σ + R_ct) within 0.1 %, x by the charge of the ions to round-off."""
    series = march(full_cell(Stage(current=1.0)))
    j = series["ionic_current [A/m^2]"]
    passed = np.cumsum(j * series["dt [s]"])
    np.testing.assert_allclose(series["counter_charge [C/m^2]"], passed, rtol=1e-12)
    x, U = NMC.fraction(passed[-1]), NMC.open_circuit()
    assert series["counter_fraction [1]"][-1] == pytest.approx(x, abs=1e-14)
    assert series["open_circuit_potential [V]"][-1] == pytest.approx(float(U(x)), abs=1e-12)
    V = float(U(x)) + eta(j[-1]) + j[-1] * (GAP / 1.0 + R_CT)
    assert series["cell_voltage [V]"][-1] == pytest.approx(V, abs=1e-4)
    np.testing.assert_allclose(
        j + series["electronic_current [A/m^2]"], 1.0, rtol=1e-9
    )  # leakage included


def test_a_held_voltage_relaxes_as_the_ordinary_equation():
    """dq/dt = j at V = U(x) + η_a + jR, within 1 % of the charge, for two of its time constants."""
    V = 3.9
    half_full = replace(NMC, initial_fraction=0.6)
    settings = full_cell(Stage(voltage=V), counter_electrode=half_full, time__end=20.0)
    series = march(settings)
    U = half_full.open_circuit()

    def rate(_, q):
        rest = float(U(half_full.fraction(q[0])))
        return [brentq(lambda j: rest + eta(j) + j * (GAP + R_CT) - V, -100, 100)]

    exact = solve_ivp(rate, (0, 20), [0.0], rtol=1e-8, atol=1e-8).y[0, -1]
    assert series["counter_charge [C/m^2]"][-1] == pytest.approx(exact, rel=0.01)


def test_direct_reduction_fills_the_electrode():
    """x rises by what a filament gives, beside what ions take."""

    def bridge(x):
        return 0.5 * (1 - np.tanh(2 * (x[1] - 4 * UM) / DELTA))

    settings = full_cell(
        Stage(voltage=3.85), geometry__height=8 * UM, electrodes__direct_reduction=2e3,
        electrodes__electronic_resistance=1e2, lithium_metal__capillary_mobility=1e-12,
        time__end=0.2, time__first_step=1e-3,
        counter_electrode=replace(NMC, initial_fraction=0.6),
    )  # fmt: skip
    series = march(settings, bridge)
    given = FARADAY * series["lithium_reduced [mol/m^2]"][-1]
    taken = np.sum(series["ionic_current [A/m^2]"] * series["dt [s]"])
    assert given > 10
    assert series["counter_charge [C/m^2]"][-1] == pytest.approx(taken - given, rel=1e-10)
    assert series["inventory_error [1]"][-1] < 1e-8


def test_it_stops_at_its_window_with_the_cure():
    with pytest.raises(StepTooSmall, match=r"x = 0\.2.* leaves 0\.27 to 0\.9084: end the stage"):
        march(full_cell(Stage(current=20.0), time__min_step=1e-2))


def test_an_end_by_voltage_comes_before():
    series = march(full_cell(Stage(current=20.0, until=Until(voltage_above=4.2))))
    assert series["cell_voltage [V]"][-1] == pytest.approx(4.2, abs=2e-3)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"exchange_current_density": 1.0, "charge_transfer_resistance": None},
         "exchange_current_density"),
        ({"charge_transfer_resistance": 0.0}, "charge_transfer_resistance"),
        ({"diffusion_time": 10.0}, "diffusion_time"),
        ({"areal_capacity": None}, "areal_capacity"),
    ],
)  # fmt: skip
def test_what_a_mesh_cannot_solve_is_refused(changes, key):
    given = {
        "potential": "NMC811", "areal_capacity": 3600.0, "charge_transfer_resistance": R_CT,
        **changes,
    }  # fmt: skip
    settings = full_cell(Stage(current=1.0), counter_electrode=CounterElectrode(**given))
    problems = inconsistencies(settings)
    assert [place for place, _ in problems] == [f"counter_electrode.{key}"]
