"""A box as a structured mesh with named sides, in 2-D and 3-D."""

from __future__ import annotations

import math

import numpy as np
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.domain.domain import Domain, no_tags
from dendrolith.domain.extents import SIDES, BoxGeometry
from dendrolith.domain.partition import straight_cuts
from dendrolith.domain.periodic import join_sides

TAGS = {name: tag for tag, name in enumerate(SIDES, start=1)}


def create_box(comm: MPI.Comm, box: BoxGeometry) -> Domain:
    """Mesh [0, length] × [0, height] (× [0, depth]) with edges of `mesh_size` (collective).

    Simplices are cut along diagonals that all point the same way: then the lumped masses are equal
    and the nodal Laplacian is the consistent five-point (3-D: seven-point) one, on which the
    lithium front relies.

    Args:
        comm: communicator.
        box: extents [m], mesh size [m], cell type, joined sides.
    """
    extents, counts = np.array(box.extents), list(box.counts)
    create = mesh.create_rectangle if box.dim == 2 else mesh.create_box
    kind = mesh.CellType[box.mesh_cell]
    ghosts = mesh.GhostMode.none if box.joined_axes else mesh.GhostMode.shared_facet
    partitioner = straight_cuts(counts, extents, kind, ghosts=not box.joined_axes)
    drawn = create(
        comm,
        [np.zeros(box.dim), extents],
        counts,
        kind,
        ghost_mode=ghosts,
        partitioner=partitioner if comm.size > 1 else None,
    )
    joined, numbers = drawn, np.asarray(drawn.geometry.input_global_indices)
    if box.joined_axes:
        joined, numbers = join_sides(drawn, box.extents, box.joined_axes)
    areas = _areas(box)
    return Domain(
        joined,
        drawn,
        numbers,
        tag_sides(joined, box.extents),
        {name: TAGS[name] for name in areas},
        areas,
        no_tags(joined, box.dim),
        {},
        structured=True,
        periods=box.periods,
    )


def _areas(box: BoxGeometry) -> dict[str, float]:
    """Area of each side that is there [m², in 2-D m]; joined sides are none."""
    areas = {}
    for number, name in enumerate(SIDES[: 2 * box.dim]):
        across = number // 2
        if across not in box.joined_axes:
            areas[name] = math.prod(e for axis, e in enumerate(box.extents) if axis != across)
    return areas


def tag_sides(box: mesh.Mesh, extents: tuple[float, ...]) -> mesh.MeshTags:
    """Tag the sides of a box from the origin to `extents` [m] with the values of `TAGS`."""
    tolerance = 1e-8 * max(extents)
    facet_dim = box.topology.dim - 1
    facets, values = [], []
    for number, value in enumerate(list(TAGS.values())[: 2 * len(extents)]):
        axis, far = divmod(number, 2)
        where = far * extents[axis]
        found = mesh.locate_entities_boundary(
            box, facet_dim, lambda x, axis=axis, where=where: np.abs(x[axis] - where) < tolerance
        )
        facets.append(found)
        values.append(np.full(found.size, value, dtype=np.int32))
    all_facets, all_values = np.concatenate(facets), np.concatenate(values)
    order = np.argsort(all_facets)
    return mesh.meshtags(box, facet_dim, all_facets[order], all_values[order])
