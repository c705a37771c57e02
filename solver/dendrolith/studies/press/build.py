"""From a config to a press: mesh, solids, rods, what is measured."""

from __future__ import annotations

from mpi4py import MPI

from dendrolith.observables.effort import SolverEffort
from dendrolith.schemes.problem import Problem
from dendrolith.studies.press.pressing import Pressing, Rods
from dendrolith.studies.press.readings import Readings
from dendrolith.studies.press.schema import Config
from dendrolith.studies.study import Setup


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The press at its start; every rank computes all of it."""
    press = Pressing(config)
    rods = Rods(press, config.pressure, config.hold)
    problem = Problem(comm, [press], control=rods, what="pressure of the rods")
    return Setup(problem, [Readings(config, press), SolverEffort(("newton_iterations",))])
