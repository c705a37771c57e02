"""Mapped patches of lithium: foil, ring beside it, and slot beside the rod.

The mesh is made once, in patch coordinates (a, b): a ∈ [0, 1] is the foil, a ∈ [1, 2] the gap, b ∈
[0, 1] lies beside the foil, b ∈ [1, 2] beside the rod. Each patch is mapped onto its rectangle:

    r = R a,  a ≤ 1;   R + g(z) (a − 1),  a ≥ 1
    z = h b,  b ≤ 1;   h + L (b − 1),  b ≥ 1

So lithium that moves moves nodes along, and the front stays sharp.
"""

from __future__ import annotations

from dataclasses import dataclass

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.studies.creep.bore import Bore

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LONGEST = 0.75  # cells of the foil along r, over its thickness
GROWING = 8  # cells from an end over which they become longer
NEAR = 1e-9  # of patch coordinates
BORE, SIDE = 1, 2  # tags of the walls of the slot: bore, and side of the rod


@dataclass(frozen=True, slots=True)
class Shape:
    """Where lithium is, in any unit of length.

    Attributes:
        bore: around foil and rod of radius R; its gap 0: there is none, and the foil ends at R.
        thickness: h of the foil.
        length: L of the filled slot beside the rod.
    """

    bore: Bore
    thickness: float
    length: float = 0.0

    @classmethod
    def straight(
        cls, radius: float, thickness: float, gap: float = 0.0, length: float = 0.0
    ) -> Shape:
        """That in a bore of one width."""
        return cls(Bore.straight(radius, gap), thickness, length)

    @property
    def radius(self) -> float:
        """R of foil and rod."""
        return self.bore.radius

    @property
    def gap(self) -> float:
        """G beside the face of the rod."""
        return self.bore.width_at(self.thickness)

    def place(self, patch: FloatArray) -> FloatArray:
        """Points (n, 2) at patch coordinates (n, 2)."""
        a, b = patch.T
        z = self.thickness * np.minimum(b, 1) + self.length * np.maximum(b - 1, 0)
        r = self.radius * np.minimum(a, 1) + self.bore.width(z) * np.maximum(a - 1, 0)
        return np.column_stack([r, z])

    def patch(self, points: FloatArray) -> FloatArray:
        """Patch coordinates (n, 2) of points (n, 2); where there is no slot, a and b end at 1."""
        r, z = points.T
        gap, length = self.bore.width(z), self.length or np.inf
        a = np.minimum(r / self.radius, 1) + np.maximum(r - self.radius, 0) / gap
        b = np.minimum(z / self.thickness, 1) + np.maximum(z - self.thickness, 0) / length
        return np.column_stack([a, b])

    @property
    def area(self) -> float:
        """Of the rod, A."""
        return float(np.pi * self.radius**2)

    @property
    def slot_area(self) -> float:
        """Of the slot beside the face of the rod, A_s."""
        return self.bore.area_at(self.thickness)

    @property
    def top(self) -> float:
        """Height of the front."""
        return self.thickness + self.length

    @property
    def volume(self) -> float:
        """Of all lithium."""
        return self.area * self.thickness + self.bore.volume(self.top)


def graded(count: int, ratio: float) -> FloatArray:
    """(count + 1,) ends of cells on [0, 1], growing by `ratio` over `GROWING` cells from an end."""
    steps = np.minimum(np.arange(count), np.arange(count)[::-1])
    sizes = ratio ** np.minimum(steps, GROWING).astype(float)
    return np.concatenate([[0.0], np.cumsum(sizes) / sizes.sum()])


def towards_end(length: float, first: float, ratio: float, longest: float) -> FloatArray:
    """Ends of cells on [0, 1]: the last of them is about `first` long, the others up to `longest`.

    Args:
        length: of the interval that [0, 1] stands for.
        first: of the cells [unit of the length].
        longest: of them [unit of the length].
        ratio: of neighbouring cells.
    """
    sizes: list[float] = []
    while sum(sizes) < length:
        sizes.append(min(first * ratio ** len(sizes), longest))
    ends = np.concatenate([[0.0], np.cumsum(sizes)]) / sum(sizes)
    return 1 - ends[::-1]


def patch_lines(shape: Shape, across: int, ratio: float) -> tuple[FloatArray, FloatArray]:
    """Lines of the patches along a and along b.

    Args:
        shape: at the start.
        across: cells across film and gap.
        ratio: of neighbouring cells.
    """
    h, g = shape.thickness, shape.gap
    over = graded(across, ratio)
    corner = over[1] * (min(h, g) if g else h)
    foil = towards_end(shape.radius, corner, ratio, LONGEST * h)
    if not g:
        return foil, over
    gap = 1 + graded(across, ratio)[1:]
    slot = 1 + graded(3 * across, ratio)[1:]
    return np.concatenate([foil, gap]), np.concatenate([over, slot])


def crossed_triangles(a: FloatArray, b: FloatArray) -> tuple[FloatArray, IntArray]:
    """Points (n, 2) and triangles (m, 3): each rectangle is cut by both diagonals.

    Rectangles beside a < 1, b > 1 are left out: there is the rod.
    """
    number = np.arange(a.size * b.size).reshape(a.size, b.size)
    corners = np.stack([np.repeat(a, b.size), np.tile(b, a.size)], axis=1)
    i, j = np.meshgrid(np.arange(a.size - 1), np.arange(b.size - 1), indexing="ij")
    kept = (a[i] > 1 - NEAR) | (b[j] < 1 - NEAR)
    i, j = i[kept], j[kept]
    ring = [number[i, j], number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]]
    centres = np.mean([corners[k] for k in ring], axis=0)
    centre = len(corners) + np.arange(len(centres))
    triangles = np.concatenate(
        [np.column_stack([ring[k], ring[(k + 1) % 4], centre]) for k in range(4)]
    )
    used, triangles = np.unique(triangles, return_inverse=True)
    return np.concatenate([corners, centres])[used], triangles.reshape(-1, 3).astype(np.int64)


class PatchMesh:
    """Triangles of the patches; `move` maps them onto a shape.

    Every rank holds the whole mesh: it is small.

    Args:
        shape: at the start; decides how many cells there are.
        across: cells across film and gap.
        ratio: of neighbouring cells.

    Attributes:
        mesh: of points (r, z), in the unit of the shape.
        patch: (n_nodes, 2) patch coordinates of the nodes of the geometry.
    """

    def __init__(self, shape: Shape, across: int, ratio: float) -> None:
        points, triangles = crossed_triangles(*patch_lines(shape, across, ratio))
        plane = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
        self.mesh = mesh.create_mesh(MPI.COMM_SELF, triangles, points, plane)
        self.patch: FloatArray = self.mesh.geometry.x[:, :2].copy()

    def tagged_walls(self) -> mesh.MeshTags:
        """Facets of the bore and of the side of the rod, before the first move."""
        found = [
            mesh.locate_entities_boundary(self.mesh, 1, lambda x: x[0] > 2 - NEAR),
            mesh.locate_entities_boundary(
                self.mesh, 1, lambda x: (np.abs(x[0] - 1) < NEAR) & (x[1] > 1 - NEAR)
            ),
        ]
        facets = np.concatenate(found)
        tags = np.repeat([BORE, SIDE], [len(part) for part in found]).astype(np.int32)
        order = np.argsort(facets)
        return mesh.meshtags(self.mesh, 1, facets[order], tags[order])

    def move(self, shape: Shape) -> None:
        """Map the nodes onto a shape."""
        self.mesh.geometry.x[:, :2] = shape.place(self.patch)
