"""Distributions of the cells of an ensemble, and the cells that have none."""

from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest

import dendrolith
from dendrolith.networks import analysis
from dendrolith.networks.dominance import UNDECIDED, Groups, dominance_map

pytestmark = pytest.mark.serial


def test_cells_whose_fit_is_refused_are_named():
    """All short circuits of a cell in one step: it was dropped, and nothing said so."""
    config = dendrolith.load(
        {
            "study": "network",
            "densities": [{"porosity": 0.02, "cracked": 0.1}],
            "topologies": [{"name": "random"}, {"name": "clustered"}],
            "ensemble": {"samples": 30},
        }
    )
    names = np.repeat(["random", "clustered"], 30)
    few = (names == "random") & (np.arange(60) > 9)
    table = {
        analysis.DENSITY: np.zeros(60, dtype=int),
        analysis.TOPOLOGY: names,
        analysis.CENSORED: few.astype(int),
        analysis.LOWER: np.full(60, 2 * analysis.SHOWN),
        analysis.UPPER: np.where(few, np.inf, 3 * analysis.SHOWN),
    }
    cells, unfitted = analysis.fits_of_cells(config, table)
    assert not cells
    found = [(cell.topology, cell.networks, cell.failures) for cell in unfitted]
    assert found == [("random", 30, 10), ("clustered", 30, 30)]
    assert unfitted[0].why == "fewer than 20 short circuits"
    assert "two different ones" in unfitted[1].why


def test_two_short_circuits_among_many_networks_show_no_law():
    """The search has a part for each of ten; it ended with a traceback, after all was computed."""
    n = 300
    rng = np.random.default_rng(1)
    censored = np.arange(n) > 1
    table = {descriptor.column: rng.random(n) + 0.1 for descriptor in analysis.DESCRIPTORS}
    table |= {
        analysis.DENSITY: np.zeros(n, dtype=int),
        analysis.CENSORED: censored.astype(int),
        analysis.LOWER: np.where(censored, 8.0, np.arange(n) + 1.0) * analysis.SHOWN,
        analysis.UPPER: np.where(censored, np.inf, np.arange(n) + 2.0) * analysis.SHOWN,
    }
    config = SimpleNamespace(ensemble=SimpleNamespace(seed=1), densities=(), topologies=())
    with mock.patch.object(analysis, "size_effects", return_value=[]):
        found = analysis.analyse(config, table)
    assert found.law is None
    assert found.overall.data.failures == 2


def test_a_window_without_a_short_circuit_is_undecided():
    """All of its currents are the highest of the ramp: it ended with a division by zero."""
    rng = np.random.default_rng(2)
    m, t = rng.random((2, 400, 3))
    target = np.full(400, 2.0)
    (window,) = dominance_map(Groups(m, t, target), (1, 1), 400, 1, draws=3)
    assert window.decided == UNDECIDED
    assert window.explained == (0.0, 0.0, 0.0)
    assert np.isnan(window.at_density)
