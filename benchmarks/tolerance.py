"""What time steps cost: `./env.sh run python benchmarks/tolerance.py RUN FINER [SECONDS …]`.

RUN and FINER are directories of two runs of one config, FINER with smaller steps. Prints how far
RUN is off at the given times (default: ten of them) and where its tip makes contact.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

TIME, TIP, CHARGE = "time [s]", "tip_height [m]", "lithium_plated [mol/m^2]"
LEAKAGE = "electronic_current [A/m^2]"
JUMP = 10.0  # a contact multiplies the leakage by more than this within a step


def read(run: Path) -> dict[str, FloatArray]:
    """The columns of a run's time series up to contact; all of them if there is none."""
    with (run / "timeseries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row[name]) for row in rows]) for name in (TIME, TIP, CHARGE, LEAKAGE)
    }
    jumps = np.flatnonzero(columns[LEAKAGE][1:] > JUMP * columns[LEAKAGE][:-1])
    before = int(jumps[0]) + 1 if jumps.size else len(rows)
    return {name: values[:before] for name, values in columns.items()}


def main() -> None:
    """Print the table."""
    run, finer = (read(Path(word)) for word in sys.argv[1:3])
    last = min(run[TIME][-1], finer[TIME][-1])
    times = [float(word) for word in sys.argv[3:]] or list(np.linspace(last / 10, last, 10))
    print("| time (s) | tip (µm) | off | charge (mol/m²) | off | tip is late by (s) |")
    print("|---|---|---|---|---|---|")
    for time in times:
        tip, close = (float(np.interp(time, one[TIME], one[TIP])) for one in (run, finer))
        charge, exact = (float(np.interp(time, one[TIME], one[CHARGE])) for one in (run, finer))
        late = time - np.interp(tip, np.maximum.accumulate(finer[TIP]), finer[TIME])
        print(f"| {time:.1f} | {1e6 * tip:.1f} | {tip / close - 1:+.2%} | {charge:.4f} | "
              f"{charge / exact - 1:+.2%} | {late:+.2f} |")  # fmt: skip
    here, there = run[TIME][-1], finer[TIME][-1]
    print(f"last row before contact: {here:.2f} s, and {there:.2f} s with smaller steps: "
          f"{here / there - 1:+.2%}; charge {run[CHARGE][-1] / finer[CHARGE][-1] - 1:+.2%}; "
          f"{len(run[TIME])} and {len(finer[TIME])} steps")  # fmt: skip


if __name__ == "__main__":
    main()
