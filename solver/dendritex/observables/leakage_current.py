"""Currents at the electrodes, ionic and electronic apart, charging positive."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from dendritex.model.cell import Cell
from dendritex.model.state import ELECTRONIC, IONIC
from dendritex.observables.base import Moment
from dendritex.parallel import global_sum


class ElectrodeCurrents:
    """j_k = (1/A) ∫ σ_k ∂_n φ_k over the counter electrode; the collector's total for closure.

    Never a gradient times a normal: a resistive contact gives its own term, an ideal one the nodal
    reaction of the assembled residual.
    """

    columns = (
        "ionic_current [A/m^2]",
        "electronic_current [A/m^2]",
        "collector_current [A/m^2]",
        "cell_voltage [V]",
    )

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Ionic and electronic current, what enters at the collector, and the voltage."""
        cell = moment.cell
        area = cell.cell_mesh.electrode_area
        ionic = counter_current(cell, moment.balance, IONIC) / area
        electronic = counter_current(cell, moment.balance, ELECTRONIC) / area
        collector = -reaction(cell, moment.balance, cell.collector_dofs) / area
        return ionic, electronic, collector, float(cell.cell_voltage.value)


def counter_current(cell: Cell, balance: PETSc.Vec, kind: int) -> float:
    """Current of one kind through the counter electrode [A, in 2-D A/m]."""
    if kind in cell.contact_loss:
        local = fem.assemble_scalar(cell.contact_loss[kind])
        return -global_sum(cell.cell_mesh.comm, float(local))
    return reaction(cell, balance, cell.counter_dofs[kind])


def reaction(cell: Cell, balance: PETSc.Vec, dofs: npt.NDArray[np.int32]) -> float:
    """Sum of the residual rows `dofs`, each counted by its owner."""
    owned = balance.getLocalSize()
    return global_sum(cell.cell_mesh.comm, float(balance.array[dofs[dofs < owned]].sum()))
