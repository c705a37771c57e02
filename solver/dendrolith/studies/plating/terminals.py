"""The terminals of a plating cell: collector and counter electrode."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from dendrolith.control.stages import Stage
from dendrolith.control.terminals import TerminalReading
from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import global_sum, integral
from dendrolith.schemes.block import Block
from dendrolith.solvers.balances import AssembledBalance
from dendrolith.studies.plating.charge import ChargeBalance, CollectorVoltage
from dendrolith.studies.plating.counter_side import CounterSide
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC


class CellTerminals(Block):
    """Holds the voltage or the total current that a stage asks for, and reads the currents.

    Args:
        forms: balances of the cell, for its voltage and area.
        stages: all of the control.

    Attributes:
        balance: the charge balance as last assembled; whoever solves it puts it here.
        exhaustions: how far what stores lithium is beyond an end of its range after the attempted
            step, by the ionic current density [A/m²]; empty where nothing stores.
    """

    name = "terminals"

    def __init__(self, forms: ChargeBalance, stages: tuple[Stage, ...]) -> None:
        self._forms, self._accepted = forms, 0.0
        self._holds_current = any(stage.current_density is not None for stage in stages)
        self._unknowns: list[CollectorVoltage] = []
        self.balance: AssembledBalance
        self.exhaustions: list[Callable[[float], float | None]] = []

    def voltage_unknown(self, forms: ChargeBalance) -> list[CollectorVoltage]:
        """The cell voltage as an unknown of these balances; empty where no stage holds a current.

        Whoever solves them destroys it.
        """
        unknown = [CollectorVoltage(forms)] if self._holds_current else []
        self._unknowns += unknown
        return unknown

    @property
    def voltage(self) -> float:
        """What the collector lies below the counter electrode [V]."""
        return float(self._forms.voltage.value)

    @property
    def holds_voltage(self) -> bool:
        """The present stage holds the voltage, not the current."""
        return all(unknown.current is None for unknown in self._unknowns)

    @property
    def area(self) -> float:
        """Of the counter electrode [m², in 2-D m]."""
        return self._forms.area

    def hold(self, stage: Stage) -> None:
        """Drive the cell as `stage` says from here on."""
        if stage.voltage is not None:
            self._forms.voltage.value = stage.voltage
        density = stage.current_density
        for unknown in self._unknowns:
            unknown.current = None if density is None else density * self.area

    def current_density(self, kind: int) -> float:
        """Ionic or electronic current density at the counter electrode [A/m²] (collective)."""
        return counter_current(self.balance, kind) / self.area

    def local_currents(self, side: CounterSide) -> npt.NDArray[np.float64]:
        """(n,) ionic current density at the nodes of the counter electrode [A/m²]."""
        forms = self.balance.forms
        vector = compat.create_vector(forms.ionic_flow)
        compat.assemble_vector(vector, forms.ionic_flow)
        size = forms.unknown.function_space.dofmap.index_map_bs
        flow: npt.NDArray[np.float64] = side.rows(vector, size, IONIC) / side.area
        vector.destroy()
        return flow

    def collector_current_density(self) -> float:
        """All current through the collector [A/m²] (collective)."""
        return -reaction(self.balance, self.balance.forms.collector_dofs) / self.area

    def read(self) -> TerminalReading:
        """Voltage and currents of the last attempted step (collective)."""
        ionic, electronic = self.current_density(IONIC), self.current_density(ELECTRONIC)
        beyond = [excess for of in self.exhaustions if (excess := of(ionic)) is not None]
        return TerminalReading(self.voltage, ionic, electronic, exhausted=max(beyond, default=None))

    def save(self) -> CheckpointData:
        """Voltage of the cell, and of the last accepted step."""
        return CheckpointData({"cell_voltage": self.voltage, "accepted": self._accepted})

    def restore(self, data: CheckpointData) -> None:
        """Take the voltages back; `hold` says what is held."""
        self._forms.voltage.value = data.numbers["cell_voltage"]
        self._accepted = data.numbers["accepted"]

    def accept(self) -> None:
        """Make the present voltage the one that a failed step returns to."""
        self._accepted = self.voltage

    def reject(self) -> None:
        """Return to the voltage of the last accepted step, unless one is held."""
        for unknown in self._unknowns:
            if unknown.current is not None:
                self._forms.voltage.value = self._accepted


def counter_current(balance: AssembledBalance, kind: int) -> float:
    """Current of one kind through the counter electrode [A, in 2-D A/m].

    Never a gradient times a normal: a resistive contact gives its own term, an ideal one the nodal
    reaction of the assembled residual.
    """
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
