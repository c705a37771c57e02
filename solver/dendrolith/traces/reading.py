"""A trace to classify: from a run directory, or from a file that somebody measured."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.control.stages import CURRENT, VOLTAGE, Stage
from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import STAGE, split_column
from dendrolith.observables.columns import TIME as TIME_OF_RUNS
from dendrolith.traces.columns import TIME, Column, FloatArray, Table, read_table
from dendrolith.traces.held import Segment, held_of, is_driven, signs_of, stages_of

# A trace that has no current is never surer than this.
ALONE = 0.85
NAMELESS = {CURRENT: ("current", "current [A]"), VOLTAGE: ("voltage", "voltage [V]")}
OTHER = {CURRENT: VOLTAGE, VOLTAGE: CURRENT}
# What is held has changed when it did by this part of its largest size; below this part it rests.
CHANGED, RESTS = 0.2, 0.01
# A voltage that breaks down while the current rises by this is no change of control, but a short.
BREAKDOWN = 3.0
# A quantity that changes at more than one sample in twenty is not held.
OFTEN = 0.05


class Undecided(Exception):
    """It cannot be seen which quantity is held."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where it comes from, its segments, and whether dendrolith computed it."""

    path: Path
    segments: list[Segment]
    simulated: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user says of a file: titles or numbers of columns, current or voltage."""

    time: str | None = None
    signal: str | None = None
    kind: str | None = None


def trace_of(path: Path, segments: list[Segment], *, simulated: bool) -> Trace:
    """A trace with something to classify.

    Raises:
        ConfigError: there are no segments.
    """
    if not segments:
        raise ConfigError(
            [
                f"{path}: has no samples under a held voltage or current: wait for the first steps "
                "of a run, or give a file with more than rests"
            ]
        )
    return Trace(path, segments, simulated)


def simulated(folder: Path, control: Sequence[Stage], signals: Mapping[str, str]) -> list[Segment]:
    """The stages of a run but its rests.

    Args:
        folder: run directory with its time series.
        control: stages of the run.
        signals: kind of a signal → the column of it.

    Raises:
        ConfigError: the time series is not that of such a run.
    """
    series = folder / "timeseries.csv"
    try:
        with series.open(encoding="utf-8", newline="") as file:
            header, *rows = [*csv.reader(file)] or [[]]
        whole = [row for row in rows if len(row) == len(header)]  # the last may be half written
        columns = dict(
            zip(header, np.array(whole, dtype=float).reshape(-1, len(header)).T, strict=True)
        )
        number, time = columns[STAGE].astype(int), columns[TIME_OF_RUNS]
        values = {kind: columns[name] for kind, name in signals.items()}
        kinds = {stage: control[stage].shows_short_in for stage in np.unique(number)}
    except (OSError, LookupError, ValueError) as error:
        raise ConfigError([f"{series}: is not the time series of this run ({error})"]) from None
    segments = []
    for stage, kind in kinds.items():
        if kind in signals:
            name, rows_of_stage = signals[kind], number == stage
            segments.append(
                Segment(
                    kind,
                    name,
                    name,
                    time[rows_of_stage],
                    values[kind][rows_of_stage],
                    control[stage].held,
                )
            )
    return segments


def measured(path: Path, choice: Choice, signals: Mapping[str, str]) -> list[Segment]:
    """The segments of a file: cut where a stage column or what is held changes, without rests.

    Args:
        path: the file.
        choice: what the user says of it.
        signals: names of columns of simulations → `CURRENT` or `VOLTAGE`.

    Raises:
        ConfigError: the file cannot be read, or does not say which columns to take.
    """
    table = read_table(path, signals)
    time = _pick_time(table, choice)
    signal, kind = _pick_signal(table, choice, time)
    times, values = table.values(time), table.values(signal)
    order = np.flatnonzero(np.diff(times[np.isfinite(times)]) < 0)
    if order.size:
        line = [number for number, _ in table.rows][
            np.flatnonzero(np.isfinite(times))[order[0] + 1]
        ]
        raise ConfigError(
            [
                f"{path}:{line}: {time.title} goes back: put the lines in order, or give each "
                "cycle its own file"
            ]
        )
    label = f"{signal.name} [{signal.unit}]" if signal.unit else signal.title
    number, rests, held = _stages(table, kind, values)
    starts = np.flatnonzero(np.diff(number, prepend=number[:1] - 1))
    return [
        Segment(kind, signal.title, label, times[part], values[part], _level(held, part))
        for part in np.split(np.arange(times.size), starts[1:])
        if not rests[part[0]]
    ]


def _level(held: FloatArray | None, part: npt.NDArray[np.int64]) -> float | None:
    """What is held in a part of the trace; None where nothing is known of it."""
    known = held[part][np.isfinite(held[part])] if held is not None else np.empty(0)
    return float(np.median(known)) if known.size else None


def _pick_time(table: Table, choice: Choice) -> Column:
    if choice.time is not None:
        return table.called(choice.time, "--time")
    found = _surest([column for column in table.columns if column.kind == TIME])
    if len(found) == 1:
        return found[0]
    raise ConfigError([f"{table.path}: {_question(table, 'the time', '--time', found)}"])


def _pick_signal(table: Table, choice: Choice, time: Column) -> tuple[Column, str]:
    """The signal and its kind."""
    if choice.signal is not None:
        column = table.called(choice.signal, "--signal")
        kind = choice.kind or column.kind
        if kind not in OTHER:
            raise ConfigError(
                [
                    f"{table.path}: is column {column.title} a leakage current at fixed voltage or "
                    "a voltage at fixed current? Say --kind current or --kind voltage"
                ]
            )
        return column, kind
    wanted = [choice.kind] if choice.kind else [CURRENT, VOLTAGE]
    found = {
        kind: _surest([c for c in table.columns if c.kind == kind and c != time]) for kind in wanted
    }
    if any(column.sure == 3 for column in found.get(CURRENT, [])):
        found = {CURRENT: found[CURRENT]}  # a leakage by name
    candidates = [column for columns in found.values() for column in columns]
    if len(candidates) > 1 and all(len(columns) == 1 for columns in found.values()):
        candidates = _not_held(table, candidates)
    if len(candidates) != 1:
        raise ConfigError(
            [f"{table.path}: {_question(table, 'the signal', '--signal', candidates)}"]
        )
    return candidates[0], candidates[0].kind


def _surest(columns: list[Column]) -> list[Column]:
    best = max((column.sure for column in columns), default=0)
    return [column for column in columns if column.sure == best]


def _question(table: Table, what: str, option: str, found: list[Column]) -> str:
    """Which column? With what there is to choose from."""
    if not table.has_header:
        return (
            f"has no header: say which columns to take, for example --time 1 --signal 2 --kind "
            f"current (in s, and A or V); {table.listed()}"
        )
    several = f": {' or '.join(column.title for column in found)}" if found else ""
    return f"which column is {what}{several}? Say {option} NAME; {table.listed()}"


def _not_held(table: Table, candidates: list[Column]) -> list[Column]:
    """Of a current and a voltage, the one that is not held; both where that is not clear."""
    spread = []
    for column in candidates:
        size = np.abs(table.values(column))
        size = size[np.isfinite(size) & (size > RESTS * np.nanmax(size, initial=0.0))]
        middle = np.median(size) if size.size else 0.0
        spread.append(float(np.mean(np.abs(size - middle) > RESTS * middle)) if size.size else 0.0)
    if min(spread) > 2 * OFTEN or spread[0] == spread[1]:
        return candidates
    return [candidates[int(np.argmax(spread))]]


def _stages(
    table: Table, kind: str, signal: FloatArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], FloatArray | None]:
    """Number of the segment of each row, whether the cell rests there, and what is held."""
    changes = np.zeros(signal.size, dtype=bool)
    rests = np.zeros(signal.size, dtype=bool)
    for column in table.columns:
        if column.title.casefold() in (STAGE, split_column(STAGE)[0]):
            changes[1:] |= np.diff(table.values(column)) != 0
    others = [table.values(column) for column in table.columns if column.kind == OTHER[kind]]
    found = [(_changes(values, signal, kind), values) for values in others]
    steady = [(where, values) for where, values in found if where.mean() <= OFTEN]
    if not steady:
        return np.cumsum(changes), rests, None
    where, held = min(steady, key=lambda pair: int(pair[0].sum()))
    changes |= where
    if kind == VOLTAGE:
        size = np.abs(held)
        rests = size <= RESTS * np.nanmax(size, initial=0.0)
        changes[1:] |= np.diff(rests)
    return np.cumsum(changes), rests, held


def _changes(held: FloatArray, signal: FloatArray, kind: str) -> npt.NDArray[np.bool_]:
    """Where what is held changes; a voltage that breaks down in a short is still held."""
    scale = CHANGED * np.nanmax(np.abs(held), initial=0.0)
    changes = np.zeros(held.size, dtype=bool)
    reference, before, broken = np.nan, np.nan, False
    sizes = np.abs(signal)
    for k in range(held.size):
        now, shown = float(held[k]), float(sizes[k])
        if not np.isfinite(now):
            continue
        if not abs(now - reference) > scale:
            broken = False
            reference = reference if np.isfinite(reference) else now
        elif kind == CURRENT and (broken or _breaks_down(now, reference, shown, before)):
            broken = True
        else:
            changes[k], reference = True, now
        before = shown
    return changes


def _breaks_down(now: float, held: float, signal: float, before: float) -> bool:
    """The current rises although the voltage falls, or much more than it would with it."""
    larger = max(1.0, abs(now / held)) if held else np.inf
    return signal > BREAKDOWN * larger * before


def segments_of(
    time: FloatArray,
    voltage: FloatArray | None,
    current: FloatArray | None,
    *,
    names: Mapping[str, tuple[str, str]] = NAMELESS,
    cuts: npt.NDArray[np.bool_] | None = None,
) -> tuple[list[Segment], list[str], float]:
    """The segments of a measured trace, what the user should know, and the largest confidence.

    Args:
        time: (n,) not falling [s].
        voltage, current: (n,) in SI with their signs; one of them may be missing.
        names: kind → title and label of its column.
        cuts: (n,) further places where a stage begins.

    Raises:
        Undecided: it cannot be seen which of the two is held.
    """
    notes: list[str] = []
    trust = 1.0
    cuts = np.zeros(time.size, dtype=bool) if cuts is None else cuts
    if voltage is None and current is not None:
        if is_driven(current):
            raise Undecided
        kind, value, held = CURRENT, current, np.full(time.size, np.nan)
    elif current is None and voltage is not None:
        held = signs_of(voltage)
        kind, value = VOLTAGE, voltage
        if np.ptp(held):
            trust = ALONE
            notes.append(
                "the file has no current: its reversals were taken from the voltage, and rests "
                "cannot be told from shorts"
            )
    elif voltage is not None and current is not None:
        current, said = _signed(voltage, current)
        notes += said
        controlled = held_of(voltage, current)
        if controlled is None:
            raise Undecided
        kind = OTHER[controlled]
        value, held = (voltage, current) if kind == VOLTAGE else (current, voltage)
    signal, label = names[kind]
    stages = stages_of(kind, time, value, held, cuts)
    parts = [Segment(kind, signal, label, time[p], value[p], level) for p, level in stages]
    return parts, notes, trust


def _signed(voltage: FloatArray, current: FloatArray) -> tuple[FloatArray, list[str]]:
    """A current without signs takes them from a voltage that has both."""
    sides = signs_of(voltage)
    if not np.ptp(sides) or np.nanmin(current) < -0.05 * np.nanmax(np.abs(current)):
        return current, []
    return current * sides, ["the current has one sign only: its reversals are the voltage's"]
