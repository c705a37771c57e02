"""Height and speed of the dendrite's tip, and the current density that its speed stands for."""

from __future__ import annotations

import math

import numpy as np

from dendritex.constants import FARADAY
from dendritex.memory import Memory, numbers_of, set_numbers
from dendritex.model.lithium_pieces import LITHIUM, crossing, leaving
from dendritex.observables.base import Moment, Observable
from dendritex.observables.scene import Scene
from dendritex.parallel import largest

_KEPT = ("_before",)


class Dendrite(Observable):
    """Farthest point of ξ = ½ on lithium that holds on to the anode, measured from the foil.

    Its speed is that of the step: it pulsates as a sharp tip passes the nodes of the mesh (by a
    third at δ/h = 4), and jumps where the farthest piece breaks off or joins. j_tip = F c_Li dx/dt
    is to be held against the nominal `ionic_current`.
    """

    columns = ("tip_height [m]", "tip_speed [m/s]", "tip_current_density [A/m^2]")

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        cell = scene.cell
        self._foil = cell.config.geometry.lithium_thickness
        self._charge = FARADAY * float(cell.config.lithium_metal.c_Li)
        self._x = cell.state.scalar_space.tabulate_dof_coordinates()[:, 0]
        self._edges = scene.finder.edges
        self._before = math.nan

    def remember(self) -> Memory:
        """Height of the tip after the last step."""
        return numbers_of(self, _KEPT)

    def recall(self, memory: Memory) -> None:
        """Take it back."""
        set_numbers(self, _KEPT, memory)

    def start(self, moment: Moment) -> None:
        """Height of the tip at the start of the run."""
        self._before = self.height(moment)

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Height [m], speed [m/s] and current density [A/m²] of the tip."""
        height = self.height(moment)
        speed = (height - self._before) / moment.dt if moment.dt > 0 else 0.0
        self._before = height
        return height, speed, self._charge * speed

    def height(self, moment: Moment) -> float:
        """Tip height [m]; where no lithium is left at the anode that of the bare collector."""
        farthest = largest(moment.cell.cell_mesh.comm, self._farthest(moment))
        return max(farthest, 0.0) - self._foil

    def _farthest(self, moment: Moment) -> float:
        """Largest x of the ½ contour on this rank, −∞ without one.

        It is interpolated along the edges that leave the lithium.
        """
        x, xi, connected = self._x, moment.cell.state.xi.x.array, moment.pieces[LITHIUM].connected()
        inner, outer = leaving(self._edges, connected)
        contour = x[inner] + crossing(xi[inner], xi[outer]) * (x[outer] - x[inner])
        return float(max(x[connected].max(initial=-np.inf), contour.max(initial=-np.inf)))
