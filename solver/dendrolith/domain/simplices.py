"""A whole mesh of triangles or tetrahedra with named groups, and what can be wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FLAT = 1e-10  # volume of a cell over that of a cube on its longest edge, below which it is none


@dataclass(frozen=True, slots=True)
class SimplexMesh:
    """Nodes, cells and groups on one rank.

    Attributes:
        points: (n_nodes, dim) coordinates [m]; every node belongs to a cell.
        cells: (n_cells, dim + 1) node numbers.
        boundaries: for each name (n, dim) node numbers of facets.
        regions: for each name (n,) numbers of cells.
    """

    points: FloatArray
    cells: IntArray
    boundaries: Mapping[str, IntArray]
    regions: Mapping[str, IntArray]

    @property
    def dim(self) -> int:
        """Dimension of space."""
        return self.cells.shape[1] - 1

    def volumes(self) -> FloatArray:
        """(n_cells,) signed volume of each cell [m³, in 2-D m²]."""
        edges = self.points[self.cells[:, 1:]] - self.points[self.cells[:, :1]]
        volumes: FloatArray = np.linalg.det(edges) / math.factorial(self.dim)
        return volumes

    def edge_lengths(self, cells: IntArray) -> FloatArray:
        """(n_cells, n_edges) lengths of the edges of cells (n_cells, dim + 1) [m]."""
        pairs = combinations(range(self.dim + 1), 2)
        steps = [self.points[cells[:, i]] - self.points[cells[:, j]] for i, j in pairs]
        lengths: FloatArray = np.linalg.norm(steps, axis=2).T
        return lengths

    def areas(self) -> dict[str, float]:
        """Area of each named boundary [m², in 2-D m]."""
        areas = {}
        for name, facets in self.boundaries.items():
            edges = self.points[facets[:, 1:]] - self.points[facets[:, :1]]
            squares = np.linalg.det(edges @ edges.transpose(0, 2, 1))
            areas[name] = math.fsum(np.sqrt(np.abs(squares)) / math.factorial(self.dim - 1))
        return areas

    def problems(self) -> list[str]:
        """What makes the mesh useless: what is wrong, and the cure; empty if nothing is."""
        found = self._flat_cells()
        if found:  # what follows would drown in them
            return found
        facets = _Facets.of(self)
        return [
            *self._overlaps(facets),
            *self._loose_pieces(facets),
            *self._region_problems(),
            *self._boundary_problems(facets),
        ]

    def interior(self, name: str) -> int:
        """Number of facets of a named boundary with cells on both sides."""
        facets = _Facets.of(self)
        return int(np.count_nonzero(facets.cells_at[facets.of_boundary[name]] > 1))

    def wrong_signs(self) -> tuple[int, int]:
        """Edges whose entry of the stiffness ∫∇u·∇v is above zero, and the number of edges.

        An obtuse angle makes them. Where there are none, a diffusing field has no new extremes.
        """
        edges = self.points[self.cells[:, 1:]] - self.points[self.cells[:, :1]]
        inverse = np.linalg.inv(edges).transpose(0, 2, 1)
        gradients = np.concatenate([-inverse.sum(axis=1, keepdims=True), inverse], axis=1)
        pairs = list(combinations(range(self.dim + 1), 2))
        ends = np.concatenate([self.cells[:, pair] for pair in pairs])
        number = _numbered(np.sort(ends, axis=1))
        size = np.abs(self.volumes())
        entries = np.concatenate(
            [size * (gradients[:, i] * gradients[:, j]).sum(axis=1) for i, j in pairs]
        )
        stiffness = np.bincount(number, entries)
        scale = np.bincount(number, np.abs(entries))
        return int(np.count_nonzero(stiffness > 1e-9 * scale)), len(stiffness)

    def _flat_cells(self) -> list[str]:
        longest = self.edge_lengths(self.cells).max(axis=1)
        flat = np.flatnonzero(~(np.abs(self.volumes()) > FLAT * longest**self.dim))
        if not flat.size:
            return []
        return [
            f"{flat.size} of {len(self.cells)} cells have no volume, the first "
            f"{self._place(self.cells[flat[0]])}: mesh again with sizes that fit the geometry"
        ]

    def _overlaps(self, facets: _Facets) -> list[str]:
        crowded = np.flatnonzero(facets.cells_at > 2)
        if not crowded.size:
            return []
        return [
            f"{crowded.size} facets have more than two cells, the first "
            f"{self._place(facets.nodes[crowded[0]])}: cells lie on each other, remove doubles"
        ]

    def _loose_pieces(self, facets: _Facets) -> list[str]:
        count, width = len(self.cells), facets.of_cell.shape[1]
        rows = np.repeat(np.arange(count), width)
        graph = coo_array(
            (np.ones(rows.size), (rows, count + facets.of_cell.ravel())),
            shape=(count + len(facets.cells_at),) * 2,
        )
        _, label = connected_components(graph, directed=False)
        sizes = np.bincount(label[:count])
        sizes = np.sort(sizes[sizes > 0])[::-1]
        if len(sizes) == 1:
            return []
        smallest = np.flatnonzero(np.bincount(label[:count])[label[:count]] == sizes[-1])[0]
        return [
            f"falls into {len(sizes)} pieces that share no facet, the smallest of {sizes[-1]} "
            f"cells {self._place(self.cells[smallest])}: merge coincident nodes (in gmsh "
            "fragment the parts before meshing)"
        ]

    def _region_problems(self) -> list[str]:
        if not self.regions:
            return []
        times = np.zeros(len(self.cells), dtype=np.int64)
        for cells in self.regions.values():
            times[cells] += 1
        problems = []
        for wrong, what, cure in (
            (times == 0, "are in no region", "put every cell into a named group"),
            (times > 1, "are in more than one region", "leave each cell in one named group"),
        ):
            if wrong.any():
                where = self._place(self.cells[np.flatnonzero(wrong)[0]])
                problems.append(
                    f"{np.count_nonzero(wrong)} of {len(times)} cells {what}, the first {where}: "
                    f"{cure}"
                )
        return problems

    def _boundary_problems(self, facets: _Facets) -> list[str]:
        problems, owner = [], np.full(len(facets.cells_at), -1)
        for number, (name, its) in enumerate(facets.of_boundary.items()):
            stray = np.flatnonzero(facets.cells_at[its] == 0)
            taken = np.flatnonzero((owner[its] >= 0) & (owner[its] != number))
            if stray.size:
                where = self._place(self.boundaries[name][stray[0]])
                problems.append(
                    f"boundary '{name}': {stray.size} of its {len(its)} facets are no facets of "
                    f"cells, the first {where}: mesh boundary and interior together"
                )
            if taken.size:
                other, where = list(facets.of_boundary)[owner[its[taken[0]]]], its[taken[0]]
                problems.append(
                    f"boundary '{name}' shares {taken.size} facets with '{other}', the first "
                    f"{self._place(facets.nodes[where])}: leave each facet in one named group"
                )
            owner[its] = number
        return problems

    def _place(self, nodes: IntArray) -> str:
        middle = self.points[nodes].mean(axis=0)
        return f"near ({', '.join(f'{x:.4g}' for x in middle)}) m"


@dataclass(frozen=True, slots=True)
class _Facets:
    """Facets of a mesh and of its named boundaries, each with one number.

    Attributes:
        nodes: (n_facets, dim) sorted node numbers.
        cells_at: (n_facets,) number of cells beside each; 0: a stray facet of a boundary.
        of_cell: (n_cells, dim + 1) facets of each cell.
        of_boundary: for each name (n,) its facets.
    """

    nodes: IntArray
    cells_at: IntArray
    of_cell: IntArray
    of_boundary: dict[str, IntArray]

    @classmethod
    def of(cls, mesh: SimplexMesh) -> _Facets:
        """Number them."""
        corners = mesh.dim + 1
        parts = [mesh.cells[:, part] for part in combinations(range(corners), mesh.dim)]
        own = corners * len(mesh.cells)
        rows = np.sort(np.concatenate([*parts, *mesh.boundaries.values()]), axis=1)
        number = _numbered(rows)
        nodes = np.empty((number.max() + 1, mesh.dim), dtype=np.int64)
        nodes[number] = rows
        ends = np.cumsum([own, *(len(facets) for facets in mesh.boundaries.values())])
        parts = np.split(number[own:], ends[:-1] - own)[1:]
        of_boundary = dict(zip(mesh.boundaries, parts, strict=True))
        return cls(
            nodes,
            np.bincount(number[:own], minlength=len(nodes)),
            number[:own].reshape(corners, -1).T,
            of_boundary,
        )


def _numbered(rows: IntArray) -> IntArray:
    """(n,) numbers of rows (n, k) from 0, equal for equal rows."""
    order = np.lexsort(rows.T)
    ordered = rows[order]
    number = np.empty(len(rows), dtype=np.int64)
    number[order] = np.cumsum(np.any(np.diff(ordered, axis=0, prepend=ordered[:1]), axis=1))
    return number
