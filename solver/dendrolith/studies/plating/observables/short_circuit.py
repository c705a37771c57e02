"""Short circuit of the cell, from step to step, by the path that its electrons have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.traces.shorts.excursion import LEFT
from dendrolith.traces.shorts.path import PathTrace, left_of, path_of
from dendrolith.traces.shorts.state_machine import CLASSES


class Currents(Protocol):
    """Terminals of a cell, with a mesh or without."""

    @property
    def voltage(self) -> float:
        """V of the cell [V]."""
        ...

    def current_density(self, kind: int) -> float:
        """Ionic or electronic [A/m²] (collective)."""
        ...


class ShortCircuit(Observable):
    """Class so far (0 none, 1 soft, 2 hard), and the path of electrons.

    Whatever is held: a voltage that falls because the gap closes is no short. Where the counter
    electrode stores lithium, the part left of the voltage at rest; NaN where that is near 0.

    Args:
        terminals: of the cell.
        electrolyte: sound.
        thickness: of it, as built [m].
        at_rest: voltages at rest, one where the counter electrode stores lithium [V].
    """

    def __init__(
        self,
        terminals: Currents,
        electrolyte: Phase,
        thickness: float,
        at_rest: Sequence[Callable[[], float]],
    ) -> None:
        self._at_rest = at_rest
        self.columns = ("short_circuit [1]", "electronic_path [1]", *(LEFT for _ in at_rest))
        self._terminals, self._thickness = terminals, thickness
        self._sigma = electrolyte.electronic_conductivity, electrolyte.ionic_conductivity
        self._trace, self._stage = PathTrace(), -1

    def save(self) -> CheckpointData:
        """Stage, and the state of the classification."""
        return CheckpointData(numbers={"stage": self._stage, "trace": self._trace.state()})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._stage = data.numbers["stage"]
        self._trace.restore(data.numbers["trace"])

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Class and path."""
        electronic, ionic = (self._terminals.current_density(k) for k in (ELECTRONIC, IONIC))
        path = path_of(
            electronic,
            ionic,
            self._terminals.voltage,
            thickness=self._thickness,
            sigma=self._sigma,
        )
        if view.stage != self._stage:
            self._trace.begin()
            self._stage = view.stage
        left = [left_of(self._terminals.voltage, at_rest()) for at_rest in self._at_rest]
        self._trace.feed(view.time, path, *left)
        return float(CLASSES.index(self._trace.verdict)), path, *left
