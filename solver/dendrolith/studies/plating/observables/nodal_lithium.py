"""Lithium of the nodes, and the reaction current of the step at each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.constants import FARADAY
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.nodal import metal
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]


class NodalLithium:
    """What nodes hold: φ_c c_Li m(ξ), and what openings hold beyond it.

    Args:
        laws: of the cell.
        volume: (n_owned,) of each node [m³, in 2-D m²].
        area: that amounts are divided by [m², in 2-D m]; 1: not at all.
    """

    def __init__(self, laws: Laws, volume: FloatArray, area: float = 1.0) -> None:
        self._f, lithium, self._owned = laws.f, in_numbers(laws.lithium), len(volume)
        self._threshold = lithium.metal_threshold
        self._amount, self._volume = lithium.c_Li / area * volume, volume / area
        self._capacities, self._openings = laws.capacities, laws.openings
        self._V_m, self._moved_after = lithium.molar_volume, laws.moved_after

    def __call__(self, dt: float) -> tuple[FloatArray, FloatArray]:
        """(n_owned,) lithium [mol, in 2-D mol/m] and current [A, in 2-D A/m] of a step of `dt`."""
        f, owned, lithium = self._f, self._owned, self.now()
        xi, rate = f.xi.x.array[:owned].copy(), f.rate.x.array[:owned]
        for moved in self._moved_after:  # back to the end of the reaction
            xi -= moved[:owned]
        gained = metal(xi, self._threshold) - metal(xi - dt * rate, self._threshold)
        # at the start no time has passed, and no lithium has moved
        current: FloatArray = FARADAY / (dt or 1.0) * self._room() * gained
        for openings in self._openings:
            current = current + self._volume * openings.current.x.array[:owned]
        return lithium, current

    def now(self) -> FloatArray:
        """(n_owned,) lithium [mol, in 2-D mol/m]."""
        fraction = metal(self._f.xi.x.array[: self._owned], self._threshold)
        lithium: FloatArray = self._room() * fraction + self._in_openings()
        return lithium

    def of_metal(self) -> FloatArray:
        """(n_owned,) lithium of nodes that are metal, all of them [mol, in 2-D mol/m]."""
        return self._room() + self._in_openings()

    def _in_openings(self) -> FloatArray:
        """(n_owned,) lithium beyond ξ [mol, in 2-D mol/m]."""
        held: FloatArray = np.zeros(self._owned)
        for openings in self._openings:
            held = held + self._volume / self._V_m * openings.volume.x.array[: self._owned]
        return held

    def _room(self) -> FloatArray:
        """(n_owned,) lithium of a node of metal: V φ_c c_Li [mol, in 2-D mol/m]."""
        room: FloatArray = self._amount
        for capacity in self._capacities:
            room = room * capacity.x.array[: self._owned]
        return room
