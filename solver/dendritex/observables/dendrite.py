"""Height of the dendrite's tip above the foil."""

from __future__ import annotations

import numpy as np

from dendritex.model.cell import Cell
from dendritex.observables.base import Moment
from dendritex.observables.lithium_pieces import LITHIUM, PieceFinder
from dendritex.parallel import largest


class Dendrite:
    """Farthest point of ξ = ½ on lithium that holds on to the anode, measured from the foil."""

    columns = ("tip_height [m]",)

    def __init__(self, cell: Cell, finder: PieceFinder) -> None:
        self._foil = cell.config.geometry.lithium_thickness
        self._x = cell.state.scalar_space.tabulate_dof_coordinates()[:, 0]
        self._edges = finder.edges

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Tip height [m]; where no lithium is left at the anode that of the bare collector."""
        farthest = largest(moment.cell.cell_mesh.comm, self._farthest(moment))
        return (max(farthest, 0.0) - self._foil,)

    def _farthest(self, moment: Moment) -> float:
        """Largest x of the ½ contour on this rank, −∞ without one.

        It is interpolated along the edges that leave the lithium.
        """
        x, xi, connected = self._x, moment.cell.state.xi.x.array, moment.pieces[LITHIUM].connected()
        first, second = self._edges[:, connected[self._edges[0]] != connected[self._edges[1]]]
        leaving = connected[first]
        inner, outer = np.where(leaving, first, second), np.where(leaving, second, first)
        part = (xi[inner] - LITHIUM) / (xi[inner] - xi[outer])
        contour = x[inner] + part * (x[outer] - x[inner])
        return float(max(x[connected].max(initial=-np.inf), contour.max(initial=-np.inf)))
