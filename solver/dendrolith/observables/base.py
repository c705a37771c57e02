"""What observables are: named columns with one value each, tables with any number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.schemes.report import Report

Entry = float | str
Row = Sequence[Entry]


@dataclass(frozen=True, slots=True)
class StepView:
    """The step that is looked at; the fields are those after it.

    Attributes:
        time, dt: its end and length [s].
        step: its number, 0 at the start.
        milestone: it ends on an output time.
        stage: number of the control stage, from 0.
        report: what it did.
    """

    time: float
    dt: float
    step: int = 0
    milestone: bool = False
    stage: int = 0
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with any number of rows a step, ``<name>.csv`` in the run directory.

    Attributes:
        name: of the table.
        columns: names, with units where the entries are numbers.
    """

    name: str
    columns: tuple[str, ...]


class Observable:
    """Measures something after every accepted step; a new one overrides what it needs.

    Its constructor takes what it looks at. What it keeps from step to step it declares by `save`
    and `restore`. All calls are collective, and every rank returns the same values.

    Attributes:
        columns: names of its values in the time series, ``name [unit]``.
        tables: tables of its own.
        sampled: its values are for people to look at: nothing stops, classifies or balances by
            them. It is asked at output times and every few steps; between them its last ones stand.
    """

    sampled: bool = False
    columns: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

    def start(self, view: StepView) -> None:
        """Take the start of the run as reference."""

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """A value for each column."""
        return ()

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """New rows by the name of their table; once an accepted step."""
        return {}

    def save(self) -> CheckpointData:
        """What must survive a restart."""
        return CheckpointData()

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
