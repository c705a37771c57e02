"""What the instruments of a cell read beside its voltage: galvanostat and gauge."""

from __future__ import annotations

from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.frame import LockedFrame
from dendrolith.studies.reduced_cell import ReducedCell


class PressureReading(Observable):
    """p = p₀ + K Δh.

    Args:
        cell: whose swelling is held.
        frame: that holds it.
    """

    columns = ("cell_pressure [Pa]",)

    def __init__(self, cell: ReducedCell, frame: LockedFrame) -> None:
        self._cell, self._frame = cell, frame

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present pressure."""
        return (self._frame.locked_pressure(self._cell.swelling, 0.0),)


class CurrentReading(Observable):
    """The current at the terminals, the mean of the step.

    Args:
        cell: that it goes through.
    """

    columns = ("total_current [A/m^2]",)

    def __init__(self, cell: ReducedCell) -> None:
        self._cell = cell

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present current."""
        reading = self._cell.read()
        return (reading.total if reading.mean is None else reading.mean,)
