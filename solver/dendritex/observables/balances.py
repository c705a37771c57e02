"""Lithium in the electrolyte, lithium plated, and how well the current accounts for it."""

from __future__ import annotations

from dolfinx import fem

from dendritex.constants import FARADAY, REFERENCE_CURRENT_DENSITY
from dendritex.model.state import IONIC
from dendritex.observables.base import Moment
from dendritex.observables.leakage_current import counter_current
from dendritex.parallel import global_sum


class Balances:
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

    def __init__(self) -> None:
        self._initial: float | None = None
        self._charge = 0.0

    def start(self, moment: Moment) -> None:
        """Remember the lithium at the start of the run."""
        self._initial = lithium_content(moment)

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Both amounts per electrode area, error of the step, error of the sum."""
        assert self._initial is not None, "start() comes first"
        local = fem.assemble_scalar(moment.cell.lithium_in_electrolyte)
        in_electrolyte = global_sum(moment.cell.cell_mesh.comm, float(local))
        area = moment.cell.cell_mesh.electrode_area
        ionic = counter_current(moment.balance, IONIC)
        error = abs(ionic - moment.plated) / max(abs(ionic), REFERENCE_CURRENT_DENSITY * area)
        self._charge += ionic * moment.dt
        gained = lithium_content(moment) - self._initial
        scale = FARADAY * abs(gained) + abs(self._charge)
        inventory_error = abs(FARADAY * gained - self._charge) / scale if scale > 0 else 0.0
        return in_electrolyte / area, gained / area, error, inventory_error


def lithium_content(moment: Moment) -> float:
    """∫ c_Li m(ξ) [mol, in 2-D mol/m]."""
    return global_sum(
        moment.cell.cell_mesh.comm, float(fem.assemble_scalar(moment.cell.lithium_content))
    )
