"""The whole mesh and its nodal fields on rank 0, for pictures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.parallel import gather_concatenate

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class GatheredMesh:
    """Nodes and cells of a scalar P1 space, joined on rank 0.

    Attributes:
        points: (n_nodes, 3) coordinates [m] on rank 0, empty elsewhere.
        cells: (n_cells, nodes per cell) global node numbers on rank 0, empty elsewhere; in the
            order of the reference cell, which on quadrilaterals and hexahedra goes row by row.
        cell_type: name of the cell type.
    """

    def __init__(self, space: fem.FunctionSpace) -> None:
        self._comm = space.mesh.comm
        index_map = space.dofmap.index_map
        self._owned = index_map.size_local
        points = gather_concatenate(self._comm, space.tabulate_dof_coordinates()[: self._owned])
        topology = space.mesh.topology
        owned_cells = topology.index_map(topology.dim).size_local
        local = space.dofmap.list[:owned_cells]
        numbers = index_map.local_to_global(local.reshape(-1).astype(np.int32))
        cells = gather_concatenate(self._comm, numbers.reshape(local.shape))
        self.points: FloatArray = points if points is not None else np.empty((0, 3))
        self.cells: IntArray = cells if cells is not None else np.empty((0, 3), dtype=np.int64)
        self.cell_type: str = topology.cell_name()

    def nodal(self, function: fem.Function) -> FloatArray | None:
        """Owned nodal values of a scalar P1 function, joined on rank 0; None elsewhere."""
        return gather_concatenate(self._comm, function.x.array[: self._owned])
