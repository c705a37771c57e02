"""The parts of a run directory, as far as they are there: of any run, finished or not.

Each reader appends a sentence to `missing` for what it does not find.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import TIME, whole_rows
from dendrolith.results.status import UNKNOWN, read_status
from dendrolith.studies.register import load

FloatArray = npt.NDArray[np.float64]


def not_a_run(path: Path) -> str:
    """Why a folder is no run directory; empty where it is one."""
    if not path.is_dir():
        return f"{path}: no such folder: give the directory of a run, such as runs/quickstart"
    if not any((path / name).exists() for name in ("config.yaml", "status.json", "timeseries.csv")):
        return f"{path}: is not a run directory: give one that 'dendrolith run' has written"
    return ""


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
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        missing.append(f"No time series: {path}: {error.strerror or error}.")
        return {}
    header, rows, damaged = whole_rows(text)
    whole = [numbers for row in rows if (numbers := _numbers(row)) is not None]
    damaged += len(rows) - len(whole)
    if damaged:
        missing.append(f"{damaged} rows of {path} are damaged and left out.")
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
