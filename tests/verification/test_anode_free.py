"""Cells without a foil: closed forms, the four stages and their controls, conservation, restart."""

import itertools
import math

import numpy as np
import pytest

import dendrolith
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import ConfigError
from dendrolith.studies.register import load
from tests.studies import CONFIGS, assert_resumes
from tests.traces.pressure_set import CONFIG, CONTROLS, CURRENT, marched

pytestmark = pytest.mark.serial

FOLDER = CONFIGS / "cells" / "anode_free"
V_M, V_C = 1.3148e-5, 1.6e-6  # m³/mol


def columns(config, *overrides) -> dict[str, np.ndarray]:
    """Columns of a march by their names."""
    rows = []
    with dendrolith.Simulation(dendrolith.load(config, list(overrides))) as cell:
        for step in dendrolith.march(cell):
            rows.append({"time": step.time, "stage": step.stage, **cell.measure(step)})
    return {key.split(" [")[0]: np.array([row[key] for row in rows]) for key in rows[0]}


def labels(run) -> list[int]:
    """Stages one after another."""
    return [int(number) for number, _ in itertools.groupby(run["cell_stage"])]


@pytest.mark.parametrize(
    ("name", "stages", "stored"),
    [
        ("soft short", [1, 2, 3, 4], 0.43), ("healthy", [1], 1.0),
        ("weak infiltration", [1, 2, 3, 4], 0.72), ("no infiltration", [1, 2], 0.92),
        ("strong bridge", [1, 2, 3, 4, 3, 4, 3, 4, 3, 4], 0.64),
    ],
)  # fmt: skip
def test_stages_and_controls(name, stages, stored):
    """The four stages come in order; without infiltration a strong bridge has them too."""
    run = marched(name)
    assert labels(run) == stages
    lithium = FARADAY * run["lithium_dense"]
    assert lithium[-1] / (CURRENT * run["time"][-1]) == pytest.approx(stored, abs=0.01)


def test_times_of_the_stages():
    """I to 3.7 h, II to 6.0 h, III to 7.5 h; V and p fall together, and p stays above its start."""
    run = marched("soft short")
    ends = [run["time"][run["cell_stage"] == number][-1] / 3600 for number in (1, 2, 3, 4)]
    np.testing.assert_allclose(ends, [3.73, 6.03, 7.49, 8.0], atol=0.05)
    third = run["cell_stage"] == 3
    for name in ("voltage", "cell_pressure"):
        falls = np.diff(run[name][third]) < 0
        assert np.all(falls[: int(0.95 * falls.size)]), name  # the feed ends a little before
    assert run["cell_pressure"][third].min() - 15e6 > 0.19e6
    assert run["voltage"][-1] < 4.0


def test_without_reduction_everything_is_lost():
    reduced = ("dendrites.reduction_time=null", *CONTROLS["strong bridge"])
    run = columns(CONFIG, *reduced)
    assert labels(run) == [1, 2, 3]
    assert run["lithium_dense"][-1] == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(run["electronic_current"][-1], CURRENT, rtol=1e-4)


def test_pressure_and_charge_of_a_healthy_cell():
    """Δp = K (V_m − v_c) q/F; all lithium is on the collector, and 4.2 V ends the charge."""
    run = marched("healthy")
    q = CURRENT * run["time"]
    np.testing.assert_allclose(FARADAY * run["lithium_dense"], q, rtol=1e-9)
    rise = 0.3e12 * (V_M - V_C) * q / FARADAY
    np.testing.assert_allclose(run["cell_pressure"] - 15e6, rise, atol=0.02)
    assert run["voltage"][-1] == pytest.approx(4.2, abs=1e-5)
    assert run["time"][-1] / 3600 == pytest.approx(7.83, abs=0.02)
    np.testing.assert_allclose(run["total_current"], CURRENT, rtol=1e-9)


