"""Which rank gets which cell: straight cuts, whole squares and cubes, ghosts across facets."""

import numpy as np
import pytest
from dolfinx import graph, mesh
from mpi4py import MPI

from dendrolith.domain.partition import coordinate_cuts, straight_cuts

pytestmark = pytest.mark.serial
KINDS = {
    "triangle": (9, 4),
    "quadrilateral": (9, 4),
    "tetrahedron": (5, 4, 3),
    "hexahedron": (5, 4, 3),
}

CORNERS = {"triangle": 3, "quadrilateral": 4, "tetrahedron": 4, "hexahedron": 8}


def parted(kind, parts, of_box=True, finer=1):
    """A box on one rank; for each cell, as the mesh has them, its owner and who else gets it."""
    counts = tuple(finer * n for n in KINDS[kind])
    extents, made, kept = np.array(counts, dtype=float), mesh.CellType[kind], []

    def partition(comm, _, kinds, cells):
        if of_box:
            cut = straight_cuts(counts, extents, made, ghosts=True)
        else:
            grid = np.meshgrid(*(np.arange(n + 1.0) for n in counts[::-1]), indexing="ij")
            cut = coordinate_cuts(np.stack([axis.ravel() for axis in grid[::-1]], axis=1))
        kept.append(cut(comm, parts, kinds, cells))
        count = len(cells[0]) // CORNERS[kind]
        return graph.adjacencylist(np.zeros((count, 1), dtype=np.int32))

    create = mesh.create_rectangle if len(counts) == 2 else mesh.create_box
    box = create(
        MPI.COMM_SELF, [np.zeros(len(counts)), extents], counts, made, partitioner=partition
    )
    original = np.asarray(box.topology.original_cell_index)
    return box, [kept[0].links(cell).tolist() for cell in original]


def neighbours(box):
    """Pairs of cells that share a facet."""
    dim = box.topology.dim
    box.topology.create_connectivity(dim - 1, dim)
    cells = box.topology.connectivity(dim - 1, dim)
    pairs = (cells.links(facet) for facet in range(cells.num_nodes))
    return [tuple(pair) for pair in pairs if len(pair) == 2]


@pytest.mark.parametrize("parts", [2, 3, 5, 8])
@pytest.mark.parametrize(
    ("kind", "of_box"),
    [*((kind, True) for kind in KINDS), ("triangle", False), ("tetrahedron", False)],
)
def test_neighbours_across_facets_are_ghosts_and_nobody_else(kind, of_box, parts):
    box, ranks = parted(kind, parts, of_box=of_box)
    wanted = [{own} for own, *_ in ranks]
    for one, other in neighbours(box):
        wanted[one].add(ranks[other][0])
        wanted[other].add(ranks[one][0])
    assert [set(links) for links in ranks] == wanted
    assert all(len(links) == len(set(links)) for links in ranks)
    assert {own for own, *_ in ranks} == set(range(parts))


@pytest.mark.parametrize("kind", KINDS)
def test_a_rank_has_whole_squares_and_its_share(kind):
    box, ranks = parted(kind, 4, finer=3)
    owners = np.array([own for own, *_ in ranks])
    dim = box.topology.dim
    middles = mesh.compute_midpoints(box, dim, np.arange(len(owners), dtype=np.int32))[:, :dim]
    squares = np.floor(middles).astype(int)
    for square in np.unique(squares, axis=0):
        assert len(set(owners[(squares == square).all(axis=1)])) == 1
    assert np.bincount(owners).max() <= 1.2 * len(owners) / 4
