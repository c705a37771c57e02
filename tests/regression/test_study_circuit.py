"""A circuit run from YAML against closed forms; stages end where they should; resume is exact."""

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy.integrate import solve_ivp

from dendrolith.physics.circuit import Circuit, Element, OpenCircuit
from dendrolith.results.status import read_status
from dendrolith.simulation import Simulation, march
from dendrolith.studies.circuit.study import CircuitStudy
from dendrolith.studies.register import load
from tests.studies import CONFIGS, assert_resumes, run, verbs

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "circuit" / "leaky_cell.yaml"
V, IONIC, ELECTRONIC = "voltage [V]", "ionic_current [A/m^2]", "electronic_current [A/m^2]"
CHARGE, STAGE, TIME = "charge [C/m^2]", "stage [1]", "time [s]"
# The step is exact: what remains is round-off (1e-9), and where an event is located (1e-6 of its
# limit, control.sequence.EVENT_TOLERANCE) its place.
EXACT, LOCATED = 1e-9, 1e-6

Q, U0, U1, R_S, R_L = 3.6e5, 3.0, 4.2, 2e-3, 0.05
SLOPE = (U1 - U0) / Q
ELEMENTS = ((1e-3, 1e4), (2e-3, 5e5))


def written(folder, stages, *, elements=(), leakage=None, **time):
    """A YAML of its own."""
    circuit = {
        "open_circuit": {
            "capacity": f"{Q} C/m^2", "empty_voltage": f"{U0} V", "full_voltage": f"{U1} V",
        },
        "series_resistance": f"{R_S} Ohm m^2",
    }  # fmt: skip
    if leakage is not None:
        circuit["leakage_resistance"] = f"{leakage} Ohm m^2"
    if elements:
        circuit["elements"] = [
            {"resistance": f"{R} Ohm m^2", "capacitance": f"{C} F/m^2"} for R, C in elements
        ]
    values = {
        "study": "circuit", "circuit": circuit, "control": stages,
        "time": {"end": "1e5 s", "max_step": "300 s"} | time, "output": {"every": "1000 s"},
        "start": {"state_of_charge": 0.25},
    }  # fmt: skip
    path = folder / "case.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(values, file)
    return path


def of_stage(found, number):
    """Columns of one stage, and the time since it began."""
    here = found[STAGE] == number
    began = found[TIME][found[STAGE] < number].max(initial=0.0)
    return {name: column[here] for name, column in found.items()}, found[TIME][here] - began


def test_charge_rest_and_discharge_are_exponentials(tmp_path):
    """Without leakage: q = q₀ + jt, vₖ = jRₖ + (vₖ₀ − jRₖ) e^{−t/RₖCₖ}."""
    stages = [
        {"current": "40 A/m^2", "until": {"time": "2000 s"}},
        {"rest": "3000 s"},
        {"current": "-30 A/m^2", "until": {"charge": "5e4 C/m^2"}},
    ]
    found = run(written(tmp_path, stages, elements=ELEMENTS), tmp_path / "run")
    q, v = 0.25 * Q, np.zeros(2)
    for number, (j, length) in enumerate(((40.0, 2000.0), (0.0, 3000.0), (-30.0, 5e4 / 30))):
        part, t = of_stage(found, number)
        exact_v = [
            j * R + (v[k] - j * R) * np.exp(-t / (R * C)) for k, (R, C) in enumerate(ELEMENTS)
        ]
        np.testing.assert_allclose(part[CHARGE], q + j * t, rtol=EXACT)
        exact = U0 + SLOPE * (q + j * t) + R_S * j + sum(exact_v)
        np.testing.assert_allclose(part[V], exact, rtol=EXACT)
        assert t[-1] == pytest.approx(length, rel=EXACT)
        q, v = q + j * t[-1], np.array([values[-1] for values in exact_v])
    assert found[STAGE][-1] == 2


def test_leakage_discharges_exponentially(tmp_path):
    """U + (R_s + R_l) dq/dt = 0 at rest, U = V − R_s dq/dt under a held voltage."""
    stages = [{"rest": "5000 s"}, {"voltage": "3.9 V", "until": {"time": "2000 s"}}]
    found = run(written(tmp_path, stages, leakage=R_L), tmp_path / "run")
    rest, t = of_stage(found, 0)
    U = (U0 + 0.25 * (U1 - U0)) * np.exp(-t * SLOPE / (R_S + R_L))
    np.testing.assert_allclose(rest[V], U * R_L / (R_S + R_L), rtol=EXACT)
    np.testing.assert_allclose(rest[ELECTRONIC], -rest[IONIC], rtol=EXACT)
    held, t = of_stage(found, 1)
    i = (3.9 - U[-1]) / R_S * np.exp(-t * SLOPE / R_S)
    np.testing.assert_allclose(held[IONIC], i, rtol=EXACT, atol=1e-12)
    np.testing.assert_allclose(held[ELECTRONIC], 3.9 / R_L, rtol=EXACT)


