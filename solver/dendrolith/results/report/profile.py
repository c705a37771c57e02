"""Lithium and pores in ten layers from foil to counter electrode, at the last output time."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np

from dendrolith.results.report import charts
from dendrolith.results.report.run_data import FloatArray, Run, number

PARTS = {
    "lithium_fraction [1]": "lithium",
    "pore_fraction [1]": "open pores",
    "filled_fraction [1]": "filled pores",
}


def read_layers(run: Run) -> dict[str, FloatArray]:
    """Columns of ``layers.csv`` at its last time; empty without any."""
    try:
        with (run.path / "layers.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        last = [row for row in rows if row["time [s]"] == rows[-1]["time [s]"]]
        return {name: np.array([float(row[name]) for row in last]) for name in last[0]}
    except (OSError, ValueError, LookupError, TypeError):  # none, or half a row just written
        return {}


def profile(runs: list[Run]) -> tuple[str, str, str] | None:
    """(title, description, drawing); the lithium of each where there are several runs."""
    layers = {run.name: found for run in runs if (found := read_layers(run))}
    if not layers:
        return None
    names = dict.fromkeys(PARTS) if len(runs) == 1 else {"lithium_fraction [1]": None}
    times = {run: f"{number(float(found['time [s]'][0]))} s" for run, found in layers.items()}
    place_of = {run.name: place for place, run in enumerate(runs)}
    curves = [
        (of_name, PARTS[name], found, found[name]) if len(runs) == 1
        else (place_of[run], f"{run}, {times[run]}", found, found[name])
        for run, found in layers.items()
        for of_name, name in enumerate(names)
    ]  # fmt: skip

    def draw(axes: Any) -> None:
        for place, label, found, values in curves:
            edges = 1e6 * np.append(found["from [m]"], found["to [m]"][-1])
            axes.stairs(values, edges, label=label, linewidth=1.6, **charts.look(place))
        axes.set_xlabel("distance from the foil [µm]")
        axes.set_ylabel("part of the layer")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)

    said = "; ".join(
        f"{label} {number(float(values[0]))} at the foil, {number(float(values[-1]))} at the "
        "counter electrode" for _, label, _, values in curves
    )  # fmt: skip
    same = set(times.values())
    title = f"Ten layers at {same.pop()}" if len(same) == 1 else "Ten layers at the last outputs"
    return title, f"{title}: {said}", charts.svg(title, draw)
