"""Lithium cut off from the anode, by geometry and by potential."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import global_sum, largest_of_each
from dendrolith.fields.connected import LITHIUM, THRESHOLDS, Pieces
from dendrolith.fields.state import ELECTRONIC
from dendrolith.observables.base import Moment, Observable
from dendrolith.observables.context import Scene

MINIMUM_AGE = 10  # steps
TOLERATED = 0.1  # of the larger, between both kinds of dead lithium

Mask = npt.NDArray[np.bool_]


class DeadLithium(Observable):
    """Dead: a piece of ξ > ½ off the anode, larger than (2δ)^d, for more than ten steps.

    Once dead it stays so down to half that size, else its amount would come and go as it wobbles.
    All that is off the anode, however small and young, is `lithium_isolated` in the ledger.
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
        # of each node, at each threshold: steps off the anode; 1 in a piece that was dead
        self._age, self._was_dead = np.zeros((2, self._finder.owned, len(THRESHOLDS)))

    def remember(self) -> Memory:
        """For how many steps each node has been off the anode, and what was dead."""
        return Memory(nodal={"age": self._age.copy(), "was_dead": self._was_dead.copy()})

    def recall(self, memory: Memory) -> None:
        """Take them back."""
        self._age[:], self._was_dead[:] = memory.nodal["age"], memory.nodal["was_dead"]

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
        known = []
        for age, was_dead, pieces in zip(self._age.T, self._was_dead.T, cuts, strict=True):
            label = pieces.label[: self._finder.owned]
            off = (label >= 0) & ~pieces.connected()[: self._finder.owned]
            age[:] = np.where(off, age + 1, 0)
            of_pieces = np.zeros((2, pieces.count))
            np.maximum.at(of_pieces[0], label[off], age[off])
            np.maximum.at(of_pieces[1], label[off], was_dead[off])
            known.append(of_pieces)
        everywhere = largest_of_each(self._comm, np.concatenate(known, axis=1))
        ends = np.cumsum([pieces.count for pieces in cuts])[:-1]
        dead = [
            (eldest > MINIMUM_AGE) & (pieces.volume > np.where(was > 0, 0.5, 1) * self._smallest)
            for pieces, (eldest, was) in zip(cuts, np.split(everywhere, ends, axis=1), strict=True)
        ]
        for was_dead, pieces, mask in zip(self._was_dead.T, cuts, dead, strict=True):
            was_dead[:] = np.append(mask, False)[pieces.label[: self._finder.owned]]
        return dead

    def _electrically_dead(self, moment: Moment) -> float:
        """Lithium off the anode's potential, per electrode area [mol/m²]."""
        owned = self._finder.owned
        state = moment.cell.state
        off_anode = np.abs(state.component(ELECTRONIC)[:owned])
        adrift = (state.xi.x.array[:owned] > LITHIUM) & (off_anode > self._thermal)
        return self._density * global_sum(self._comm, float(self._finder.volume[adrift].sum()))
