"""Short circuit of the cell, from step to step: leakage under a held voltage, else the voltage."""

from __future__ import annotations

from dendrolith.control.stages import CURRENT, Stage
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.fields import ELECTRONIC
from dendrolith.studies.plating.terminals import CellTerminals
from dendrolith.traces.shorts.state_machine import CLASSES, ShortCircuitTrace
from dendrolith.traces.shorts.thresholds import SIMULATED


class ShortCircuit(Observable):
    """Class so far (0 none, 1 soft, 2 hard), and the depth over the running floor.

    The depth is |j_el| over its floor where the voltage is held, and the floor of the voltage over
    the voltage where the current is. A rest leaves both as they are; a new stage has a new floor,
    unless the same was held before.
    """

    columns = ("short_circuit [1]", "leakage_over_floor [1]")

    def __init__(self, terminals: CellTerminals, stages: tuple[Stage, ...]) -> None:
        self._terminals, self._stages = terminals, stages
        self._trace = ShortCircuitTrace(SIMULATED)
        self._stage = -1

    def save(self) -> CheckpointData:
        """Stage, and the state of the classification."""
        return CheckpointData(numbers={"stage": self._stage, "trace": self._trace.state()})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._stage = data.numbers["stage"]
        self._trace.restore(data.numbers["trace"])

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Class and depth."""
        stage = self._stages[view.stage]
        kind = stage.shows_short_in
        leakage = self._terminals.current_density(ELECTRONIC)
        if kind is not None:
            if view.stage != self._stage:
                self._trace.begin(kind, stage.held)
                self._stage = view.stage
            value = leakage if kind == CURRENT else self._terminals.voltage
            self._trace.feed(view.time, value)
        return float(CLASSES.index(self._trace.verdict)), self._trace.depth
