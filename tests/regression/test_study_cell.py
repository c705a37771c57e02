"""Whole cells from YAML: shipped inputs, stages as text, resume, what is refused."""

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.studies.register import load
from tests.studies import CONFIGS, assert_resumes, columns, verbs

pytestmark = pytest.mark.serial

CELLS = CONFIGS / "cells"
V, X, TIME = "voltage [V]", "counter_fraction [1]", "time [s]"
IONIC, ELECTRONIC = "ionic_current [A/m^2]", "electronic_current [A/m^2]"


def ran(out, name, *more):
    """Columns of a run of a shipped input."""
    assert main(["run", str(CELLS / f"{name}.yaml"), "-q", "--out", str(out), *more]) == 0
    return columns(out)


def dictionary(*control, **changes):
    """A cell in Python, charged by the steps given."""
    return {
        "study": "cell", "counter_set": "NMC811",
        "counter_electrode": {"areal_capacity": "36000 C/m^2"},
        "kinetics": {"exchange_current_density": "10 A/m^2"},
        "separator": {"thickness": "800 um", "ionic_conductivity": "0.78 S/m"},
        "control": list(control), "time": {"end": "10 h"}, "output": {"every": "1 h"}, **changes,
    }  # fmt: skip


def test_a_healthy_cell_reaches_its_limits(tmp_path):
    """Charge to 4.2 V, hold to C/50, rest, and back; one unit of charge moves x by 1/Q."""
    found = ran(tmp_path, "healthy")
    ends = [np.flatnonzero(found["stage [1]"] == number)[-1] for number in range(4)]
    charged, held, rested, emptied = ({k: v[end] for k, v in found.items()} for end in ends)
    assert charged[V] == pytest.approx(4.2, rel=1e-6)
    assert held[IONIC] == pytest.approx(142650 / 3600 / 50, rel=1e-6)
    assert rested[TIME] - held[TIME] == pytest.approx(3600)
    assert rested[V] == pytest.approx(rested["open_circuit_potential [V]"], abs=1e-12)
    assert emptied[V] == pytest.approx(3.6, rel=1e-6)
    Q = 125447 / (0.9084 - 0.27)
    np.testing.assert_allclose(found[X], 0.9084 - found["ion_charge [C/m^2]"] / Q, atol=1e-9)
    parts = found["open_circuit_potential [V]"] + found["counter_overpotential [V]"]
    parts += found[IONIC] * 8e-4 / 0.78 - found["anode_overpotential [V]"]
    np.testing.assert_allclose(found[V], parts, atol=1e-9)


def test_a_soft_short_stops_the_rise(tmp_path):
    """After the bridge has closed, 17 h of charge raise the voltage by less than 10 mV."""
    found = ran(tmp_path, "soft_short")
    after = found[TIME] > 7 * 3600 + 1
    assert found[TIME][-1] == 24 * 3600
    assert np.ptp(found[V][after]) < 0.01
    assert found[V][after].mean() == pytest.approx(3.8, abs=0.05)
    np.testing.assert_allclose(found[ELECTRONIC][after] * 1.92, found[V][after], rtol=1e-9)


def test_a_hard_short_collapses_and_fills_the_electrode(tmp_path):
    found = ran(tmp_path, "hard_short")
    after = found[TIME] > 7 * 3600
    assert found[V][after].max() < 2.0
    assert found[V][~after][-1] > 3.7
    assert found[X][-1] == pytest.approx(0.9084, abs=2e-6)
    assert found[TIME][-1] < 7 * 3600 + 60


def test_a_resumed_run_writes_the_same(tmp_path):
    assert_resumes(CELLS / "hard_short.yaml", tmp_path, steps=80)


