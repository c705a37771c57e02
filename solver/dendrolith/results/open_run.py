"""A run read back in Python: its input, its tables with their units, its fields.

    run = open_run("runs/quickstart")
    run.series["time"], run.tables["pieces"], run.fields(run.times[-1]).values

Needs neither MPI nor DOLFINx. It works on a run that goes on, on an old one and on a damaged one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import TIME, split_column, whole_rows
from dendrolith.results.read_run import (
    not_a_run,
    read_facts,
    read_input,
    read_manifests,
    read_series,
)
from dendrolith.results.study_of_run import study_of_run

if TYPE_CHECKING:
    from dendrolith.results.read_fields import StoredFields

FloatArray = npt.NDArray[np.float64]

SERIES = "timeseries"
PIECES = "pieces"
CLOSE = 1e-6  # of a time, so far it may be from the output time that is meant


class Table(dict[str, Any]):
    """Columns by their names ``name [unit]``: (n_rows,) arrays of numbers, lists of words.

    A column is also found by its name without the unit.
    """

    @property
    def units(self) -> dict[str, str]:
        """Column → SI unit, ``"1"`` for pure numbers; columns of words are left out."""
        return {column: split_column(column)[1] for column in self if split_column(column)[1]}

    def __missing__(self, name: str) -> Any:
        for column in self:
            if split_column(column)[0] == name:
                return self[column]
        near = difflib.get_close_matches(name, [split_column(column)[0] for column in self], 1)
        raise KeyError(f"{name}: did you mean {near[0]}?" if near else f"{name}: no such column")

    def __repr__(self) -> str:
        rows = len(next(iter(self.values()))) if self else 0
        return f"<Table: {rows} rows of {', '.join(self) or 'no columns'}>"


class Tables(Mapping[str, Table]):
    """Every CSV file of a run directory by its name, read when it is asked for.

    Args:
        folder: the run directory.
        missing: takes a sentence on rows that cannot be read.
    """

    def __init__(self, folder: Path, missing: list[str]) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.csv"))}
        self._missing = missing
        self._read: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._read:
            if name not in self._paths:
                raise KeyError(f"{name}: no such table; there are: {', '.join(self._paths)}")
            self._read[name] = read_table(self._paths[name], self._missing)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __repr__(self) -> str:
        return f"<Tables: {', '.join(self._paths) or 'none'}>"


class RunResults:
    """What a run directory holds.

    Attributes:
        path: the directory.
        status: state, time, end, steps and so on, as ``status.json`` has them.
        config: the input; None where this version cannot read it.
        manifest: versions, commit, processes and seeds of the last start; empty without one.
        series: the time series; without columns where there is none.
        tables: all tables by name, the time series among them.
        times: output times of the fields [s]; may be empty.
        missing: what is not there and why, a sentence each.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.missing: list[str] = []
        self.status: dict[str, Any] = read_facts(path, self.missing)
        self.config, _ = read_input(path / "config.yaml", self.missing)
        manifests = read_manifests(path, self.missing)
        self.manifest: dict[str, Any] = manifests[-1] if manifests else {}
        self.series = Table(read_series(path / f"{SERIES}.csv", self.missing))
        self.tables = Tables(path, self.missing)
        self.times: list[float] = self._output_times()

    def _output_times(self) -> list[float]:
        try:
            from dendrolith.results.read_fields import output_times

            times = output_times(self.path)
        except ImportError as error:
            self.missing.append(f"No fields: ADIOS2 for Python is not there ({error}).")
            return []
        except ConfigError as error:
            self.missing.append(f"No fields: {error}.")
            return []
        if not times:
            self.missing.append("No fields: none are written.")
        return times

    @cached_property
    def study(self) -> str:
        """Name of the study; empty for one that this version does not have."""
        study = study_of_run(self.path)
        return "" if study is None else study.name

    def fields(self, time: float | None = None) -> StoredFields:
        """The fields at an output time, by default the last.

        Returns:
            Points (n, 3) [m], cells, their type, and the values by name in SI as the files have
            them: potentials are relative to the counter electrode, as in all tables.

        Raises:
            ConfigError: there is no such time, or a file is damaged.
        """
        if not self.times:
            raise ConfigError(f"{self.path}: has no fields")
        from dendrolith.results.read_fields import read_fields

        return read_fields(self.path, self._nearest(time, self.times, "fields"))

    def save_fields(self, target: str | Path, time: float | None = None) -> None:
        """Write nodal fields at an output time, by default the last, for `earlier_lithium`.

        Args:
            target: the file, ``.npz``.
            time: one of `times` [s].

        Raises:
            ConfigError: there is no such time, or a file is damaged.
        """
        stored = self.fields(time)
        np.savez_compressed(target, points=stored.points, **stored.values)  # type: ignore[arg-type]

    def pieces(self, time: float | None = None) -> Table:
        """The connected pieces at an output time, by default the last, a row each.

        Raises:
            ConfigError: there is no such time, or no table of pieces.
        """
        if PIECES not in self.tables:
            raise ConfigError(f"{self.path}: has no table {PIECES}.csv")
        table = self.tables[PIECES]
        times = sorted(set(table.get(TIME, np.empty(0)).tolist()))
        if not times:
            return table
        here = table[TIME] == self._nearest(time, times, "pieces")
        return Table({name: _rows(column, here) for name, column in table.items()})

    def _nearest(self, time: float | None, times: list[float], what: str) -> float:
        """The time that is meant, but for rounding."""
        if time is None:
            return times[-1]
        nearest = min(times, key=lambda known: abs(known - time))
        if abs(nearest - time) > CLOSE * max(abs(time), abs(nearest)):
            known = ", ".join(f"{t:g}" for t in times)
            raise ConfigError(f"{self.path}: no {what} at t = {time:g} s; there are: {known}")
        return nearest

    def __repr__(self) -> str:
        rows = len(next(iter(self.series.values()))) if self.series else 0
        facts = [
            f"{self.study or 'unknown study'}, {self.status['state']} at t = "
            f"{self.status['time']:g} of {self.status['end']:g} s",
            f"series of {rows} rows and {len(self.series)} columns",
            f"tables {', '.join(self.tables) or 'none'}",
            f"fields at {len(self.times)} times",
        ]
        if self.missing:
            facts.append(f"{len(self.missing)} missing")
        return f"<RunResults {self.path}: {'; '.join(facts)}>"


