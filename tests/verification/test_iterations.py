"""Iterations of the solvers: bounded as the mesh is refined, whatever the contrast, bridged or not,
with floating islands or without.

Counts, no timings; `benchmarks/iterations.py` has the larger table.
"""

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.simulation import Simulation, march
from dendrolith.studies.plating import split
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.register import load
from tests.cases import UM, Stepper, cell, config, front

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
STEPS = 12
SMALL = [
    "geometry.mesh_size=2 um", "lithium_metal.interface_width=8 um",
    "pores.walls.wall_width=8 um", "pores.mean_diameter=20 um", "time.first_step=0.02 s",
]  # fmt: skip
ISLANDS = [(60e-6, 25e-6), (60e-6, 75e-6), (95e-6, 30e-6), (95e-6, 70e-6)]
CONTRAST = "materials.electrolyte.electronic_conductivity"


def add_islands(model: Model) -> None:
    """Floating lithium of 12 µm across."""
    f, delta = model.f, model.config.lithium_metal.interface_width
    x = f.scalar_space.tabulate_dof_coordinates()
    for a, b in ISLANDS:
        distance = np.hypot(x[:, 0] - a, x[:, 1] - b) - 6e-6
        f.xi.x.array[:] = np.maximum(f.xi.x.array, 0.5 * (1 - np.tanh(2 * distance / delta)))
    f.begin()


def iterations(
    *overrides: str, islands: bool = False, taken_back: int = 0
) -> tuple[int, float, float]:
    """Most Newton iterations of a step, mean Krylov iterations of a step and of a stress.

    No more than `taken_back` steps fail on the way.
    """
    settings = load(QUICKSTART, [*SMALL, *overrides])
    model = Model(settings, create_box(MPI.COMM_WORLD, settings.geometry))
    initialise(model)
    if islands:
        add_islands(model)
    stepper, reports, rejected = Stepper(model), [], 0
    stepper.start(settings.time.first_step)
    for step in stepper.march():
        reports.append(step.report)
        rejected += step.rejected
        if step.number == STEPS:
            break
    assert rejected <= taken_back
    assert sum(report.number("fallback_solves") for report in reports) == 0
    newton = max(report.number("newton_iterations") for report in reports)
    krylov = np.mean([report.number("krylov_iterations") for report in reports])
    elastic = [report.number("elastic_iterations") for report in reports]
    stress = np.mean([count for count in elastic if count])
    return newton, float(krylov), float(stress)


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
    # the front of a bridge may suddenly set off: then a step is taken back
    taken_back = len(bridged)
    newton, krylov, _ = iterations(f"{CONTRAST}={conductivity}", *bridged, taken_back=taken_back)
    assert newton <= 4
    assert krylov <= 1.5 * coarse[1]


@pytest.mark.parametrize("conductivity", ["1e-2 S/m", "1e-8 S/m"])
def test_iterations_do_not_grow_with_floating_lithium(coarse, conductivity):
    """Each island is one mode of the preconditioner; without them there are 2.3 times as many."""
    newton, krylov, _ = iterations(f"{CONTRAST}={conductivity}", islands=True)
    assert newton <= 4
    assert krylov <= 1.5 * coarse[1]


def test_newton_finds_the_balance_of_a_step_that_fills_nodes():
    """The current of a full node grows no further: full steps of Newton's method would cycle.

    The step is 4 relaxation times long, sixteen times the default.
    """
    settings = config(
        voltage=0.6, kinetics__exchange_current_density=1e3, lithium_metal__interface_width=2 * UM
    )
    split = Stepper(cell(settings, front(15.3 * UM)))
    split.start(1e-3)
    report = split.advance(1.0)
    assert report.change > 0.5
    assert report.number("newton_iterations") <= 10


def test_few_nodes_do_not_hold_up_newtons_method(monkeypatch):
    """On a mesh as coarse as half the front's width one node after another fills within a step."""

    def run():
        fast = ["geometry.mesh_size=4 um", "control.0.voltage=0.2 V"]
        simulation = Simulation(load(QUICKSTART, [*SMALL, *fast]))
        newton = []
        for step in march(simulation):
            newton.append(step.report.number("newton_iterations"))
            if step.number == 22:
                break
        measures = simulation.measure(step)
        return max(newton), measures["tip_height [m]"], measures["lithium_plated [mol/m^2]"]

    monkeypatch.setattr(split, "MOST_ITERATIONS", 25)  # no step is taken back
    most, *helped = run()
    monkeypatch.setattr(NonlinearElimination, "correct", lambda *_, **__: False)
    most_without, *plain = run()
    assert most <= 4
    assert most < most_without
    assert helped == pytest.approx(plain, rel=1e-6)
