"""Events in a time series as numbers of a run: when a column reaches a value, and what is then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dendrolith.observables.show import FloatArray, Results, Value


def rises_to(column: str, level: float) -> Callable[[Results], Value]:
    """Time at which a column first rises to a level, linear between rows [s].

    None where it never does, or where it lies there from the first row on.
    """

    def find(run: Results) -> Value:
        place = _crossing(run.series.get(column), level)
        return None if place is None else _between(run.time, place)

    return find


def first_seen(column: str, level: float) -> Callable[[Results], Value]:
    """Time of the first row in which a column that counts or jumps has a level or more [s].

    It is late by a step at most. None where no row has it.
    """

    def find(run: Results) -> Value:
        values = run.series.get(column)
        if values is None or not np.any(values >= level):
            return None
        return float(run.time[int(np.argmax(values >= level))])

    return find


def value_at(
    wanted: str, column: str, level: float, factor: float = 1.0
) -> Callable[[Results], Value]:
    """Value of one column when another one first rises to a level, linear between rows."""

    def find(run: Results) -> Value:
        place, values = _crossing(run.series.get(column), level), run.series.get(wanted)
        return None if place is None or values is None else factor * _between(values, place)

    return find


def _crossing(values: FloatArray | None, level: float) -> float | None:
    """Row, with its fraction, at which the values first come up to a level."""
    if values is None or not len(values) or not values[0] < level:
        return None
    above = np.flatnonzero(values >= level)
    if not len(above):
        return None
    last = int(above[0])
    low, high = float(values[last - 1]), float(values[last])
    return last - 1 + (level - low) / (high - low)


def _between(values: FloatArray, place: float) -> float:
    return float(np.interp(place, np.arange(len(values)), values))
