"""What a run directory holds, as far as it is there: also of a run that goes on, or an old one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import TIME
from dendrolith.observables.show import Show
from dendrolith.results.read_run import (
    FloatArray,
    not_a_run,
    read_facts,
    read_input,
    read_manifests,
    read_series,
)
from dendrolith.results.run_trace import verdict_of_run
from dendrolith.results.study_of_run import study_of_run
from dendrolith.studies.study import Study
from dendrolith.traces.shorts.classification import Verdict


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes:
        path, name: its directory, and what it is called beside others.
        facts: of status.json, as `status.read_status` gives them.
        series: column → (n_rows,) of the time series; empty without one.
        config, config_text: the input, None and empty where it cannot be read.
        study: that of the input; None where this version does not have it.
        manifests: one for each start of the run, the first one first.
        short_circuit: what the traces of its stages show; None where that is not known.
        missing: what is not there, one sentence each.
    """

    path: Path
    name: str
    facts: dict[str, Any]
    series: dict[str, FloatArray]
    config: Any
    config_text: str
    study: Study | None
    manifests: list[dict[str, Any]]
    short_circuit: Verdict | None
    missing: list[str]

    @property
    def show(self) -> Show:
        """What the study shows; nothing without one."""
        return Show() if self.study is None else self.study.shows

    @property
    def time(self) -> FloatArray:
        """(n_rows,) [s]."""
        return self.series.get(TIME, np.empty(0))


def read_runs(paths: list[Path]) -> list[Run]:
    """All runs, under names that tell them apart.

    Raises:
        ConfigError: some of the folders are not of runs; one line each.
    """
    problems = [why for path in paths if (why := not_a_run(path))]
    if problems:
        raise ConfigError(*problems)
    return [_read(path, name) for path, name in zip(paths, names_apart(paths), strict=True)]


def names_apart(paths: list[Path]) -> list[str]:
    """As many of the last folders as tell them apart; the paths as given where nothing does."""
    parts = [path.resolve().parts for path in paths]
    for count in range(1, max(map(len, parts))):
        names = ["/".join(folders[-count:]) for folders in parts]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]


def _read(path: Path, name: str) -> Run:
    missing: list[str] = []
    facts = read_facts(path, missing)
    series = read_series(path / "timeseries.csv", missing)
    config, text = read_input(path / "config.yaml", missing)
    manifests = read_manifests(path, missing)
    short = verdict_of_run(path) if config is not None and series else None
    study = study_of_run(path)
    return Run(path, name, facts, series, config, text, study, manifests, short, missing)
