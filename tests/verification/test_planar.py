"""A plating cell with a flat front, without a mesh, against the cell with one."""

import time

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.results.open_run import open_run
from dendrolith.studies.plating.planar_facts import numbers
from dendrolith.studies.plating.planar_trace import facts_of
from dendrolith.studies.register import load
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

CELL = CONFIGS / "cells" / "with_mesh.yaml"
HELD = "elasticity={pressure: 5 MPa, right: frame}"
SHORT = (
    *("--set", HELD, "--set", "time.end=30 min", "--set", "output.every=30 min"),
    *("--set", "counter_electrode.areal_capacity=0.1 mAh/cm^2"),
)
STEPS = "Charge at C/2.5 until 4.2 V, Discharge at C/2.5 until 3.6 V"
REDUCED = ("--set", "solver.kind=reduced")


def series(folder, *more, case=CELL):
    """Time series of a run."""
    assert main(["run", str(case), "--out", str(folder), "-q", *more]) == 0
    return open_run(folder).series


def test_field_and_reduced_agree(tmp_path):
    """V, p and x within 0.1 % over half of a charge; the columns are those of the field."""
    field = series(tmp_path / "field", *SHORT)
    reduced = series(tmp_path / "reduced", *SHORT, *REDUCED)
    assert set(reduced) <= set(field)
    at = np.linspace(0, 1800, 30)[1:]
    for name in ("cell_voltage", "stack_pressure", "counter_fraction"):
        one, other = (np.interp(at, found["time"], found[name]) for found in (field, reduced))
        np.testing.assert_allclose(other, one, rtol=1e-3, err_msg=name)
    assert np.ptp(reduced["stack_pressure"]) > 1e5
    assert np.ptp(reduced["cell_voltage"]) > 0.2, reduced["cell_voltage"]


def lithium_cell(folder):
    """The cell with a counter electrode of lithium."""
    text = CELL.read_text(encoding="utf-8").replace("counter_set: NMC811\n", "")
    case = folder / "lithium.yaml"
    without = text.replace("counter_electrode:\n  areal_capacity: 2 mAh/cm^2\n", "")
    case.write_text(without, encoding="utf-8")
    return case


@pytest.mark.parametrize(("current", "way"), [(100, 200e-6), (-100, -40e-6)])
def test_a_front_ends_at_the_counter_electrode_and_at_the_collector(tmp_path, capsys, current, way):
    """There its stage ends, after F c_Li s/j less what leaks; the last lines say what was found."""
    more = (
        *("--set", f"control=[{{current: {current} A/m^2, until: {{voltage_above: 4.2 V}}}}]"),
        *("--set", "time.end=1000 h", "--set", "output.every=1000 h"),
        *("--set", "solver.kind=reduced"),
    )
    folder = tmp_path / "run"
    assert main(["run", str(lithium_cell(tmp_path)), "--out", str(folder), *more]) == 0
    assert f"front                {1e6 * way:g} um" in capsys.readouterr().out
    found = open_run(folder).series
    assert found["tip_height"][-1] == pytest.approx(way, rel=2e-6)
    lithium = 96485.33212 / 1.309e-5
    assert found["time"][-1] == pytest.approx(lithium * way / current, rel=2e-3)


def test_what_a_trace_is_told_of_layers():
    """100 of 200 µm conduct 0.01 S/m instead of 1.08 S/m."""
    layer = "layers=[{begin: 60 um, end: 160 um, ionic_conductivity: 0.01 S/m}]"
    plain, layered = (facts_of(load(CELL, given)).resistance for given in ([], [layer]))
    assert layered - plain == pytest.approx(1e-2 - 1e-4 / 1.08, rel=1e-6)


def test_check_has_the_resistance_at_the_temperature_of_the_cell():
    """That of 350 K is 1/6.03 of that of 298.15 K with 30 kJ/mol."""
    warm = ["kinetics.temperature=350 K", "arrhenius={ionic_conductivity: 30 kJ/mol}"]
    cold, found = (
        float(dict(numbers(load(CELL, given)))["ionic resistance"].split()[0])
        for given in ([], warm)
    )
    assert cold / found == pytest.approx(Arrhenius().factor(30e3, 350.0), rel=1e-3)


