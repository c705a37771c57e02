"""What large meshes cost before anything is solved: cuts for many ranks, cells that cover nodes.

    ./env.sh run python benchmarks/size.py [SQUARES] [RANKS]

A box of SQUARES × SQUARES, two triangles each, on one rank; its cells are given to RANKS ranks as a
run on so many would. CPU times, and the largest memory of the process so far.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import numpy as np
from dolfinx import fem, graph, mesh
from mpi4py import MPI

from dendrolith.domain.partition import straight_cuts
from dendrolith.studies.plating.nodal_reaction import covering_cells

SQUARES, RANKS = 2236, 1000


def told(what: str, since: float) -> None:
    """Print how long something took, and the memory."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what:40s} {time.process_time() - since:6.1f} s {memory:6.1f} GB")


def main() -> None:
    """Print one line a part."""
    given = [int(number) for number in sys.argv[1:]]
    squares, ranks = (*given, *(SQUARES, RANKS)[len(given) :])
    cut = straight_cuts((squares, squares), np.ones(2), mesh.CellType.triangle, ghosts=True)

    def all_here(comm: MPI.Comm, _: int, kinds: list[Any], cells: list[Any]) -> Any:
        started = time.process_time()
        cut(comm, ranks, kinds, cells)
        told(f"cuts for {ranks} ranks, with ghosts", started)
        return graph.adjacencylist(np.zeros((len(cells[0]) // 3, 1), dtype=np.int32))

    started = time.process_time()
    corners = [np.zeros(2), np.ones(2)]
    box = mesh.create_rectangle(
        MPI.COMM_SELF, corners, (squares, squares), mesh.CellType.triangle, partitioner=all_here
    )
    told(f"mesh of {box.topology.index_map(2).size_local} triangles, those included", started)
    dofmap = fem.functionspace(box, ("Lagrange", 1)).dofmap
    started = time.process_time()
    cover = covering_cells(dofmap.list, dofmap.index_map.size_local)
    told(f"covering cells, {len(cover) / dofmap.index_map.size_local:.2f} a node", started)


if __name__ == "__main__":
    main()
