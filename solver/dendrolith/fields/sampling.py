"""Points of the cell as weighted nodes: how P1 functions are read off where no node is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from dolfinx import fem, geometry

from dendrolith.core.parallel import gather_everywhere, global_sums

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

INSIDE = 1e-9  # a weight may be this far below zero on the edge of a cell


@dataclass(frozen=True, slots=True)
class Sampler:
    """Values of scalar P1 functions of one space at given points; each point on one rank.

    Attributes:
        space: the space.
        count: number of points, over all ranks.
        own: (n_own,) numbers of the points that lie on this rank.
        nodes, weights: (n_own, nodes per cell) local nodes around each, and what they contribute.
    """

    space: fem.FunctionSpace
    count: int
    own: IntArray
    nodes: IntArray
    weights: FloatArray

    @classmethod
    def at(cls, space: fem.FunctionSpace, points: FloatArray) -> Self:
        """Find the cells around (n, 3) `points` [m], all of which lie in the mesh (collective)."""
        candidates = _cells_near(space, points)
        found = {
            k: place
            for k, point in enumerate(points)
            if (place := _locate(space, point, candidates.links(k))) is not None
        }
        comm = space.mesh.comm
        everywhere = gather_everywhere(comm, sorted(found))
        taken = {k for theirs in everywhere[: comm.rank] for k in theirs}
        own = [k for k in sorted(found) if k not in taken]
        missing = set(range(len(points))).difference(*everywhere)
        assert not missing, f"points outside the mesh: {points[sorted(missing)]}"
        shape = (len(own), space.dofmap.list.shape[1])
        return cls(
            space,
            len(points),
            np.array(own, dtype=np.int64),
            np.array([found[k][0] for k in own], dtype=np.int64).reshape(shape),
            np.array([found[k][1] for k in own]).reshape(shape),
        )

    def values(self, nodal: list[FloatArray]) -> FloatArray:
        """(n_points, n_fields) values of nodal arrays of this rank, ghosts last (collective)."""
        values = np.zeros((self.count, len(nodal)))
        for column, array in enumerate(nodal):
            values[self.own, column] = (self.weights * array[self.nodes]).sum(axis=1)
        return global_sums(self.space.mesh.comm, values)  # zero but on one rank


def _cells_near(space: fem.FunctionSpace, points: FloatArray) -> Any:
    """Cells of this rank whose bounding box, a little enlarged, holds each point: `links(k)`."""
    mesh = space.mesh
    dim = mesh.topology.dim
    owned = np.arange(mesh.topology.index_map(dim).size_local, dtype=np.int32)
    size = float(np.ptp(mesh.geometry.x, axis=0).max(initial=0.0))
    tree = geometry.bb_tree(mesh, dim, entities=owned, padding=INSIDE * size)
    return geometry.compute_collisions_points(tree, points)


def _locate(
    space: fem.FunctionSpace, point: FloatArray, cells: npt.NDArray[np.int32]
) -> tuple[IntArray, FloatArray] | None:
    """Nodes and weights of the first of `cells` that holds the point."""
    mesh = space.mesh
    dim = mesh.geometry.dim
    for cell in np.sort(cells):
        corners = mesh.geometry.x[mesh.geometry.dofmap[cell], :dim]
        X = mesh.geometry.cmap.pull_back(point[None, :dim], corners)
        weights = space.element.basix_element.tabulate(0, X)[0, 0, :, 0]
        if weights.min() >= -INSIDE:
            return space.dofmap.cell_dofs(cell).astype(np.int64), weights
    return None
