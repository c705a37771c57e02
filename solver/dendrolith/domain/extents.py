"""What an input says of a box: extents, mesh size, cell type, joined sides. Loads no DOLFINx."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.core.declare import choice, flag, quantity

FloatArray = npt.NDArray[np.float64]

CELL_TYPES = {2: ("triangle", "quadrilateral"), 3: ("tetrahedron", "hexahedron")}
MAX_NODES = 1e8
SIDES = ("left", "right", "bottom", "top", "front", "back")  # in pairs, across x, y and z
ALL_CELL_TYPES = CELL_TYPES[2] + CELL_TYPES[3]
NEAR = 1e-9  # of the place of a plane: so near a point lies on it, whatever its round-off


def beyond(x: FloatArray, plane: float) -> npt.NDArray[np.bool_]:
    """(n,) mask of the coordinates x [m] beyond a plane at `plane` > 0 [m]; none on it.

    Coordinates of nodes and middles depend in their last bits on the ranks.
    """
    return np.asarray(x > plane * (1 + NEAR))


def too_many_nodes(nodes: float, cure: str) -> list[tuple[str, str]]:
    """What is wrong with `mesh_size`, if it makes more nodes than a run can have."""
    if nodes <= MAX_NODES:
        return []
    return [("mesh_size", f"makes {nodes:.1e} nodes, more than {MAX_NODES:.0e}: {cure}")]


class BoxGeometry(ABC):
    """A box from the origin; a study's section of the input subclasses it or uses `Box`.

    Attributes:
        height: extent along y [m].
        depth: extent along z [m]; None in 2-D.
        mesh_size: edge length h of the mesh [m].
        cell_type: name of the cells; None for simplices.
        periodic: sides continue each other, across the axes in `joined_axes`.
    """

    __slots__ = ()

    height: float
    depth: float | None
    mesh_size: float
    cell_type: str | None
    periodic: bool

    @property
    @abstractmethod
    def length(self) -> float:
        """Extent along x [m]."""

    @property
    def joined_axes(self) -> tuple[int, ...]:
        """Axes whose two sides continue each other: where `periodic` all but x."""
        return tuple(range(1, self.dim)) if self.periodic else ()

    @property
    def face(self) -> tuple[float, ...]:
        """Extents across x: height and, in 3-D, depth [m]."""
        return (self.height,) if self.depth is None else (self.height, self.depth)

    @property
    def extents(self) -> tuple[float, ...]:
        """Length, height and, in 3-D, depth [m]."""
        return (self.length, *self.face)

    @property
    def dim(self) -> int:
        """Dimension of space."""
        return len(self.extents)

    @property
    def face_area(self) -> float:
        """Area of the left and of the right side [m², in 2-D m]."""
        return math.prod(self.face)

    @property
    def mesh_cell(self) -> str:
        """Cell type of the mesh, the default resolved."""
        return self.cell_type or CELL_TYPES[self.dim][0]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of mesh sizes along each axis, at least one."""
        return tuple(max(1, round(extent / self.mesh_size)) for extent in self.extents)

    @property
    def periods(self) -> FloatArray:
        """(3,) length after which the box continues along each axis, 0 where it ends [m]."""
        periods = np.zeros(3)
        for axis in self.joined_axes:
            periods[axis] = self.extents[axis]
        return periods

    def apart(self, difference: FloatArray, axis: int) -> FloatArray:
        """Difference of two coordinates [m]; where sides are periodic, to the nearest image."""
        if axis not in self.joined_axes:
            return difference
        extent = self.extents[axis]
        nearest: FloatArray = difference - extent * np.round(difference / extent)
        return nearest


@dataclass(frozen=True, slots=True)
class Box(BoxGeometry):
    """A box and its structured mesh."""

    length: float = quantity("m", "length of the box (along x)", above=0)
    height: float = quantity("m", "height of the box (along y)", above=0)
    mesh_size: float = quantity("m", "edge length h of the mesh", above=0)
    depth: float | None = quantity(
        "m", "depth of the box (along z); absent: 2-D", default=None, above=0
    )
    cell_type: str | None = choice(
        ALL_CELL_TYPES,
        "cells of the mesh (default: triangle in 2-D, tetrahedron in 3-D)",
        default=None,
    )
    periodic: bool = flag(
        "top and bottom, in 3-D front and back too, continue each other", default=False
    )
