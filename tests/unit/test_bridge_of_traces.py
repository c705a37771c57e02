"""Resistance of a bridge from voltage and current, and beside that of spectra."""

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.studies.cell.facts import facts_of
from dendrolith.studies.cell_model import CellModel
from dendrolith.studies.register import cell_facts_of, load
from dendrolith.traces.decouple.bridge import bridge_course
from dendrolith.traces.signals import Signals
from dendrolith.traces.spectra.fitting import Interval
from dendrolith.traces.spectra.spectrum import ABSOLUTE, AREAL

pytestmark = pytest.mark.serial

CELLS = Path("configs/cells")
CELL, BRIDGED = CELLS / "hard_short.yaml", 3600.0
FACTS = cell_facts_of(CELL)
CURRENT, STEP = 2.0, 20.0


def trace(R_e: float, *, seed: int | None = None, off: tuple[float, float] = (0.0, 1.0), step=STEP):
    """A charge whose bridge closes after an hour; U is off by volts, all losses by a factor."""
    x, potential = FACTS.table()
    charges, (shift, factor) = FACTS.capacity * (x[0] - x), off
    currents, losses = FACTS.losses
    time = BRIDGED + step * np.arange(-180, 180)
    charge, voltage = float(np.interp(3.8, potential, charges)), []
    for t in time:
        rest = np.interp(charge, charges, potential) + shift
        leak = 0.0 if t < BRIDGED else 1 / R_e
        # I = j + (rest + loss(j))/R_e is monotone in j
        passed = currents + leak * (rest + factor * losses)
        j = float(np.interp(CURRENT, passed, currents))
        voltage.append(rest + factor * float(np.interp(j, currents, losses)))
        charge += step * j
    noise = 0.0 if seed is None else 5e-4 * np.random.default_rng(seed).standard_normal(time.size)
    return Signals(CELL, time, np.full(time.size, CURRENT), None, np.array(voltage) + noise)


@pytest.mark.parametrize("ratio", [0.3, 3.0, 10.0])
def test_a_bridge_that_divides_the_voltage_is_measured(ratio):
    R_e = ratio * FACTS.resistance
    found = bridge_course(trace(R_e, step=0.1), FACTS).at(BRIDGED + 15)
    assert FACTS.resistance * abs(1 / found.bridge.value - 1 / R_e) < 2e-3
    assert found.bridge.low < R_e < found.bridge.high


def test_bars_hold_the_truth_with_errors_of_the_cell():
    R_e, inside = 2 * FACTS.resistance, []
    for seed in range(20):
        draws = np.random.default_rng([seed, 1]).standard_normal(2)
        off = (0.010 * draws[0], float(np.clip(1 + 0.2 * draws[1], 0.5, 1.5)))
        bridge = bridge_course(trace(R_e, seed=seed, off=off), FACTS).at(BRIDGED + 300).bridge
        inside.append(bridge.low < R_e < bridge.high)
    assert np.mean(inside) >= 0.9


def test_what_an_empty_cell_has_is_not_known():
    """Behind the end of U(x) there is none: a hard short comes there within minutes."""
    R_e = 0.3 * FACTS.resistance
    course = bridge_course(trace(R_e, step=2.0), FACTS)
    known = np.isfinite(course.conductance.low)
    assert known[course.signals.time < BRIDGED].all()
    assert not known[course.signals.time > BRIDGED + 200].any()
    found = course.at(None)
    assert found.bridge.low < R_e < found.bridge.high


def test_of_a_leak_and_of_no_bridge_only_a_bound_is_known():
    for R_e in (500 * FACTS.resistance, 1e9):
        found = bridge_course(trace(R_e), FACTS).at(None)
        assert found.bridge.high == np.inf
        assert 20 * FACTS.resistance < found.bridge.low < R_e
        assert "no bridge divides" in str(found)
        assert found.as_dict()["interval"][1] is None


