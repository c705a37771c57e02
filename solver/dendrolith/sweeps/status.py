"""The state of a sweep as a table, for people and for programs."""

from __future__ import annotations

import dataclasses
import json

from dendrolith.observables.columns import split_column
from dendrolith.sweeps.folder import POINT, SweepFolder
from dendrolith.sweeps.states import (
    DONE,
    FAILED,
    RUNNING,
    STATES,
    STOPPED,
    PointState,
    counts,
    in_words,
    states_of,
)

MOST_ROWS = 20  # of a state
LISTED = (RUNNING, STOPPED, FAILED)


def sweep_status(folder: SweepFolder, *, as_json: bool = False) -> str:
    """Counts of the states, and a line for each point that runs, stopped or failed."""
    states = states_of(folder)
    numbers = counts(states)
    if as_json:
        points = [dataclasses.asdict(state) for state in states]
        return json.dumps({"counts": numbers, "points": points}, indent=2)
    taken = sum(state.wall for state in states)
    lines = [f"{folder.path}: {in_words(numbers)}, {taken:.0f} s on the clock of the points"]
    varied = {row[POINT]: _varied(row) for row in folder.index}
    for kind in LISTED:
        lines += _table(kind, [state for state in states if state.state == kind], varied)
    return "\n".join(lines)


def is_over(folder: SweepFolder) -> bool:
    """Has every point ended?"""
    numbers = counts(states_of(folder))
    return sum(numbers[state] for state in STATES if state not in (DONE, FAILED)) == 0


def _varied(row: dict[str, str]) -> str:
    """What makes a point, as short as it can be said."""
    words = []
    for column, value in row.items():
        if column != POINT and value:
            key, unit = split_column(column)
            words.append(f"{key.rpartition('.')[2]}={_short(value)}{' ' if unit else ''}{unit}")
    return ", ".join(words)


def _short(text: str) -> str:
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text


def _table(kind: str, states: list[PointState], varied: dict[str, str]) -> list[str]:
    lines = []
    for state in states[:MOST_ROWS]:
        what = f"exit code {state.code}: {state.failure}" if kind == FAILED else _progress(state)
        lines.append(f"  {kind:<8} {state.name}  {varied[state.name]}  {what}")
    more = len(states) - MOST_ROWS
    return [*lines, f"  {kind:<8} and {more} more"] if more > 0 else lines


def _progress(state: PointState) -> str:
    return f"{100 * state.share:.0f} %, {state.steps} steps"
