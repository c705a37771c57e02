"""Triangles of bodies around an axis that touch without sharing nodes.

Every rank holds the whole mesh: it is small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import mesh
from mpi4py import MPI

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Body:
    """A rectangle of (r, z), cut by lines.

    Attributes:
        r: (n + 1,) rising places of its lines [m].
        z: (m + 1,) rising places of its lines [m].
        materials: place of r up to which a material reaches [m], and its name, from the axis out.
    """

    r: FloatArray
    z: FloatArray
    materials: Sequence[tuple[float, str]]

    def material_at(self, r: FloatArray) -> npt.NDArray[np.object_]:
        """Names of the materials at places of r."""
        ends = np.array([end for end, _ in self.materials])
        names = np.array([name for _, name in self.materials], dtype=object)
        return np.asarray(names[np.searchsorted(ends, r).clip(max=len(ends) - 1)])


def crossed_triangles(
    a: FloatArray, b: FloatArray, kept: BoolArray | Literal[True] = True
) -> tuple[FloatArray, IntArray]:
    """Points (n, 2) and triangles (m, 3): each rectangle between lines is cut by both diagonals.

    Args:
        a: (k + 1,) rising places of lines.
        b: (l + 1,) those of the lines across.
        kept: (k, l) rectangles that are there.
    """
    number = np.arange(a.size * b.size).reshape(a.size, b.size)
    corners = np.stack([np.repeat(a, b.size), np.tile(b, a.size)], axis=1)
    i, j = np.nonzero(np.broadcast_to(kept, (a.size - 1, b.size - 1)))
    ring = [number[i, j], number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]]
    centres = np.mean([corners[k] for k in ring], axis=0)
    centre = len(corners) + np.arange(len(centres))
    triangles = np.concatenate(
        [np.column_stack([ring[k], ring[(k + 1) % 4], centre]) for k in range(4)]
    )
    used, triangles = np.unique(triangles, return_inverse=True)
    return np.concatenate([corners, centres])[used], triangles.reshape(-1, 3).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Bodies:
    """A mesh of all bodies.

    Attributes:
        mesh: of points (r, z) [m].
        cells: name of a material → numbers of its cells.
        body: (n_cells,) number of the body that a cell belongs to.
    """

    mesh: mesh.Mesh
    cells: Mapping[str, IntArray]
    body: IntArray


def mesh_bodies(bodies: Sequence[Body]) -> Bodies:
    """The mesh of bodies."""
    points, cells, owner, shift = [], [], [], 0
    for number, body in enumerate(bodies):
        place, triangles = crossed_triangles(body.r, body.z)
        points.append(place)
        cells.append(triangles + shift)
        owner += [number] * len(triangles)
        shift += len(place)
    plane = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
    whole = mesh.create_mesh(
        MPI.COMM_SELF, np.concatenate(cells).astype(np.int64), np.concatenate(points), plane
    )
    of_cell = np.array(owner)[whole.topology.original_cell_index]
    middle = whole.geometry.x[whole.geometry.dofmap].mean(axis=1)[:, 0]
    names = np.empty(len(middle), dtype=object)
    for number, body in enumerate(bodies):
        mine = of_cell == number
        names[mine] = body.material_at(middle[mine])
    found = {str(name): np.flatnonzero(names == name) for name in sorted(set(names))}
    return Bodies(whole, found, of_cell)
