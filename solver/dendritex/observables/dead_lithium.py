"""Lithium cut off from the anode, by geometry and by potential."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendritex.constants import FARADAY, GAS_CONSTANT
from dendritex.memory import Memory
from dendritex.mesh.gather import GatheredMesh
from dendritex.model.cell import Cell
from dendritex.model.state import ELECTRONIC
from dendritex.observables.base import Moment
from dendritex.observables.lithium_pieces import LITHIUM, Pieces
from dendritex.parallel import from_root, gather_concatenate

MINIMUM_AGE = 10  # steps


class DeadLithium:
    """Dead: a piece of ξ > ½ off the anode, larger than (2δ)^d, for more than ten steps.

    The amount is c_Li times the volume of ξ > ½, which for a smooth surface is that of ∫ c_Li m.
    Electrically dead: lithium whose potential differs from the anode's by more than RT/F.
    """

    columns = (
        "dead_lithium [mol/m^2]",
        "electrically_dead_lithium [mol/m^2]",
        "lithium_pieces [1]",
    )

    def __init__(self, cell: Cell, gathered: GatheredMesh) -> None:
        self._comm = cell.cell_mesh.comm
        lithium, kinetics = cell.config.lithium_metal, cell.config.kinetics
        dim = cell.cell_mesh.mesh.geometry.dim
        self._smallest = (2 * lithium.interface_width) ** dim
        self._density = float(lithium.c_Li) / cell.cell_mesh.electrode_area
        self._thermal = GAS_CONSTANT * kinetics.temperature / FARADAY
        self._gathered = gathered
        self._volume = gather_concatenate(self._comm, cell.nodal_volume.array.copy())
        self._age: npt.NDArray[np.int64] = np.zeros(len(gathered.points), dtype=np.int64)

    def remember(self) -> Memory:
        """For how many steps each node has been off the anode."""
        return Memory(gathered={"age": self._age})

    def recall(self, memory: Memory) -> None:
        """Take the ages back."""
        self._age = memory.gathered.get("age", self._age)

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Dead and electrically dead lithium per electrode area, number of pieces."""
        state = moment.cell.state
        phi_el = self._gathered.nodal_component(state.phi, ELECTRONIC)
        values = None
        if moment.xi is not None and moment.pieces is not None and phi_el is not None:
            values = self._measure(moment.xi, moment.pieces, np.abs(phi_el))
        return from_root(self._comm, values)

    def _measure(
        self, xi: npt.NDArray[np.float64], pieces: Pieces, off_anode: npt.NDArray[np.float64]
    ) -> tuple[float, float, float]:
        assert self._volume is not None
        amount = self._density * self._volume
        lithium = pieces.label >= 0
        off = lithium & ~pieces.connected()
        self._age = np.where(off, self._age + 1, 0)
        dead = 0.0
        for piece in np.unique(pieces.label[off]):
            nodes = pieces.label == piece
            volume = self._volume[nodes].sum()
            if volume > self._smallest and self._age[nodes].max() > MINIMUM_AGE:
                dead += amount[nodes].sum()
        adrift = (xi > LITHIUM) & (off_anode > self._thermal)
        return float(dead), float(amount[adrift].sum()), float(pieces.count)
