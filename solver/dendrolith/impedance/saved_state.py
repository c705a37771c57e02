"""The linear response around a state that a run has saved."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import on_root
from dendrolith.core.sections import present
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.impedance import SmallSignal
from dendrolith.results.checkpoint import Checkpoints
from dendrolith.results.open_run import open_run
from dendrolith.results.read_run import not_a_run
from dendrolith.schemes.march import March
from dendrolith.studies.plating.build import assemble, prepare
from dendrolith.studies.plating.from_output import take_fields
from dendrolith.studies.plating.observables.columns import FRACTION
from dendrolith.studies.plating.schema import Config, pore_access
from dendrolith.studies.plating.small_signal import LinearResponse
from dendrolith.studies.plating.study import Plating
from dendrolith.studies.register import load

logger = logging.getLogger(__name__)


def input_of_run(folder: Path) -> Config:
    """The input of a plating run.

    Raises:
        ConfigError: it is another folder, or another study.
    """
    why = not_a_run(folder)
    if why:
        raise ConfigError(why)
    config = load(folder / "config.yaml")
    if not isinstance(config, Config):
        raise ConfigError(
            f"{folder}: is a run of {config.study}: an impedance needs one of {Plating.name}"
        )
    return config


def fraction_at(folder: Path, config: Config, time: float) -> float:
    """The mean x of a counter electrode that stores lithium, NaN where there is none [1].

    Args:
        folder: the run directory, whose time series has it.
        config: its input.
        time: of the state [s].
    """
    if present(config, CounterElectrode):
        series = open_run(folder).series
        return float(np.interp(time, series["time"], series[FRACTION]))
    return math.nan


def response_of(
    folder: Path, time: float | None, law: SmallSignal, comm: MPI.Comm
) -> tuple[LinearResponse, float]:
    """The response around a saved state, and its time [s] (collective).

    Args:
        folder: the run directory.
        time: one of the output times [s]; None: the newest checkpoint.
        law: what conduction lacks.
        comm: communicator.

    Raises:
        ConfigError: there is no such state, or its salt moves.
    """
    config = on_root(comm, lambda: input_of_run(folder))
    model = prepare(config, comm)
    for _ in model.f.concentrations:
        raise ConfigError(
            f"{folder}: an impedance needs a single-ion conductor: its input has ion_transport"
        )
    if time is not None:
        if present(config, Collector):
            raise ConfigError(
                "--at: what a bare collector does stands in checkpoints alone: leave --at out"
            )
        stored = on_root(comm, lambda: open_run(folder).fields(time))
        access = pore_access(config.pores)
        try:
            take_fields(model.laws, model.nodal_volume, access, stored.points, stored.values)
        except ValueError as error:
            raise ConfigError(f"{folder}: {error}") from None
        return LinearResponse(model, law, fraction_at(folder, config, stored.time)), stored.time
    setup = assemble(model)
    march = March(setup.problem, config.time, config.output.every)
    found = Checkpoints(comm, folder / "checkpoints", setup.layouts[0]).newest()
    if found is None:
        raise ConfigError(
            f"{folder}: has no checkpoint that is sound: name an output time with --at"
        )
    march.restore(found[1].part("march"))
    response = LinearResponse(model, law, fraction_at(folder, config, march.time))
    setup.problem.close()
    return response, march.time
