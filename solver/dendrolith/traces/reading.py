"""A trace to classify: from a run directory, or from a file that somebody measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.control.stages import CURRENT, VOLTAGE, Stage
from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import STAGE, split_column, whole_rows
from dendrolith.observables.columns import TIME as TIME_OF_RUNS
from dendrolith.traces.cells import GAPS, is_stamp
from dendrolith.traces.clock import question, time_of
from dendrolith.traces.columns import Table, read_table
from dendrolith.traces.held import Segment
from dendrolith.traces.segments import OTHER, Undecided, leakage_segments, segments_of
from dendrolith.traces.shorts.excursion import LEFT, PATH
from dendrolith.traces.shorts.path import KnownCurrents
from dendrolith.traces.titles import DATE, LEAKAGE, STATE, Column, names_its_unit, plain, surest

FloatArray = npt.NDArray[np.float64]
# Two columns of one kind that nowhere differ by more than this part of their largest value are one.
SAME = 0.05
# Names of columns that tell cells apart.
CELLS = r"(channel|chan|ch|kanal|通道号?|cell)_?(no|nr|number|id|index|name|号)?|通道|barcode"
IN_PART = 0.5  # largest confidence where a table of the file was left out


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace to classify.

    Attributes:
        path: where it comes from.
        segments: its samples, without rests.
        simulated: dendrolith computed it.
        leakage: it is the electronic current alone, with nothing of the ions'.
        notes: what the user should know of the file.
        trust: largest confidence that the file allows.
    """

    path: Path
    segments: list[Segment]
    simulated: bool
    leakage: bool = False
    notes: tuple[str, ...] = ()
    trust: float = 1.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user says of a file: titles or numbers of columns, current or voltage."""

    time: str | None = None
    signal: str | None = None
    kind: str | None = None


def trace_of(trace: Trace) -> Trace:
    """The trace, if it has something to classify.

    Raises:
        ConfigError: there are no segments.
    """
    if not trace.segments:
        raise ConfigError(
            f"{trace.path}: has no samples under a held voltage or current: wait for the "
            "first steps of a run, or give a file with more than rests"
        )
    return trace


def simulated(
    folder: Path,
    control: Sequence[Stage],
    signals: Mapping[str, str],
    path: str = "",
    currents: KnownCurrents | None = None,
) -> list[Segment]:
    """The stages of a run with the path of its electrons; without that column, all but its rests.

    Args:
        folder: run directory with its time series.
        control: stages of the run.
        signals: kind of a signal → the column of it.
        path: the column of the path.
        currents: what gives the path where there is no such column; None: nothing.

    Raises:
        ConfigError: the time series is not that of such a run.
    """
    series = folder / "timeseries.csv"
    try:
        header, whole, _ = whole_rows(series.read_text(encoding="utf-8"))
        columns = dict(
            zip(header, np.array(whole, dtype=float).reshape(-1, len(header)).T, strict=True)
        )
        number, time = columns[STAGE].astype(int), columns[TIME_OF_RUNS]
        if currents is not None:
            path = f"{currents.electronic} over {currents.ionic}"
            columns |= {path: currents.path(columns), LEFT: currents.left(columns)}
        if path in columns:
            signals = {PATH: path}
        values = {kind: columns[name] for kind, name in signals.items()}
        kinds = {
            stage: PATH if path in columns else control[stage].shows_short_in
            for stage in np.unique(number)
        }
    except (OSError, LookupError, ValueError) as error:
        raise ConfigError(f"{series}: is not the time series of this run ({error})") from None
    segments = []
    for stage, kind in kinds.items():
        if kind in signals:
            name, here, held = signals[kind], number == stage, control[stage].held
            left = columns[LEFT][here] if LEFT in columns else np.empty(0)
            segments.append(Segment(kind, name, name, time[here], values[kind][here], held, left))
    return segments


def measured(path: Path, choice: Choice, signals: Mapping[str, str]) -> Trace:
    """The trace of a file: cut where a stage column or what is held changes, without rests.

    Args:
        path: the file.
        choice: what the user says of it.
        signals: names of columns of simulations → `CURRENT` or `VOLTAGE`.

    Raises:
        ConfigError: the file cannot be read, or does not say which columns to take.
    """
    table = read_table(path, signals)
    _refuse_several_cells(table)
    picked, signal = _pick(table, choice)
    stage = [c for c in table.columns if c.title.casefold() in (STAGE, split_column(STAGE)[0])]
    state = [c for c in table.columns if c.kind == STATE]
    table.read([*picked.values(), *stage, *state])
    of_time, time, notes = time_of(table, choice.time)
    notes += _without_units(table, [of_time, *picked.values()])
    notes += [
        f"lines {block.first + 1} to {block.last} are another table and were left out: give it a "
        "file of its own"
        for block in table.layout.left_out
    ]
    rows = np.flatnonzero(np.isfinite(time))
    values = {kind: table.values(column)[rows] for kind, column in picked.items()}
    cuts = np.zeros(rows.size, dtype=bool)
    for column in stage:
        cuts[1:] |= np.diff(table.values(column)[rows]) != 0
    names = {kind: (column.title, _label(column)) for kind, column in picked.items()}
    current = picked.get(CURRENT)
    if signal == CURRENT and current is not None and current.sure == LEAKAGE:
        parts = leakage_segments(
            time[rows], values[CURRENT], values.get(VOLTAGE), names[CURRENT], cuts
        )
        return Trace(path, parts, simulated=False, leakage=True, notes=tuple(notes))
    words = table.text(state[0]) if state and len(values) == 2 else None
    try:
        parts, said, trust = segments_of(
            time[rows],
            values.get(VOLTAGE),
            values.get(CURRENT),
            signal=signal,
            names=names,
            cuts=cuts,
            states=[words[row] for row in rows] if words else None,
        )
    except Undecided:
        raise ConfigError(f"{path}: {_what_is_held(table, picked)}") from None
    doubted = _passed_over(table, picked, signal) if choice.signal is not None else []
    trust = min(trust, IN_PART) if table.layout.left_out or doubted else trust
    return Trace(path, parts, False, notes=(*notes, *said, *doubted), trust=trust)


def _without_units(table: Table, columns: Sequence[Column]) -> list[str]:
    """A note that names columns whose numbers have no unit."""
    bare = [
        column
        for column in columns
        if not names_its_unit(column)
        and column.kind != DATE
        and not is_stamp(table.first_cell(column))
    ]
    if not bare or not table.has_header:
        return []
    names = " and ".join(column.title for column in bare)
    return [f"no unit is given for {names}: s, V and A are taken; write it in the title"]


def _passed_over(table: Table, picked: Mapping[str, Column], signal: str | None) -> list[str]:
    """A note, where what is held is one of several columns, and no order tells which."""
    if signal is None or OTHER[signal] not in picked:
        return []
    held, own = picked[OTHER[signal]], picked[signal]
    others = [c.title for c in _surest(table, held.kind, [held, own]) if c.sure == held.sure]
    alike = [c for c in table.columns if (c.kind, c.sure) == (own.kind, own.sure)]
    if not others or len(alike) == len(others) + 1:
        return []
    return [
        f"{held.title} is taken for what is held, and {' and '.join(others)} left out: give a file "
        "with one of them, or with their sum"
    ]


def _refuse_several_cells(table: Table) -> None:
    """Refuse a file in which a column tells cells apart.

    Raises:
        ConfigError: it has more than one value.
    """
    for column in table.columns:
        if not column.kind and re.fullmatch(CELLS, plain(column.name)):
            cells = sorted({cell for cell in table.text(column) if cell not in GAPS} - {"nan"})
            cells = [cell for cell in cells if plain(cell) != plain(column.title)]
            if 1 < len(cells) <= table.layout.rows.size / 2:
                some = ", ".join(cells[:4]) + (" …" if len(cells) > 4 else "")
                raise ConfigError(
                    f"{table.path}: column {column.title} holds {len(cells)} cells ({some}): "
                    "give each a file of its own"
                )


def _label(column: Column) -> str:
    return f"{column.name} [{column.unit}]".strip() if column.unit else column.title


def _what_is_held(table: Table, picked: Mapping[str, Column]) -> str:
    """The question, where the columns do not show which of them is the signal."""
    if VOLTAGE in picked:
        return question(table, "the signal", "--signal", list(picked.values()))
    return (
        f"has no voltage, and {picked[CURRENT].title} is what is held, for it goes in steps: "
        f"which column is the voltage? Say --signal NAME --kind voltage; {table.listed()}"
    )


def _pick(table: Table, choice: Choice) -> tuple[dict[str, Column], str | None]:
    """Kind → its column, and which kind is the signal, as far as that is said."""
    time = table.called(choice.time, "--time") if choice.time is not None else None
    if choice.signal is not None:
        column = table.called(choice.signal, "--signal")
        kind = choice.kind or column.kind
        if kind not in OTHER:
            raise ConfigError(
                f"{table.path}: is column {column.title} a leakage current at fixed voltage or "
                "a voltage at fixed current? Say --kind current or --kind voltage"
            )
        others = _surest(table, OTHER[kind], [column, time])
        alike = [c for c in table.columns if (c.kind, c.sure) == (column.kind, column.sure)]
        # cells side by side: the second voltage has the second current
        place = alike.index(column) if column in alike and len(alike) == len(others) else 0
        held = {OTHER[kind]: others[place]} if others else {}
        return {kind: column, **held}, kind
    found = {kind: _surest(table, kind, [time]) for kind in (VOLTAGE, CURRENT)}
    leakage = any(column.sure == LEAKAGE for column in found[CURRENT])
    signal = CURRENT if leakage and choice.kind is None else choice.kind
    asked = [signal] if signal else [kind for kind in found if found[kind]]
    wrong = [c for kind in asked for c in found[kind] if len(found[kind]) > 1]
    if wrong or not any(found[kind] for kind in asked):
        raise ConfigError(f"{table.path}: {question(table, 'the signal', '--signal', wrong)}")
    return {kind: columns[0] for kind, columns in found.items() if columns}, signal


def _surest(table: Table, kind: str, taken: Sequence[Column | None]) -> list[Column]:
    """The columns of a kind whose titles are the surest; one, where all show the same."""
    found = surest(c for c in table.columns if c.kind == kind and c not in taken)
    if len(found) > 1:
        table.read(found)
        first, *rest = (table.values(column) for column in found)
        pairs = zip(rest, found[1:], strict=True)
        if all(_same(first, other, scaled=c.unit != found[0].unit) for other, c in pairs):
            return found[:1]
    return found


def _same(first: FloatArray, other: FloatArray, *, scaled: bool) -> bool:
    """Do two columns show the same; in units of two kinds, such as A and A/m², but for a factor?"""
    known = np.isfinite(first) & np.isfinite(other)
    square = float(first[known] @ first[known])
    factor = float(first[known] @ other[known]) / square if scaled and square > 0 else 1.0
    largest = np.abs(factor * first[known]).max(initial=0.0)
    return bool(np.all(np.abs(other[known] - factor * first[known]) <= SAME * largest))
