"""The table of a sweep: a row for each point, with what varies, how it ended and what it found."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, TypeAlias

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import split_column
from dendrolith.results.new_file import replace
from dendrolith.results.open_run import read_table
from dendrolith.results.run_trace import verdict_of_run
from dendrolith.sweeps.folder import POINT, SweepFolder
from dendrolith.sweeps.states import PointState, states_of

Cell: TypeAlias = float | int | str | None
Rows: TypeAlias = list[dict[str, Cell]]

SHORT = "short_class"  # column of the class: none, soft, hard
STATE, CODE, FAILURE = "state", "exit_code", "failure"
WALL, STARTS, STEPS, REACHED = "wall_time [s]", "starts", "steps", "reached [1]"
TABLE = "table"  # its files


def collect(folder: SweepFolder) -> Rows:
    """A row for each point, in the order of the index; also while the sweep runs.

    Returns:
        ``point``, what varies, state, exit code, times, class of the short circuit, and the last
        row of the time series: each by its column ``name [unit]``, None where there is nothing.
    """
    states = {state.name: state for state in states_of(folder)}
    rows = [_row(folder, row, states[row[POINT]]) for row in folder.index]
    columns = dict.fromkeys(column for row in rows for column in row)
    return [{column: row.get(column) for column in columns} for row in rows]


def _row(folder: SweepFolder, indexed: dict[str, str], state: PointState) -> dict[str, Cell]:
    varied: dict[str, Cell] = {
        column: _value(text) for column, text in indexed.items() if column != POINT
    }
    facts: dict[str, Cell] = {
        STATE: state.state,
        CODE: state.code,
        FAILURE: state.failure or None,
        WALL: round(state.wall, 1),
        STARTS: state.starts,
        STEPS: state.steps,
        REACHED: state.share,
    }
    run = folder.point(state.name).run
    found = read_table(run / "timeseries.csv", []) if run.is_dir() else {}
    last: dict[str, Cell] = {
        column: float(values[-1])
        for column, values in found.items()
        if len(values) and split_column(column)[1]
    }
    short = verdict_of_run(run) if last else None
    label = None if short is None else short.label
    return {POINT: state.name, **varied, **facts, SHORT: label, **last}


def _value(text: str) -> Cell:
    """A cell of the index as a number where it is one."""
    if not text:
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def write_table(folder: SweepFolder, rows: Rows) -> list[Path]:
    """The rows as ``table.csv`` and ``table.parquet``; returns the files.

    Raises:
        ConfigError: pyarrow is not there (the CSV is written), or the folder cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    paths = [folder.path / f"{TABLE}.csv", folder.path / f"{TABLE}.parquet"]
    try:
        replace(paths[0], text.getvalue())
        _write_parquet(paths[1], rows)
    except ImportError:
        cure = "pip install 'dendrolith[sweep]'"
        raise ConfigError(f"{paths[0]} is written; {paths[1].name} needs pyarrow: {cure}") from None
    except OSError as error:
        raise ConfigError(f"{folder.path}: the table cannot be written: {error}") from None
    return paths


def _write_parquet(path: Path, rows: Rows) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    for name, values in columns.items():
        kinds = {type(value) for value in values if value is not None}
        if kinds == {int, float}:
            columns[name] = [None if value is None else float(value) for value in values]
        elif str in kinds and len(kinds) > 1:
            columns[name] = [None if value is None else str(value) for value in values]
    temporary = path.with_name(f"{path.name}.tmp")
    parquet.write_table(pa.table(columns), temporary)
    temporary.replace(path)
