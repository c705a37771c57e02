"""Segments of lithium in cracks: connected metal of one sign of η, and the band around each."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from scipy.spatial import cKDTree

from dendrolith.core.parallel import gather_everywhere, global_max
from dendrolith.fields.connected import PieceFinder

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

STRIPS_FROM = 0.02  # of the largest |η|: below it, and below 1 µV, a node belongs to what plates
LEAST_ETA = 1e-6  # V
# Of the length over which the direction of a crack is found: how far the end of a crack lies off
# the middle of its last piece, and what lies ahead of it.
END, AHEAD = 0.2, 0.1
ROUND_OFF = 1 + 1e-9  # factor of a distance within which nodes are as far away


def find_segments(
    comm: MPI.Comm, finder: PieceFinder, lithium: Mask, eta: FloatArray
) -> tuple[FloatArray, int]:
    """(n_local,) number of the segment a node belongs to, from 1, else 0; and how many there are.

    Args:
        comm: communicator.
        finder: of connected pieces.
        lithium: (n_local,) metal in a crack.
        eta: (n_local,) overpotential without pressure: positive strips [V].
    """
    label, count = np.zeros(len(lithium)), 0
    driven = global_max(comm, np.where(lithium, np.abs(eta), 0.0))
    strips = eta > max(STRIPS_FROM * driven, LEAST_ETA)
    for side in (~strips, strips):
        (pieces,) = finder.find(np.where(lithium & side, 1.0, 0.0)).values()
        inside = pieces.label >= 0
        label[inside] = 1 + count + pieces.label[inside]
        count += pieces.count
    return label, count


class Neighbours:
    """What the nodes of all ranks within a distance hold.

    Args:
        comm: communicator.
        x: (n_local, 3) nodes of this rank, ghosts last [m].
        owned: how many of them it owns.
    """

    def __init__(self, comm: MPI.Comm, x: FloatArray, owned: int) -> None:
        self._comm, self._x, self._owned = comm, x, owned

    def nearest(self, label: FloatArray, reach: float) -> FloatArray:
        """(n_local,) label of the nearest node that has one, 0 beyond `reach` [m] (collective).

        The lowest of equally near ones. Coordinates of a node differ by round-off among the ranks,
        and on a regular mesh many nodes lie at `reach`, or half-way between two labels.
        """
        points, values = self._everywhere(np.flatnonzero(label[: self._owned] > 0), label)
        found = np.zeros(len(label))
        if not len(points):
            return found
        tree = cKDTree(points)
        distance, _ = tree.query(self._x, distance_upper_bound=reach * ROUND_OFF)
        near = np.flatnonzero(np.isfinite(distance))
        around = tree.query_ball_point(self._x[near], distance[near] * ROUND_OFF)
        found[near] = [values[those].min() for those in around]
        return found

    def abreast(
        self, label: FloatArray, core: Mask, lithium: Mask, reach: float, length: float
    ) -> FloatArray:
        """(n_local,) segment that presses on a node, 0 where none does (collective).

        That is what the nearest broken node holds, within `reach`: a crack ahead of its lithium is
        dry, and nothing presses on its flanks. Ahead of the end of a crack, and off broken nodes,
        lithium presses where it is, as that of the nearest segment.

        Args:
            label: (n_local,) number of the segment that a node is in, else 0; it keeps that.
            core: (n_local,) nodes that are broken.
            lithium: (n_local,) nodes with metal.
            reach: how far damage reaches from a crack [m].
            length: over which its direction is found [m].
        """
        found = np.where(lithium, self.nearest(label, reach), 0.0)
        points, inside = self._everywhere(np.flatnonzero(core[: self._owned]), label)
        if len(points):
            tree = cKDTree(points)
            beyond = points - _centroids(tree, points, length)
            far = np.linalg.norm(beyond, axis=1, keepdims=True)
            outward = np.where(far > END * length, beyond / np.maximum(far, 1e-300), 0.0)
            distance, _ = tree.query(self._x, distance_upper_bound=reach * ROUND_OFF)
            near = np.flatnonzero(np.isfinite(distance))
            around = tree.query_ball_point(self._x[near], distance[near] * ROUND_OFF)
            for node, those in zip(near, around, strict=True):
                held = inside[those, 0]
                ahead = np.sum((self._x[node] - points[those]) * outward[those], axis=1).min()
                wet = held.max() > 0 and (ahead < AHEAD * length or lithium[node])
                found[node] = held[held > 0].min() if wet else 0.0
        kept: FloatArray = np.where(label > 0, label, found)
        return kept

    def sums(
        self, where: Mask, values: FloatArray, wanted: npt.NDArray[np.int64], radius: float
    ) -> FloatArray:
        """(n, k) sums of (n_owned, k) values at nodes `where`, around each of the n `wanted` ones.

        Args:
            where: (n_owned,) nodes that count.
            values: at all nodes that this rank owns.
            wanted: nodes of this rank.
            radius: how far away a node still counts [m].
        """
        points, there = self._everywhere(np.flatnonzero(where), values)
        if not len(points):
            return np.zeros((len(wanted), values.shape[1]))
        around = cKDTree(points).query_ball_point(
            self._x[wanted], radius * ROUND_OFF, return_sorted=True
        )
        return np.array([there[near].sum(axis=0) for near in around]).reshape(-1, there.shape[1])

    def _everywhere(
        self, nodes: npt.NDArray[np.int64], values: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Points and values of these nodes of all ranks, in the order of the points."""
        of_node = values[nodes].reshape(len(nodes), math.prod(values.shape[1:]))
        parts = gather_everywhere(self._comm, (self._x[nodes], of_node))
        points, there = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        order = np.lexsort(points.T)
        return points[order], there[order]


def _centroids(tree: cKDTree, points: FloatArray, radius: float) -> FloatArray:
    """(n, 3) means of the points around each."""
    around = tree.query_ball_point(points, radius * ROUND_OFF, return_sorted=True)
    return np.array([points[those].mean(axis=0) for those in around])
