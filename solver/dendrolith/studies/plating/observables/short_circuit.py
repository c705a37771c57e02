"""Short circuit of the cell, from step to step: leakage under a held voltage, else the voltage."""

from __future__ import annotations

from dendrolith.control.stages import CURRENT
from dendrolith.core.checkpoint_data import Memory
from dendrolith.fields.state import ELECTRONIC
from dendrolith.observables.base import Moment, Observable
from dendrolith.observables.context import Scene
from dendrolith.studies.plating.observables.leakage_current import counter_current
from dendrolith.traces.shorts.state_machine import CLASSES, ShortCircuitTrace
from dendrolith.traces.shorts.thresholds import SIMULATED


class ShortCircuit(Observable):
    """Class so far (0 none, 1 soft, 2 hard), and the depth over the running floor.

    The depth is |j_el| over its floor where the voltage is held, and the floor of the voltage over
    the voltage where the current is. A rest leaves both as they are; a new stage has a new floor,
    unless the same was held before.
    """

    columns = ("short_circuit [1]", "leakage_over_floor [1]")

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._trace = ShortCircuitTrace(SIMULATED)
        self._stage = -1

    def remember(self) -> Memory:
        """Stage, and the state of the classification."""
        return Memory(numbers={"stage": self._stage, "trace": self._trace.state()})

    def recall(self, memory: Memory) -> None:
        """Take them back."""
        self._stage = memory.numbers["stage"]
        self._trace.restore(memory.numbers["trace"])

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Class and depth."""
        cell = moment.cell
        stage = cell.config.control[moment.stage]
        kind = stage.shows_short_in
        leakage = counter_current(moment.balance, ELECTRONIC) / cell.cell_mesh.electrode_area
        if kind is not None:
            if moment.stage != self._stage:
                self._trace.begin(kind, stage.held)
                self._stage = moment.stage
            value = leakage if kind == CURRENT else float(cell.cell_voltage.value)
            self._trace.feed(moment.time, value)
        return float(CLASSES.index(self._trace.verdict)), self._trace.depth
