"""Lithium in the electrolyte, lithium plated, and how well the current accounts for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY, REFERENCE_CURRENT_DENSITY
from dendrolith.core.parallel import global_sums
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.terminals import CellTerminals, counter_current

FloatArray = npt.NDArray[np.float64]

_KEPT = ("_initial", "_charge", "_both_ways", "_reduced")


class Balances(Observable):
    """Lithium beyond the foil's initial surface, net lithium plated since the start, and errors.

    charge_error = |I_ion − ∫i| / max(|I_ion|, i_ref A) of the step;
    inventory_error = |F (ΔLi + Li_r) − ∫I_ion dt| / ∫|I_ion| dt since the start;
    Li_r is what the counter electrode took up by itself.

    Args:
        terminals: of the cell.
        comm: of the mesh.
        lithium: gives that of the nodes, (n_owned,) [mol, in 2-D mol/m].
        electrolyte: (n_owned,) part of the node that lies beyond the foil's initial surface [1].
    """

    columns = (
        "lithium_in_electrolyte [mol/m^2]",
        "lithium_plated [mol/m^2]",
        "charge_error [1]",
        "inventory_error [1]",
    )

    def __init__(
        self,
        terminals: CellTerminals,
        comm: MPI.Comm,
        lithium: Callable[[], FloatArray],
        electrolyte: FloatArray,
    ) -> None:
        self._terminals, self._comm = terminals, comm
        self._lithium, self._electrolyte = lithium, electrolyte
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
        self._initial, _ = self._amounts()

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both amounts per electrode area, error of the step, error of the sum."""
        assert self._initial is not None, "start() comes first"
        content, in_electrolyte = self._amounts()
        area = self._terminals.area
        ionic = counter_current(self._terminals.balance, IONIC)
        error = abs(ionic - view.report.number("plated")) / max(
            abs(ionic), REFERENCE_CURRENT_DENSITY * area
        )
        self._charge += ionic * view.dt
        self._both_ways += abs(ionic) * view.dt
        gained = content - self._initial
        self._reduced += view.report.number("reduced")
        missing = abs(FARADAY * (gained + self._reduced) - self._charge)
        inventory_error = missing / self._both_ways if self._both_ways > 0 else 0.0
        return in_electrolyte / area, gained / area, error, inventory_error

    def _amounts(self) -> tuple[float, float]:
        """All lithium, and that beyond the initial surface of the foil [mol, in 2-D mol/m]."""
        lithium = self._lithium()
        sums = np.array([lithium.sum(), lithium @ self._electrolyte])
        content, beyond = global_sums(self._comm, sums)
        return float(content), float(beyond)
