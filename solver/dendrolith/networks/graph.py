"""A defect network: vertices, edges that may crack, two electrodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DefectGraph:
    """Facets of grain boundaries between two electrodes, in a plane of unit depth.

    Attributes:
        points: (n, 2) vertices; x runs from the anode to the counter electrode [m].
        edges: (m, 2) vertices of each facet.
        vectors: (m, 2) from the first vertex of a facet to the second [m].
        faces: (m,) width across which ions flow along the facet [m].
        anode, counter: vertices on the electrodes.
        thickness, width: extent along x and y [m].
        toughness: (m,) K_IC [Pa m^½]; 0 is open (pore or crack).
        flaw: (m,) inherent flaw a_e [m].
        opening: (m,) width w that lithium fills [m].
        pores: (k, 3) centre and radius of each pore [m].
        metal: vertices that hold lithium at the start and touch no electrode.
    """

    points: FloatArray
    edges: IntArray
    vectors: FloatArray
    faces: FloatArray
    anode: IntArray
    counter: IntArray
    thickness: float
    width: float
    toughness: FloatArray
    flaw: FloatArray
    opening: FloatArray
    pores: FloatArray
    metal: IntArray

    @property
    def size(self) -> int:
        """Number of vertices."""
        return len(self.points)

    @property
    def lengths(self) -> FloatArray:
        """(m,) length of each facet [m]."""
        return np.hypot(self.vectors[:, 0], self.vectors[:, 1])

    @property
    def middles(self) -> FloatArray:
        """(m, 2) middle of each facet, within the period along y [m]."""
        middles = self.points[self.edges[:, 0]] + 0.5 * self.vectors
        middles[:, 1] %= self.width
        return middles

    @property
    def is_open(self) -> BoolArray:
        """(m,) facets that lithium enters without breaking anything."""
        return np.asarray(self.toughness == 0.0)


def nearest_image(offsets: FloatArray, width: float) -> FloatArray:
    """(…, 2) offsets between places that repeat along y with the period `width` [m]."""
    y = offsets[..., 1]
    return np.stack([offsets[..., 0], y - width * np.round(y / width)], axis=-1)


def bare_graph(
    points: FloatArray,
    edges: IntArray,
    anode: IntArray,
    counter: IntArray,
    extent: tuple[float, float],
    *,
    vectors: FloatArray | None = None,
    faces: FloatArray | None = None,
) -> DefectGraph:
    """A network whose facets are neither tough nor flawed yet.

    Args:
        points: (n, 2) [m].
        edges: (m, 2) vertices of each facet.
        anode: vertices on it.
        counter: vertices on the counter electrode.
        extent: thickness and width [m].
        vectors: (m, 2) along the facets [m]; without them they join the points.
        faces: (m,) [m]; without them they are the lengths.
    """
    vectors = points[edges[:, 1]] - points[edges[:, 0]] if vectors is None else vectors
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    nothing = np.zeros(len(edges))
    return DefectGraph(
        points,
        edges,
        vectors,
        lengths if faces is None else faces,
        anode,
        counter,
        *extent,
        toughness=nothing,
        flaw=nothing,
        opening=nothing,
        pores=np.empty((0, 3)),
        metal=np.empty(0, dtype=np.int64),
    )
