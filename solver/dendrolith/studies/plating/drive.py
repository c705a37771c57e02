"""What drives the cell: holds the voltage or the total current that a stage asks for."""

from __future__ import annotations

from dendrolith.control.stages import Stage
from dendrolith.core.checkpoint_data import Memory
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import ChargeBalance, CollectorVoltage


class Drive:
    """Applies stages to a cell.

    Attributes:
        voltage: the cell voltage as an unknown; None where no stage holds a current.
    """

    def __init__(self, cell: Cell, balance: ChargeBalance) -> None:
        self._cell = cell
        holds_current = any(s.current_density is not None for s in cell.config.control)
        self.voltage = CollectorVoltage(balance, cell) if holds_current else None
        self._accepted = 0.0
        self.hold(cell.config.control[0])

    def hold(self, stage: Stage) -> None:
        """Drive the cell as `stage` says from now on."""
        if stage.voltage is not None:
            self._cell.cell_voltage.value = stage.voltage
        if self.voltage is not None:
            density = stage.current_density
            area = self._cell.cell_mesh.electrode_area
            self.voltage.current = None if density is None else density * area

    def remember(self) -> Memory:
        """Voltage of the cell, and of the last accepted step."""
        numbers = {"cell_voltage": float(self._cell.cell_voltage.value), "accepted": self._accepted}
        return Memory(numbers=numbers)

    def recall(self, memory: Memory) -> None:
        """Take the voltages back; `hold` says what is held."""
        self._cell.cell_voltage.value = memory.numbers["cell_voltage"]
        self._accepted = memory.numbers["accepted"]

    def accept(self) -> None:
        """Make the present voltage the one that a failed step returns to."""
        self._accepted = float(self._cell.cell_voltage.value)

    def reject(self) -> None:
        """Return to the voltage of the last accepted step, unless one is held."""
        if self.voltage is not None and self.voltage.current is not None:
            self._cell.cell_voltage.value = self._accepted
