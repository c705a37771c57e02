"""Currents at the electrodes, ionic and electronic apart, charging positive."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.parallel import global_sum, integral
from dendrolith.fields.state import ELECTRONIC, IONIC
from dendrolith.observables.base import Moment, Observable
from dendrolith.studies.plating.charge import AssembledBalance


class ElectrodeCurrents(Observable):
    """j_k = (1/A) ∫ σ_k ∂_n φ_k over the counter electrode, and at the collector for closure.

    Ions do not reach the collector: its current is electronic, and all there is. It must be the
    total current of the counter electrode.

    Never a gradient times a normal: a resistive contact gives its own term, an ideal one the nodal
    reaction of the assembled residual.
    """

    columns = (
        "ionic_current [A/m^2]",
        "electronic_current [A/m^2]",
        "collector_current [A/m^2]",
        "total_current [A/m^2]",
        "cell_voltage [V]",
    )

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Ionic, electronic, collector's and total current, and the voltage."""
        cell, balance = moment.cell, moment.balance
        area = cell.cell_mesh.electrode_area
        ionic = counter_current(balance, IONIC) / area
        electronic = counter_current(balance, ELECTRONIC) / area
        collector = -reaction(balance, balance.forms.collector_dofs) / area
        return ionic, electronic, collector, ionic + electronic, float(cell.cell_voltage.value)


def counter_current(balance: AssembledBalance, kind: int) -> float:
    """Current of one kind through the counter electrode [A, in 2-D A/m]."""
    forms = balance.forms
    if kind in forms.contact_loss:
        return -integral(forms.contact_loss[kind])
    return reaction(balance, forms.counter_dofs[kind])


def reaction(balance: AssembledBalance, dofs: npt.NDArray[np.int32]) -> float:
    """Sum of the residual rows `dofs`, each counted by its owner."""
    owned = balance.vector.getLocalSize()
    return global_sum(
        balance.forms.unknown.function_space.mesh.comm,
        float(balance.vector.array[dofs[dofs < owned]].sum()),
    )
