"""Lithium in the electrolyte, lithium plated, and how well the current accounts for it."""

from __future__ import annotations

from dendrolith.core.checkpoint_data import Memory, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY, REFERENCE_CURRENT_DENSITY
from dendrolith.core.parallel import integral
from dendrolith.fields.state import IONIC
from dendrolith.observables.base import Moment, Observable
from dendrolith.observables.context import Scene
from dendrolith.studies.plating.observables.leakage_current import counter_current

_KEPT = ("_initial", "_charge")


class Balances(Observable):
    """Lithium beyond the foil's initial surface, net lithium plated since the start, and errors.

    charge_error = |I_ion − ∫i| / max(|I_ion|, i_ref A) of the step;
    inventory_error = |F ΔLi − Q| / (F ΔLi + Q) since the start, with Q the ionic charge passed.
    """

    columns = (
        "lithium_in_electrolyte [mol/m^2]",
        "lithium_plated [mol/m^2]",
        "charge_error [1]",
        "inventory_error [1]",
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._initial: float | None = None
        self._charge = 0.0

    def remember(self) -> Memory:
        """Lithium at the start and charge passed since."""
        return numbers_of(self, _KEPT)

    def recall(self, memory: Memory) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, memory)

    def start(self, moment: Moment) -> None:
        """Remember the lithium at the start of the run."""
        self._initial = integral(moment.cell.lithium_content)

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Both amounts per electrode area, error of the step, error of the sum."""
        assert self._initial is not None, "start() comes first"
        in_electrolyte = integral(moment.cell.lithium_in_electrolyte)
        area = moment.cell.cell_mesh.electrode_area
        ionic = counter_current(moment.balance, IONIC)
        error = abs(ionic - moment.report.plated) / max(
            abs(ionic), REFERENCE_CURRENT_DENSITY * area
        )
        self._charge += ionic * moment.dt
        gained = integral(moment.cell.lithium_content) - self._initial
        scale = FARADAY * abs(gained) + abs(self._charge)
        inventory_error = abs(FARADAY * gained - self._charge) / scale if scale > 0 else 0.0
        return in_electrolyte / area, gained / area, error, inventory_error
