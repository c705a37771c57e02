"""Where a problem lives: a mesh with named boundaries, named regions and numbered nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Domain:
    """A mesh whose boundary facets and cells carry names.

    Attributes:
        mesh: coordinates in m; opposite sides joined where they are periodic.
        drawn: the same cells unjoined, for output; `mesh` itself where nothing is periodic.
        node_numbers: (n_local,) for each node of the geometry its number as made, for all copies
            the same, on any number of ranks.
        facets: facet tags; values as in `boundaries`.
        boundaries: tag of each named boundary.
        areas: area of each named boundary [m², in 2-D m].
        cells: cell tags; values as in `regions`. Empty where there are no regions.
        regions: tag of each named region; regions, if any, cover all cells.
        structured: rows of equal cells along the axes, as `create_box` makes them.
        periods: (3,) length after which it continues along each axis, 0 where it ends [m].
    """

    mesh: mesh.Mesh
    drawn: mesh.Mesh
    node_numbers: npt.NDArray[np.int64]
    facets: mesh.MeshTags
    boundaries: Mapping[str, int]
    areas: Mapping[str, float]
    cells: mesh.MeshTags
    regions: Mapping[str, int]
    structured: bool
    periods: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    @property
    def comm(self) -> MPI.Comm:
        """Communicator of the mesh."""
        comm: MPI.Comm = self.mesh.comm
        return comm

    def side(self, name: str) -> npt.NDArray[np.int32]:
        """Facets of a named boundary on this rank.

        Raises:
            ConfigError: there is no boundary of this name.
        """
        return np.asarray(self.facets.find(self._tag(name)), np.int32)

    def area(self, name: str) -> float:
        """Area of a named boundary [m², in 2-D m].

        Raises:
            ConfigError: there is no boundary of this name.
        """
        self._tag(name)
        return self.areas[name]

    def _tag(self, name: str) -> int:
        if name not in self.boundaries:
            known = ", ".join(self.boundaries) or "none"
            raise ConfigError(f"mesh: no boundary '{name}'; known: {known}")
        return self.boundaries[name]


def no_tags(domain: mesh.Mesh, dim: int) -> mesh.MeshTags:
    """Tags of no entity of the dimension."""
    nothing = np.empty(0, dtype=np.int32)
    return mesh.meshtags(domain, dim, nothing, nothing)
