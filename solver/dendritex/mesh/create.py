"""The rectangular cell as a structured triangle mesh with named sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import mesh
from mpi4py import MPI

from dendritex.config.schema import Geometry

SIDES = {"left": 1, "right": 2, "bottom": 3, "top": 4}


@dataclass(frozen=True, slots=True)
class CellMesh:
    """A mesh whose boundary facets carry the names in `SIDES`.

    Attributes:
        mesh: the cell, coordinates in m.
        facets: facet tags, values as in `SIDES`.
        electrode_area: area of the right side (2-D: per depth) [m].
    """

    mesh: mesh.Mesh
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
    """Triangulate [0, lithium + electrolyte] × [0, height] with edges of `mesh_size`.

    All diagonals point the same way: then the lumped masses are equal and the nodal Laplacian is
    the consistent five-point one, on which the lithium front relies.
    """
    length = geometry.lithium_thickness + geometry.electrolyte_thickness
    cells = [max(1, round(extent / geometry.mesh_size)) for extent in (length, geometry.height)]
    box = mesh.create_rectangle(
        comm, [np.zeros(2), np.array([length, geometry.height])], cells, mesh.CellType.triangle
    )
    return CellMesh(box, tag_sides(box, length, geometry.height), geometry.height)


def tag_sides(box: mesh.Mesh, length: float, height: float) -> mesh.MeshTags:
    """Tag the four sides of a rectangle with the values of `SIDES`."""
    tolerance = 1e-8 * max(length, height)
    positions = {"left": (0, 0.0), "right": (0, length), "bottom": (1, 0.0), "top": (1, height)}
    facet_dim = box.topology.dim - 1
    facets, values = [], []
    for name, (axis, where) in positions.items():
        found = mesh.locate_entities_boundary(
            box, facet_dim, lambda x, axis=axis, where=where: np.abs(x[axis] - where) < tolerance
        )
        facets.append(found)
        values.append(np.full(found.size, SIDES[name], dtype=np.int32))
    all_facets, all_values = np.concatenate(facets), np.concatenate(values)
    order = np.argsort(all_facets)
    return mesh.meshtags(box, facet_dim, all_facets[order], all_values[order])
