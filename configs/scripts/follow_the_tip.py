"""March through a run step by step and look at the fields: how fast are the tip and its surface?

    ./env.sh run python configs/scripts/follow_the_tip.py configs/quickstart.yaml

Every accepted step is at hand as it happens: the observables as a row of the time series, the
fields as arrays on the nodes. Nothing is written. Under `mpirun -n N` each rank holds its own
nodes; what combines them is collective and runs on all ranks.
"""

from __future__ import annotations

import sys

from mpi4py import MPI

import dendrolith
from dendrolith.core.parallel import global_max

UM = 1e-6


def main() -> None:
    """Print a line whenever the tip has moved by a micrometre."""
    config = dendrolith.load(sys.argv[1], sys.argv[2:])
    simulation = dendrolith.Simulation(config)
    rate, comm = simulation.problem.state["rate"], MPI.COMM_WORLD
    said, before = 0.0, 0.0
    for step in dendrolith.march(simulation):
        row = simulation.measure(step)
        tip, fastest = row["tip_height [m]"], global_max(comm, abs(rate.x.array))
        if tip - said < 1 * UM and not step.finishes:
            continue
        if comm.rank == 0:
            speed = (tip - said) / (step.time - before)
            print(
                f"t = {step.time:7.3f} s   tip {tip / UM:6.2f} um, {speed / UM:5.2f} um/s   "
                f"ionic {row['ionic_current [A/m^2]']:6.1f} A/m^2   "
                f"fastest change of xi {fastest:.2g} 1/s"
            )
        said, before = tip, step.time


if __name__ == "__main__":
    main()
