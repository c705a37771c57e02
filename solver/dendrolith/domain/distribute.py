"""A mesh of simplices from rank 0 to all ranks, with its names and the numbers of its nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.core.parallel import from_root, on_root
from dendrolith.domain.domain import Domain
from dendrolith.domain.partition import coordinate_cuts
from dendrolith.domain.simplices import SimplexMesh

IntArray = npt.NDArray[np.int64]

KINDS = {2: "triangle", 3: "tetrahedron"}


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of a mesh, the same on all ranks.

    Attributes:
        dim: dimension of space.
        boundaries, regions: tag of each name.
        areas: area of each boundary [m², in 2-D m].
        facet_nodes: (n, dim) sorted node numbers of all tagged facets.
        facet_tags: (n,) their tags.
        cell_tags: (n_cells,) tags of all cells; empty without regions.
    """

    dim: int
    boundaries: dict[str, int]
    regions: dict[str, int]
    areas: dict[str, float]
    facet_nodes: IntArray
    facet_tags: npt.NDArray[np.int32]
    cell_tags: npt.NDArray[np.int32]

    @classmethod
    def of(cls, whole: SimplexMesh) -> Self:
        """Number the names in the order of the mesh, from 1."""
        boundaries = {name: tag for tag, name in enumerate(whole.boundaries, start=1)}
        regions = {name: tag for tag, name in enumerate(whole.regions, start=1)}
        facets = [np.sort(nodes, axis=1) for nodes in whole.boundaries.values()]
        counts = [len(nodes) for nodes in facets]
        cell_tags = np.zeros(len(whole.cells) if regions else 0, dtype=np.int32)
        for name, cells in whole.regions.items():
            cell_tags[cells] = regions[name]
        return cls(
            whole.dim,
            boundaries,
            regions,
            whole.areas(),
            np.concatenate([np.empty((0, whole.dim), dtype=np.int64), *facets]),
            np.repeat(np.arange(1, len(counts) + 1, dtype=np.int32), counts),
            cell_tags,
        )


def distribute(comm: MPI.Comm, make: Callable[[], SimplexMesh]) -> Domain:
    """Give each rank its part of a mesh (collective).

    The parts are cut straight along the axes, into equal numbers of cells: the same ones each time.

    Args:
        comm: communicator.
        make: makes the whole mesh, without problems; called on rank 0 alone.

    Returns:
        The domain; nodes have the numbers that they have in the whole mesh.

    Raises:
        ConfigError: on all ranks, where `make` raised it.
    """
    made_on_root: list[SimplexMesh] = []  # too large to be sent around
    on_root(comm, lambda: made_on_root.append(make()))
    whole = made_on_root[0] if made_on_root else None
    names = from_root(comm, _Names.of(whole) if whole is not None else None)
    dim = names.dim
    points = whole.points if whole is not None else np.empty((0, dim))
    cells = whole.cells if whole is not None else np.empty((0, dim + 1), dtype=np.int64)
    shape = basix.ufl.element("Lagrange", KINDS[dim], 1, shape=(dim,))
    made = mesh.create_mesh(
        comm,
        cells=cells,
        x=np.ascontiguousarray(points),
        e=ufl.Mesh(shape),
        partitioner=coordinate_cuts(points) if comm.size > 1 else None,
    )
    numbers = np.asarray(made.geometry.input_global_indices, dtype=np.int64)
    return Domain(
        made,
        made,
        numbers,
        _facet_tags(made, numbers, names),
        names.boundaries,
        names.areas,
        _cell_tags(made, names),
        names.regions,
        structured=False,
    )


def _facet_tags(made: mesh.Mesh, numbers: IntArray, names: _Names) -> mesh.MeshTags:
    """Tags of the named facets of this rank, ghosts included."""
    topology, dim = made.topology, names.dim
    topology.create_entities(dim - 1)
    topology.create_connectivity(dim - 1, dim)
    topology.create_connectivity(dim, dim - 1)
    index_map = topology.index_map(dim - 1)
    all_facets = np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)
    nodes = np.sort(numbers[mesh.entities_to_geometry(made, dim - 1, all_facets)], axis=1)
    keys = [row.tobytes() for row in names.facet_nodes]
    tag_of = dict(zip(keys, map(int, names.facet_tags), strict=True))
    near = np.flatnonzero(np.isin(nodes, names.facet_nodes).all(axis=1))
    tagged = {facet: tag_of[key] for facet in near if (key := nodes[facet].tobytes()) in tag_of}
    return mesh.meshtags(
        made,
        dim - 1,
        all_facets[list(tagged)],
        np.array(list(tagged.values()), dtype=np.int32),
    )


def _cell_tags(made: mesh.Mesh, names: _Names) -> mesh.MeshTags:
    """Tags of the cells of this rank, ghosts included."""
    original = np.asarray(made.topology.original_cell_index)
    tagged = np.arange(len(original) if names.regions else 0, dtype=np.int32)
    values = names.cell_tags[original] if names.regions else np.empty(0, dtype=np.int32)
    return mesh.meshtags(made, names.dim, tagged, values)
