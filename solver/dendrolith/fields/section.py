"""A plane picture of the gathered mesh: all of it in 2-D, its middle plane in 3-D."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Cells cut into simplices, by the numbers of their vertices. The hexahedron is cut along its
# diagonal 0-7, so that the faces of neighbours fit.
SIMPLICES: dict[str, list[tuple[int, ...]]] = {
    "triangle": [(0, 1, 2)],
    "quadrilateral": [(0, 1, 3), (0, 3, 2)],
    "tetrahedron": [(0, 1, 2, 3)],
    "hexahedron": [
        (0, 1, 3, 7),
        (0, 1, 5, 7),
        (0, 2, 3, 7),
        (0, 2, 6, 7),
        (0, 4, 5, 7),
        (0, 4, 6, 7),
    ],
}


class WholeMesh(Protocol):
    """Nodes and cells of a mesh, as `GatheredMesh` has them on rank 0."""

    @property
    def points(self) -> FloatArray:
        """(n_nodes, 3) coordinates [m]."""
        ...

    @property
    def cells(self) -> IntArray:
        """(n_cells, nodes per cell) node numbers in the order of the reference cell."""
        ...

    @property
    def cell_type(self) -> str:
        """Name of the cell type."""
        ...


@dataclass(frozen=True, slots=True)
class Section:
    """Triangles in the plane (x, y); each point lies on an edge of the mesh.

    Attributes:
        points: (n, 2) coordinates [m].
        triangles: (n_triangles, 3) numbers of points.
        ends: (n, 2) nodes of the mesh on either side of a point; equal where it is a node.
        weights: (n,) part of the second of them [1].
        z: height of the plane in 3-D [m]; None in 2-D.
    """

    points: FloatArray
    triangles: IntArray
    ends: IntArray
    weights: FloatArray
    z: float | None

    def values(self, nodal: FloatArray) -> FloatArray:
        """Nodal values (n_nodes,) interpolated to the points (n,)."""
        first, second = nodal[self.ends].T
        interpolated: FloatArray = first + self.weights * (second - first)
        return interpolated


def middle_section(mesh: WholeMesh) -> Section:
    """The mesh in 2-D, the plane halfway up z in 3-D; rank 0 only."""
    simplices = np.concatenate([mesh.cells[:, part] for part in SIMPLICES[mesh.cell_type]])
    if simplices.shape[1] == 3:
        nodes = np.arange(len(mesh.points))
        ends = np.stack([nodes, nodes], axis=1)
        return Section(mesh.points[:, :2], simplices, ends, np.zeros(len(nodes)), None)
    z = mesh.points[:, 2]
    middle = 0.5 * (z.min() + z.max())
    above = z - middle
    above[np.abs(above) < 1e-9 * np.ptp(z)] = 0.0
    ends, triangles = _cut(simplices, above)
    low, high = above[ends].T
    weights = np.divide(low, low - high, out=np.zeros(len(ends)), where=low != high)
    first, second = mesh.points[ends, :2].transpose(1, 0, 2)
    points = first + weights[:, None] * (second - first)
    return Section(points, triangles, ends, weights, float(middle))


def _cut(simplices: IntArray, above: FloatArray) -> tuple[IntArray, IntArray]:
    """Where tetrahedra meet the plane: (n, 2) edges or nodes met, and triangles of them.

    A node in the plane counts as above it; a tetrahedron that only touches the plane then yields
    triangles with a corner twice, which are left out.
    """
    order = np.argsort(above[simplices] >= 0, axis=1, kind="stable")
    sorted_nodes = np.take_along_axis(simplices, order, axis=1)
    below = np.count_nonzero(above[simplices] < 0, axis=1)
    corners = {
        1: [(0, 1, 0, 2, 0, 3)],
        3: [(0, 3, 1, 3, 2, 3)],
        2: [(0, 2, 0, 3, 1, 3), (0, 2, 1, 3, 1, 2)],
    }
    pairs = np.concatenate(
        [
            sorted_nodes[below == count][:, corner]
            for count, cuts in corners.items()
            for corner in cuts
        ]
    ).reshape(-1, 2)
    pairs[above[pairs[:, 1]] == 0, 0] = pairs[above[pairs[:, 1]] == 0, 1]
    ends, numbers = np.unique(pairs, axis=0, return_inverse=True)
    triangles = numbers.reshape(-1, 3)
    a, b, c = triangles.T
    return ends, triangles[(a != b) & (b != c) & (c != a)]
