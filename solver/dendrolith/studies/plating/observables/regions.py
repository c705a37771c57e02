"""Parts of the electrolyte as weights of nodes: near walls, in the solid, in pores, in layers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.schema import Geometry

FloatArray = npt.NDArray[np.float64]

# ρ = tanh(2 d/δ_ρ) at a distance d = δ_ρ from the middle of a wall
ONE_WALL_WIDTH = float(np.tanh(2.0))


class Regions:
    """Where the nodes of this rank lie.

    The plane between foil and electrolyte may pass anywhere through the mesh; a node counts by the
    part of its surroundings of one mesh size that lies beyond it.

    Args:
        f: fields.
        geometry: of the cell.
        porous: there are pores, and so walls.

    Attributes:
        electrolyte: (n_owned,) part of the node that lies beyond the foil's initial surface [1].
    """

    def __init__(self, f: PlatingFields, geometry: Geometry, *, porous: bool) -> None:
        self._rho, self._porous, space = f.rho, porous, f.scalar_space
        self._owned = space.dofmap.index_map.size_local
        beyond = space.tabulate_dof_coordinates()[: self._owned, 0] - geometry.lithium_thickness
        self._beyond, self._mesh_size = beyond, geometry.mesh_size
        self._thickness = geometry.electrolyte_thickness
        self.electrolyte: FloatArray = np.clip(beyond / geometry.mesh_size + 0.5, 0.0, 1.0)

    def zones(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n_owned,) parts of the nodes that lie on walls, in the solid and in pores.

        A wall is what has ρ ≥ 0 within δ_ρ of its middle; a pore has ρ < 0.
        """
        rho = self._rho.x.array[: self._owned]
        pore = rho < 0
        wall = ~pore & (rho < ONE_WALL_WIDTH) & self._porous
        on_wall, in_solid, in_pore = (
            np.where(where, self.electrolyte, 0.0) for where in (wall, ~pore & ~wall, pore)
        )
        return on_wall, in_solid, in_pore

    def layers(self, count: int) -> FloatArray:
        """(count, n_owned) parts of the nodes that lie in each of `count` equal layers along x.

        Together they are `electrolyte`.
        """
        low = self._beyond - 0.5 * self._mesh_size
        high = np.minimum(low + self._mesh_size, self._thickness)  # the cell ends there
        planes = np.linspace(0.0, self._thickness, count + 1)[:, None]
        inside = np.minimum(high, planes[1:]) - np.maximum(low, planes[:-1])
        parts: FloatArray = np.clip(inside, 0.0, None) / (high - low)
        return parts
