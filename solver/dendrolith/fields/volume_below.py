"""Volume in which a nodal field is negative, exact for linear fields on simplices."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.parallel import global_sum

FloatArray = npt.NDArray[np.float64]

# Simplices of a cell by its local nodes; cells of four or eight nodes are cut along a diagonal.
SIMPLICES = {
    "triangle": ((0, 1, 2),),
    "tetrahedron": ((0, 1, 2, 3),),
    "quadrilateral": ((0, 1, 3), (0, 2, 3)),
    "hexahedron": (
        (0, 1, 3, 7),
        (0, 1, 5, 7),
        (0, 2, 3, 7),
        (0, 2, 6, 7),
        (0, 4, 5, 7),
        (0, 4, 6, 7),
    ),
}


TETRAHEDRON = 4  # nodes


class VolumeBelow:
    """Measures where a P1 field is negative, cells that its contour cuts included.

    Args:
        space: scalar P1.
    """

    def __init__(self, space: fem.FunctionSpace) -> None:
        self._comm = space.mesh.comm
        topology, geometry, dim = space.mesh.topology, space.mesh.geometry, space.mesh.geometry.dim
        owned = topology.index_map(topology.dim).size_local
        parts = np.array(SIMPLICES[topology.cell_name()])
        self._nodes = space.dofmap.list[:owned][:, parts].reshape(-1, dim + 1)
        # places of the cells' own corners: a joined node has several
        corners = geometry.x[geometry.dofmap[:owned][:, parts].reshape(-1, dim + 1), :dim]
        edges = corners[:, 1:] - corners[:, :1]
        self._volumes: FloatArray = np.abs(np.linalg.det(edges)) / math.factorial(dim)

    def __call__(self, values: FloatArray) -> float:
        """Volume in which a field is negative [m³, in 2-D m²] (collective).

        Args:
            values: (n_local,) of the field at the nodes of this rank, ghosts included.
        """
        return global_sum(self._comm, float(self._volumes @ fractions_below(values[self._nodes])))


def fractions_below(values: FloatArray) -> FloatArray:
    """Part of each simplex in which the linear field of its nodal values is negative [1].

    Args:
        values: (n, 3) on triangles or (n, 4) on tetrahedra; a value of zero is not negative.
    """
    ordered = np.sort(values, axis=1)
    negative = np.count_nonzero(ordered < 0, axis=1)
    size = values.shape[1]
    part = np.where(negative == size, 1.0, 0.0)
    one, all_but_one = negative == 1, negative == size - 1
    part[one] = _corner(ordered[one])
    part[all_but_one] = 1 - _corner(-ordered[all_but_one][:, ::-1])
    if size == TETRAHEDRON:
        two = negative == TETRAHEDRON // 2
        part[two] = _wedge(*ordered[two].T)
    return part


def _corner(v: FloatArray) -> FloatArray:
    """Part of a simplex at its first node, which alone has the sign of its value [1]."""
    part: FloatArray = np.prod(v[:, :1] / (v[:, :1] - v[:, 1:]), axis=1)
    return part


def _wedge(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    """Part of a tetrahedron in which a field is negative that is so at two nodes, a and b [1]."""
    below = (a * b) ** 2 - (c + d) * a * b * (a + b) + c * d * (a * a + a * b + b * b)
    part: FloatArray = below / ((a - c) * (a - d) * (b - c) * (b - d))
    return part
