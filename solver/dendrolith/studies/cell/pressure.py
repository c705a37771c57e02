"""What the instruments of a pressed cell read: gauge and galvanostat."""

from __future__ import annotations

from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.frame import LockedFrame
from dendrolith.studies.reduced_cell import ReducedCell


class PressureReading(Observable):
    """p = p₀ + K Δh, and the current at the terminals.

    Args:
        cell: whose swelling is held.
        frame: that holds it.
    """

    columns = ("cell_pressure [Pa]", "total_current [A/m^2]")

    def __init__(self, cell: ReducedCell, frame: LockedFrame) -> None:
        self._cell, self._frame = cell, frame

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present pressure; the current is the mean of the step."""
        reading = self._cell.read()
        current = reading.total if reading.mean is None else reading.mean
        return self._frame.locked_pressure(self._cell.swelling, 0.0), current
