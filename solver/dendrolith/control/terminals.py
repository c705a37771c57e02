"""The terminals of a cell: what can be held at them, and what is read off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dendrolith.control.stages import Stage


@dataclass(frozen=True, slots=True)
class TerminalReading:
    """What the end of a stage may depend on, after an attempted step.

    Attributes:
        voltage: of the cell [V].
        ionic, electronic: current densities at the counter electrode [A/m²].
        mean: total current density averaged over the step [A/m²]; None: that at its end stands
            for it.
        exhausted: how far the electrode is beyond the end of its lithium or of its room, where the
            current drives it on [1]; None: no end is near.
    """

    voltage: float
    ionic: float
    electronic: float
    mean: float | None = None
    exhausted: float | None = None

    @property
    def total(self) -> float:
        """Total current density [A/m²]."""
        return self.ionic + self.electronic

    def charge(self, dt: float) -> float:
        """Charge that passed in the step of `dt` [s] [C/m²]."""
        return (self.total if self.mean is None else self.mean) * dt


class Terminals(Protocol):
    """What a control sequence needs of a cell, with a mesh or without."""

    def hold(self, stage: Stage) -> None:
        """Drive the cell as `stage` says from here on."""
        ...

    def read(self) -> TerminalReading:
        """Voltage and currents of the last attempted step (collective)."""
        ...

    @property
    def voltage(self) -> float:
        """Of the cell in the last attempted step [V]."""
        ...
