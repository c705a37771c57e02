"""Random numbers at the nodes that depend on seed and step alone, not on the ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendritex.mesh.create import CellMesh


class WhiteNoise:
    """Standard normal numbers at the nodes of a scalar P1 space.

    Every rank draws the numbers of the whole mesh, in the order in which the mesh was made, and
    takes those of its own nodes: a few nanoseconds a node, and the same on any number of ranks.
    """

    def __init__(self, cell_mesh: CellMesh, space: fem.FunctionSpace, seed: int) -> None:
        self._seed = seed
        geometry, dofmap = space.mesh.geometry, space.dofmap
        node_of_dof = np.empty(
            dofmap.index_map.size_local + dofmap.index_map.num_ghosts, dtype=np.int64
        )
        node_of_dof[dofmap.list.reshape(-1)] = geometry.dofmap.reshape(-1)
        self._original: npt.NDArray[np.int64] = cell_mesh.node_numbers[node_of_dof]
        self._nodes = int(geometry.index_map().size_global)

    def draw(self, step: int) -> npt.NDArray[np.float64]:
        """Numbers of step `step` at the nodes of this rank, ghosts included."""
        generator = np.random.Generator(np.random.Philox(key=self._seed, counter=[0, 0, step, 0]))
        numbers: npt.NDArray[np.float64] = generator.standard_normal(self._nodes)[self._original]
        return numbers
