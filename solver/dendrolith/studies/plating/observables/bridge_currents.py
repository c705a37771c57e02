"""A bridge at a counter electrode that stores lithium: reduction beside it, and its resistance."""

from __future__ import annotations

import math

import numpy as np

from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.counter_side import CounterSide
from dendrolith.studies.plating.fields import ELECTRONIC
from dendrolith.studies.plating.terminals import CellTerminals
from dendrolith.traces.spectra.filament import BRIDGE_RESISTANCE

FLOOR = 100.0  # times what the sound electrolyte leaks


class BridgeCurrents(Observable):
    """∫⟨−j⟩₊ds/A, where ions lithiate the electrode; and V/j_el of a bridge, NaN without one.

    Args:
        terminals: of the cell.
        side: nodes of the counter electrode.
        electrolyte: sound.
        thickness: of it, as built [m].
    """

    columns = ("local_reduction_current [A/m^2]", f"{BRIDGE_RESISTANCE} [Ohm m^2]")

    def __init__(
        self, terminals: CellTerminals, side: CounterSide, electrolyte: Phase, thickness: float
    ) -> None:
        self._terminals, self._side = terminals, side
        self._leakage = electrolyte.electronic_conductivity / thickness

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both (collective)."""
        lithiating = np.maximum(-self._terminals.local_currents(self._side), 0.0)
        voltage, electronic = self._terminals.voltage, self._terminals.current_density(ELECTRONIC)
        bridged = abs(electronic) > FLOOR * self._leakage * abs(voltage)
        return self._side.mean(lithiating), voltage / electronic if bridged else math.nan
