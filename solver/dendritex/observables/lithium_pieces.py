"""Connected lithium: which nodes hang together, and which electrodes they hold on to.

Every rank labels the lithium of its own part of the mesh, ghosts included, along the edges of its
cells. Where a ghost and its owner's node carry different labels these name the same piece: a small
graph, which all ranks solve alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from dolfinx import fem, la
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dendritex.mesh.create import CellMesh
from dendritex.mesh.edges import local_edges
from dendritex.mesh.numbering import original_numbers
from dendritex.model.cell import Cell
from dendritex.parallel import gather_everywhere, global_sums

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LITHIUM = 0.5


@dataclass(frozen=True, slots=True)
class Pieces:
    """Connected pieces of lithium, numbered alike on any number of ranks.

    Attributes:
        label: (n_local,) piece of each node of this rank, ghosts last; −1 outside lithium.
        volume: (n_pieces,) volume of its nodes [m³, in 2-D m²].
        anode, counter: (n_pieces,) does it touch the left, the right side?
    """

    label: IntArray
    volume: FloatArray
    anode: Mask
    counter: Mask

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.volume)

    def lithium(self) -> Mask:
        """(n_local,) mask of the nodes in lithium."""
        return self.label >= 0

    def connected(self) -> Mask:
        """(n_local,) mask of the nodes that hold on to the anode."""
        mask: Mask = np.append(self.anode, False)[self.label]  # the last one for label −1
        return mask


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one rank knows of the pieces that reach into it.

    Attributes:
        links: (n_links, 3) own part, another rank, and its part that is of the same piece.
        first: (n_parts,) smallest original number of an owned node.
        volume, anode, counter: (n_parts,) of owned nodes.
    """

    links: IntArray
    first: IntArray
    volume: FloatArray
    anode: Mask
    counter: Mask


class PieceFinder:
    """Finds connected lithium on the nodes of a scalar P1 space.

    Args:
        cell_mesh: the mesh.
        space: the space.
        volume: (n_owned,) volume of each node of this rank [m³, in 2-D m²].

    Attributes:
        edges: (2, n_edges) node pairs of this rank.
        owned: number of nodes that this rank owns.
        volume: as given.
    """

    def __init__(self, cell_mesh: CellMesh, space: fem.FunctionSpace, volume: FloatArray) -> None:
        self._comm = cell_mesh.comm
        index_map = space.dofmap.index_map
        self.owned: int = index_map.size_local
        self.volume = volume
        self.edges = local_edges(space)
        self._owners = np.asarray(index_map.owners, dtype=np.int64)
        self._number = original_numbers(cell_mesh, space)[: self.owned]
        self._at_owner = la.vector(index_map, dtype=np.int64)
        self._anode, self._counter = (
            self._beside(cell_mesh, space, name) for name in ("left", "right")
        )

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """That of a cell."""
        return cls(cell.cell_mesh, cell.state.scalar_space, cell.nodal_volume.array.copy())

    def _beside(self, cell_mesh: CellMesh, space: fem.FunctionSpace, side: str) -> Mask:
        """(n_owned,) mask of the nodes on a side."""
        dim = cell_mesh.mesh.topology.dim - 1
        nodes = fem.locate_dofs_topological(space, dim, cell_mesh.side(side))
        mask = np.zeros(self.owned, dtype=bool)
        mask[nodes[nodes < self.owned]] = True
        return mask

    def find(self, xi: FloatArray, threshold: float = LITHIUM) -> Pieces:
        """Label the lithium, ξ > `threshold`, by the edges with both ends in it (collective).

        Args:
            xi: (n_local,) order parameter; ghosts have the values of their owners.
            threshold: where lithium begins [1].
        """
        lithium = xi > threshold
        part, count = self._label_here(lithium)
        everywhere = gather_everywhere(self._comm, self._parts(part, count))
        piece, n_pieces = _join(everywhere)
        before = sum(len(parts.first) for parts in everywhere[: self._comm.rank])
        label = np.append(piece[before : before + count], -1)[part]
        volume, anode, counter = (
            _sums(piece, np.concatenate([getattr(parts, name) for parts in everywhere]), n_pieces)
            for name in ("volume", "anode", "counter")
        )
        return Pieces(label, volume, anode > 0, counter > 0)

    def _label_here(self, lithium: Mask) -> tuple[IntArray, int]:
        """Parts of lithium that hang together on this rank: (n_local,) labels, and their number."""
        size = int(np.count_nonzero(lithium))
        place = np.cumsum(lithium) - 1
        first, second = self.edges
        inside = np.flatnonzero(lithium[first] & lithium[second])
        part = np.full(len(lithium), -1, dtype=np.int64)
        count, part[lithium] = _components(place[first[inside]], place[second[inside]], size)
        return part, count

    def _parts(self, part: IntArray, count: int) -> _Parts:
        own, ghosts = part[: self.owned], part[self.owned :]
        at_owner = self._at_owner
        at_owner.array[: self.owned] = own
        at_owner.scatter_forward()
        theirs = at_owner.array[self.owned :]
        shared = (ghosts >= 0) & (theirs >= 0)
        links = np.stack([ghosts[shared], self._owners[shared], theirs[shared]], axis=1)
        nodes = np.flatnonzero(own >= 0)
        first = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(first, own[nodes], self._number[nodes])
        volume, anode, counter = (
            _sums(own[nodes], weights[nodes], count)
            for weights in (self.volume, self._anode, self._counter)
        )
        return _Parts(np.unique(links, axis=0), first, volume, anode > 0, counter > 0)

    def sums(self, pieces: Pieces, values: FloatArray) -> FloatArray:
        """(n_pieces, n) sums over the nodes of each piece of (n_owned, n) values (collective)."""
        label = pieces.label[: self.owned]
        inside = label >= 0
        here = [_sums(label[inside], column[inside], pieces.count) for column in values.T]
        return global_sums(self._comm, np.stack(here, axis=1))


def _join(everywhere: list[_Parts]) -> tuple[IntArray, int]:
    """The piece of every part of every rank, and the number of pieces.

    Pieces are numbered by the smallest original number of their nodes.
    """
    offset = np.cumsum([0, *(len(parts.first) for parts in everywhere)])
    links = [
        np.stack([offset[rank] + parts.links[:, 0], offset[parts.links[:, 1]] + parts.links[:, 2]])
        for rank, parts in enumerate(everywhere)
    ]
    first_ends, second_ends = np.concatenate(links, axis=1)
    count, raw = _components(first_ends, second_ends, int(offset[-1]))
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, raw, np.concatenate([parts.first for parts in everywhere]))
    number = np.empty(count, dtype=np.int64)
    number[np.argsort(first)] = np.arange(count)
    return number[raw], count


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
