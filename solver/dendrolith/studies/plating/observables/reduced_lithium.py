"""Lithium that the counter electrode took up where it touched."""

from __future__ import annotations

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY
from dendrolith.observables.base import Observable, StepView

_KEPT = ("_reduced",)


class ReducedLithium(Observable):
    """Direct reduction per electrode area: its current over the step, and its sum since the start.

    It passes neither the electrolyte nor the contact, so it is in no other current.

    Args:
        area: of the counter electrode [m², in 2-D m].
    """

    columns = ("direct_reduction_current [A/m^2]", "lithium_reduced [mol/m^2]")

    def __init__(self, area: float) -> None:
        self._area, self._reduced = area, 0.0

    def save(self) -> CheckpointData:
        """The sum."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        set_numbers(self, _KEPT, data)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both."""
        reduced = view.report.number("reduced") / self._area
        self._reduced += reduced
        # at the start no time has passed
        return FARADAY * reduced / (view.dt or 1.0), self._reduced
