"""Lithium in the electrolyte, lithium plated, and how well the current accounts for it."""

from __future__ import annotations

from dolfinx import fem

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY, REFERENCE_CURRENT_DENSITY
from dendrolith.core.parallel import integral
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.terminals import CellTerminals, counter_current

_KEPT = ("_initial", "_charge", "_both_ways", "_reduced")


class Balances(Observable):
    """Lithium beyond the foil's initial surface, net lithium plated since the start, and errors.

    charge_error = |I_ion − ∫i| / max(|I_ion|, i_ref A) of the step;
    inventory_error = |F (ΔLi + Li_r) − ∫I_ion dt| / ∫|I_ion| dt since the start;
    Li_r is what the counter electrode took up by itself.

    Args:
        terminals: of the cell.
        content: all lithium [mol, in 2-D mol/m].
        beyond: that beyond the initial surface of the foil.
    """

    columns = (
        "lithium_in_electrolyte [mol/m^2]",
        "lithium_plated [mol/m^2]",
        "charge_error [1]",
        "inventory_error [1]",
    )

    def __init__(self, terminals: CellTerminals, content: fem.Form, beyond: fem.Form) -> None:
        self._terminals, self._content, self._beyond = terminals, content, beyond
        self._initial: float | None = None
        self._charge = self._both_ways = self._reduced = 0.0

    def save(self) -> CheckpointData:
        """Lithium at the start; since then charge, charge either way, lithium taken up."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, data)

    def start(self, view: StepView) -> None:
        """Take the lithium at the start of the run for reference."""
        self._initial = integral(self._content)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both amounts per electrode area, error of the step, error of the sum."""
        assert self._initial is not None, "start() comes first"
        in_electrolyte = integral(self._beyond)
        area = self._terminals.area
        ionic = counter_current(self._terminals.balance, IONIC)
        error = abs(ionic - view.report.number("plated")) / max(
            abs(ionic), REFERENCE_CURRENT_DENSITY * area
        )
        self._charge += ionic * view.dt
        self._both_ways += abs(ionic) * view.dt
        gained = integral(self._content) - self._initial
        self._reduced += view.report.number("reduced")
        missing = abs(FARADAY * (gained + self._reduced) - self._charge)
        inventory_error = missing / self._both_ways if self._both_ways > 0 else 0.0
        return in_electrolyte / area, gained / area, error, inventory_error
