"""Mapped patches of lithium: foil, ring beside it, and slot beside the rod.

The mesh is made once, in patch coordinates (a, b): a ∈ [0, 1] is the foil, a ∈ [1, 2] the gap, b ∈
[0, 1] lies beside the foil, b ∈ [1, 2] beside the rod. Each patch is mapped onto its rectangle:

    r = R a,  a ≤ 1;   R + g(z) (a − 1),  a ≥ 1
    z = h b,  b ≤ 1;   h + ζ (b − 1),  b ≥ 1

ζ is L where the front is a plug, else ζ(a) of mean L. So lithium that moves moves nodes along, and
the front stays sharp.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.core.errors import SolverDiverged
from dendrolith.studies.bodies import crossed_triangles
from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.creep.front import Front

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LONGEST = 4.5  # cells of the foil along r, over its thickness across which there is one
GROWING = 8  # cells from an end over which they become longer
NEAR = 1e-9  # of patch coordinates
ITERATIONS, CONVERGED = 50, 1e-14  # on the scale of a front that holds its volume
BORE, SIDE = 1, 2  # tags of the walls of the slot: bore, and side of the rod


@dataclass(frozen=True)
class Shape:
    """Where lithium is, in any unit of length.

    Attributes:
        bore: around foil and rod of radius R; its gap 0: there is none, and the foil ends at R.
        thickness: h of the foil.
        length: L of the filled slot beside the rod; of a front of another shape, that of the plug
            of its volume.
        front: its outline; None: a plug.
    """

    bore: Bore
    thickness: float
    length: float = 0.0
    front: Front | None = None

    @classmethod
    def straight(
        cls,
        radius: float,
        thickness: float,
        gap: float = 0.0,
        length: float = 0.0,
        depth: float | None = None,
    ) -> Shape:
        """That in a bore of one width."""
        return cls(Bore.straight(radius, gap, depth), thickness, length)

    def scaled(self, unit: float) -> Shape:
        """The shape with lengths in a `unit` [m]."""
        h, length = self.thickness / unit, self.length / unit
        return Shape(self.bore.scaled(unit), h, length, self.front)

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
        z = self.thickness * np.minimum(b, 1) + self.reach(a) * np.maximum(b - 1, 0)
        r = self.radius * np.minimum(a, 1) + self.bore.width(z) * np.maximum(a - 1, 0)
        return np.column_stack([r, z])

    def patch(self, points: FloatArray) -> FloatArray:
        """Patch coordinates (n, 2) of points (n, 2); where there is no slot, a and b end at 1."""
        r, z = points.T
        gap = self.bore.width(z)
        a = np.minimum(r / self.radius, 1) + np.maximum(r - self.radius, 0) / gap
        length = self.reach(a) if self.length else np.inf
        b = np.minimum(z / self.thickness, 1) + np.maximum(z - self.thickness, 0) / length
        return np.column_stack([a, b])

    @property
    def area(self) -> float:
        """Of the rod, A."""
        return self.bore.rod_area

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

    # ------------------------------------------------------------------ a front that is no plug

    def reach(self, a: FloatArray) -> FloatArray | float:
        """Filled length ζ at patch coordinates a; beside the foil, that at the rod."""
        if self.front is None:
            return self.length
        return self.scale * self.length * self.front.at(a - 1)

    @property
    def across(self) -> FloatArray:
        """(n,) places of the nodes of the front over the gap, from 0 at the rod to 1."""
        return np.array([0.0, 1.0]) if self.front is None else self.front.across

    @property
    def rim(self) -> float:
        """Height of the front at the bore."""
        return float(self.front_nodes[-1, 1])

    @functools.cached_property
    def front_nodes(self) -> FloatArray:
        """(n, 2) nodes of the front, from the rod to the bore."""
        x = self.across
        return self.place(np.column_stack([1 + x, np.full_like(x, 2.0)]))

    @functools.cached_property
    def scale(self) -> float:
        """What the front is multiplied by, so that its volume is that of the plug of length L.

        Raises:
            SolverDiverged: there is no such factor.
        """
        scale = 1.0
        if self.front is None:
            return scale
        x, s = self.front.across, self.front.relative
        below = self.bore.volume(self.thickness)
        wanted = self.bore.volume(self.top) - below
        for _ in range(ITERATIONS):
            z = self.thickness + scale * self.length * s
            r = self.radius + self.bore.width(z) * x
            held = self.bore.volume(float(z[-1])) - self.bore.above(r, z) - below
            scale *= wanted / held
            if abs(held / wanted - 1) <= CONVERGED:
                return float(scale)
        raise SolverDiverged("front of lithium", "no scale of it holds the volume")


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
    foil = towards_end(shape.radius, corner, ratio, LONGEST / across * h)
    if not g:
        return foil, over
    gap = 1 + graded(across, ratio)[1:]
    slot = 1 + graded(3 * across, ratio)[1:]
    return np.concatenate([foil, gap]), np.concatenate([over, slot])


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
        a, b = patch_lines(shape, across, ratio)
        lithium = (a[:-1, None] > 1 - NEAR) | (b[:-1] < 1 - NEAR)  # a < 1, b > 1 is the rod
        points, triangles = crossed_triangles(a, b, lithium)
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
