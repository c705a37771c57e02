"""The default against fully implicit Newton with MUMPS: the same cell, the same steps, in turns.

    ./env.sh run mpirun -n 2 python benchmarks/direct.py [STEPS] [OVERRIDE…]

`configs/cao2023/pressure.yaml` with steps of a fixed length. IMPLICIT is the preset of the other
side: all fields but stress in one Newton iteration (backward Euler), GMRES with a factorisation by
MUMPS that serves up to four Newton iterations of a step. Blocks of steps of each in turn.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mpi4py import MPI

from dendrolith.core.constants import FARADAY
from dendrolith.schemes.march import Step
from dendrolith.simulation import Simulation
from dendrolith.studies.register import load

CONFIG = Path(__file__).parents[1] / "configs" / "cao2023" / "pressure.yaml"
FIXED = [
    "time.first_step=0.2 s", "time.max_step=0.2 s", "time.max_change=0.5",
    "time.max_relaxation=0.25",
]  # fmt: skip
IMPLICIT = ["time.scheme=backward_euler", "solver.linear=mumps"]
BLOCK = 5  # steps in turn
WARM_UP = 1  # step, in which forms are compiled and nothing is counted
LITHIUM = "lithium_in_electrolyte [mol/m^2]"


class Side:
    """One of the two: its march, and what it has taken."""

    def __init__(self, name: str, overrides: list[str]) -> None:
        self.name, self.comm = name, MPI.COMM_WORLD
        self.simulation = Simulation(load(CONFIG, overrides), self.comm)
        self.simulation.start()
        self._steps: Iterator[Step] = iter(self.simulation.march)  # measures nothing by itself
        self.seconds, self.steps, self.newton, self.lengths = 0.0, 0, 0.0, []
        for _ in range(WARM_UP):
            self._last = next(self._steps)
            self.lengths.append(self._last.dt)

    def go(self, steps: int) -> None:
        """Take steps and time them."""
        self.comm.Barrier()
        began = time.perf_counter()
        for _ in range(steps):
            self._last = next(self._steps)
            self.newton += self._last.report.number("newton_iterations")
            self.lengths.append(self._last.dt)
        self.comm.Barrier()
        self.seconds += time.perf_counter() - began
        self.steps += steps

    def __str__(self) -> str:
        """A line of the table."""
        plated = FARADAY * self.simulation.measure(self._last)[LITHIUM]
        return (f"| {self.name} | {self.steps} | {self.newton / self.steps:.1f} | "
                f"{self.seconds / self.steps:.2f} | {plated:.6g} |")  # fmt: skip


def main() -> None:
    """Print a line a side, and the ratio."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    more = [*FIXED, *sys.argv[2:]]
    sides = [Side("default", more), Side("implicit, MUMPS", [*more, *IMPLICIT])]
    for _ in range(total // BLOCK):
        for side in sides:
            side.go(BLOCK)
    if sides[0].lengths != sides[1].lengths:
        raise SystemExit("the two did not take the same steps")
    lines = [str(side) for side in sides]
    if MPI.COMM_WORLD.rank == 0:
        print(
            "| scheme | steps | Newton a step | s a step | lithium (C/m²) |\n|---|---|---|---|---|"
        )
        print("\n".join(lines))
        default, implicit = (side.seconds / side.steps for side in sides)
        print(f"\n{implicit / default:.1f} times faster")


if __name__ == "__main__":
    main()
