"""Amounts: energies, masses, whatever is an integral of the fields."""

from __future__ import annotations

from collections.abc import Mapping

from dolfinx import fem

from dendrolith.core.parallel import integral
from dendrolith.observables.base import Observable, StepView


class Amounts(Observable):
    """One integral a column.

    Args:
        forms: compiled scalar forms by column, ``name [unit]``.
    """

    def __init__(self, forms: Mapping[str, fem.Form]) -> None:
        self._forms, self.columns = tuple(forms.values()), tuple(forms)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The integrals at the present fields."""
        return tuple(integral(form) for form in self._forms)