def by_small_steps(run, dt=2.0) -> dict[str, float]:
    """The same cell by explicit steps with conditions inside, and the voltage of the run's model.

    Everything in series with U is one resistance here: the one of the cell at its current.
    """
    U = load(CONFIG).counter_electrode.open_circuit()
    Q, R = 14662 / 0.56, 0.08111
    q_a = q_p = q_c = 0.0
    bridged = opened = False
    for _ in range(round(run["time"][-1] / dt)):
        bridged = q_p > (20.0 if bridged else 60.0)
        rise = 0.3e12 * (V_M * q_a - V_C * q_c) / FARADAY
        opened = bridged and rise > (0.20e6 if opened else 0.36e6)
        G = 0.04 * q_p / 60 if bridged else 0.0
        j = (CURRENT - G * U(0.92 - q_c / Q)) / (1 + G * R)
        reduced = q_p / 600 if bridged else 0.0
        fed, grown = 0.6 * opened, 0.06 * max(j, 0.0) * (q_a > 5760)
        q_a += dt * (j - fed - grown)
        q_p += dt * (fed + grown - reduced)
        q_c += dt * (j - reduced)
    return {"dense": q_a, "taken": q_c}


def test_another_integration_gives_the_same():
    """Euler steps with conditions inside come to the same charges, to 1 %."""
    run = marched("soft short")
    found = by_small_steps(run)
    taken = run["ion_charge"] - run["reduction_charge"]
    assert FARADAY * run["lithium_dense"][-1] == pytest.approx(found["dense"], rel=0.01)
    assert taken[-1] == pytest.approx(found["taken"], rel=0.01)


def test_lithium_is_conserved():
    """What left the counter electrode is dense, in paths, dead or in the interphase."""
    for run in (marched("soft short"), columns(FOLDER / "half_cell.yaml")):
        places = ("lithium_dense", "lithium_infiltrated", "lithium_dead")
        found = FARADAY * sum(run[name] for name in places) + run["interphase_charge"]
        left = run["ion_charge"] - run["reduction_charge"]
        np.testing.assert_allclose(found, left, rtol=1e-9, atol=1e-6)


def test_nucleation_and_interlayer():
    """η_n decays with the charge; the interlayer adds its resistance."""
    config = FOLDER / "half_cell.yaml"
    more = ("interphase=null", "collector.nucleation_overpotential=30 mV", "time.end=2 h")
    bare = columns(config, *more)
    off = columns(config, *more[:1], "collector.nucleation_overpotential=0 V", *more[2:])
    layer = columns(config, *more, "interlayer={thickness: 100 um, ionic_conductivity: 2e-3 S/m}")
    q = bare["ion_charge"]
    smooth = np.interp(q, off["ion_charge"], off["voltage"])
    np.testing.assert_allclose(bare["voltage"] - smooth, 0.03 * np.exp(-q / 100), atol=2e-5)
    after = np.interp(3600.0, layer["time"], layer["voltage"] - 0.5 * 0.05)
    assert after == pytest.approx(np.interp(3600.0, bare["time"], bare["voltage"]), abs=1e-9)


def test_the_interphase_grows_with_the_root_of_time():
    """δ² rises by k Δt at rest, with k at the temperature of the cell."""
    stages = "control=[{current: 0.5 A/m^2, until: {time: 4 h}}, {rest: 3 h}]"
    hot = ("kinetics.temperature=333.15 K", "interphase.activation_energy=40 kJ/mol")
    run = columns(FOLDER / "half_cell.yaml", stages, *hot, "time.end=7 h")
    rest = run["stage"] == 1
    delta, time = 1e-9 + run["interphase_charge"][rest] / 5.36e9, run["time"][rest]
    k = 5e-18 * math.exp(-40e3 / 8.314462618 * (1 / 333.15 - 1 / 298.15))
    np.testing.assert_allclose(np.diff(delta**2), k * np.diff(time), rtol=1e-4)
    assert np.all(np.diff(run["lithium_dense"][rest]) < 0)


