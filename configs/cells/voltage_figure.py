"""Voltage of a healthy cell, of a soft and of a hard short over time.

    ./env.sh run python configs/cells/voltage_figure.py voltage.png

Three seconds. The electronic current of each cell at its end is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dendrolith

HOUR = 3600.0
CELLS = ("healthy", "soft_short", "hard_short")


def main() -> None:
    """March the three cells and draw them."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(CELLS), figsize=(11, 3.1), layout="constrained")
    for ax, name in zip(axes, CELLS, strict=True):
        config = dendrolith.load(Path(__file__).with_name(f"{name}.yaml"))
        rows = []
        with dendrolith.Simulation(config) as cell:
            for step in dendrolith.march(cell):
                rows.append({"time [s]": step.time, **cell.measure(step)})
        hours = [row["time [s]"] / HOUR for row in rows]
        ax.plot(hours, [row["voltage [V]"] for row in rows], color="#b3232a", label="cell")
        rest = [row["open_circuit_potential [V]"] for row in rows]
        ax.plot(hours, rest, ":", color="0.3", label="open circuit")
        ax.set(title=config.title, xlabel="time [h]")
        ax.title.set_size(9)
        leak = rows[-1]["electronic_current [A/m^2]"]
        print(f"{name}: {rows[-1]['voltage [V]']:.4g} V, {leak:.4g} A/m^2 of electrons at the end")
    axes[0].set_ylabel("voltage [V]")
    axes[0].legend(frameon=False)
    figure.savefig(sys.argv[1], dpi=90)


if __name__ == "__main__":
    main()
