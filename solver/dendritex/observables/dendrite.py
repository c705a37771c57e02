"""Height of the dendrite's tip above the foil."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendritex.mesh.gather import GatheredMesh
from dendritex.model.cell import Cell
from dendritex.observables.base import Moment
from dendritex.observables.lithium_pieces import LITHIUM, Pieces
from dendritex.parallel import from_root


class Dendrite:
    """Farthest point of ξ = ½ on lithium that holds on to the anode, measured from the foil."""

    columns = ("tip_height [m]",)

    def __init__(self, cell: Cell, gathered: GatheredMesh) -> None:
        self._comm = cell.cell_mesh.comm
        self._foil = cell.config.geometry.lithium_thickness
        self._x = gathered.points[:, 0]
        self._edges = gathered.edges()

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Tip height [m]."""
        tip = None
        if moment.xi is not None and moment.pieces is not None:
            tip = self._tip(moment.xi, moment.pieces)
        return (from_root(self._comm, tip),)

    def _tip(self, xi: npt.NDArray[np.float64], pieces: Pieces) -> float:
        """Largest x of the ½ contour, interpolated along the edges that leave the lithium."""
        x, connected = self._x, pieces.connected()
        if not connected.any():
            return -self._foil
        ends = np.concatenate([self._edges, self._edges[:, ::-1]])
        leaving = ends[connected[ends[:, 0]] & (xi[ends[:, 1]] <= LITHIUM)]
        inner, outer = leaving[:, 0], leaving[:, 1]
        part = (xi[inner] - LITHIUM) / (xi[inner] - xi[outer])
        contour = x[inner] + part * (x[outer] - x[inner])
        return float(max(x[connected].max(), contour.max(initial=-np.inf)) - self._foil)
