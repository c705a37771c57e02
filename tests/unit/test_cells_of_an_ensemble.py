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
    step = np.where(names == "random", np.arange(60) % 7, 2.0)
    table = {
        analysis.DENSITY: np.zeros(60, dtype=int),
        analysis.TOPOLOGY: names,
        analysis.CENSORED: np.zeros(60, dtype=int),
        analysis.LOWER: analysis.SHOWN * (1 + step),
        analysis.UPPER: analysis.SHOWN * (2 + step),
    }
    cells, (unfitted,) = analysis.fits_of_cells(config, table)
    assert list(next(iter(cells.values()))) == ["random"]
    assert (unfitted.topology, unfitted.networks, unfitted.failures) == ("clustered", 30, 30)
    assert "different" in unfitted.why
