"""The problem of a cell: its block, its control, its readings."""

from __future__ import annotations

from mpi4py import MPI

from dendrolith.control.sequence import ControlSequence
from dendrolith.observables.base import Observable
from dendrolith.schemes.problem import Problem
from dendrolith.studies.cell.anode_free import AnodeFreeCell, LithiumReadings
from dendrolith.studies.cell.pressure import CurrentReading, PressureReading
from dendrolith.studies.cell.schema import Config
from dendrolith.studies.cell_model import CellModel
from dendrolith.studies.reduced_cell import Readings, ReducedCell
from dendrolith.studies.study import Setup


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The cell at its start."""
    model = CellModel(config)
    cell = ReducedCell(model) if config.collector is None else AnodeFreeCell(model, config)
    control = ControlSequence(config.control, cell, config.time.min_step)
    problem = Problem(comm, [cell], control=control, what="the cell")
    observables: list[Observable] = [Readings(cell)]
    if isinstance(cell, AnodeFreeCell):
        observables.append(LithiumReadings(cell))
    if config.frame is not None:
        observables.append(PressureReading(cell, config.frame))
    observables.append(CurrentReading(cell))
    return Setup(problem, observables)