def test_a_counter_electrode_that_rests_at_0_v(tmp_path):
    """What is left of no voltage is not known, and nothing is divided by it."""
    flat = ("potential: two_phase, plateau: 0 V, areal_capacity: 1 mAh/cm^2, initial_fraction: "
            "0.5, charge_transfer_resistance: 1 mohm m^2")  # fmt: skip
    given = ("--set", "counter_set=null", "--set", f"counter_electrode={{{flat}}}",
             "--set", "control=[{current: 1 A/m^2}]", "--set", "time.end=60 s",
             "--set", "output.every=60 s", *REDUCED)  # fmt: skip
    found = series(tmp_path / "run", *given)
    assert np.isnan(found["voltage_left"]).all()
    assert (found["short_circuit"] == 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("right", ["pressure", "fixed_gap"])
def test_other_sides_and_a_lithium_counter_electrode(tmp_path, right):
    """Without storage U = 0: V is ohmic, kinetic, and V_m P_m/F of the front: 0.1 mV apart."""
    more = (
        *("--set", f"elasticity={{pressure: 5 MPa, right: {right}}}"),
        *("--set", "control=[{current: 1 A/m^2}]", "--set", "time.end=1 h"),
        *("--set", "geometry.electrolyte_thickness=40 um", "--set", "output.every=1 h"),
    )
    case = lithium_cell(tmp_path)
    field = series(tmp_path / "field", *more, case=case)
    reduced = series(tmp_path / "reduced", *more, *REDUCED, case=case)
    assert field["cell_voltage"][-1] < 0.05
    assert reduced["cell_voltage"][-1] == pytest.approx(field["cell_voltage"][-1], abs=1e-4)
    assert reduced["stack_pressure"][-1] == pytest.approx(field["stack_pressure"][-1], rel=1e-3)


@pytest.mark.slow
def test_eight_hours_take_two_seconds_and_text_steps_repeat(tmp_path):
    """Charge and discharge at C/2.5, twice, and a report of it."""
    more = (
        *("--set", "time.end=8 h", "--set", "output.every=1 h"),
        *("--set", f"control=[{STEPS}, repeat 2]"),
    )
    begin = time.process_time()
    found = series(tmp_path / "run", *REDUCED, *more)
    assert time.process_time() - begin < 2
    assert found["time"][-1] > 7 * 3600
    assert set(found["stage"]) == {0, 1, 2, 3}
    assert main(["report", str(tmp_path / "run")]) == 0
    assert "Voltage and open-circuit" in (tmp_path / "run" / "report.html").read_text("utf-8")
    assert main(["status", str(tmp_path / "run")]) == 0


def test_it_goes_on_bit_for_bit(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    series(whole, *SHORT, *REDUCED)
    series(parts, *SHORT, *REDUCED, "--set", "time.max_steps=40")
    series(parts, *SHORT, *REDUCED, "--resume", "auto")
    tables = [(path / "timeseries.csv").read_bytes() for path in (whole, parts)]
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("protrusions={count: 1, height: 8 um, width: 4 um}", "protrusions"),
        ("reference_electrode={at: {x: 140 um, y: 2 um}}", "reference_electrode"),
        ("electrodes.direct_reduction=1 A/m^2", "electrodes.direct_reduction"),
        ("noise={amplitude: 0.01}", "noise"),
        ("layers=[{begin: 60 um, end: 90 um, ionic_conductivity: 0.01 S/m}]", "layers.0"),
        ("grains={width: 4 um, mean_size: 12 um, ionic_resistance: 1e-3 Ohm m^2}", "grains"),
        (
            "films=[{through: [{x: 60 um, y: 2 um}, {x: 90 um, y: 2 um}], width: 4 um, "
            "electronic_conductance: 1e-2 S}]",
            "films.0",
        ),
        ("nucleation={}", "nucleation"),
        ("time.scheme=bdf2", "time.scheme"),
        ("elasticity={pressure: 1 MPa, coupling: driving_force}", "elasticity.coupling"),
        ("elasticity={pressure: 1 MPa, sides: free}", "elasticity.sides"),
        ("elasticity={pressure: 1 MPa, stress_free: initial}", "elasticity.stress_free"),
    ],
)
def test_what_a_flat_front_cannot_carry(given, key):
    with pytest.raises(ConfigError) as caught:
        load(CELL, ["solver.kind=reduced", given])
    (problem,) = caught.value.problems
    assert key in problem
    assert "needs the mesh" in problem or "does nothing" in problem


@pytest.mark.slow
def test_a_hold_lasts_as_long(tmp_path):
    """Where a voltage is held the steps of the field follow x: 5 % off a hold to a fifth."""
    steps = "control=[Charge at C/5 until 4.2 V, Hold at 4.2 V until C/25, Rest for 10 min]"
    more = ("--set", "counter_electrode.initial_fraction=0.335", "--set", steps)
    long = ("--set", "time.end=5 h", "--set", "output.every=5 h")
    field = series(tmp_path / "field", *more, *long)
    reduced = series(tmp_path / "reduced", *more, *long, *REDUCED)
    held = [found["time"][found["stage"] == 1] for found in (field, reduced)]
    lengths = [float(time[-1] - time[0]) for time in held]
    assert lengths[1] > 300
    assert lengths[0] == pytest.approx(lengths[1], rel=0.05)


def test_a_stage_ends_where_the_counter_electrode_is_full(tmp_path):
    steps = "control=[Charge at C/2 for 5 min, Discharge at C/2 until 3 V]"
    long = ("--set", "time.end=1 h", "--set", "output.every=1 h")
    found = series(tmp_path / "run", "--set", steps, *long)
    assert found["counter_fraction"][-1] == pytest.approx(0.9084, abs=2e-6)
    assert found["time"][-1] == pytest.approx(600, rel=0.01)  # less what leaks
