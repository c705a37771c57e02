"""What a cell costs, as far as it is known before a run: memory and time."""

from __future__ import annotations

import math

from dendrolith.core import machine
from dendrolith.studies.plating.schema import Config

# Measured with elasticity, iterative solvers, one process of a 2-core machine, by dimension: an
# order of magnitude, no promise. 2-D with the quickstart at 13 000 to 186 000 nodes, 3-D with
# dendrite_3d at 26 000 and 235 000. MUMPS took 2.6 times the memory at 106 000 nodes in 2-D; its
# share grows with size.
SECONDS_PER_NODE_AND_STEP = {2: 15e-6, 3: 60e-6}
BYTES_PER_PROCESS = 160e6
BYTES_PER_NODE = {2: 4e3, 3: 11e3}
MUMPS_MEMORY = 2.6
DIRECT = "mumps"


def memory(config: Config, nodes: float, processes: int = 1) -> float:
    """Bytes that a run takes on all its processes together; with MUMPS no less than that."""
    dim, direct = config.geometry.dim, config.solver.linear == DIRECT
    a_node = BYTES_PER_NODE[dim] * (MUMPS_MEMORY if direct else 1.0)
    return processes * BYTES_PER_PROCESS + nodes * a_node


def memory_notes(config: Config, processes: int) -> list[str]:
    """A note where this machine has less memory than its part of the processes takes.

    The nodes of a mesh file are those that a structured mesh would have.
    """
    nodes = math.prod(count + 1 for count in config.geometry.counts)
    part = machine.processes_here(processes) / processes
    needed, there = part * memory(config, nodes, processes), machine.memory()
    if needed <= there:
        return []
    where = "on one process" if processes == 1 else f"on {round(part * processes)} processes here"
    return [
        f"about {needed / 1e9:.3g} GB are needed {where}, and this machine has {there / 1e9:.3g} "
        "GB: spread it over more machines, or raise geometry.mesh_size"
    ]
