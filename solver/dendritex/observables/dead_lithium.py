"""Lithium cut off from the anode, by geometry and by potential."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendritex.constants import FARADAY, GAS_CONSTANT
from dendritex.memory import Memory
from dendritex.model.lithium_pieces import LITHIUM, THRESHOLDS, Pieces
from dendritex.model.state import ELECTRONIC
from dendritex.observables.base import Moment, Observable
from dendritex.observables.scene import Scene
from dendritex.parallel import global_sum, largest_of_each

MINIMUM_AGE = 10  # steps
TOLERATED = 0.1  # of the larger, between both kinds of dead lithium

Mask = npt.NDArray[np.bool_]


class DeadLithium(Observable):
    """Dead: a piece of ξ > ½ off the anode, larger than (2δ)^d, for more than ten steps.

    The amount is c_Li times the volume of ξ > ½, which for a smooth surface is that of ∫ c_Li m.
    The same at other thresholds than ½ says how much that choice matters; a piece has been off the
    anode for as long as any of its nodes, at that threshold. Electrically dead: lithium whose
    potential differs from the anode's by more than RT/F. Both kinds disagree where they differ by
    more than a tenth of the larger and by more than one smallest piece.
    """

    columns = (
        "dead_lithium [mol/m^2]",
        "electrically_dead_lithium [mol/m^2]",
        "lithium_pieces [1]",
        *(f"dead_lithium_{threshold} [mol/m^2]" for threshold in THRESHOLDS[1:]),
        "dead_disagreement [1]",
        "dead_pieces [1]",
        "bridging [1]",
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        cell, self._finder = scene.cell, scene.finder
        self._comm = cell.cell_mesh.comm
        lithium, kinetics = cell.config.lithium_metal, cell.config.kinetics
        dim = cell.cell_mesh.mesh.geometry.dim
        self._smallest = (2 * lithium.interface_width) ** dim
        self._density = float(lithium.c_Li) / cell.cell_mesh.electrode_area
        self._thermal = GAS_CONSTANT * kinetics.temperature / FARADAY
        self._age = np.zeros((self._finder.owned, len(THRESHOLDS)))

    def remember(self) -> Memory:
        """For how many steps each node has been off the anode, at each threshold."""
        return Memory(nodal={"age": self._age.copy()})

    def recall(self, memory: Memory) -> None:
        """Take the ages back."""
        self._age[:] = memory.nodal["age"]

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Dead and electrically dead lithium per electrode area, number of pieces, and so on."""
        cuts = [moment.pieces[threshold] for threshold in THRESHOLDS]
        dead, pieces = self._dead(cuts), moment.pieces[LITHIUM]
        amount, *others = (
            self._density * float(cut.volume[mask].sum())
            for cut, mask in zip(cuts, dead, strict=True)
        )
        adrift = self._electrically_dead(moment)
        return (
            amount, adrift, float(pieces.count), *others,
            float(self._disagree(amount, adrift)), float(dead[0].sum()),
            float((pieces.anode & pieces.counter).any()),
        )  # fmt: skip

    def _disagree(self, dead: float, adrift: float) -> bool:
        """Do the amounts cut off by geometry and by potential tell different stories?"""
        apart = max(TOLERATED * max(dead, adrift), self._density * self._smallest)
        return bool(abs(dead - adrift) > apart)

    def _dead(self, cuts: list[Pieces]) -> list[Mask]:
        """Which pieces are dead, for each threshold; all nodes grow older by a step."""
        oldest = []
        for age, pieces in zip(self._age.T, cuts, strict=True):
            label = pieces.label[: self._finder.owned]
            off = (label >= 0) & ~pieces.connected()[: self._finder.owned]
            age[:] = np.where(off, age + 1, 0)
            eldest = np.zeros(pieces.count)
            np.maximum.at(eldest, label[off], age[off])
            oldest.append(eldest)
        ages = largest_of_each(self._comm, np.concatenate(oldest))
        ends = np.cumsum([pieces.count for pieces in cuts])[:-1]
        return [
            (eldest > MINIMUM_AGE) & (pieces.volume > self._smallest)
            for pieces, eldest in zip(cuts, np.split(ages, ends), strict=True)
        ]

    def _electrically_dead(self, moment: Moment) -> float:
        """Lithium off the anode's potential, per electrode area [mol/m²]."""
        owned = self._finder.owned
        state = moment.cell.state
        off_anode = np.abs(state.component(ELECTRONIC)[:owned])
        adrift = (state.xi.x.array[:owned] > LITHIUM) & (off_anode > self._thermal)
        return self._density * global_sum(self._comm, float(self._finder.volume[adrift].sum()))
