"""Numbers of nodes that do not depend on the ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.domain.domain import Domain


def original_numbers(domain: Domain, space: fem.FunctionSpace) -> npt.NDArray[np.int64]:
    """Number of each node of a P1 space, as the mesh was made; this rank's nodes, ghosts last."""
    geometry, dofmap = space.mesh.geometry, space.dofmap
    node_of_dof = np.empty(
        dofmap.index_map.size_local + dofmap.index_map.num_ghosts, dtype=np.int64
    )
    node_of_dof[dofmap.list.reshape(-1)] = geometry.dofmap.reshape(-1)
    numbers: npt.NDArray[np.int64] = domain.node_numbers[node_of_dof]
    return numbers


def original_cells(domain: Domain) -> npt.NDArray[np.int64]:
    """(n_owned,) number of each cell of this rank, as the mesh was made."""
    topology = domain.mesh.topology
    owned = topology.index_map(topology.dim).size_local
    return np.asarray(topology.original_cell_index[:owned], dtype=np.int64)
