"""What thins dendrites under pressure: the points of `mechanism.yaml` side by side, and a table.

./env.sh run dendrolith sweep expand benchmarks/cao2023/mechanism.yaml --out SWEEP
./env.sh run dendrolith sweep run SWEEP --cores 2
./env.sh run python -m benchmarks.cao2023.mechanism SWEEP       # SWEEP/mechanism.png, a table
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.cao2023.reproduce import contact_of, snapshot_of, value_at
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults, open_run
from dendrolith.results.pictures import Snapshot, layer_patches, paint
from dendrolith.studies.plating.show import SHOW
from dendrolith.sweeps.folder import open_sweep

mpl.use("Agg")

# in the order of the sweep's list
TAKEN_AWAY = (
    "nothing",
    "stress on the reaction",
    "eigenstrain",
    "softness of lithium",
    "softness of pores",
    "pores",
    "pressure, at 40 s",
)
P_M = (0.0, 13.0)  # MPa
UM, MPA = 1e6, 1e-6


@dataclass(frozen=True)
class Variant:
    """A point of the sweep until its contact.

    Attributes:
        name: what is taken away.
        run: its results.
        contact: when lithium touches the counter electrode; the end where it does not [s].
        snapshot: the fields at the output time next to it.
    """

    name: str
    run: RunResults
    contact: float
    snapshot: Snapshot

    def thinnest_neck(self) -> float:
        """Of the dendrite that is farthest, the least until the contact [m]."""
        table = self.run.tables["dendrite"]
        until = table["time"] <= self.contact
        return float(np.nanmin(table["thinnest_neck"][until]))


def read(folder: Path) -> list[Variant]:
    """The points of a sweep in their order."""
    sweep = open_sweep(folder)
    found = []
    for name, point in zip(TAKEN_AWAY, sweep.names, strict=True):
        run = open_run(sweep.point(point).run)
        touch = contact_of(run)
        contact = float(run.times[-1]) if np.isnan(touch) else touch
        found.append(Variant(name, run, contact, snapshot_of(run, contact)))
    return found


def draw(variants: list[Variant]) -> Any:
    """Lithium and P_m at the contact, and three histories."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(2.9 * len(variants), 7.5), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.35, 1))
    panels = above.subplots(2, len(variants))
    for (top, bottom), variant in zip(panels.T, variants, strict=True):
        paint(top, variant.snapshot, SHOW.morphology)
        bar = paint(bottom, variant.snapshot, "pressure", P_M)
        top.set_title(f"without {variant.name}" if variant is not variants[0] else "10 MPa")
        bottom.set_title(f"P_m [MPa], t = {variant.snapshot.time:.4g} s")
        for axes in (top, bottom):
            axes.set(xticks=[], yticks=[])
    above.colorbar(bar, ax=panels[1, -1], shrink=0.8)
    above.legend(handles=layer_patches(SHOW.layers), loc="outside lower left", ncols=4)
    histories(below.subplots(1, 3), variants)
    return figure


def histories(panels: Any, variants: list[Variant]) -> None:
    """Lithium, the thinnest neck, and the mean pressure on lithium's surface."""
    lithium, neck, pressure = panels
    for variant in variants:
        run = variant.run
        series, dendrite, surface = run.series, run.tables["dendrite"], run.tables["interface"]
        lithium.plot(series["time"], series["lithium_in_electrolyte"], label=variant.name)
        neck.plot(dendrite["time"], UM * dendrite["thinnest_neck"])
        times = np.unique(surface["time"])
        means = [surface["pressure"][surface["time"] == time].mean() for time in times]
        pressure.plot(times, MPA * np.array(means))
    lithium.set(title="Lithium in the electrolyte, without", ylabel="[mol/m²]")
    lithium.legend(fontsize=7)
    neck.set(title="Thinnest neck on the way to the farthest tip", ylabel="[µm]")
    pressure.set(title="P_m, mean on the surface of lithium", ylabel="[MPa]")
    for axes in panels:
        axes.set_xlabel("time [s]")


def table(variants: list[Variant]) -> list[str]:
    """A row a point, as text."""
    lines = [
        "| taken away | contact [s] | lithium then [mol/m²] | dead [%] | thinnest neck [µm] "
        "| P_m in lithium, largest [MPa] | `front_width` |",
        "|---|---|---|---|---|---|---|",
    ]
    for variant in variants:
        series = variant.run.series
        until = series["time"] <= variant.contact
        lithium = value_at(variant.run, variant.contact, "lithium_in_electrolyte")
        dead = 100 * series["dead_lithium"].max() / lithium
        lines.append(
            f"| {variant.name} | {variant.contact:.1f} | {lithium:.3f} | {dead:.2g} "
            f"| {UM * variant.thinnest_neck():.1f} "
            f"| {MPA * series['pressure_in_lithium'][until].max():.1f} "
            f"| {series['front_width'][until].max():.2f} |"
        )
    return lines


def main() -> None:
    """Draw and print."""
    folder = Path(sys.argv[1])
    variants = read(folder)
    mpl.rcParams.update(LOOK)
    draw(variants).savefig(folder / "mechanism.png", dpi=70)
    print("\n".join(table(variants)))


if __name__ == "__main__":
    main()
