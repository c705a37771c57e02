"""Plating in an electrolyte that breaks, run from YAML."""

from itertools import pairwise

import numpy as np
import pytest

from dendrolith import open_run
from tests.studies import CONFIGS, run

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "damage.yaml"
DAMAGE, EXTENT, CURRENT = "damage_max [1]", "damaged_fraction [1]", "ionic_current [A/m^2]"
# a cell without a flaw, that breaks by its strength
SOUND = (
    *("seed_cracks=[]", "geometry.height=48 um", "elasticity.eigenstrain=0.005"),
    *("time.max_change=0.1", "time.max_relaxation=0.1"),
)
SHORT = (*SOUND, "time.end=1.35 s", "output.every=0.45 s", "solver.charge_tolerance=1e-10")
WEAK = (*SHORT, "damage.toughness=0.1 J/m^2")
SAME = 1e-5  # between numbers of ranks, of solvers with a tolerance of 1e-8


@pytest.mark.slow
def test_stress_of_plated_lithium_breaks_the_electrolyte(tmp_path):
    """It breaks for good, between its bounds; the broken conducts less than the unbreakable."""
    found = run(CONFIG, tmp_path / "weak", *WEAK)
    assert found[DAMAGE][-1] > 0.9
    assert found[EXTENT][-1] > 0.01
    assert np.all(np.diff(found[DAMAGE]) >= 0)
    run_of = open_run(tmp_path / "weak")
    fields = [run_of.fields(time).values["d"] for time in run_of.times]
    assert len(fields) == 4
    for before, after in pairwise(fields):
        assert np.all(after >= before - 1e-12)
    assert fields[-1].min() >= 0
    assert fields[-1].max() <= 1
    tough = run(CONFIG, tmp_path / "tough", *SHORT, "damage.toughness=1e6 J/m^2")
    assert tough[DAMAGE][-1] < 1e-5
    assert abs(found[CURRENT][-1]) < 0.95 * abs(tough[CURRENT][-1])


@pytest.mark.slow
def test_a_flaw_runs_to_the_protrusion_as_a_line(tmp_path):
    """It comes through by 6 µm or more, and d > 0.9 is no wider than ℓ in any row of nodes."""
    run(CONFIG, tmp_path, "output.every=6 s")
    found = open_run(tmp_path).fields(6.0)
    broken = found.points[found.values["d"] > 0.9]
    rows, widths = np.unique(np.rint(1e6 * broken[:, 1]), return_counts=True)
    assert rows[0] == 0
    assert rows[-1] >= 22
    assert widths.max() <= 5


@pytest.mark.mpirun
def test_two_ranks_break_as_one(tmp_path):
    few = (*SHORT, "damage.toughness=0.05 J/m^2", "time.max_steps=16")
    one, two = (run(CONFIG, tmp_path / str(n), *few, ranks=n) for n in (1, 2))
    assert one[DAMAGE][-1] > 0.01
    for column in (DAMAGE, CURRENT):
        np.testing.assert_allclose(two[column], one[column], rtol=SAME, atol=1e-9)