def test_steps_as_text():
    """They are the stages that they say; `repeat` goes through all above it."""
    text = load(
        dictionary(
            "Charge at C/20 until 4.2 V", "hold at 4.2 V until C/50", "Rest for 1 hour",
            "Discharge at 0.5 A/m^2 for 2 h or until 2.8 V", "repeat 3",
            {"current": "-2C", "until": {"charge": "10 C/m^2"}},
        )
    )  # fmt: skip
    stages = load(
        dictionary(
            {
                "repeat": 3,
                "stages": [
                    {"current": "0.5 A/m^2", "until": {"voltage_above": "4.2 V"}},
                    {"voltage": "4.2 V", "until": {"current_below": "0.2 A/m^2"}},
                    {"rest": "1 h"},
                    {"current": "-0.5 A/m^2", "until": {"time": "2 h", "voltage_below": "2.8 V"}},
                ],
            },
            {"current": "-20 A/m^2", "until": {"charge": "10 C/m^2"}},
        )
    )
    assert text.control == stages.control
    assert len(text.control) == 13


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("Charge until 4.2 V", "control.0: 'Charge until 4.2 V' is no step: write 'Charge at"),
        ("Charge at C/20 until 3 h", "'until 3 h' is no end"),
        ("Charge at C/20 until 4.2 V or until 4.1 V", "'until 4.1 V' is no end"),
        ("Rest until 4 V", "'until 4 V' is no end"),
        ("Rest", "a rest ends by its time"),
        ("Charge at C/0 until 4.2 V", "'C/0' divides by zero"),
        ("Charge at 1 V until 4.2 V", "control.0.current: '1 V' has the wrong dimension"),
        ("Discharge at -C/20 until 3 V", "'Discharge at -C/20 until 3 V' is no step"),
        ("Charge at" + 1000 * " ", "is no step"),
        ("repeat 3", "control.0: makes 0 entries"),
    ],
)
def test_steps_that_are_none_are_refused(step, why):
    with pytest.raises(ConfigError) as caught:
        load(dictionary(step))
    assert len(caught.value.problems) == 1
    assert why in caught.value.problems[0]


def test_a_c_rate_needs_a_capacity():
    cells = {"counter_set": "Li", "counter_electrode": {}}
    with pytest.raises(ConfigError, match="'C/2' needs a capacity"):
        load(dictionary("Charge at C/2 for 1 h", **cells))
    mesh = CONFIGS / "quickstart.yaml"
    with pytest.raises(ConfigError, match="'C/2' needs a capacity"):
        load(mesh, ["control=['Charge at C/2 for 1 h']"])
    stage = load(mesh, ["control=['Charge at 1 A/m^2 until 0.3 V']"]).control[0]
    assert (stage.current, stage.until.voltage_above) == (1.0, 0.3)


@pytest.mark.parametrize(
    ("counter", "why"),
    [
        ({"least_fraction": 0.2}, "least_fraction: is 0.2: NMC811 is known between 0.27 and"),
        ({"largest_fraction": 0.25}, "largest_fraction: is 0.25: NMC811"),
        ({"initial_fraction": 0.95}, "initial_fraction: is not between 0.27 and 0.9084"),
        ({"charge_transfer_resistance": "1 Ohm m^2"}, "give either it or charge_transfer"),
        ({"potential": "two_phase"}, "plateau: is missing"),
        ({"potential": "table"}, "table: needs two points or more"),
        ({"table": [{"fraction": 0.5, "potential": "3 V"}]}, "does nothing with potential"),
    ],
)
def test_what_no_electrode_is(counter, why):
    given = {"areal_capacity": "36000 C/m^2", **counter}
    with pytest.raises(ConfigError, match=why):
        load(dictionary("Rest for 1 h", counter_electrode=given))


def test_current_below_needs_a_held_voltage():
    stage = {"current": "1 A/m^2", "until": {"current_below": "C/50"}}
    with pytest.raises(ConfigError, match="does nothing where the current is held"):
        load(dictionary(stage))


def test_verbs(tmp_path, capsys):
    verbs("cell", tmp_path)
    assert "V = U(x) − E_eq + η_c + η_a + j L/σ" in capsys.readouterr().out
