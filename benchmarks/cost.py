"""Cost and memory of a node: a cell as large as asked, with the steps of its first dendrites.

    for n in 1e4 1e5 1e6; do ./env.sh run python benchmarks/cost.py 2 $n; done
    ./env.sh run mpirun -n 2 python benchmarks/cost.py 3 1e5

One row of the table, without what Python and DOLFINx take before. δ, h and pores stay those of the
shipped inputs; a larger box has more of both. CPU time and memory are sums over the ranks.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np
from mpi4py import MPI

import dendrolith

CONFIGS = Path(__file__).parents[1] / "configs"
BASES = {2: CONFIGS / "quickstart.yaml", 3: CONFIGS / "cao2023" / "pores_3d.yaml"}
WARM, MEASURED = 5, 10  # steps
UM = 1e-6


def enlarged(dim: int, nodes: float) -> list[str]:
    """What makes the shipped cell have about so many nodes: electrolyte and sides alike larger."""
    geometry = dendrolith.load(BASES[dim]).geometry
    sides = [geometry.length, geometry.height, geometry.depth][:dim]
    scale = (nodes / np.prod([side / geometry.mesh_size for side in sides])) ** (1 / dim)

    def whole(length: float) -> float:
        return round(scale * length / geometry.mesh_size) * geometry.mesh_size / UM

    electrolyte = whole(geometry.length) - geometry.lithium_thickness / UM
    lengths = {"electrolyte_thickness": electrolyte, "height": whole(geometry.height)}
    if dim == 3:
        lengths["depth"] = whole(geometry.depth)
    count = max(1, round(scale)) ** (dim - 1)  # in 3-D a square of them
    words = [f"geometry.{name}={length:.9g} um" for name, length in lengths.items()]
    return [*words, f"protrusions.count={count}"]


def main() -> None:
    """Print one row."""
    dim, nodes, *more = sys.argv[1:]
    comm = MPI.COMM_WORLD
    begun, empty = time.process_time(), memory(comm)
    config = dendrolith.load(BASES[int(dim)], [*enlarged(int(dim), float(nodes)), *more])
    simulation = dendrolith.Simulation(config)
    march = iter(dendrolith.march(simulation))
    for _ in range(WARM):
        next(march)
    warm, reports = time.process_time(), []
    for _ in range(MEASURED):
        step = next(march)
        simulation.measure(step)
        reports.append(step.report)
    spent = comm.allreduce(time.process_time() - warm) / MEASURED
    set_up = comm.allreduce(warm - begun)
    count = simulation.problem.state["xi"].function_space.dofmap.index_map.size_global
    newton, krylov = (
        np.mean([report.number(f"{kind}_iterations") for report in reports])
        for kind in ("newton", "krylov")
    )
    held = memory(comm) - empty
    if comm.rank == 0:
        print(
            f"| {dim} | {count} | {comm.size} | {set_up:.1f} | {spent:.3g} | "
            f"{spent / count * 1e6:.2g} | {newton:.1f} | {krylov:.0f} | {held / count / 1e3:.3g} |"
        )


def memory(comm: MPI.Comm) -> float:
    """Largest memory of the processes so far [byte] (collective)."""
    return float(comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


if __name__ == "__main__":
    main()
