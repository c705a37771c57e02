"""What a run directory tells, as far as it is there: also of a run that goes on, or an old one."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.config.load import load
from dendrolith.core.errors import ConfigError
from dendrolith.results.status import UNKNOWN, read_status
from dendrolith.studies.plating.schema import Config
from dendrolith.traces.reading import Choice, read_trace
from dendrolith.traces.shorts.classification import Verdict, classify
from dendrolith.traces.shorts.thresholds import SIMULATED

FloatArray = npt.NDArray[np.float64]

TIME, SHORT = "time [s]", "short_circuit [1]"


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes:
        path, name: its directory, and what it is called beside others.
        facts: of status.json, as `status.read_status` gives them.
        series: column → (n_rows,) of the time series; empty without one.
        config, config_text: the input, None and empty where it cannot be read.
        manifests: one for each start of the run, the first one first.
        short_circuit: what the traces of its stages show; None where that is not known.
        missing: what is not there, one sentence each.
    """

    path: Path
    name: str
    facts: dict[str, Any]
    series: dict[str, FloatArray]
    config: Config | None
    config_text: str
    manifests: list[dict[str, Any]]
    short_circuit: Verdict | None
    missing: list[str]

    def last(self, column: str) -> float | None:
        """Last value of a column; None without it."""
        values = self.series.get(column)
        return float(values[-1]) if values is not None and values.size else None

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
    facts = _facts(path, missing)
    series = _series(path / "timeseries.csv", missing)
    config, text = _config(path / "config.yaml", missing)
    manifests = _manifests(path, missing)
    short = _short_circuit(path) if config is not None and series else None
    return Run(path, name, facts, series, config, text, manifests, short, missing)


def _short_circuit(path: Path) -> Verdict | None:
    """As ``dendrolith classify`` finds it."""
    try:
        return classify(read_trace(path, Choice()).segments, SIMULATED)
    except ConfigError:  # only rests so far, or a series of an older version
        return None


def _facts(path: Path, missing: list[str]) -> dict[str, Any]:
    try:
        facts = read_status(path)
        times = {key: float(facts[key]) for key in ("time", "end")}
        return {**facts, **times, **{key: int(facts[key]) for key in ("steps", "rejected")}}
    except (ConfigError, ValueError, TypeError, LookupError) as error:
        missing.append(f"How it ended is not known: {_one_line(error)}.")
        return dict(UNKNOWN)


def _series(path: Path, missing: list[str]) -> dict[str, FloatArray]:
    """Whole rows only: a run may be writing one now."""
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


def _config(path: Path, missing: list[str]) -> tuple[Config | None, str]:
    try:
        text = path.read_text(encoding="utf-8")
        return load(path), text
    except OSError as error:
        missing.append(f"No input: {path}: {error.strerror or error}.")
        return None, ""
    except (ConfigError, UnicodeDecodeError) as error:
        missing.append(f"{path} is not an input of this version: {_one_line(error)}.")
        return None, path.read_text(encoding="utf-8", errors="replace")


def _manifests(path: Path, missing: list[str]) -> list[dict[str, Any]]:
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


def number(value: float, digits: int = 4) -> str:
    """So many digits, with a power of ten where the number is small or very large."""
    if not math.isfinite(value):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        text = f"{value:.{digits}g}"
        return (f"{value:.0f}" if "e" in text else text).replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{float(mantissa):g} × 10{raised}".replace("-", "−")
