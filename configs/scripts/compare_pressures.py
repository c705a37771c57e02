"""Run one input at several stack pressures and put the growth side by side in a picture.

    ./env.sh run python configs/scripts/compare_pressures.py configs/quickstart.yaml pressures.png

Further arguments are overrides, such as time.end='5 s'. Each run is an ordinary simulation of this
process; with `mpirun -n 2` in front, each uses two ranks, one run after the other.
"""

from __future__ import annotations

import sys

import matplotlib as mpl
from mpi4py import MPI

import dendrolith

mpl.use("Agg")

PRESSURES = ["0 MPa", "5 MPa", "10 MPa"]
X, Y = "time [s]", "tip_height [m]"


def grow(path: str, overrides: list[str]) -> list[dict[str, float]]:
    """The time series of one run."""
    with dendrolith.Simulation(dendrolith.load(path, overrides)) as simulation:
        return [simulation.measure(step) for step in dendrolith.march(simulation)]


def main() -> None:
    """One curve a pressure, one line of text each."""
    import matplotlib.pyplot as plt

    path, picture, *overrides = sys.argv[1:]
    figure, axes = plt.subplots(layout="constrained")
    for pressure in PRESSURES:
        rows = grow(path, [*overrides, f"elasticity.pressure={pressure}"])
        axes.plot([row[X] for row in rows], [1e6 * row[Y] for row in rows], label=pressure)
        if MPI.COMM_WORLD.rank == 0:
            print(f"{pressure:>7}: tip {1e6 * rows[-1][Y]:.3f} um after {rows[-1][X]:g} s")
    axes.set(xlabel="time [s]", ylabel="tip height [um]")
    axes.legend(title="stack pressure")
    if MPI.COMM_WORLD.rank == 0:
        figure.savefig(picture, dpi=150)
        print(f"{picture} is written")


if __name__ == "__main__":
    main()
