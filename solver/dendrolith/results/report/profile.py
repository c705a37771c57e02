"""Tables of a run directory that are drawn over a coordinate, at their last time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dendrolith.core.formats import format_number, length_unit
from dendrolith.core.look import look
from dendrolith.observables.columns import TIME, split_column
from dendrolith.observables.show import Profile
from dendrolith.results.open_run import read_table
from dendrolith.results.pictures import SHOWN
from dendrolith.results.read_run import FloatArray
from dendrolith.results.report import charts
from dendrolith.results.report.run_data import Run


@dataclass(frozen=True, slots=True)
class _Curve:
    """One line: its place among the colours, its name, its edges [m] and its values."""

    place: int
    label: str
    edges: FloatArray
    values: FloatArray


def read_last(run: Run, table: str) -> dict[str, FloatArray]:
    """Columns of a table at its last time; empty without any."""
    columns = read_table(run.path / f"{table}.csv", [])
    times = columns.get(TIME)
    if not isinstance(times, np.ndarray) or not times.size:
        return {}
    last = times == times[-1]
    return {name: v[last] for name, v in columns.items() if isinstance(v, np.ndarray)}


def draw_profile(profile: Profile, runs: list[Run]) -> tuple[str, str, str] | None:
    """(title, description, drawing); the first curve of each where there are several runs."""
    tables = {run.name: read_last(run, profile.table) for run in runs}
    found = {name: table for name, table in tables.items() if set(profile.edges) <= set(table)}
    times = {name: f"{format_number(float(table[TIME][0]))} s" for name, table in found.items()}
    curves = list(_curves(profile, list(tables), found, times))
    if not curves:
        return None
    factor, unit = length_unit(max(float(np.ptp(curve.edges)) for curve in curves))
    value, _ = split_column(profile.value)
    size, unit_of_value = _shown(profile, curves)

    def draw(axes: Any) -> None:
        for curve in curves:
            axes.stairs(
                size * curve.values,
                factor * curve.edges,
                label=curve.label,
                linewidth=1.6,
                **look(curve.place),
            )
        axes.set_xlabel(f"{profile.axis} [{unit}]")
        axes.set_ylabel(f"{value} [{unit_of_value}]" if unit_of_value else value)
        axes.set_ylim(bottom=0)
        if len(curves) > 1 or len(runs) > 1:
            axes.legend(frameon=False)

    same = set(times.values())
    when = f"at {same.pop()}" if len(same) == 1 else "at the last outputs"
    title = f"{profile.title} {when}"
    return title, f"{title}: {_describe(profile, curves)}", charts.svg(title, draw)


def _curves(
    profile: Profile,
    names: list[str],
    found: dict[str, dict[str, FloatArray]],
    times: dict[str, str],
) -> Iterator[_Curve]:
    """All curves of one run, or the first of each of several."""
    lower, upper = profile.edges
    alone = len(names) == 1
    for name, table in found.items():
        edges = np.append(table[lower], table[upper][-1])
        for place, (column, label) in enumerate(profile.curves if alone else profile.curves[:1]):
            if column in table:
                what = label if alone else f"{name}, {times[name]}"
                yield _Curve(place if alone else names.index(name), what, edges, table[column])


def _shown(profile: Profile, curves: list[_Curve]) -> tuple[float, str]:
    """Factor from SI, and unit, of the values."""
    _, unit = split_column(profile.value)
    if unit == "m":
        return length_unit(max(float(np.nanmax(np.abs(curve.values))) for curve in curves))
    return SHOWN.get(unit, (1.0, unit))


def _describe(profile: Profile, curves: list[_Curve]) -> str:
    first, last = profile.ends
    size, unit = _shown(profile, curves)
    unit = f" {unit}" if unit else ""
    return "; ".join(
        f"{curve.label} {format_number(size * float(curve.values[0]))}{unit} {first}, "
        f"{format_number(size * float(curve.values[-1]))}{unit} {last}"
        for curve in curves
    )
