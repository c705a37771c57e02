"""The numbers of a report: those of every run, and those that its study declares."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from dendrolith.core.formats import format_number, typeset
from dendrolith.observables.columns import STEP, TIME
from dendrolith.observables.show import Value, last, reduced
from dendrolith.results.input_values import input_values
from dendrolith.results.report.run_data import Run

KEY, SOLVER = "key", "solver"  # groups with rows of every run


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity with its value for each run, as text.

    Attributes:
        name, unit: of the quantity.
        values: one for each run; an em dash where a run has none.
    """

    name: str
    unit: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A quantity of one run."""

    label: str
    unit: str
    value: Value


def _entries(group: str, run: Run) -> list[_Entry]:
    """The rows of every run around those of its study."""
    declared = [
        _Entry(number.label, number.unit, number.find(run))
        for number in run.show.numbers.get(group, ())
    ]
    if group == KEY:
        return [_Entry("Time reached", "s", run.facts["time"] or last(TIME)(run)), *declared]
    if group == SOLVER:
        return [*_steps(run), *declared, *_machine(run)]
    return declared


def _steps(run: Run) -> list[_Entry]:
    return [
        _Entry("Steps", "1", float(run.facts["steps"]) or float(run.time.size) or None),
        _Entry("Steps taken back", "1", float(run.facts["rejected"])),
        _Entry("Shortest step", "s", reduced(STEP, np.min)(run)),
        _Entry("Median step", "s", reduced(STEP, np.median)(run)),
        _Entry("Longest step", "s", reduced(STEP, np.max)(run)),
    ]


def _machine(run: Run) -> list[_Entry]:
    ranks = float(run.manifests[-1]["ranks"]) if run.manifests else None
    return [
        _Entry("Processes", "1", ranks),
        _Entry("From the last start to the last word", "s", _elapsed(run)),
    ]


def _elapsed(run: Run) -> Value:
    """From the last start to the last word."""
    try:
        first, last = (
            datetime.datetime.fromisoformat(text)
            for text in (run.manifests[-1]["started"], run.facts["updated"])
        )
        return (last - first).total_seconds()
    except (LookupError, ValueError, TypeError):
        return None


def table(group: str, runs: list[Run]) -> list[Row]:
    """The rows of a table for which any run has a value."""
    entries = [{entry.label: entry for entry in _entries(group, run)} for run in runs]
    rows = []
    for label in dict.fromkeys(label for of_run in entries for label in of_run):
        found = [of_run.get(label) for of_run in entries]
        known = [entry for entry in found if entry is not None and entry.value is not None]
        if known:
            unit = "" if known[0].unit == "1" else known[0].unit
            values = [None if entry is None else entry.value for entry in found]
            rows.append(Row(label, unit, [_text(value) for value in values]))
    return rows


def _text(value: Value) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else format_number(value)


def differences(runs: list[Run]) -> list[Row]:
    """Values of the input in which the runs differ."""
    inputs = [
        {entry.key: entry for entry in input_values(run.config)} if run.config is not None else {}
        for run in runs
    ]
    rows = []
    for key in dict.fromkeys(key for given in inputs for key in given):
        found = [given.get(key) for given in inputs]
        values = [None if entry is None else entry.value for entry in found]
        if len(set(values)) > 1 and key != "title":
            unit = next((entry.unit for entry in found if entry is not None), "")
            rows.append(Row(key, typeset(unit), [_text(_plain(value)) for value in values]))
    return rows


def _plain(value: object) -> Value:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)  # as the input says
