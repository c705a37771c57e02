"""Height and speed of the dendrite's tip, and the current density that its speed stands for."""

from __future__ import annotations

import numpy as np

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import largest
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import crossing, leaving
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.pieces import LITHIUM, StepPieces
from dendrolith.studies.plating.schema import Geometry

MOST_STEPS = 1000  # over which the speed of a tip that hardly moves is taken


class Dendrite(Observable):
    """Farthest point of ξ = ½ on lithium that holds on to the anode, measured from the foil.

    Its speed is the mean over the shortest time past in which it advanced by one mesh size: from
    step to step it pulsates, by a factor of two either way at δ/h = 4, as a sharp tip passes the
    nodes. Where the farthest piece breaks off or joins, it begins anew. j_tip = F c_Li dx/dt is to
    be held against the nominal `ionic_current`.
    """

    columns = ("tip_height [m]", "tip_speed [m/s]", "tip_current_density [A/m^2]")

    def __init__(self, laws: Laws, pieces: StepPieces, geometry: Geometry) -> None:
        self._xi, self._pieces, lithium = laws.f.xi, pieces, in_numbers(laws.lithium)
        self._foil, self._mesh_size = geometry.lithium_thickness, geometry.mesh_size
        self._charge = FARADAY * lithium.c_Li
        self._x = laws.f.scalar_space.tabulate_dof_coordinates()[:, 0]
        self._edges = pieces.finder.edges
        self._interface = lithium.interface_width
        self._way: list[list[float]] = []  # time [s] and height [m], over the last mesh size

    def save(self) -> CheckpointData:
        """Where the tip has been, over the last mesh size."""
        return CheckpointData(numbers={"way": self._way})

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        self._way = [list(point) for point in data.numbers["way"]]

    def start(self, view: StepView) -> None:
        """Height of the tip at the start of the run."""
        self._way = [[view.time, self.height(view)]]

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Height [m], speed [m/s] and current density [A/m²] of the tip."""
        height = self.height(view)
        if self._way and abs(height - self._way[-1][1]) > self._interface:
            self._way = []  # broken off, or joined: no front moves that far in a step
        self._way.append([view.time, height])
        while len(self._way) > 2 and abs(height - self._way[1][1]) >= self._mesh_size:
            del self._way[0]
        del self._way[:-MOST_STEPS]
        (since, low), (now, _) = self._way[0], self._way[-1]
        speed = (height - low) / (now - since) if now > since else 0.0
        return height, speed, self._charge * speed

    def height(self, view: StepView) -> float:
        """Tip height [m]; where no lithium is left at the anode that of the bare collector."""
        farthest = largest(self._xi.function_space.mesh.comm, self._farthest(view))
        return max(farthest, 0.0) - self._foil

    def _farthest(self, view: StepView) -> float:
        """Largest x of the ½ contour on this rank, −∞ without one.

        It is interpolated along the edges that leave the lithium.
        """
        x, xi = self._x, self._xi.x.array
        connected = self._pieces.now()[LITHIUM].connected()
        inner, outer = leaving(self._edges, connected)
        contour = x[inner] + crossing(xi[inner], xi[outer]) * (x[outer] - x[inner])
        return float(max(x[connected].max(initial=-np.inf), contour.max(initial=-np.inf)))
