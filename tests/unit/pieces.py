"""Fields of lithium by their values on a structured grid, on any number of ranks."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.fields.connected import PieceFinder
from dendrolith.studies.plating.schema import Geometry


class Grid:
    """Nodes of a box with edges of length 1; each has the volume 1.

    `shape` counts nodes: periodic axes have one node fewer than the box has.
    """

    def __init__(self, shape, kind: str, *, periodic=False, thresholds=(0.5,), comm=MPI.COMM_WORLD):
        self.shape = shape
        lateral = [n if periodic else n - 1 for n in shape[1:]]
        depth = float(lateral[1]) if len(shape) == 3 else None
        geometry = Geometry(
            1.0, shape[0] - 2.0, float(lateral[0]), 1.0, depth, kind, periodic=periodic
        )
        self.comm = comm
        self.cell_mesh = create_box(comm, geometry)
        self.space = fem.functionspace(self.cell_mesh.mesh, ("Lagrange", 1))
        x = self.space.tabulate_dof_coordinates()
        index = np.rint(x[:, : len(shape)]).astype(int) % shape
        self.node = np.ravel_multi_index(index.T, shape)  # of this rank's nodes, ghosts last
        self.owned = self.space.dofmap.index_map.size_local
        self.finder = PieceFinder(self.cell_mesh, self.space, np.ones(self.owned), thresholds)

    def find(self, values, threshold=0.5):
        """Pieces of the field with these (shape) values at the nodes."""
        return self.finder.find(np.asarray(values, dtype=float).ravel()[self.node])[threshold]

    def whole(self, nodal):
        """The (shape) array of nodal values of all ranks, on all of them."""
        array = np.zeros(int(np.prod(self.shape)), dtype=np.asarray(nodal).dtype)
        for nodes, values in self.comm.allgather((self.node[: self.owned], nodal[: self.owned])):
            array[nodes] = values
        return array.reshape(self.shape)