def test_efficiencies_of_half_cells():
    """1 − f where nothing reacts, less the film that the cut-off leaves; the shipped one 70.3 %."""
    quiet = columns(FOLDER / "half_cell.yaml", "interphase=null")
    ends = [np.flatnonzero(quiet["stage"] == stage)[-1] for stage in (1, 3)]
    left = FARADAY * quiet["lithium_dense"][ends[0]]
    assert left < 2.0
    expected = 1 - 0.0525 - left * (1 - 0.0525) / 7200
    assert quiet["coulombic_efficiency"][ends[0]] == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(quiet["voltage"][ends], -0.38, atol=1e-5)
    shipped = columns(FOLDER / "half_cell.yaml")
    efficiency = [shipped["coulombic_efficiency"][shipped["stage"] == n][-1] for n in (1, 3)]
    assert efficiency[0] == pytest.approx(0.703, abs=0.002)
    assert efficiency[1] == pytest.approx(0.838, abs=0.005)  # the paper has 0.732: no such law
    assert not shipped["coulombic_efficiency"][shipped["stage"] == 0].any()


def test_what_ends_the_discharge_of_a_full_cell():
    """The lithium at 60 °C; what NCA takes back with the interphase of 25 °C, which hides there."""
    run = columns(FOLDER / "full_cell.yaml")
    assert run["voltage"][-1] == pytest.approx(2.4, abs=1e-5)
    assert run["coulombic_efficiency"][-1] == pytest.approx(0.531, abs=0.003)
    slow = ("interphase.growth_constant=6e-18 m^2/s", "control.1.until.charge=9279 C/m^2")
    cold = columns(FOLDER / "full_cell.yaml", *slow)  # 65.9 % of the charge
    assert cold["voltage"][-1] > 3.0
    assert cold["coulombic_efficiency"][-1] == pytest.approx(0.659, abs=1e-4)


def test_a_rest_begins_no_cycle():
    """Ions and electrons cancel up to round-off, which is neither a charge nor a discharge."""
    stages = [
        "{current: 0.5 A/m^2, until: {time: 2 h}}",
        "{current: -0.5 A/m^2, until: {time: 1 h}}",
        "{rest: 1 h}",
    ]
    leaky = ("separator.electronic_conductivity=1e-5 S/m", "time.end=4 h")
    run = columns(FOLDER / "half_cell.yaml", f"control=[{','.join(stages)}]", *leaky)
    rest = run["stage"] == 2
    assert np.all(run["electronic_current"][rest] != 0)
    assert np.all(run["total_current"][rest] == 0)
    assert set(run["cell_stage"][rest]) == {0}
    np.testing.assert_allclose(run["coulombic_efficiency"][rest], 0.5, rtol=1e-12)


def test_a_cell_goes_on_from_its_checkpoint():
    """To the last digit, in each stage; its readings too."""
    with dendrolith.Simulation(load(CONFIG)) as whole:
        rows = [whole.measure(step) for step in dendrolith.march(whole)]
    with dendrolith.Simulation(load(CONFIG)) as parts:
        readings = parts.setup.observables[1]
        again = []
        for number, step in enumerate(dendrolith.march(parts)):
            again.append(parts.measure(step))
            if number in (3, 120, 180, 240):  # the next step is taken twice
                march, seen = parts.march.save(), readings.save()
                parts.measure(parts.march.step())
                parts.march.restore(march)
                readings.restore(seen)
    assert {row["cell_stage [1]"] for row in rows} == {1, 2, 3, 4}
    assert len(again) == len(rows)
    for one, other in zip(rows, again, strict=True):
        np.testing.assert_array_equal(list(one.values()), list(other.values()))


@pytest.mark.slow
def test_a_resumed_run_writes_the_same(tmp_path):
    """With bridge, infiltration and stages on, bit for bit."""
    assert_resumes(CONFIG, tmp_path, steps=205)


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (["collector=null"], "needs 'collector': lithium that is counted from bare"),
        (["frame=null"], "needs 'frame': its pressure opens it"),
        (["dendrites.opening_charge=60 C/m^2"], "opening_charge: is not below closing_charge"),
        (["dendrites.closing_pressure=1 MPa"], "is not below opening_pressure"),
        (["control=['Rest for 1 h', 'Discharge at 1 A/m^2 until 2 V']"], "a bare collector"),
        (["interphase={growth_constant: 1e-18 m^2/s}"], "'interlayer': leave one of them out"),
    ],
)
def test_what_no_cell_is(overrides, why):
    with pytest.raises(ConfigError) as caught:
        load(CONFIG, overrides)
    assert len(caught.value.problems) == 1
    assert why in caught.value.problems[0]
