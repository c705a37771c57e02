"""Height and speed of the dendrite's tip, and the current density that its speed stands for."""

from __future__ import annotations

import numpy as np

from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import largest
from dendrolith.fields.connected import LITHIUM, crossing, leaving
from dendrolith.observables.base import Moment, Observable
from dendrolith.observables.context import Scene

MOST_STEPS = 1000  # over which the speed of a tip that hardly moves is taken


class Dendrite(Observable):
    """Farthest point of ξ = ½ on lithium that holds on to the anode, measured from the foil.

    Its speed is the mean over the shortest time past in which it advanced by one mesh size: from
    step to step it pulsates, by a factor of two either way at δ/h = 4, as a sharp tip passes the
    nodes. Where the farthest piece breaks off or joins, it begins anew. j_tip = F c_Li dx/dt is to
    be held against the nominal `ionic_current`.
    """

    columns = ("tip_height [m]", "tip_speed [m/s]", "tip_current_density [A/m^2]")

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        cell = scene.cell
        self._foil = cell.config.geometry.lithium_thickness
        self._charge = FARADAY * float(cell.config.lithium_metal.c_Li)
        self._x = cell.state.scalar_space.tabulate_dof_coordinates()[:, 0]
        self._edges = scene.finder.edges
        self._mesh_size = cell.config.geometry.mesh_size
        self._interface = cell.config.lithium_metal.interface_width
        self._way: list[list[float]] = []  # time [s] and height [m], over the last mesh size

    def remember(self) -> Memory:
        """Where the tip has been, over the last mesh size."""
        return Memory(numbers={"way": self._way})

    def recall(self, memory: Memory) -> None:
        """Take it back."""
        self._way = [list(point) for point in memory.numbers["way"]]

    def start(self, moment: Moment) -> None:
        """Height of the tip at the start of the run."""
        self._way = [[moment.time, self.height(moment)]]

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Height [m], speed [m/s] and current density [A/m²] of the tip."""
        height = self.height(moment)
        if self._way and abs(height - self._way[-1][1]) > self._interface:
            self._way = []  # broken off, or joined: no front moves that far in a step
        self._way.append([moment.time, height])
        while len(self._way) > 2 and abs(height - self._way[1][1]) >= self._mesh_size:
            del self._way[0]
        del self._way[:-MOST_STEPS]
        (since, low), (now, _) = self._way[0], self._way[-1]
        speed = (height - low) / (now - since) if now > since else 0.0
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
