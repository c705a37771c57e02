"""Connected pieces of a phase: which nodes hang together, and which sides they hold on to.

Every rank labels the phase in its own part of the mesh, ghosts included, along the edges of its
cells. Where a ghost and its owner's node carry different labels these name the same piece: a small
graph, which all ranks solve alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from dolfinx import fem, la
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dendrolith.core.parallel import gather_everywhere, global_sums
from dendrolith.domain.domain import Domain
from dendrolith.fields.edges import local_edges
from dendrolith.fields.numbering import original_numbers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HALF = 0.5  # where the surface of a phase field lies
CLOSEST = (
    1e-6  # to 0 and 1, beyond which an order parameter says nothing of the distance from the front
)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Connected pieces of a phase, numbered alike on any number of ranks.

    Attributes:
        label: (n_local,) piece of each node of this rank, ghosts last; −1 outside the phase.
        volume: (n_pieces,) volume of its nodes [m³, in 2-D m²].
        left, right: (n_pieces,) does it touch that side?
    """

    label: IntArray
    volume: FloatArray
    left: Mask
    right: Mask

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.volume)

    def connected(self) -> Mask:
        """(n_local,) mask of the nodes that hold on to the left side."""
        mask: Mask = np.append(self.left, False)[self.label]  # the last one for label −1
        return mask


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one rank knows of the pieces that reach into it, for all thresholds at once.

    Attributes:
        links: (n_links, 3) own part, another rank, and its part that is of the same piece.
        layer: (n_parts,) number of the threshold.
        first: (n_parts,) smallest original number of an owned node.
        volume, left, right: (n_parts,) sums over owned nodes: volume, nodes on either side.
    """

    links: IntArray
    layer: IntArray
    first: IntArray
    volume: FloatArray
    left: FloatArray
    right: FloatArray


class PieceFinder:
    """Finds connected pieces on the nodes of a scalar P1 space.

    Args:
        domain: the mesh.
        space: the space.
        volume: (n_owned,) volume of each node of this rank [m³, in 2-D m²].
        thresholds: where the phase begins: values of its order parameter [1].

    Attributes:
        metal: the smallest of the thresholds.
        edges: (2, n_edges) node pairs of this rank.
        owned: number of nodes that this rank owns.
        volume: as given.
    """

    def __init__(
        self,
        domain: Domain,
        space: fem.FunctionSpace,
        volume: FloatArray,
        thresholds: tuple[float, ...] = (HALF,),
    ) -> None:
        self._comm, self._thresholds, self.metal = domain.comm, thresholds, min(thresholds)
        index_map = space.dofmap.index_map
        self.owned: int = index_map.size_local
        self.volume = volume
        self.edges = local_edges(space)
        self._owners = np.asarray(index_map.owners, dtype=np.int64)
        self._at_owner = la.vector(index_map, len(thresholds), dtype=np.int64)
        sides = (self._beside(domain, space, name) for name in ("left", "right"))
        # of the nodes that this rank owns, once for each threshold
        number = original_numbers(domain, space)[: self.owned]
        self._number = np.tile(number, len(thresholds))
        self._weights = tuple(np.tile(weights, len(thresholds)) for weights in (volume, *sides))

    def _beside(self, domain: Domain, space: fem.FunctionSpace, side: str) -> Mask:
        """(n_owned,) mask of the nodes on a side."""
        dim = domain.mesh.topology.dim - 1
        nodes = fem.locate_dofs_topological(space, dim, domain.side(side))
        mask = np.zeros(self.owned, dtype=bool)
        mask[nodes[nodes < self.owned]] = True
        return mask

    def find(self, field: FloatArray) -> dict[float, Pieces]:
        """Label the phase, by the edges with both ends in it, at each threshold (collective).

        Args:
            field: (n_local,) order parameter; ghosts have the values of their owners.
        """
        part, count = self._label_here(field)
        everywhere = gather_everywhere(self._comm, self._parts(part, count))
        piece, start = _join(everywhere, len(self._thresholds))
        before = sum(len(parts.first) for parts in everywhere[: self._comm.rank])
        label = np.append(piece[before : before + count], -1)[part]
        volume, left, right = (
            _sums(piece, np.concatenate([getattr(parts, name) for parts in everywhere]), start[-1])
            for name in ("volume", "left", "right")
        )
        found = {}
        for layer, threshold in enumerate(self._thresholds):
            its = slice(start[layer], start[layer + 1])
            found[threshold] = Pieces(
                np.maximum(label[layer] - its.start, -1),
                volume[its],
                left[its] > 0,
                right[its] > 0,
            )
        return found

    def _label_here(self, field: FloatArray) -> tuple[IntArray, int]:
        """Parts of the phase that hang together on this rank.

        Returns:
            (n_thresholds, n_local) labels, −1 outside the phase, and how many there are.
        """
        # how many thresholds a node is above, and an edge with both ends
        level = np.count_nonzero(field > np.array(self._thresholds)[:, None], axis=0)
        edge_level = np.minimum(level[self.edges[0]], level[self.edges[1]])
        part = np.full((len(self._thresholds), len(field)), -1, dtype=np.int64)
        # from the highest threshold down: what hangs together there does so below too
        vertex, vertices, count = np.empty(len(field), dtype=np.int64), 0, 0
        for height, layer in reversed(list(enumerate(np.argsort(self._thresholds), start=1))):
            new, inside = np.flatnonzero(level == height), np.flatnonzero(level >= height)
            vertex[new] = vertices + np.arange(len(new))
            first, second = vertex[self.edges[:, edge_level == height]]
            vertices, joined = _components(first, second, vertices + len(new))
            vertex[inside] = joined[vertex[inside]]
            part[layer, inside] = count + vertex[inside]
            count += vertices
        return part, count

    def _parts(self, part: IntArray, count: int) -> _Parts:
        """What this rank knows of its `count` parts; `part` is (n_thresholds, n_local)."""
        own, ghosts = part[:, : self.owned], part[:, self.owned :]
        at_owner = self._at_owner.array.reshape(-1, len(part))
        at_owner[: self.owned] = own.T
        self._at_owner.scatter_forward()
        theirs = at_owner[self.owned :].T
        shared = (ghosts >= 0) & (theirs >= 0)
        _, ghost = np.nonzero(shared)
        links = np.stack([ghosts[shared], self._owners[ghost], theirs[shared]], axis=1)
        layer = np.zeros(count, dtype=np.int64)
        for number, labels in enumerate(part):
            layer[labels[labels >= 0]] = number
        inside = np.flatnonzero(own >= 0)
        label = own.ravel()[inside]
        first = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(first, label, self._number[inside])
        volume, left, right = (_sums(label, weights[inside], count) for weights in self._weights)
        return _Parts(np.unique(links, axis=0), layer, first, volume, left, right)

    def sums(self, pieces: Pieces, values: FloatArray) -> FloatArray:
        """(n_pieces, n) sums over the nodes of each piece of (n_owned, n) values (collective)."""
        label = pieces.label[: self.owned]
        inside = label >= 0
        here = [_sums(label[inside], column[inside], pieces.count) for column in values.T]
        return global_sums(self._comm, np.stack(here, axis=1))


def leaving(edges: IntArray, inside: Mask) -> tuple[IntArray, IntArray]:
    """Inner and outer ends of the (2, n) edges that have one node `inside`."""
    first, second = edges[:, inside[edges[0]] != inside[edges[1]]]
    from_first = inside[first]
    return np.where(from_first, first, second), np.where(from_first, second, first)


def crossing(inner: FloatArray, outer: FloatArray) -> FloatArray:
    """Where ξ passes ½ between two nodes, as the part of the way from `inner` to `outer`.

    Exact for a front with the profile ½(1 − tanh): the distance from it is linear, ξ is not, and a
    tip found by ξ itself would seem to move by fits and starts as it passes the nodes.
    """
    near, far = (
        np.arctanh(np.clip(2 * xi - 1, -1 + CLOSEST, 1 - CLOSEST)) for xi in (inner, outer)
    )
    part: FloatArray = near / (near - far)
    return part


def _join(everywhere: list[_Parts], layers: int) -> tuple[IntArray, list[int]]:
    """The piece of every part of every rank, and the first piece of each layer, and their number.

    Pieces are numbered by layer, then by the smallest original number of their nodes.
    """
    offset = np.cumsum([0, *(len(parts.first) for parts in everywhere)])
    links = [
        np.stack([offset[rank] + parts.links[:, 0], offset[parts.links[:, 1]] + parts.links[:, 2]])
        for rank, parts in enumerate(everywhere)
    ]
    first_ends, second_ends = np.concatenate(links, axis=1)
    count, raw = _components(first_ends, second_ends, int(offset[-1]))
    first, layer = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    np.minimum.at(first, raw, np.concatenate([parts.first for parts in everywhere]))
    layer[raw] = np.concatenate([parts.layer for parts in everywhere])
    number = np.empty(count, dtype=np.int64)
    number[np.lexsort((first, layer))] = np.arange(count)
    start = np.cumsum([0, *np.bincount(layer, minlength=layers)])
    return number[raw], [int(piece) for piece in start]


def _components(first: IntArray, second: IntArray, size: int) -> tuple[int, IntArray]:
    """Number and labels of the components of a graph with `size` nodes and the edges given."""
    if size == 0:
        return 0, np.empty(0, dtype=np.int64)
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    return int(count), label.astype(np.int64)


def _sums(label: IntArray, values: npt.NDArray[Any], count: int) -> FloatArray:
    """(count,) sums of the values under each label."""
    return np.bincount(label, values, minlength=count).astype(np.float64)
