"""Lithium in a counter electrode that varies along its face."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import global_max
from dendrolith.observables.base import StepView
from dendrolith.physics.counter_electrode import Point
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.phases import Phase
from dendrolith.simulation import view_of
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.counter_side import CounterSide
from tests.cases import DELTA, UM, Stepper, cell, config, front, table_of

GAP, HEIGHT, START = 24 * UM, 16 * UM, 0.6
POOR = Phase(0.02, 3.2e-7, 22.1e9, 0.37)  # so the nearest place has most of the current
LINEAR = {
    "potential": "NMC811", "areal_capacity": 360.0, "initial_fraction": START,
    "charge_transfer_resistance": 5e-4,
}  # fmt: skip
KINETIC = {**LINEAR, "charge_transfer_resistance": None, "exchange_current_density": 50.0}


def bent(x):
    """A front that is nearer at y = 0, without a bridge."""
    position = 10 * UM + 16 * UM * np.exp(-((x[1] / (5 * UM)) ** 2))
    return 0.5 * (1 - np.tanh(2 * (x[0] - position) / DELTA))


def face(lateral, more=LINEAR, *stages, **changes):
    return config(
        **{
            "control": stages or (Stage(current=40.0),), "geometry__height": HEIGHT,
            "counter_electrode": CounterFace(**more, lateral_diffusivity=lateral),
            "lithium_metal__capillary_mobility": 1e-14, "time__end": 1.0,
            "geometry__electrolyte_thickness": GAP, "materials__electrolyte": POOR, **changes,
        }
    )  # fmt: skip


def marched(settings, xi=bent, comm=MPI.COMM_WORLD):
    """Rows of the time series, and the last profile of the table, by column."""
    made = Stepper(cell(settings, xi, comm=comm))
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    rows, profile = [], []
    for step in made.march():
        view = view_of(step)
        rows.append(table.measure(view) | {"time": view.time})
        profile = table.rows(view).get("counter_electrode") or profile
    made.close()
    series = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return series, np.array(profile)


def mean(profile, column):
    """Over the electrode: nodes at its ends have half of a cell."""
    y, values = profile[:, 1], profile[:, column]
    return np.trapezoid(values, y) / (y[-1] - y[0])


@pytest.mark.parametrize("more", [pytest.param(LINEAR, marks=pytest.mark.slow), KINETIC])
def test_each_place_gives_what_its_current_takes(more):
    """Nearest to the tip it gives most; the mean of x is the charge of the ions, to 1e-10."""
    series, profile = marched(face(0.0, more))
    x = profile[:, 3]
    assert (np.diff(x) > 0).all()  # from y = 0 on
    assert np.ptp(x) > 5e-4
    passed = np.sum(series["ionic_current [A/m^2]"] * series["dt [s]"])
    law = CounterFace(**more)
    np.testing.assert_allclose(series["counter_charge [C/m^2]"][-1], passed, rtol=1e-12)
    moved = law.start - series["counter_fraction [1]"][-1]
    assert moved * law.capacity == pytest.approx(passed, rel=1e-10)
    assert mean(profile, 3) == pytest.approx(series["counter_fraction [1]"][-1], abs=1e-12)
    assert mean(profile, 5) == pytest.approx(series["ionic_current [A/m^2]"][-1], rel=1e-9)
    assert series["counter_fraction_least [1]"][-1] == x.min()
    assert series["counter_fraction_largest [1]"][-1] == x.max()
    U = law.open_circuit()
    np.testing.assert_allclose(profile[:, 4], [U(value) for value in x], rtol=1e-14)


@pytest.mark.slow
def test_what_flows_along_the_face_is_conserved_and_spreads():
    """A large D_s makes x uniform, with the charge of before; the run is that of a uniform x."""
    (series, profile), (uniform, _) = marched(face(1e-8)), marched(face(None))
    assert np.ptp(profile[:, 3]) < 1e-4
    for key in ("counter_fraction [1]", "cell_voltage [V]"):
        np.testing.assert_allclose(series[key][-1], uniform[key][-1], rtol=1e-4)
    assert "counter_fraction_least [1]" not in uniform


def test_diffusion_along_the_face():
    """A cosine decays as the implicit step on this mesh has it, and keeps its mean."""
    made = cell(face(0.0), front(10 * UM))
    side, wave, dt, D = CounterSide(made.laws, made.domain), np.pi / HEIGHT, 50.0, 1e-12
    y = made.f.scalar_space.tabulate_dof_coordinates()[side.nodes, 1]
    rate = 2 * (1 - np.cos(wave * UM)) / UM**2
    after = side.diffuse(0.5 + 0.1 * np.cos(wave * y), D, dt)
    expected = 0.5 + 0.1 / (1 + D * dt * rate) * np.cos(wave * y)
    np.testing.assert_allclose(after, expected, atol=1e-14)
    assert side.mean(after) == pytest.approx(0.5, abs=1e-14)


@pytest.mark.slow
@pytest.mark.serial
def test_a_flat_cell_has_the_x_of_a_uniform_one():
    (local, profile), (uniform, _) = (
        marched(face(D, KINETIC), front(10 * UM)) for D in (0.0, None)
    )
    assert np.ptp(profile[:, 3]) < 1e-6
    for key in ("counter_fraction [1]", "cell_voltage [V]", "counter_overpotential [V]"):
        np.testing.assert_allclose(local[key][-1], uniform[key][-1], rtol=2e-4)


@pytest.mark.serial
def test_a_discharge_after_a_charge_lasts_as_long_as_its_stage_says():
    """Where x began at the largest fraction, as it does by default: no end of the lithium."""
    full = {**LINEAR, "initial_fraction": None}
    stages = (Stage(current=40.0, until=Until(time=4e-3)), Stage(current=-40.0))
    series, _ = marched(face(0.0, full, *stages, time__end=8e-3), front(10 * UM))
    discharged = series["time"][series["ionic_current [A/m^2]"] < 0]
    assert discharged[0] < 6e-3
    assert discharged[-1] == pytest.approx(8e-3)


@pytest.mark.serial
def test_places_out_of_balance_charge_each_other():
    """A cosine of x decays through electrolyte and both interfaces, τ = Z Q/|U′|, within 1 %."""
    U = (Point(0.0, 4.3), Point(1.0, 3.3))
    table = {**LINEAR, "potential": "table", "table": U, "areal_capacity": 400.0}
    short = {"time__end": 0.2, "output__every": 0.1, "time__max_step": 2e-3}
    settings = face(0.0, table, Stage(rest=9.0), **short)
    model = cell(settings, front(10 * UM))
    made, wave, x = Stepper(model), np.pi / HEIGHT, model.f.state["counter_fraction"].x
    y = model.f.scalar_space.tabulate_dof_coordinates()[:, 1]
    x.array[:] = START + 0.01 * np.cos(wave * y)
    model.f.state.accept()
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    swing = []
    for step in made.march():
        rows = table.rows(view_of(step)).get("counter_electrode", [])
        swing += [(rows[0][0], rows[0][3] - rows[-1][3])] if rows else []
    made.close()
    times, heights = np.array(swing[-2:]).T
    sigma, R_a = POOR.ionic_conductivity, 8.314462618 * 298.15 / FARADAY / 100.0
    rise = np.tanh(wave * GAP)
    Z = (R_a * sigma * wave + rise) / (1 + R_a * sigma * wave * rise) / (sigma * wave)
    tau = 400.0 * (Z + 5e-4)
    np.testing.assert_allclose(heights / heights[0], np.exp(-(times - times[0]) / tau), rtol=1e-2)


@pytest.mark.serial
def test_what_a_filament_gives_goes_to_the_places_it_touches():
    def bridge(x):
        return 0.5 * (1 - np.tanh(2 * (x[1] - 6 * UM) / DELTA))

    settings = face(
        0.0, LINEAR, Stage(voltage=3.85), electrodes__direct_reduction=2e3,
        electrodes__electronic_resistance=1e2, time__end=0.05, time__first_step=1e-3,
    )  # fmt: skip
    series, profile = marched(settings, bridge)
    given = FARADAY * series["lithium_reduced [mol/m^2]"][-1]
    taken = np.sum(series["ionic_current [A/m^2]"] * series["dt [s]"])
    assert given > 5
    moved = CounterFace(**LINEAR).capacity * (START - mean(profile, 3))
    assert moved == pytest.approx(taken - given, rel=1e-8)
    assert profile[2, 3] > START > profile[-2, 3]


def test_as_on_one_rank():
    """x, V and the profile to 1e-8."""
    settings = face(1e-13, KINETIC, time__end=0.3)
    (alone, one), (together, many) = (
        marched(settings, comm=c) for c in (MPI.COMM_SELF, MPI.COMM_WORLD)
    )
    np.testing.assert_allclose(many, one, rtol=1e-8, atol=1e-12)
    for key in ("counter_fraction [1]", "cell_voltage [V]"):
        np.testing.assert_allclose(together[key], alone[key], rtol=1e-8)


@pytest.mark.serial
def test_lithium_has_no_x():
    lithium = CounterFace("lithium", exchange_current_density=10.0, lateral_diffusivity=0.0)
    (problem,) = inconsistencies(config(counter_electrode=lithium))
    assert problem[0] == "counter_electrode.lateral_diffusivity"


def test_a_step_taken_back_after_a_switch_brings_no_last_current():
    """Its current of before the switch tells nothing of what comes, on any attempt."""
    made = Stepper(cell(face(0.0, time__end=0.02), bent))
    for _ in made.march():
        pass
    j = made.model.f.state["counter_current"].x.array
    assert global_max(made.model.domain.comm, j) > 1
    made.reset_history()
    assert np.all(j == 0)
    made.reject()
    assert np.all(j == 0)
    made.close()
