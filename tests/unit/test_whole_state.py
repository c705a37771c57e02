"""Fields changed through the API: whole at the start of a march, refused between two steps."""

from types import SimpleNamespace

import numpy as np
import pytest
from mpi4py import MPI

import dendrolith
from dendrolith.core.constants import FARADAY
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.check import numbers
from dendrolith.studies.plating.observables import balances
from dendrolith.studies.plating.scales import warnings
from tests.cases import UM, config
from tests.unit.test_simulation import QUICKSTART

SMALL = ["geometry.height=60 um", "protrusions.count=1", "control.0.voltage=30 mV"]
CENTRE = (35 * UM, 20 * UM)


def from_centre(x):
    return np.hypot(x[0] - CENTRE[0], x[1] - CENTRE[1]) - 6 * UM


def test_a_state_changed_before_the_start_is_taken_as_a_whole():
    """A pore put elsewhere, lithium that floats: access, initial lithium and stress follow."""
    with dendrolith.Simulation(dendrolith.load(QUICKSTART, SMALL)) as simulation:
        state = simulation.problem.state
        foil = state["xi"].x.array.copy()
        state["rho"].interpolate(lambda x: np.tanh(2 * (from_centre(x) - 4 * UM) / (3 * UM)))
        state["xi"].interpolate(lambda x: 0.5 * (1 - np.tanh(from_centre(x) / (2 * UM))))
        state["xi"].x.array[:] = np.maximum(foil, state["xi"].x.array)
        changed = state["xi"].x.array.copy()
        steps = dendrolith.march(simulation)
        next(steps)
        np.testing.assert_allclose(state["xi_initial"].x.array, changed, atol=1e-12)
        rho, access = state["rho"].x.array, state["access"].x.array
        assert (access[rho < 0] == 0).all()
        assert (access[rho > 0.99] == 1).all()
        state["xi"].x.array[:] = foil
        with pytest.raises(ValueError, match=r"(xi|another rank) changed between two steps"):
            next(steps)


def test_inventory_is_measured_by_the_charge_of_both_ways(monkeypatch):
    """A cell cycled to and fro: 1e-6 of 2 C that went are missing, though no net charge passed."""
    currents, contents = iter([1.0, -1.0]), iter([5.0, 5.0 + 1 / FARADAY, 5.0 + 2e-6 / FARADAY])
    monkeypatch.setattr(balances, "counter_current", lambda *_: next(currents))
    terminals = SimpleNamespace(area=1.0, balance=None)

    def lithium():
        return np.array([next(contents)])

    observable = balances.Balances(terminals, MPI.COMM_SELF, lithium, np.zeros(1))
    observable.start(None)
    view = SimpleNamespace(dt=1.0, report=Report(numbers={"plated": 1.0}))
    assert observable(view)[-1] == pytest.approx(0.0, abs=1e-9)
    assert observable(view)[-1] == pytest.approx(1e-6, rel=1e-3)


def test_the_sign_of_the_equilibrium_potential_is_said():
    """At rest V = −E_eq; a cell's open-circuit voltage in its place gets a note."""
    settings = config(kinetics__equilibrium_potential=0.2)
    assert ("voltage at rest", "-0.2 V = -E_eq") in numbers(settings)
    assert not any("equilibrium_potential" in note for note in warnings(settings))
    notes = warnings(config(kinetics__equilibrium_potential=3.8))
    assert any("the voltage at rest is V = -E_eq = -3.8 V" in note for note in notes)
