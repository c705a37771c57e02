"""Voltage of a soft and of a hard short with a mesh over time, beside the open-circuit potential.

    ./env.sh run python configs/cells/mesh_voltage_figure.py SOFT HARD mesh_voltage.png

SOFT and HARD are run directories of mesh_soft_short.yaml and mesh_hard_short.yaml.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dendrolith

HOUR = 3600.0


def main() -> None:
    """Draw both runs, each over a time of its own."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    soft, hard, picture = map(Path, sys.argv[1:])
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.1), layout="constrained")
    for ax, path, scale, unit in zip(axes, (soft, hard), (HOUR, 1.0), "hs", strict=True):
        run = dendrolith.open_run(path)
        series = run.series
        time = series["time"] / scale
        ax.plot(time, series["cell_voltage"], color="#b3232a", label="cell")
        ax.plot(time, series["open_circuit_potential"], ":", color="0.3", label="open circuit")
        leak = ax.twinx()
        leak.plot(time, series["electronic_current"], color="#5b7fa6", lw=0.9)
        leak.set_ylabel("electronic current [A/m²]", color="#5b7fa6")
        ax.set(title=run.config.title, xlabel=f"time [{unit}]", ylabel="voltage [V]")
        ax.title.set_size(9)
    axes[0].legend(frameon=False, loc="lower right")
    figure.savefig(picture, dpi=90)


if __name__ == "__main__":
    main()