@pytest.mark.parametrize("C", [2e-7, 1e-10])
@pytest.mark.parametrize("held", ["current", "voltage"])
def test_an_element_much_faster_than_a_step_is_its_resistance(tmp_path, C, held):
    """The bulk of a separator, 2e-7 F/m²: q goes to where nothing charges, as with R_s + R."""
    R, j, v = ELEMENTS[0][0], 60.0, 3.9
    stages = [{"current": f"{j} A/m^2"} if held == "current" else {"voltage": f"{v} V"}]
    path = written(tmp_path, stages, elements=[(R, C)], leakage=R_L, end="3000 s")
    found = run(path, tmp_path / "run")
    series = R_S + R
    end, tau = (j * R_L, (series + R_L) / SLOPE) if held == "current" else (v, series / SLOPE)
    U = end + (U0 + 0.25 * (U1 - U0) - end) * np.exp(-found[TIME] / tau)
    late = found[TIME] > 1  # the first step is as short as the element
    np.testing.assert_allclose(found[CHARGE][late], (U - U0)[late] / SLOPE, rtol=EXACT)


def test_the_time_of_self_discharge_is_that_of_a_run():
    rest = ["start.state_of_charge=1", "control=[{rest: 1e6 s}]", "time.max_step=1e4 s"]
    config = load(CONFIG, [*rest, "time.end=6e5 s", "output.every=1e5 s"])
    with Simulation(config) as cell:
        rows = [(-cell.measure(step)["state_of_charge [1]"], step.time) for step in march(cell)]
    emptied = np.interp(0.0, *np.transpose(rows))
    said = dict(CircuitStudy().numbers(config))["time of self-discharge"]
    assert float(said.removesuffix(" s")) == pytest.approx(emptied, rel=1e-3)


def test_stages_end_at_their_limits(tmp_path):
    """At a voltage; at a charge under a held voltage, where the current falls; at a time."""
    stages = [
        {"current": "160 A/m^2", "until": {"voltage_above": "4 V"}},
        {"voltage": "4 V", "until": {"charge": "1e4 C/m^2"}},
        {"current": "-60 A/m^2", "until": {"voltage_below": "3.3 V"}},
        {"rest": "777 s"},
    ]
    path = written(tmp_path, stages, elements=ELEMENTS, leakage=R_L)
    found = run(path, tmp_path / "run")
    ends = [of_stage(found, number) for number in range(4)]
    assert ends[0][0][V][-1] == pytest.approx(4.0, rel=LOCATED)
    # leakage is part of the charge that passes the terminals
    passed = ends[1][0][CHARGE][-1] - ends[0][0][CHARGE][-1] + 4 / R_L * ends[1][1][-1]
    assert passed == pytest.approx(1e4, rel=LOCATED)
    assert ends[2][0][V][-1] == pytest.approx(3.3, rel=LOCATED)
    assert ends[3][1][-1] == pytest.approx(777, rel=EXACT)


def test_both_elements_and_leakage_against_another_integrator():
    law = Circuit(OpenCircuit(Q, U0, U1), R_S, R_L, tuple(Element(R, C) for R, C in ELEMENTS))

    def rate(_, x):
        i = law.ionic_current_at_current(x[0], list(x[1:]), 50.0)
        assert law.voltage(x[0], list(x[1:]), i) / R_L + i == pytest.approx(50.0)
        return [i, *(e.rate(v, i) for e, v in zip(law.elements, x[1:], strict=True))]

    from dendrolith.control.stages import Stage
    from dendrolith.studies.circuit.build import CircuitCell

    cell = CircuitCell(law, 0.25)
    cell.hold(Stage(current=50.0))
    for dt in (0.1, 30.0, 1e3, 4e3):
        cell.advance(dt)
    other = solve_ivp(rate, (0, 5030.1), [0.25 * Q, 0, 0], method="LSODA", rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(cell.x, other.y[:, -1], rtol=1e-8)


def test_a_resumed_run_writes_the_same(tmp_path):
    assert_resumes(CONFIG, tmp_path, steps=60)


def test_a_run_that_is_done_stays_done(tmp_path):
    """Gone on with for another end, where its stages have ended: it was *stopped, 76 %*."""
    short = ("control=[{rest: 1 s}]", "time.end=10 s", "output.every=1 s")
    run(CONFIG, tmp_path, *short)
    run(CONFIG, tmp_path, *short, "time.end=5 s", more=("--resume", "auto"))
    assert read_status(tmp_path)["state"] == "done"


def test_what_makes_no_sense_is_refused(tmp_path, capsys):
    from dendrolith.cli import main

    bad = written(tmp_path, [{"rest": "1 s", "until": {"time": "1 s"}}], elements=ELEMENTS * 2)
    assert main(["check", str(bad)]) == 2
    said = capsys.readouterr().err
    assert "control.0.until.time: is given twice" in said
    assert "circuit.elements: has 4 elements: 2 at most" in said
    assert "2 problems" in said


def test_verbs(tmp_path, capsys):
    verbs("circuit", tmp_path)
    assert "V = U + R_s i + Σₖ vₖ" in capsys.readouterr().out
