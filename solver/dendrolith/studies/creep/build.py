"""From a config to a pressed cell: mesh, flow, frame, what is measured."""

from __future__ import annotations

from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.observables.effort import SolverEffort
from dendrolith.schemes.problem import Problem
from dendrolith.studies.creep.charge import Locking, PressedLithium
from dendrolith.studies.creep.radiograph import Radiograph
from dendrolith.studies.creep.readings import Readings
from dendrolith.studies.creep.schema import CLOSED_GAP, Config, check_pressed
from dendrolith.studies.creep.tracers import Tracers
from dendrolith.studies.study import Setup


def check_open(config: Config) -> None:
    """Lithium has somewhere to flow.

    Raises:
        ConfigError: the gap is closed, or not pressed yet.
    """
    check_pressed(config)
    if config.cell.is_closed:
        raise ConfigError(
            f"cell.gap: is closed beside the rod: where it is below {CLOSED_GAP:g} m nothing "
            "flows; dendrolith creep CONFIG --estimate has the pressure of a closed cell"
        )


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The cell at its start; every rank computes all of it.

    Raises:
        ConfigError: the gap is closed.
    """
    check_open(config)
    cell = PressedLithium(config)
    control = Locking(cell, config.frame.hold)
    problem = Problem(comm, [cell], control=control, what="shape and pressure of lithium")
    pictures = [] if config.neutrons is None else [Radiograph(config.neutrons, cell)]
    carried = [] if config.tracers is None else [Tracers(config.tracers, cell)]
    effort = SolverEffort(("newton_iterations",))
    return Setup(problem, [Readings(config, cell), *pictures, *carried, effort])
