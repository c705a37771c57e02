"""What a run directory holds, as far as it is there: also of a run that goes on, or an old one."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import TIME
from dendrolith.observables.show import Show
from dendrolith.results.run_trace import signals_of_run
from dendrolith.results.status import UNKNOWN, read_status
from dendrolith.results.study_of_run import study_of_run
from dendrolith.studies.register import load
from dendrolith.studies.study import Study
from dendrolith.traces.shorts.classification import Verdict, classify
from dendrolith.traces.shorts.thresholds import SIMULATED

FloatArray = npt.NDArray[np.float64]


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
    short = [path.resolve().name for path in paths]
    clear = len(set(short)) == len(short)
    problems = [why for path in paths if (why := _not_a_run(path))]
    if problems:
        raise ConfigError(problems)
    names = short if clear else [str(path) for path in paths]
    return [_read(path, name) for path, name in zip(paths, names, strict=True)]


def _not_a_run(path: Path) -> str:
    if not path.is_dir():
        return f"{path}: no such folder: give the directory of a run, such as runs/quickstart"
    if not any((path / name).exists() for name in ("config.yaml", "status.json", "timeseries.csv")):
        return f"{path}: is not a run directory: give one that 'dendrolith run' has written"
    return ""


def _read(path: Path, name: str) -> Run:
    missing: list[str] = []
    facts = read_facts(path, missing)
    series = read_series(path / "timeseries.csv", missing)
    config, text = read_input(path / "config.yaml", missing)
    manifests = read_manifests(path, missing)
    short = _short_circuit(path) if config is not None and series else None
    study = study_of_run(path)
    return Run(path, name, facts, series, config, text, study, manifests, short, missing)


def _short_circuit(path: Path) -> Verdict | None:
    """As ``dendrolith classify`` finds it."""
    try:
        segments = signals_of_run(path)
    except ConfigError:  # a series of an older version
        return None
    return classify(segments, SIMULATED) if segments else None  # none: only rests so far


def read_facts(path: Path, missing: list[str]) -> dict[str, Any]:
    """Of status.json; sentences on what is absent are appended to `missing`."""
    try:
        facts = read_status(path)
        times = {key: float(facts[key]) for key in ("time", "end")}
        return {**facts, **times, **{key: int(facts[key]) for key in ("steps", "rejected")}}
    except (ConfigError, ValueError, TypeError, LookupError) as error:
        missing.append(f"How it ended is not known: {_one_line(error)}.")
        return dict(UNKNOWN)


def read_series(path: Path, missing: list[str]) -> dict[str, FloatArray]:
    """Whole rows only: a run may be writing one."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        missing.append(f"No time series: {path}: {error.strerror or error}.")
        return {}
    header, *rows = list(csv.reader(lines)) or [[]]
    numbers = [_numbers(row) for row in rows if len(row) == len(header)]
    whole = [row for row in numbers if row is not None]
    if len(whole) < len(rows) - 1:  # the last one may be half written
        missing.append(f"{len(rows) - len(whole)} rows of {path} are damaged and left out.")
    if not whole or TIME not in header:
        missing.append(f"No time series: {path} has no rows yet.")
        return {}
    return dict(zip(header, np.array(whole).T, strict=True))


def _numbers(row: list[str]) -> list[float] | None:
    try:
        return [float(entry) for entry in row]
    except ValueError:
        return None


def read_input(path: Path, missing: list[str]) -> tuple[Any, str]:
    """Config and text of an input; None where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        return load(path), text
    except OSError as error:
        missing.append(f"No input: {path}: {error.strerror or error}.")
        return None, ""
    except (ConfigError, UnicodeDecodeError) as error:
        missing.append(f"{path} is not an input of this version: {_one_line(error)}.")
        return None, path.read_text(encoding="utf-8", errors="replace")


def read_manifests(path: Path, missing: list[str]) -> list[dict[str, Any]]:
    """The present one is ``manifest.json``; those of earlier starts carry numbers from 1."""
    earlier = sorted(path.glob("manifest-*.json"), key=lambda file: (len(file.name), file.name))
    found = []
    for file in [*earlier, path / "manifest.json"]:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            found += [content] if isinstance(content, dict) else []
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            missing.append(f"Versions and commit are not known: {file}: {why}.")
    return found


def _one_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error) else type(error).__name__
