"""Contacts and dead lithium in larger cells: points of `half.yaml` or `paper.yaml` side by side.

./env.sh run dendrolith sweep expand benchmarks/cao2023/half.yaml --out SWEEP
./env.sh run dendrolith sweep run SWEEP --cores 2
./env.sh run python -m benchmarks.cao2023.sizes SWEEP       # SWEEP/sizes.png, a table
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.cao2023.reproduce import contact_of, snapshot_of, value_at
from benchmarks.cao2023.verdicts import CLASSES, excursions
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults, open_run
from dendrolith.results.pictures import layer_patches, paint
from dendrolith.studies.plating.show import SHOW
from dendrolith.sweeps.folder import open_sweep

mpl.use("Agg")

MPA, MMOL = 1e-6, 1e3
LINES = ("-", "--", ":")  # pores
COLOURS = {0.0: "tab:blue", 5.0: "tab:orange", 10.0: "tab:red"}


@dataclass(frozen=True)
class Cell:
    """One set of pores under one pressure.

    Attributes:
        run: its results.
        pressure: p [MPa].
        pores: their seed.
        contact: when lithium touches the counter electrode [s]; NaN where it does not.
    """

    run: RunResults
    pressure: float
    pores: int
    contact: float

    @property
    def name(self) -> str:
        """For titles and the table."""
        return f"{self.pressure:g} MPa, pores {self.pores}"


def read(folder: Path) -> list[Cell]:
    """The points of a sweep, by their pores and then by pressure."""
    sweep = open_sweep(folder)
    cells = []
    for point in sweep.names:
        run = open_run(sweep.point(point).run)
        pressure = MPA * float(run.config.elasticity.pressure)
        cells.append(Cell(run, pressure, run.config.pores.seed, contact_of(run)))
    return sorted(cells, key=lambda cell: (cell.pores, cell.pressure))


def draw(cells: list[Cell]) -> Any:
    """Lithium of each cell at its contact and at its end, and three histories."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(3.4 * len(cells), 7.5), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.35, 1))
    panels = above.subplots(2, len(cells), squeeze=False)
    for pair, cell in zip(panels.T, cells, strict=True):
        end = float(cell.run.times[-1])
        for axes, time in zip(pair, (cell.contact, end), strict=True):
            snapshot = snapshot_of(cell.run, end if np.isnan(time) else time)
            paint(axes, snapshot, SHOW.morphology)
            axes.set(title=f"{cell.name}, t = {snapshot.time:.4g} s", xticks=[], yticks=[])
    above.legend(handles=layer_patches(SHOW.layers), loc="outside lower left", ncols=4)
    histories(below.subplots(1, 3), cells)
    return figure


def histories(panels: Any, cells: list[Cell]) -> None:
    """Lithium, its dead part, leakage."""
    kinds = sorted({cell.pores for cell in cells})
    for cell in cells:
        series = cell.run.series
        look = {"color": COLOURS[cell.pressure], "ls": LINES[kinds.index(cell.pores)]}
        held = series["lithium_in_electrolyte"]
        panels[0].plot(series["time"], held, label=cell.name, **look)
        panels[1].plot(series["time"], MMOL * series["dead_lithium"], **look)
        panels[2].semilogy(series["time"], series["electronic_current"], **look)
    panels[0].set(title="Lithium in the electrolyte", ylabel="[mol/m²]")
    panels[0].legend()
    panels[1].set(title="Dead lithium", ylabel="[mmol/m²]")
    panels[2].set(title="Leakage", ylabel="[A/m²]")
    for axes in panels:
        axes.set_xlabel("time [s]")


def table(cells: list[Cell]) -> list[str]:
    """A row a cell, as text."""
    lines = [
        "| | contact [s] | lithium then [mol/m²] | dead lithium, largest [mmol/m²]; at the end "
        "| P_m in lithium, largest until then [MPa] | `front_width` | class; excursions "
        "| steps |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cell in cells:
        series = cell.run.series
        until = ~(series["time"] > cell.contact)
        dead, short = MMOL * series["dead_lithium"], CLASSES[int(series["short_circuit"][-1])]
        back = excursions(series["time"], series["electronic_current"])
        lithium = value_at(cell.run, cell.contact, "lithium_in_electrolyte")
        lines.append(
            f"| {cell.name} | {cell.contact:.1f} | {lithium:.3f} "
            f"| {dead.max():.3g}; {dead[-1]:.3g} "
            f"| {MPA * series['pressure_in_lithium'][until].max():.3g} "
            f"| {np.nanmax(series['front_width'][until]):.3g} | {short}; {back} "
            f"| {len(series['time'])} |"
        )
    return lines


def main() -> None:
    """Draw and print."""
    folder = Path(sys.argv[1])
    cells = read(folder)
    mpl.rcParams.update(LOOK)
    draw(cells).savefig(folder / "sizes.png", dpi=70)
    print("\n".join(table(cells)))


if __name__ == "__main__":
    main()
