"""The dendrite that carries the tip: its thinnest neck and the shortest way through its lithium."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from dendrolith.core.parallel import from_root, gather_concatenate
from dendrolith.domain.domain import Domain
from dendrolith.domain.periodic import shortest, wrapped
from dendrolith.fields.numbering import original_numbers
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.observables.contour import Contour
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.pieces import LITHIUM, StepPieces
from dendrolith.studies.plating.schema import Geometry

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Ways go from node to node over at most this many mesh sizes: in this many directions they are too
# long by 1.4 % at most, over the mesh's own edges by 8 %.
REACH = 3.2
# The head of a dendrite, in interface widths: what is thinnest there is its tip and no neck.
HEAD = 2.0
OPPOSITE = -0.5  # cosine from which on two directions count as opposite


@dataclass(frozen=True, slots=True)
class Shape:
    """What is measured of a dendrite; all nan where there is none.

    Attributes:
        neck: width at the thinnest place between foil and head [m]; nan with one surface alone,
            as a front across the whole cell has it.
        neck_place: (3,) where that is [m]; nan with it.
        path: shortest way through lithium from the foil's initial surface to the tip [m].
    """

    neck: float
    neck_place: tuple[float, float, float]
    path: float


NOTHING = Shape(math.nan, (math.nan,) * 3, math.nan)


class Paths(Observable):
    """``dendrite.csv`` at the output times.

    The thinnest neck is the bottleneck of the widest way from the foil to the tip's head: no way is
    wider at its thinnest place. Its width is the distance between the two surfaces on either side.
    The tortuosity is the shortest way over the tip's height.
    """

    tables = (
        Table(
            "dendrite",
            (
                "time [s]",
                "tip_height [m]",
                "thinnest_neck [m]",
                "neck_x [m]",
                "neck_y [m]",
                "neck_z [m]",
                "shortest_path [m]",
                "tortuosity [1]",
            ),
        ),
    )

    def __init__(
        self,
        f: PlatingFields,
        pieces: StepPieces,
        contour: Contour,
        domain: Domain,
        geometry: Geometry,
        interface_width: float,
    ) -> None:
        self._xi, self._pieces, self._owned = f.xi, pieces, pieces.finder.owned
        self._comm, self._geometry, self._delta = domain.comm, geometry, interface_width
        self._points = f.scalar_space.tabulate_dof_coordinates()
        self._contour = contour
        self._number = original_numbers(domain, f.scalar_space)

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """A row at an output time (collective)."""
        if not view.milestone:
            return {}
        connected = self._pieces.now()[LITHIUM].connected()
        nodes = self._lithium(connected)
        contour = self._contour.on_root(self._xi.x.array, connected)
        found = None
        if nodes is not None and contour is not None:
            delta, geometry = self._delta, self._geometry
            # lithium all along the counter electrode has no surface there
            farthest = max(float(points[:, 0].max(initial=0.0)) for points in (nodes, contour))
            tip = farthest - geometry.lithium_thickness
            shape = measure(nodes, contour, geometry, HEAD * delta) if tip > delta else None
            found = (tip, shape or NOTHING)
        tip, shape = from_root(self._comm, found)
        tortuosity = shape.path / tip if tip > 0 else math.nan
        row = (view.time, tip, shape.neck, *shape.neck_place, shape.path, tortuosity)
        return {"dendrite": [row]}

    def _lithium(self, connected: npt.NDArray[np.bool_]) -> FloatArray | None:
        """(n, 3) nodes of the lithium that holds on to the anode, on rank 0, in a fixed order."""
        here = np.flatnonzero(connected[: self._owned])
        number = gather_concatenate(self._comm, self._number[here])
        points = gather_concatenate(self._comm, self._points[here])
        if number is None or points is None:
            return None
        ordered: FloatArray = points[np.argsort(number)]
        return ordered


def measure(
    nodes: FloatArray, contour: FloatArray, geometry: Geometry, head: float
) -> Shape | None:
    """Neck and shortest way of the lithium at `nodes` with the surface `contour`.

    Args:
        nodes: (n, 3) points inside, a mesh size apart [m].
        contour: (m, 3) points of the surface [m].
        geometry: of the cell.
        head: length of the dendrite's head [m].

    Returns:
        None where no way leads from the foil to the tip.
    """
    foil = geometry.lithium_thickness
    nodes = nodes[nodes[:, 0] >= foil - geometry.mesh_size]
    off = np.abs(nodes[:, 0] - foil)
    roots = np.flatnonzero(off <= off.min(initial=np.inf) + 0.1 * geometry.mesh_size)
    if not len(roots) or not len(contour):
        return None
    periods = geometry.periods
    depth, _ = _tree(contour, periods).query(wrapped(nodes, periods))
    tip = contour[np.argmax(contour[:, 0])]
    near = np.flatnonzero(_distance(nodes, tip, periods) <= head)
    if not len(near):
        return None
    goal = int(near[np.argmax(depth[near])])
    reach = REACH * geometry.mesh_size
    pairs = _tree(nodes, periods).query_pairs(reach, output_type="ndarray")
    length = _distance(nodes[pairs[:, 0]], nodes[pairs[:, 1]], periods)
    ways = dijkstra(_graph(pairs, len(nodes), length), directed=False, indices=roots, min_only=True)
    ends = ways + _distance(nodes, tip, periods)
    path = float(ends[near].min()) + float(nodes[roots, 0].mean() - foil)
    if not math.isfinite(path):
        return None
    place = _bottleneck(depth, pairs[length <= 1.5 * geometry.mesh_size], roots, goal)
    neck = _width(nodes[place], _with_images(contour, geometry), periods)
    if math.isnan(neck):
        return Shape(neck, NOTHING.neck_place, path)
    return Shape(neck, tuple(map(float, nodes[place])), path)  # type: ignore[arg-type]


def _with_images(contour: FloatArray, geometry: Geometry) -> FloatArray:
    """The surface and its mirror images behind the sides, in which lithium continues."""
    for axis in range(1, geometry.dim):
        if axis not in geometry.joined_axes:
            images = [contour]
            for side in (0.0, geometry.extents[axis]):
                image = contour.copy()
                image[:, axis] = 2 * side - image[:, axis]
                images.append(image)
            contour = np.concatenate(images)
    return contour


def _tree(points: FloatArray, periods: FloatArray) -> KDTree:
    return KDTree(wrapped(points, periods), boxsize=periods)


def _distance(some: FloatArray, others: FloatArray, periods: FloatArray) -> FloatArray:
    distance: FloatArray = np.linalg.norm(shortest(some - others, periods), axis=-1)
    return distance


def _bottleneck(depth: FloatArray, pairs: IntArray, roots: IntArray, goal: int) -> int:
    """The node of least depth on the widest way from the roots to the goal.

    Of all ways that are nowhere narrower than the widest must be, the one that keeps to the middle.
    """

    def wide(level: float) -> IntArray:
        """Pairs with both ends at least as deep as `level`."""
        kept: IntArray = pairs[(depth[pairs] >= level).all(axis=1)]
        return kept

    def reaches(level: float) -> bool:
        _, label = connected_components(_graph(wide(level), len(depth)), directed=False)
        deep = roots[depth[roots] >= level]
        return bool(depth[goal] >= level and (label[deep] == label[goal]).any())

    levels = np.unique(depth)
    low, high = 0, len(levels)  # reaches at `low`, not at `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reaches(float(levels[middle])) else (low, middle)
    kept = wide(float(levels[low]) * (1 - 1e-9))
    shallow = np.maximum(depth[kept].min(axis=1) / depth.max(), 1e-3)
    ways, before = dijkstra(
        _graph(kept, len(depth), shallow**-4),
        directed=False,
        indices=goal,
        return_predecessors=True,
    )
    node = int(roots[np.argmin(ways[roots])])
    narrowest = node
    while node != goal and before[node] >= 0:
        node = int(before[node])
        narrowest = node if depth[node] < depth[narrowest] else narrowest
    return narrowest


def _graph(pairs: IntArray, size: int, weights: FloatArray | None = None) -> csr_array:
    """Graph of `size` nodes with the pairs as its edges."""
    values = np.ones(len(pairs)) if weights is None else weights
    return coo_array((values, pairs.T), shape=(size, size)).tocsr()


def _width(place: FloatArray, contour: FloatArray, periods: FloatArray) -> float:
    """Distance to the nearest surface and, the other way, to the one opposite; nan without one."""
    step = shortest(contour - place, periods)
    distance = np.linalg.norm(step, axis=1)
    nearest = int(np.argmin(distance))
    cosine = step @ step[nearest] / (distance * distance[nearest])
    opposite = distance[cosine < OPPOSITE]
    return float(distance[nearest] + opposite.min()) if len(opposite) else math.nan
