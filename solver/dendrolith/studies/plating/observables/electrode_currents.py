"""Currents at the electrodes, ionic and electronic apart, charging positive."""

from __future__ import annotations

from typing import Protocol

from dendrolith.control.terminals import TerminalReading
from dendrolith.observables.base import Observable, StepView


class ReadTerminals(Protocol):
    """Terminals of a cell, with a mesh or without."""

    def read(self) -> TerminalReading:
        """Voltage and currents (collective)."""
        ...

    def collector_current_density(self) -> float:
        """All current through the collector [A/m²] (collective)."""
        ...


class ElectrodeCurrents(Observable):
    """j_k = (1/A) ∫ σ_k ∂_n φ_k over the counter electrode, and at the collector for closure.

    Ions do not reach the collector: its current is electronic, and all there is. It must be the
    total current of the counter electrode.
    """

    columns = (
        "ionic_current [A/m^2]",
        "electronic_current [A/m^2]",
        "collector_current [A/m^2]",
        "total_current [A/m^2]",
        "cell_voltage [V]",
    )

    def __init__(self, terminals: ReadTerminals) -> None:
        self._terminals = terminals

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Ionic, electronic, collector's and total current, and the voltage."""
        reading = self._terminals.read()
        collector = self._terminals.collector_current_density()
        return reading.ionic, reading.electronic, collector, reading.total, reading.voltage