def test_lithium_with_a_potential_of_its_own_is_no_bridge():
    """V at rest is U − E_eq: the voltage of a sound cell lies below U, and nothing leaks."""
    config = load(CELL, ["kinetics.equilibrium_potential=0.1 V", "bridge=null"])
    model, facts = CellModel(config), facts_of(config)
    time = np.arange(0.0, 3600.0, STEP)
    fractions = [model.counter.fraction(CURRENT * t) for t in time]
    voltage = np.array([model.inner_voltage(CURRENT, x) for x in fractions])
    sound = Signals(CELL, time, np.full(time.size, CURRENT), None, voltage)
    assert voltage[0] == pytest.approx(facts.potential(fractions[0]), abs=0.01)
    assert bridge_course(sound, facts).at(None).bridge.high == np.inf


def test_of_two_lithium_electrodes_either_may_be_the_left_one():
    """Li | Li with a bridge of a tenth of R_int, once with all signs turned: the same R_e."""
    facts = replace(FACTS, potential=lambda x: 0.0, capacity=np.inf)
    R, time = facts.resistance, np.arange(0.0, 200.0, STEP)
    currents, losses = facts.losses
    loss = float(np.interp(400.0, currents + losses / (0.1 * R), losses))
    found = []
    for sign in (1.0, -1.0):
        held, voltage = (np.full(time.size, sign * value) for value in (400.0, loss))
        found.append(bridge_course(Signals(CELL, time, held, None, voltage), facts).at(0.0).bridge)
    assert found[0].low < 0.1 * R < found[0].high < np.inf
    assert astuple(found[1]) == pytest.approx(astuple(found[0]), rel=1e-12)


def test_a_fast_discharge_of_a_sound_cell_has_no_bridge():
    """U at the start lies beyond the first voltage by what its own current takes, not by C/10's."""
    changes = ["bridge=null", "kinetics.exchange_current_density=1 A/m^2"]
    config = load(CELL, [*changes, "counter_electrode.initial_fraction=0.5"])
    model, facts, current = CellModel(config), replace(facts_of(config), start=None), -40.0
    time = np.arange(0.0, 1200.0, STEP)
    fractions = [model.counter.fraction(current * t) for t in time]
    voltage = np.array([model.inner_voltage(current, x) for x in fractions])
    course = bridge_course(Signals(CELL, time, np.full(time.size, current), None, voltage), facts)
    assert course.potential[0] == pytest.approx(facts.potential(0.5), abs=0.01)
    assert course.at(None).bridge.high == np.inf


def test_a_trace_that_begins_with_a_rest_has_bars_from_there_on():
    """U is that of the first voltage: no loss is left there, but it is not known any better."""
    sound = trace(1e9)
    rest = 30
    time = np.concatenate([sound.time[:rest], sound.time + rest * STEP])
    current = np.concatenate([np.zeros(rest), sound.current])
    at_rest = np.full(rest, 3.8)
    voltage = np.concatenate([at_rest, sound.voltage])
    course = bridge_course(Signals(CELL, time, current, None, voltage), FACTS)
    assert course.conductance.low[0] < 0 < course.conductance.high[0]
    found = course.at(None).bridge
    assert 20 * FACTS.resistance < found.low < 1e9
    assert found.high == np.inf


def test_lithium_as_counter_electrode_has_no_x():
    facts = replace(FACTS, potential=lambda x: 0.0, capacity=np.inf, losses=())
    R, R_e = facts.resistance, 3 * facts.resistance
    V = np.full(50, CURRENT * R * R_e / (R + R_e))
    signals = Signals(CELL, np.arange(50.0), np.full(50, 1e3 * CURRENT), None, 1e3 * V)
    assert bridge_course(signals, facts).at(None).bridge.value == pytest.approx(R_e, rel=1e-9)


