"""Edges of the mesh as pairs of nodes."""

from __future__ import annotations

import basix
import numpy as np
import numpy.typing as npt
from dolfinx import fem

IntArray = npt.NDArray[np.int64]


def local_edges(space: fem.FunctionSpace) -> IntArray:
    """(2, n_edges) node pairs of a scalar P1 space, each edge of this rank's cells and ghosts once.

    The nodes are numbered as in the arrays of this rank, ghosts last.
    """
    # in the order of the reference cell, which on quadrilaterals and hexahedra goes row by row
    cells = space.dofmap.list.astype(np.int64)
    ends = basix.topology(basix.CellType[space.mesh.topology.cell_name()])[1]
    pairs = np.sort(np.concatenate([cells[:, pair] for pair in ends]), axis=1)
    count = max(1, space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts)
    # one number a pair: far quicker to make unique than rows
    return np.stack(np.divmod(np.unique(pairs[:, 0] * count + pairs[:, 1]), count))
