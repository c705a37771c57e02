"""A counter electrode that stores lithium, in a cell with a mesh, against the cell without one."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY
from dendrolith.observables.base import StepView
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.counter_face import CounterFace
from dendrolith.simulation import view_of
from dendrolith.studies.plating.check import numbers
from dendrolith.studies.plating.consistency import inconsistencies
from tests.cases import DELTA, UM, Stepper, cell, config, front, table_of

GAP, R_CT, THERMAL = 60 * UM, 2e-3, 8.314462618 * 298.15 / FARADAY
FACE = CounterFace(potential="NMC811", areal_capacity=3600.0, charge_transfer_resistance=R_CT)
NMC = CounterElectrode(potential="NMC811", areal_capacity=3600.0, charge_transfer_resistance=R_CT)


BUTLER_VOLMER = replace(
    NMC, charge_transfer_resistance=None, exchange_current_density=1.0, transfer_coefficient=0.4
)


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


@pytest.mark.parametrize(
    "scheme", ["split", pytest.param("backward_euler", marks=pytest.mark.slow)]
)
def test_butler_volmer_kinetics(scheme):
    """V = U(x) + η_c + η_a + j L/σ within 10 µV, far from linear: η_c = 27 mV of j = 1.4 i₀."""
    changes = {"time__scheme": scheme, "counter_electrode": BUTLER_VOLMER, "time__end": 60.0}
    series = march(full_cell(Stage(current=1.0), **changes))
    j, x = series["ionic_current [A/m^2]"][-1], series["counter_fraction [1]"][-1]
    np.testing.assert_allclose(
        series["ionic_current [A/m^2]"] + series["electronic_current [A/m^2]"], 1.0, rtol=1e-9
    )
    eta_c = BUTLER_VOLMER.overpotential(j, x, 298.15)
    assert series["counter_overpotential [V]"][-1] == pytest.approx(eta_c, abs=1e-12)
    V = float(BUTLER_VOLMER.open_circuit()(x)) + eta_c + eta(j) + j * GAP
    assert series["cell_voltage [V]"][-1] == pytest.approx(
        V, abs=1e-5 if scheme == "split" else 1e-4
    )


def test_a_held_voltage_with_butler_volmer_kinetics():
    """dq/dt = j at V = U(x) + η_c + η_a + jL/σ, within 1 % of the charge."""
    law = replace(BUTLER_VOLMER, initial_fraction=0.6)
    series = march(full_cell(Stage(voltage=3.9), counter_electrode=law, time__end=60.0))

    def rate(_, q):
        x = law.fraction(q[0])

        def excess(j):
            inner = float(law.open_circuit()(x)) + law.overpotential(j, x, 298.15)
            return inner + eta(j) + j * GAP - 3.9

        return [brentq(excess, -100, 100)]

    exact = solve_ivp(rate, (0, 60), [0.0], rtol=1e-8, atol=1e-8).y[0, -1]
    assert series["counter_charge [C/m^2]"][-1] == pytest.approx(exact, rel=0.01)


def bridge(x):
    """A strip of lithium through the cell, 2 µm wide at ξ = ½."""
    return 0.5 * (1 - np.tanh(2 * (x[1] - 4 * UM) / DELTA))


@pytest.mark.parametrize(("R_c", "label"), [(0.1, 1), (1e-5, 2)])
def test_a_bridge_leaks_or_divides(R_c, label):
    """V = U R_e/(R_e + R_int) at rest; with half of U or less a short is hard, else it is soft."""
    settings = full_cell(
        Stage(rest=0.02), geometry__height=8 * UM, electrodes__electronic_resistance=R_c,
        counter_electrode=replace(BUTLER_VOLMER, initial_fraction=0.6), time__end=0.02,
        time__first_step=1e-3,
    )  # fmt: skip
    series = march(settings, bridge)
    left, U = series["voltage_left [1]"][-1], series["open_circuit_potential [V]"][-1]
    assert left == pytest.approx(series["cell_voltage [V]"][-1] / U, rel=1e-12)
    assert series["short_circuit [1]"][-1] == label
    assert (left < 0.5) == (label == 2)
    np.testing.assert_allclose(
        series["ionic_current [A/m^2]"], -series["electronic_current [A/m^2]"], rtol=1e-7
    )
    # at rest all that electrons carry comes back as ions; R_e is that of contact and strip
    lithiated, R_e = (
        series["local_reduction_current [A/m^2]"],
        series["bridge_resistance [Ohm m^2]"],
    )
    np.testing.assert_allclose(lithiated, series["electronic_current [A/m^2]"], rtol=0.02)
    assert R_e[-1] == pytest.approx(R_c / 0.5, rel=0.1 if R_c > 1e-3 else 1.0)


def test_a_stage_that_turns_the_current_of_a_bridge_is_no_change_of_the_step():
    """No shorter step avoids it: behind a short the first one of a stage was cut to 10 ms."""
    there, back = (Stage(current=j, until=Until(time=2.0)) for j in (100.0, -100.0))
    flat = replace(NMC, potential="two_phase", plateau=0.0, initial_fraction=0.5)
    settings = full_cell(
        there, back, geometry__height=8 * UM, electrodes__electronic_resistance=1e-4,
        counter_electrode=flat,
    )  # fmt: skip
    made = Stepper(cell(settings, bridge))
    made.start(1.0)
    steps = [(step.stage, step.dt, step.rejected) for step in made.march()]
    made.close()
    assert [step for step in steps if step[0] == 1] == [(1, 1.0, 0), (1, 1.0, 0)]


def test_direct_reduction_fills_the_electrode():
    """x rises by what a filament gives, beside what ions take."""
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


@pytest.mark.parametrize("lateral", [None, 0.0])
def test_what_is_given_directly_counts_in_a_step(lateral):
    """U goes by 5 mV a step or so, also where ions take next to nothing: it went by 15 mV."""
    settings = full_cell(
        Stage(current=10.0), geometry__height=8 * UM, electrodes__direct_reduction=2e4,
        electrodes__electronic_resistance=10.0, time__end=0.2, time__first_step=1e-2,
        counter_electrode=replace(
            FACE, initial_fraction=0.4, areal_capacity=2e4, lateral_diffusivity=lateral
        ),
    )  # fmt: skip
    series = march(settings, bridge)
    U = series["open_circuit_potential [V]"]
    assert U[0] - U[-1] > 0.03
    assert np.abs(np.diff(U)).max() < 0.0075  # where a step is taken back


def test_a_stage_ends_where_its_window_does():
    """All 3600 C/m² between both ends of x are charged, and no more."""
    series = march(full_cell(Stage(current=20.0)))
    assert series["counter_fraction [1]"][-1] == pytest.approx(0.27, abs=1e-8)
    assert series["counter_charge [C/m^2]"][-1] == pytest.approx(3600.0, rel=1e-8)


def test_an_end_by_voltage_comes_before():
    series = march(full_cell(Stage(current=20.0, until=Until(voltage_above=4.2))))
    assert series["cell_voltage [V]"][-1] == pytest.approx(4.2, abs=2e-3)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"exchange_current_density": 1.0}, "exchange_current_density"),
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
    settings = full_cell(Stage(current=1.0), counter_electrode=CounterFace(**given))
    problems = inconsistencies(settings)
    assert [place for place, _ in problems] == [f"counter_electrode.{key}"]


def test_what_is_known_before_a_run():
    """Rest, capacity and plateau, of the counter electrode of an input."""
    found = dict(numbers(full_cell(Stage(current=1.0), counter_electrode=FACE)))
    assert found["voltage at rest"] == "3.5614 V"
    assert found["current of 1C"] == "1 A/m^2"
    assert found["charge of x"].startswith(f"{3600 / (0.9084 - 0.27):.6g} ")
    assert "plateau of stage 0" in found
