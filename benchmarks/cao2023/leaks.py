"""Leakage of contacts that the counter electrode consumes: points of `held.yaml`, `reopens.yaml`.

./env.sh run dendrolith sweep expand benchmarks/cao2023/held.yaml --out SWEEP
./env.sh run dendrolith sweep run SWEEP --cores 2
./env.sh run python -m benchmarks.cao2023.leaks SWEEP [SWEEP …]     # SWEEP/leaks.png, a table
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.cao2023.reproduce import contact_of
from benchmarks.cao2023.verdicts import CLASSES, excursions
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults, open_run
from dendrolith.sweeps.folder import open_sweep

mpl.use("Agg")

MPA, KILO, MICRO = 1e-6, 1e-3, 1e6


@dataclass(frozen=True)
class Contact:
    """One rate under one pressure, on one mesh.

    Attributes:
        run: its results.
        pressure: p [MPa].
        rate: direct reduction of a contact [kA/m²].
        width, mesh_size: δ and h [µm].
    """

    run: RunResults
    pressure: float
    rate: float
    width: float
    mesh_size: float

    @property
    def name(self) -> str:
        """For titles and the table."""
        mesh = f"δ {self.width:.3g}, h {self.mesh_size:.3g} µm"
        return f"{self.pressure:g} MPa, {self.rate:g} kA/m², {mesh}"


def read(folder: Path) -> list[Contact]:
    """The points of a sweep, by rate and then by pressure."""
    sweep, contacts = open_sweep(folder), []
    for point in sweep.names:
        run = open_run(sweep.point(point).run)
        config = run.config
        contacts.append(
            Contact(
                run,
                MPA * float(config.elasticity.pressure),
                KILO * float(config.electrodes.direct_reduction),
                MICRO * float(config.lithium_metal.interface_width),
                MICRO * float(config.geometry.mesh_size),
            )
        )
    return sorted(contacts, key=lambda one: (one.rate, one.pressure, -one.width))


def draw(contacts: list[Contact]) -> Any:
    """Leakage over time of each; shaded while lithium touches."""
    import matplotlib.pyplot as plt

    rows = -(-len(contacts) // 2)
    size = (9, 2.1 * rows)
    figure, panels = plt.subplots(rows, 2, figsize=size, layout="constrained", squeeze=False)
    for axes, contact in zip(panels.flat, contacts, strict=False):
        series = contact.run.series
        time, leakage = series["time"], series["electronic_current"]
        axes.plot(time, leakage, lw=0.9)
        touches, top = series["bridging"] > 0, 1.1 * float(leakage.max())
        axes.fill_between(time, 0, top, where=touches, color="tab:red", alpha=0.12, lw=0)
        axes.set(title=contact.name, ylabel="leakage [A/m²]", ylim=(0, top))
    for axes in panels[-1]:
        axes.set_xlabel("time [s]")
    return figure


def table(contacts: list[Contact]) -> list[str]:
    """A row a contact, as text."""
    lines = [
        "| | contact [s] | times that it opens | leakage, largest; over the last 50 s [A/m²] "
        "| excursions | class |",
        "|---|---|---|---|---|---|",
    ]
    for contact in contacts:
        series = contact.run.series
        time, leakage, touches = (
            series[name] for name in ("time", "electronic_current", "bridging")
        )
        late = leakage[time > time[-1] - 50]
        lines.append(
            f"| {contact.name} | {contact_of(contact.run):.1f} "
            f"| {int((np.diff(touches) < 0).sum())} "
            f"| {leakage.max():.3g}; {late.min():.3g} to {late.max():.3g} "
            f"| {excursions(time, leakage)} | {CLASSES[int(series['short_circuit'][-1])]} |"
        )
    return lines


def main() -> None:
    """Draw and print."""
    folders = [Path(name) for name in sys.argv[1:]]
    contacts = [contact for folder in folders for contact in read(folder)]
    mpl.rcParams.update(LOOK)
    draw(contacts).savefig(folders[0] / "leaks.png", dpi=80)
    print("\n".join(table(contacts)))


if __name__ == "__main__":
    main()
