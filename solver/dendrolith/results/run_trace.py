"""A trace to classify: from a run directory, whose study names the columns, or from a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import split_column
from dendrolith.studies.register import STUDIES, load, study_of
from dendrolith.traces.held import Segment
from dendrolith.traces.reading import Choice, Trace, measured, simulated, trace_of
from dendrolith.traces.shorts.classification import Verdict
from dendrolith.traces.shorts.measured import verdict_of


def read_trace(path: Path, choice: Choice) -> Trace:
    """Read a run directory, or a file of columns.

    Raises:
        ConfigError: it is neither, or it does not say which columns to take.
    """
    if not path.is_dir():
        return trace_of(measured(path, choice, _signals()))
    if dataclasses.astuple(choice) != (None, None, None):
        raise ConfigError(
            f"{path}: is a run, which knows its columns: leave out --time, --signal and "
            f"--kind, or give the file {path / 'timeseries.csv'}"
        )
    return trace_of(Trace(path, signals_of_run(path), simulated=True))


def signals_of_run(folder: Path) -> list[Segment]:
    """The stages of a run but its rests, with the columns that its study names.

    Raises:
        ConfigError: the folder is not that of a run, or its study has no such columns.
    """
    if not (folder / "config.yaml").exists() or not (folder / "timeseries.csv").exists():
        raise ConfigError(f"{folder}: has no config.yaml and timeseries.csv: not a run directory")
    config = load(folder / "config.yaml")
    study = study_of(config)
    if not study.shows.signals:
        raise ConfigError(f"{folder}: study {study.name} has no signal that shows a short circuit")
    shows, currents = study.shows, study.currents(config)
    return simulated(folder, config.control, shows.signals, shows.path, currents)


def verdict_of_run(folder: Path) -> Verdict | None:
    """As ``dendrolith classify`` finds it; None where the run does not tell.

    That is one of an older version, of a study without such signals, or with rests alone so far.
    """
    try:
        segments = signals_of_run(folder)
    except ConfigError:
        return None
    return verdict_of(Trace(folder, segments, simulated=True)) if segments else None


def _signals() -> dict[str, str]:
    """Name of a signal's column, without its unit → kind, of all studies."""
    return {
        split_column(column)[0]: kind
        for study in STUDIES.values()
        for kind, column in study.shows.signals.items()
    }
