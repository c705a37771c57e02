"""The observables of a run, measured together: one row of the time series, and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.profile import timed
from dendrolith.observables.base import Observable, Row, StepView
from dendrolith.observables.columns import STAGE, STEP, TIME

OWN = "table"
SAMPLED_EVERY = 10  # steps; also at output times

Values = dict[str, float]
Rows = dict[str, Sequence[Row]]


class ObservableTable:
    """All observables of a problem, in the order of their columns.

    Attributes:
        columns: names of a row, ``name [unit]``.
        tables: columns of every table, by its name.
    """

    def __init__(self, observables: Sequence[Observable]) -> None:
        self._observables = _named(observables)
        self._held: dict[str, list[float]] = {}  # what sampled ones measured last
        own = [column for observable in observables for column in observable.columns]
        self.columns = [TIME, STEP, STAGE, *own]
        self.tables: Mapping[str, Sequence[str]] = {
            table.name: table.columns for observable in observables for table in observable.tables
        }

    def start(self, view: StepView) -> None:
        """Take the start of the run as reference (collective)."""
        for observable in self._observables.values():
            observable.start(view)

    def save(self) -> CheckpointData:
        """What observables keep from step to step."""
        own = CheckpointData(numbers={"held": dict(self._held)})
        parts = {name: observable.save() for name, observable in self._observables.items()}
        return CheckpointData.join({OWN: own, **parts})

    def restore(self, data: CheckpointData) -> None:
        """Take it back (collective)."""
        self._held = dict(data.part(OWN).numbers.get("held", {}))
        for name, observable in self._observables.items():
            observable.restore(data.part(name))

    def measure(self, view: StepView) -> Values:
        """One row of the time series (collective)."""
        values: list[float] = [view.time, view.dt, view.stage]
        with timed("observables"):
            for name, observable in self._observables.items():
                values.extend(self._values_of(name, observable, view))
        return dict(zip(self.columns, values, strict=True))

    def _values_of(self, name: str, observable: Observable, view: StepView) -> Sequence[float]:
        """What it measures now or, of a sampled one between its samples, what it measured last."""
        if not observable.sampled:
            return observable(view)
        if name not in self._held or view.milestone or view.step % SAMPLED_EVERY == 0:
            self._held[name] = list(observable(view))
        return self._held[name]

    def rows(self, view: StepView) -> Rows:
        """New rows of the tables, by name; once an accepted step, in order (collective)."""
        rows: Rows = {}
        with timed("tables of observables"):
            for observable in self._observables.values():
                rows.update(observable.rows(view))
        return rows


def _named(observables: Sequence[Observable]) -> dict[str, Observable]:
    """Each by the name of its class, in order; further ones of a name have a number besides."""
    named: dict[str, Observable] = {}
    for observable in observables:
        name, number = type(observable).__name__, 2
        while name in named:
            name, number = f"{type(observable).__name__} {number}", number + 1
        named[name] = observable
    return named
