"""Who holds the lithium, and whose surface carries the current.

An owner is a piece of metal: connected points with m(ξ) > 0, those that hold lithium and conduct
electrons. What belongs neither to the counter electrode nor to an isolated piece is the anode's.
"""

from __future__ import annotations

import numpy as np

from dendrolith.core.parallel import global_sums
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium
from dendrolith.studies.plating.observables.regions import Regions
from dendrolith.studies.plating.pieces import StepPieces


class Ledger(Observable):
    """Lithium by owner and by place, reaction current by owner, all per electrode area.

    The amounts by owner add up to all lithium; those on walls, in the solid and in pores to what
    the electrolyte holds, whoever owns it. The currents by owner add up to the ionic current. An
    isolated piece plates on one side what it strips on the other: `bipolar_current` is the smaller
    of both, added over the pieces.
    """

    columns = (
        "lithium_of_anode [mol/m^2]",
        "lithium_of_dendrites [mol/m^2]",
        "lithium_of_counter [mol/m^2]",
        "lithium_isolated [mol/m^2]",
        "lithium_on_walls [mol/m^2]",
        "lithium_in_solid [mol/m^2]",
        "lithium_in_pores [mol/m^2]",
        "reaction_current_of_anode [A/m^2]",
        "reaction_current_of_counter [A/m^2]",
        "reaction_current_isolated [A/m^2]",
        "bipolar_current [A/m^2]",
    )

    def __init__(self, laws: Laws, pieces: StepPieces, regions: Regions, area: float) -> None:
        self._pieces, self._regions = pieces, regions
        self._finder, self._comm = pieces.finder, laws.f.state.domain.comm
        self._lithium = NodalLithium(laws, self._finder.volume, area)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The amounts [mol/m²] and the currents [A/m²]."""
        owned = self._finder.owned
        lithium, current = self._lithium(view.dt)
        pieces = self._pieces.now()[self._finder.metal]
        label = pieces.label[:owned]
        isolated = np.append(~pieces.left & ~pieces.right, False)[label]
        counter = np.append(~pieces.left & pieces.right, False)[label]
        anode = ~isolated & ~counter
        sums = global_sums(
            self._comm,
            np.array(
                [
                    *(float(lithium[where].sum()) for where in (anode, counter, isolated)),
                    float(lithium[anode] @ self._regions.electrolyte[anode]),
                    *(float(lithium @ zone) for zone in self._regions.zones()),
                    *(float(current[where].sum()) for where in (anode, counter, isolated)),
                ]
            ),
        )
        of_anode, of_counter, of_isolated, dendrites, wall, solid, pore, *currents = map(
            float, sums
        )
        parts = np.stack([np.maximum(current, 0), np.maximum(-current, 0)], axis=1)
        gross = self._finder.sums(pieces, parts)[~pieces.left & ~pieces.right]
        return (
            of_anode - dendrites,
            dendrites,
            of_counter,
            of_isolated,
            wall,
            solid,
            pore,
            *currents,
            float(gross.min(axis=1).sum()),
        )