def test_both_ways_are_compared():
    found = bridge_course(trace(2 * FACTS.resistance), FACTS).at(None)
    value, area = found.bridge.value, 3.2e-5
    same = found.compared(Interval(value, value, value), AREAL, None)
    assert "over that of the trace: 1 (" in same
    ohm = Interval(value / area, value / area, value / area)
    assert found.compared(ohm, ABSOLUTE, area) == same
    assert "a bound only" in found.compared(Interval(value, value, np.inf), AREAL, None)
    with pytest.raises(ConfigError, match="--area"):
        found.compared(ohm, ABSOLUTE, None)


def written(folder: Path, title: str = "voltage [V]") -> str:
    """Path of the table of a trace."""
    found = trace(2 * FACTS.resistance)
    path = folder / "trace.csv"
    rows = zip(found.time, found.current, found.voltage, strict=True)
    lines = [f"time [s],current [A/m^2],{title}", *(f"{t},{i},{v}" for t, i, v in rows)]
    path.write_text("\n".join(lines))
    return str(path)


def test_the_verb_reads_a_trace(tmp_path, capsys):
    path = written(tmp_path)
    asked = ["spectra", "--trace", path, "--cell", str(CELL), "--at", "2 h"]
    assert main([*asked[:-2], "--length", "800 um", "--area", "0.32 cm^2"]) == 0
    said = capsys.readouterr().out
    assert "divides the voltage" in said
    assert "n = 1 " in said
    table = (tmp_path / "trace.bridge.csv").read_text().splitlines()
    assert table[0].endswith("bridge_resistance_high [Ohm m^2]")
    assert len(table) == 361
    assert main(asked) == 2
    assert "is known from 0 s to 7180 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "or a --trace"),
        (["--trace", "TRACE"], "give --cell YAML"),
        (["--cell", str(CELL), "spectrum.csv"], "give --trace as well"),
        (["--trace", "TRACE", "--cell", "configs/pfhub/1a.yaml"], "study is pfhub"),
        (["--trace", "TRACE", "--cell", str(CELL), "--plot", "fit.png"], "--plot: belongs to"),
        (["--trace", "TRACE", "--cell", str(CELL), "--arcs", "2"], "--arcs: belongs to"),
    ],
)
def test_refusals(options, message, tmp_path, capsys):
    path = written(tmp_path)
    assert main(["spectra", *(path if word == "TRACE" else word for word in options)]) == 2
    assert message in capsys.readouterr().err


def test_a_trace_without_a_voltage(tmp_path, capsys):
    path = written(tmp_path, "temperature [K]")
    assert main(["spectra", "--trace", path, "--cell", str(CELL)]) == 2
    assert "no column is a voltage" in capsys.readouterr().err


def test_plating_cells_are_cells_too():
    """The cell of with_mesh.yaml, whose separator is 22 µm of argyrodite."""
    facts = cell_facts_of(CELLS / "with_mesh.yaml")
    assert facts.capacity > 1e5
    assert facts.slope is None  # nothing presses on it
    pressed = cell_facts_of(CELLS / "three_electrodes" / "lto_soft_short.yaml")
    assert pressed.slope == pytest.approx(0.5e12 * 1.3e-5 / 96485, rel=0.02)


def test_what_leads_take_of_a_sound_cell_is_no_bridge():
    """0.1 V of a discharge at 40 A/m²: R_e was found, with bars on both sides."""
    changes = ["bridge=null", "external_resistance=2.5e-3 Ohm m^2"]
    config = load(CELL, [*changes, "counter_electrode.initial_fraction=0.5"])
    model, facts, current = CellModel(config), facts_of(config), -40.0
    time = np.arange(0.0, 1200.0, STEP)
    fractions = [model.counter.fraction(current * t) for t in time]
    voltage = np.array([model.terminals(current, x, 0.0)[0] for x in fractions])
    sound = Signals(CELL, time, np.full(time.size, current), None, voltage)
    assert bridge_course(sound, facts).at(None).bridge.high == np.inf
    assert bridge_course(sound, replace(facts, leads=0.0)).at(None).bridge.high < np.inf
