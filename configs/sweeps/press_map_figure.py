"""What pressing leaves of a tube: gap over the height, density, and a map of tubes and powders.

    ./env.sh run dendrolith sweep expand configs/sweeps/press_map.yaml --out runs/map
    ./env.sh run dendrolith sweep run runs/map --cores 2
    ./env.sh run python configs/sweeps/press_map_figure.py o.png runs/press_* runs/map/points/*/run

Runs of the study `press`, one of PEEK and any of PTFE; density is drawn of the first of each.
"""

from __future__ import annotations

import sys
from typing import Any

import matplotlib as mpl
import numpy as np

from dendrolith.results.open_run import RunResults, open_run

mpl.use("Agg")

MPA, UM, MM = 1e6, 1e-6, 1e-3


def main() -> int:
    """Draw, and print a line for each run."""
    import matplotlib.pyplot as plt

    picture, *folders = sys.argv[1:]
    given = [open_run(folder) for folder in folders]
    runs = sorted(given, key=order)
    figure, axes = plt.subplots(1, 4, figsize=(18, 4.6), layout="constrained")
    draw_gaps(axes[0], runs)
    for axes_of, name in ((axes[1], "PEEK"), (axes[2], "PTFE")):
        draw_density(axes_of, next(run for run in given if run.config.tube_set == name))
    draw_map(axes[3], [run for run in runs if run.config.tube_set == "PTFE"])
    figure.supxlabel(
        "Assumed, not published: tube (law, size), ratio M of the powder; D(300 MPa) = 0.8375 in a "
        "rigid die; support of the pellet fades over 0.1 mm beyond the rod. No friction.",
        fontsize=8,
    )
    figure.savefig(picture, dpi=110)
    print(
        "tube    M    H [MPa]  b [mm] sleeve [mm]  p [MPa]  bulge [um]  remains [um]  density  rise"
    )
    for run in runs:
        print(line(run))
    print(f"{picture} is written")
    return 0


def order(run: RunResults) -> tuple[Any, ...]:
    """Tubes, then powders."""
    c = run.config
    sleeve = 0.0 if c.sleeve is None else c.sleeve.thickness
    return c.tube_set, sleeve, c.tube.outer_radius, c.tube.hardening, c.powder.critical_ratio


def reached(run: RunResults) -> bool:
    """The rods came to their pressure."""
    return bool(run.series["rod_pressure"].max() > 0.99 * run.config.pressure)


def line(run: RunResults) -> str:
    """Numbers of a run."""
    c, s = run.config, run.series
    remains = f"{s['bore_displacement'][-1] / UM:8.0f}" if reached(run) else "       -"
    sleeve = 0.0 if c.sleeve is None else c.sleeve.thickness
    return (
        f"{c.tube_set}  {c.powder.critical_ratio:4.1f} {c.tube.hardening / MPA:8.0f} "
        f"{c.tube.outer_radius / MM:8.2f} {sleeve / MM:8.1f} {s['rod_pressure'].max() / MPA:10.1f} "
        f"{s['bore_displacement'].max() / UM:10.0f} {remains} {s['pellet_density'][-1]:12.4f} "
        f"{s['ring_rise'].max() / UM:5.0f}"
    )


def draw_gaps(axes: Any, runs: list[RunResults]) -> None:
    """Gap over the height when the rods are lifted, of tubes that hold."""
    for run in filter(reached, runs):
        c, table = run.config, run.tables["bore"]
        last = table["time"] == table["time"].max()
        middle = (table["from"][last] + table["to"][last]) / 2
        sleeve = "" if c.sleeve is None else ", sleeve"
        tube = f"b {c.tube.outer_radius / MM:g}{sleeve}"
        label = f"{c.tube_set}, M {c.powder.critical_ratio:g}, {tube}"
        style = "-" if c.sleeve is None else "--"
        axes.plot(middle / MM, table["gap"][last] / UM, style, label=label)
    axes.set_yscale("log")
    axes.axvline(0, color="grey", lw=0.5)
    axes.set(
        xlabel="height above the pellet [mm]", ylabel="gap [µm]", xlim=(-0.7, 3), ylim=(1, 300)
    )
    axes.set_title("bore after pressing (300 MPa)", fontsize=10)
    axes.legend(fontsize=6)


def draw_density(axes: Any, run: RunResults) -> None:
    """Relative density of the upper half of the pellet, and the bore."""
    table, bore = run.tables["density"], run.tables["bore"]
    last = table["time"] == table["time"].max()
    colours = axes.tripcolor(
        table["r"][last] / MM, table["z"][last] / MM, table["density"][last], shading="gouraud"
    )
    axes.figure.colorbar(colours, ax=axes, label="density")
    here = bore["time"] == bore["time"].max()
    height = bore["to"][here] - bore["from"][here].min()
    axes.plot((run.config.radius + bore["gap"][here]) / MM, height / MM, "k-")
    axes.set(xlabel="r [mm]", ylabel="z [mm]", xlim=(2.2, 3.5), ylim=(0, 0.9))
    peak = run.series["rod_pressure"].max() / MPA
    c = run.config
    axes.set_title(f"{c.tube_set}, M {c.powder.critical_ratio:g}, {peak:.0f} MPa", fontsize=10)


def draw_map(axes: Any, runs: list[RunResults]) -> None:
    """Pressure that is reached over M, a line for each tube."""
    tubes: dict[str, list[tuple[float, float, bool]]] = {}
    for run in runs:
        c = run.config
        sleeve = "" if c.sleeve is None else ", sleeve"
        name = f"H {c.tube.hardening / MPA:g} MPa, b {c.tube.outer_radius / MM:g} mm{sleeve}"
        borne = float(run.series["rod_pressure"].max() / MPA)
        tubes.setdefault(name, []).append((c.powder.critical_ratio, borne, reached(run)))
    for name, points in tubes.items():
        M, borne, held = np.array(sorted(set(points))).T
        path = axes.plot(M, borne, "--" if "sleeve" in name else "-", label=name)[0]
        axes.plot(M[held > 0], borne[held > 0], "o", color=path.get_color())
        axes.plot(M[held == 0], borne[held == 0], "x", color=path.get_color())
    axes.axhline(300, color="grey", lw=0.5)
    axes.set(xlabel="M of the powder", ylabel="pressure reached [MPa]", ylim=(0, 320))
    axes.set_title("PTFE: o held, x powder comes loose", fontsize=10)
    axes.legend(fontsize=6)


if __name__ == "__main__":
    sys.exit(main())
