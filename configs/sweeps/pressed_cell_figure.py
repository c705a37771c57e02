"""Pressure and outline of lithium in a pressed cell, as fig. 6F and 6G of Cao et al. 2023.

    ./env.sh run python configs/sweeps/pressed_cell_figure.py runs/pressed_cell figure.png

Three to six minutes on two cores. Called again, it computes nothing that is there. The paper gives
no numbers for these figures: what can be compared is the shape.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

from dendrolith.results.open_run import RunResults, open_run
from dendrolith.studies.creep.assumptions import assumed_values, model_lines
from dendrolith.sweeps.engine import How, run_sweep
from dendrolith.sweeps.expand import expand

mpl.use("Agg")

SWEEP = Path(__file__).with_name("pressed_cell.yaml")
COLOURS = ("tab:blue", "tab:orange", "tab:red")
HOUR, MPA, UM = 3600.0, 1e6, 1e-6


def main() -> int:
    """Expand, run, draw, and print what the curves show; returns the exit code of the sweep."""
    import matplotlib.pyplot as plt

    out, picture = sys.argv[1:]
    folder = expand(SWEEP, out).folder
    code = run_sweep(folder, How(cores=2), print)
    runs = [open_run(path / "run") for path in sorted((Path(out) / "points").iterdir())]
    laws = sorted({run.config.creep_set for run in runs}, reverse=True)
    gaps = sorted({run.config.cell.gap.width for run in runs})
    size = (4 * len(gaps), 3.2 * (len(laws) + 2) + 1)
    figure, axes = plt.subplots(
        len(laws) + 2, len(gaps), figsize=size, layout="constrained", sharey="row"
    )
    ordered = sorted(runs, key=lambda r: (r.config.frame.stiffness, r.config.cell.gap.width))
    for run in ordered:
        config = run.config
        row, column = laws.index(config.creep_set), gaps.index(config.cell.gap.width)
        draw_pressure(axes[row, column], run)
        if row == 0:
            draw_outline(axes[-2, column], run)
            draw_transmission(axes[-1, column], run)
    for panel in axes[:-2].flat:
        panel.set_ylim(0, None)
    for row in axes[:, 0]:
        row.legend(fontsize=7)
    figure.supxlabel(assumptions(ordered), fontsize=8, ha="left", x=0.01)
    figure.savefig(picture, dpi=120)
    print("\n".join(claims(runs)))
    print(f"{picture} is written")
    return code


def colour(run: RunResults) -> str:
    """Of the stiffness of a frame: 0.05, 0.5 and 5 MPa/µm."""
    k = run.config.frame.stiffness / 1e12
    return COLOURS[(k > 0.1) + (k > 1)]


def gap_of(run: RunResults) -> str:
    """The gap, for a title."""
    return f"gap {run.config.cell.gap.width / UM:.0f} µm"


def draw_pressure(axes: Any, run: RunResults) -> None:
    """Pressure over time and plated thickness, the network beside it."""
    config, series = run.config, run.series
    time = (series["time"] - config.frame.hold) / HOUR
    k = config.frame.stiffness / 1e12
    axes.plot(time, series["stack_pressure"] / MPA, color=colour(run), label=f"{k:g} MPa/µm")
    axes.plot(time, series["network_pressure"] / MPA, color="black", ls=":", lw=1)
    axes.set(xlabel="time after locking [h] (dotted: network)", ylabel="pressure [MPa]")
    axes.set_title(f"{config.creep_set}, {gap_of(run)}: pressure", fontsize=10)
    if not axes.child_axes:
        per_hour = config.plating_speed * HOUR / UM
        top = axes.secondary_xaxis("top", (lambda t: t * per_hour, lambda d: d / per_hour))
        top.set_xlabel("plated [µm]", fontsize=8)


def draw_outline(axes: Any, run: RunResults) -> None:
    """Outline at the locking of the frame (dashed) and at the end."""
    config, table = run.config, run.tables["outline"]
    for time, style in ((config.frame.hold, "k--"), (table["time"].max(), "-")):
        here = abs(table["time"] - time) < 1.0
        line = axes.plot(table["r"][here] * 1e3, table["z"][here] * 1e3, style)[0]
    line.set(color=colour(run), label=f"{config.frame.stiffness / 1e12:g} MPa/µm")
    axes.set(xlabel="r [mm] (dashed: at the locking)", ylabel="z [mm]", xlim=(2.9, 3.4))
    axes.set_title(f"{config.creep_set}, {gap_of(run)}: outline after 20 h", fontsize=10)


def draw_transmission(axes: Any, run: RunResults) -> None:
    """Change of transmission since the locking: lithium thins below the rod, comes beside it."""
    table, k = run.tables["transmission"], run.config.frame.stiffness / 1e12
    here = table["time"] == table["time"].max()
    edges = [*table["from"][here] * 1e3, table["to"][here][-1] * 1e3]
    for column, style, name in (("through_axis", "-", "axis"), ("beside_rod", ":", "beside rod")):
        label = f"{k:g} MPa/µm, {name}"
        values = table[column][here]
        axes.stairs(values, edges, color=colour(run), ls=style, baseline=None, label=label)
    axes.set(xlabel="z [mm]", ylabel="T/T0", yscale="log", xlim=(0, 0.95))
    axes.set_title(f"{run.config.creep_set}, {gap_of(run)}: transmission, 20 h", fontsize=10)


def assumptions(runs: list[RunResults]) -> str:
    """Every assumed input, with all the values that it has here."""
    values: dict[str, list[str]] = {}
    for run in runs:
        for key, value in assumed_values(run.config):
            values.setdefault(key, [])
            if value not in values[key]:
                values[key].append(value)
    lines = [f"{key}: {', '.join(found)}" for key, found in values.items()]
    return (
        "Assumed, not published: "
        + ";  ".join(lines)
        + "\n"
        + "\n".join(model_lines(runs[0].config))
    )


def claims(runs: list[RunResults]) -> list[str]:
    """What each run shows, a line each: where the pressure is lowest, and how it ends."""
    lines = ["law          gap  frame     p at 1 min   lowest at      p end  network  foil    slot"]
    lines.append(
        "            [um] [MPa/um]      [MPa]    [MPa] [h]     [MPa]    [MPa]  [um]    [mm]"
    )
    for run in sorted(
        runs, key=lambda r: (r.config.creep_set, r.config.cell.gap.width, r.config.frame.stiffness)
    ):
        config, series = run.config, run.series
        time, p = series["time"] - config.frame.hold, series["stack_pressure"] / MPA
        low = p.argmin()
        lines.append(
            f"{config.creep_set:<12}{config.cell.gap.width / UM:4.0f} "
            f"{config.frame.stiffness / 1e12:8g} {p[(time - 60 > 0).argmax()]:10.3f} "
            f"{p[low]:8.3f} {time[low] / HOUR:5.2f} {p[-1]:8.3f} "
            f"{series['network_pressure'][-1] / MPA:8.3f} {series['foil_thickness'][-1] / UM:7.2f} "
            f"{series['slot_length'][-1] * 1e3:7.4f}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
