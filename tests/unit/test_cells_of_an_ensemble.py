"""Distributions of the cells of an ensemble, and the cells that have none."""

import numpy as np
import pytest

import dendrolith
from dendrolith.networks import analysis

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
