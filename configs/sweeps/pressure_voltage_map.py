"""Map of the short circuit of a small cell over stack pressure and voltage, from Python.

    ./env.sh run python configs/sweeps/pressure_voltage_map.py runs/pressure_voltage map.png

Three to five minutes on two cores. Called again, it computes nothing that is there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl

from dendrolith.sweeps.charts import axes_of, classes_at, draw_map
from dendrolith.sweeps.collect import collect, write_table
from dendrolith.sweeps.engine import How, run_sweep
from dendrolith.sweeps.expand import expand

mpl.use("Agg")

SWEEP = Path(__file__).with_name("pressure_voltage.yaml")


def main() -> int:
    """Expand, run, collect, draw; returns the exit code of the sweep."""
    import matplotlib.pyplot as plt

    out, picture = sys.argv[1:]
    folder = expand(SWEEP, out).folder
    code = run_sweep(folder, How(cores=2), print)
    rows = collect(folder)
    write_table(folder, rows)
    pressure, voltage = axes_of(rows, folder.columns)
    figure, axes = plt.subplots(layout="constrained")
    draw_map(axes, voltage, pressure, classes_at(rows, voltage, pressure))
    figure.savefig(picture, dpi=150)
    print(f"{picture} is written")
    return code


if __name__ == "__main__":
    sys.exit(main())
