"""Iterations of the solvers: bounded as the mesh is refined, whatever the contrast, bridged or not.

Counts, no timings; `benchmarks/iterations.py` has the larger table.
"""

from pathlib import Path

import numpy as np
import pytest

from dendritex.config.load import load
from dendritex.simulation import Simulation, march

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
STEPS = 12
SMALL = [
    "geometry.mesh_size=2 um", "lithium_metal.interface_width=8 um",
    "pores.walls.wall_width=8 um", "pores.mean_diameter=20 um", "time.first_step=0.02 s",
]  # fmt: skip
CONTRAST = "materials.electrolyte.electronic_conductivity"


def iterations(*overrides: str) -> tuple[float, float, float]:
    """Newton and Krylov iterations of a step, and those of a solve for the stress."""
    simulation, reports = Simulation(load(QUICKSTART, [*SMALL, *overrides])), []
    for step in march(simulation):
        reports.append(step.report)
        assert step.rejected == 0
        if step.number == STEPS:
            break
    assert sum(report.fallback_solves for report in reports) == 0
    newton = np.mean([report.newton_iterations for report in reports])
    krylov = np.mean([report.krylov_iterations for report in reports])
    stress = np.mean([r.elastic_iterations for r in reports if r.elastic_iterations])
    return float(newton), float(krylov), float(stress)


@pytest.fixture(scope="module")
def coarse():
    return iterations()


def test_iterations_do_not_grow_with_the_mesh(coarse):
    newton, krylov, stress = iterations("geometry.mesh_size=1 um")
    assert max(newton, coarse[0]) <= 4
    assert krylov <= 1.3 * coarse[1]
    assert stress <= 1.3 * coarse[2]
    assert krylov < 25
    assert stress < 30


@pytest.mark.parametrize("bridged", [[], ["protrusions.height=111 um"]], ids=["apart", "bridged"])
@pytest.mark.parametrize("conductivity", ["1e-2 S/m", "1e-8 S/m"])
def test_iterations_do_not_grow_with_the_contrast(coarse, conductivity, bridged):
    """Lithium conducts 1e4 S/m: contrasts of 1e6 and 1e12."""
    newton, krylov, _ = iterations(f"{CONTRAST}={conductivity}", *bridged)
    assert newton <= 4
    assert krylov <= 1.5 * coarse[1]
