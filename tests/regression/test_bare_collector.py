"""A bare collector below a numerical film: nucleation, stripping to the bare metal, restart."""

import itertools

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import ConfigError
from dendrolith.simulation import Simulation, march
from dendrolith.studies.register import load
from tests.studies import CONFIGS, columns

pytestmark = pytest.mark.serial

CELL = CONFIGS / "cells" / "anode_free" / "with_mesh.yaml"
V, Q, NUCLEATION = (
    "cell_voltage [V]",
    "lithium_on_collector [mol/m^2]",
    "nucleation_overpotential [V]",
)
STAGE, COVERAGE = "stage [1]", "collector_coverage [1]"
SHORT = (
    "control=[Charge at 0.5 A/m^2 for 10 min, Discharge at 0.5 A/m^2 until 2.4 V]",
    "time.end=30 min",
    "output.every=10 min",
    "layers=[]",
)


def ran(out, *changes):
    """Columns of a run."""
    sets = [word for change in (*SHORT, *changes) for word in ("--set", change)]
    assert main(["run", str(CELL), "-q", "--out", str(out), *sets]) == 0
    return columns(out)


@pytest.fixture(scope="module")
def cycled(tmp_path_factory):
    """A charge and a discharge."""
    return ran(tmp_path_factory.mktemp("cell") / "run")


@pytest.mark.slow
def test_nucleation_is_in_the_voltage(cycled, tmp_path):
    """Beside the same cell with a foil; it decays with the lithium plated."""
    foil = ran(tmp_path / "foil", "collector=null", "time.end=10 min")
    time = foil["time [s]"]
    lifted, nucleation, q = (
        np.interp(time, cycled["time [s]"], cycled[k]) for k in (V, NUCLEATION, Q)
    )
    charged = (time > 1) & (time < 599)
    np.testing.assert_allclose((lifted - foil[V] - nucleation)[charged], 0, atol=5e-4)
    np.testing.assert_allclose(
        nucleation[charged], 0.02 * np.exp(-q * FARADAY / 100)[charged], atol=3e-4
    )


def test_stripping_ends_where_the_collector_is_bare(cycled):
    """The film stays: what comes back is what was plated."""
    q = FARADAY * cycled[Q]
    assert q.max() == pytest.approx(0.5 * 600, rel=0.05)  # less the leakage
    assert abs(q[-1]) < 0.05
    assert 1.5 < cycled[V][-1] <= 2.4 * (1 + 1e-6)  # it falls by volts as the collector is bare
    assert cycled["collector_coverage [1]"].min() < 1e-3
    plated = q > 1  # the error is relative to what is plated
    assert cycled["inventory_error [1]"][plated].max() < 1e-8


def test_a_charge_after_the_collector_is_bare_goes_on():
    """Its first step was one of stripping: at 1e-6 i₀ the voltage was beyond any limit."""
    turn = (
        "control=[Discharge at 0.5 A/m^2 until 2.4 V, Charge at 0.5 A/m^2 for 1 h or until 4.5 V]"
    )
    with Simulation(load(CELL, [turn, "layers=[]"])) as simulation:
        rows = [simulation.measure(step) for step in itertools.islice(march(simulation), 4)]
    stage, coverage, voltage = ([row[k] for row in rows] for k in (STAGE, COVERAGE, V))
    assert stage == sorted(stage)
    assert stage[-2:] == [1, 1]
    assert min(coverage) < 1e-3
    assert max(voltage) < 3.7


def test_a_rest_begins_without_nucleation():
    """Its first step had that of the charge before: 18 mV above U."""
    turn = "control=[Charge at 0.5 A/m^2 for 1 ms, Rest for 1 min]"
    with Simulation(load(CELL, [turn, "layers=[]"])) as simulation:
        rows = [simulation.measure(step) for step in itertools.islice(march(simulation), 2)]
    above = [row[V] - row["open_circuit_potential [V]"] for row in rows]
    assert above[0] > 0.02
    assert abs(above[1]) < 1e-3


@pytest.mark.slow
def test_goes_on_bit_for_bit(cycled, tmp_path):
    """The run is broken at the turn of the current."""
    parts = tmp_path / "parts"
    ran(parts, "time.end=10 min")
    sets = [word for change in SHORT for word in ("--set", change)]
    assert main(["run", str(CELL), "-q", "--out", str(parts), "--resume", "auto", *sets]) == 0
    found = columns(parts)
    for name, values in cycled.items():
        np.testing.assert_array_equal(values, found[name], err_msg=name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("geometry.lithium_thickness=20 um", "make geometry.lithium_thickness 6 um to 12 um"),
        ("collector.stranded_fraction=0.1", "needs study: cell"),
        ("solver.kind=reduced", "needs the mesh"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(ConfigError, match=message):
        load(CELL, [change, "layers=[]"])
