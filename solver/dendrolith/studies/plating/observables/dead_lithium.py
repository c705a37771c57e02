"""Lithium cut off from the anode, by geometry and by potential."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import global_sum, largest_of_each
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import Pieces
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.ion_transport import thermal_voltage
from dendrolith.studies.plating.fields import ELECTRONIC
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium
from dendrolith.studies.plating.pieces import LITHIUM, THRESHOLDS, StepPieces

MINIMUM_AGE = 10  # steps
TOLERATED = 0.1  # of the larger, between both kinds of dead lithium

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class DeadLithium(Observable):
    """Dead: a piece of ξ > ½ off the anode, larger than (2δ)^d, for more than ten steps.

    What a side of the cell cuts is held against it with its image behind each side that it touches.
    Once dead it stays so down to half that size, else its amount would come and go as it wobbles.
    All that is off the anode, however small and young, is `lithium_isolated` in the ledger.
    The amount is that of the nodes with ξ > ½ as metal, which for a smooth surface is ∫ c_Li m; in
    cracks they hold φ_c of it.
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

    def __init__(self, laws: Laws, pieces: StepPieces, area: float) -> None:
        self._f, self._pieces, self._finder = laws.f, pieces, pieces.finder
        mesh, lithium = laws.f.state.domain, in_numbers(laws.lithium)
        self._comm = mesh.comm
        self._smallest = (2 * lithium.interface_width) ** mesh.geometry.dim
        self._density = lithium.c_Li / area
        self._lithium = NodalLithium(laws, self._finder.volume, area)
        self._thermal = thermal_voltage(in_numbers(laws.kinetics).temperature)
        # of each node, at each threshold: steps off the anode; 1 in a piece that was dead
        self._age, self._was_dead = np.zeros((2, self._finder.owned, len(THRESHOLDS)))

    def save(self) -> CheckpointData:
        """For how many steps each node has been off the anode, and what was dead."""
        return CheckpointData(nodal={"age": self._age.copy(), "was_dead": self._was_dead.copy()})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._age[:], self._was_dead[:] = data.nodal["age"], data.nodal["was_dead"]

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Dead and electrically dead lithium per electrode area, number of pieces, and so on."""
        found = self._pieces.now()
        cuts = [found[threshold] for threshold in THRESHOLDS]
        dead, pieces = self._dead(cuts), found[LITHIUM]
        held = self._lithium.of_metal()
        amount, *others = (
            float(self._finder.sums(cut, held[:, None])[mask].sum())
            for cut, mask in zip(cuts, dead, strict=True)
        )
        adrift = self._electrically_dead(held)
        return (
            amount,
            adrift,
            float(pieces.count),
            *others,
            float(self._disagree(amount, adrift)),
            float(dead[0].sum()),
            float((pieces.left & pieces.right).any()),
        )

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
            of_nodes = np.stack([age, was_dead, *self._pieces.mirrors])
            of_pieces = np.zeros((len(of_nodes), pieces.count))
            for most, values in zip(of_pieces, of_nodes, strict=True):
                np.maximum.at(most, label[off], values[off])
            known.append(of_pieces)
        everywhere = largest_of_each(self._comm, np.concatenate(known, axis=1))
        ends = np.cumsum([pieces.count for pieces in cuts])[:-1]
        dead = [
            (eldest > MINIMUM_AGE)
            & (
                pieces.volume * 2 ** np.sum(touched, axis=0)
                > np.where(was, 0.5, 1) * self._smallest
            )
            for pieces, (eldest, was, *touched) in zip(
                cuts, np.split(everywhere, ends, axis=1), strict=True
            )
        ]
        for was_dead, pieces, mask in zip(self._was_dead.T, cuts, dead, strict=True):
            was_dead[:] = np.append(mask, False)[pieces.label[: self._finder.owned]]
        return dead

    def _electrically_dead(self, held: FloatArray) -> float:
        """Of what nodes hold, that off the anode's potential, per electrode area [mol/m²]."""
        owned, f = self._finder.owned, self._f
        off_anode = np.abs(f.component(ELECTRONIC)[:owned])
        adrift = (f.xi.x.array[:owned] > LITHIUM) & (off_anode > self._thermal)
        return global_sum(self._comm, float(held[adrift].sum()))