def open_run(path: str | Path) -> RunResults:
    """Read a run back.

    Args:
        path: the run directory; the run may be going on.

    Raises:
        ConfigError: it is no run directory.
    """
    folder = Path(path)
    why = not_a_run(folder)
    if why:
        raise ConfigError(why)
    return RunResults(folder)


def read_table(path: Path, missing: list[str]) -> Table:
    """The whole rows of a CSV file; a run may be writing one.

    Args:
        path: the file.
        missing: takes a sentence on rows that are left out.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace").replace("\0", "\ufffd")
    except OSError as error:
        missing.append(f"{path} cannot be read: {error.strerror or error}.")
        return Table()
    header, whole, damaged = whole_rows(text)
    if damaged:
        missing.append(f"{damaged} rows of {path} are damaged and left out.")
    return Table({name: _column(name, [row[k] for row in whole]) for k, name in enumerate(header)})


def _column(name: str, entries: list[str]) -> FloatArray | list[str]:
    """Numbers where all entries are. In a column with a unit an empty entry is nan."""
    numeric = bool(split_column(name)[1])
    if not entries:
        return np.empty(0) if numeric else []
    try:
        return np.array([float((entry or "nan") if numeric else entry) for entry in entries])
    except ValueError:
        return entries


def _rows(column: Any, chosen: npt.NDArray[np.bool_]) -> Any:
    if isinstance(column, list):
        return [entry for entry, here in zip(column, chosen, strict=True) if here]
    return column[chosen]
