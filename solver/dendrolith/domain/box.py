"""The box-shaped cell as a structured mesh with named sides, in 2-D and 3-D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.domain.partition import straight_cuts
from dendrolith.domain.periodic import join_sides
from dendrolith.studies.plating.schema import Geometry

# in pairs, at 0 and at the full extent of x, y and z
SIDES = {"left": 1, "right": 2, "bottom": 3, "top": 4, "front": 5, "back": 6}


@dataclass(frozen=True, slots=True)
class CellMesh:
    """A mesh whose boundary facets carry the names in `SIDES`.

    Attributes:
        mesh: the cell, coordinates in m; opposite sides joined where they are periodic.
        box: the same cells unjoined, for output; `mesh` itself where nothing is periodic.
        node_numbers: for each node of the geometry its number as made, for all copies the same.
        facets: facet tags, values as in `SIDES`.
        electrode_area: area of the right side [m², in 2-D m].
    """

    mesh: mesh.Mesh
    box: mesh.Mesh
    node_numbers: npt.NDArray[np.int64]
    facets: mesh.MeshTags
    electrode_area: float

    @property
    def comm(self) -> MPI.Comm:
        """Communicator of the mesh."""
        comm: MPI.Comm = self.mesh.comm
        return comm

    def side(self, name: str) -> npt.NDArray[np.int32]:
        """Facets of the named side on this rank."""
        return np.asarray(self.facets.find(SIDES[name]), dtype=np.int32)


def create_cell_mesh(comm: MPI.Comm, geometry: Geometry) -> CellMesh:
    """Mesh [0, lithium + electrolyte] × [0, height] (× [0, depth]) with edges of `mesh_size`.

    Simplices are cut along diagonals that all point the same way: then the lumped masses are equal
    and the nodal Laplacian is the consistent five-point (3-D: seven-point) one, on which the
    lithium front relies.
    """
    extents = np.array(geometry.extents)
    counts = [max(1, round(extent / geometry.mesh_size)) for extent in geometry.extents]
    create = mesh.create_rectangle if geometry.dim == 2 else mesh.create_box
    kind = mesh.CellType[geometry.mesh_cell]
    ghosts = mesh.GhostMode.none if geometry.periodic else mesh.GhostMode.shared_facet
    partitioner = straight_cuts(counts, extents, kind, ghosts=not geometry.periodic)
    box = create(
        comm, [np.zeros(geometry.dim), extents], counts, kind, ghost_mode=ghosts,
        partitioner=partitioner if comm.size > 1 else None,
    )  # fmt: skip
    joined, numbers = box, np.asarray(box.geometry.input_global_indices)
    if geometry.periodic:
        joined, numbers = join_sides(box, geometry.extents)
    facets = tag_sides(joined, geometry.extents)
    return CellMesh(joined, box, numbers, facets, geometry.electrode_area)


def tag_sides(box: mesh.Mesh, extents: tuple[float, ...]) -> mesh.MeshTags:
    """Tag the sides of a box from the origin to `extents` [m] with the values of `SIDES`."""
    tolerance = 1e-8 * max(extents)
    facet_dim = box.topology.dim - 1
    facets, values = [], []
    for number, value in enumerate(list(SIDES.values())[: 2 * len(extents)]):
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
