"""A circuit that is advanced without error, its terminals and what is measured of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from dendrolith.control.sequence import ControlSequence
from dendrolith.control.stages import Stage
from dendrolith.control.terminals import TerminalReading
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.circuit import Circuit
from dendrolith.schemes.block import Block
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import Report
from dendrolith.studies.circuit.schema import Config
from dendrolith.studies.study import Setup

FloatArray = npt.NDArray[np.float64]

TERMS = 16  # of a series in half of a change at most: to round-off


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The circuit at its start."""
    cell = CircuitCell(config.circuit, config.start.state_of_charge)
    control = ControlSequence(config.control, cell, config.time.min_step)
    problem = Problem(comm, [cell], control=control, what="the circuit")
    return Setup(problem, [Readings(cell)])


class CircuitCell(Block):
    """Charge and voltages of the elements, x = (q, v₁, …); also the terminals.

    At a held voltage or total current the circuit is linear, dx/dt = A x + b, and a step is
    x(t + Δt) = x(t) + ∫₀^Δt e^{A s} ds (A x(t) + b): exact for any Δt.

    Args:
        law: the circuit.
        state_of_charge: at the start [1].

    Attributes:
        law: as given.
        x: q [C/m²] and the voltages of the elements [V].
    """

    name = "circuit"

    def __init__(self, law: Circuit, state_of_charge: float) -> None:
        self.law = law
        start = state_of_charge * law.open_circuit.capacity
        self.x: FloatArray = np.array([start, *(0.0 for _ in law.elements)])
        self._accepted, self._mean = self.x.copy(), 0.0
        self._voltage: float | None = None
        self._current = 0.0
        span = law.open_circuit.full_voltage - law.open_circuit.empty_voltage
        self._scale = np.array([law.open_circuit.capacity, *(span for _ in law.elements)])

    # ------------------------------------------------------------------ as terminals

    def hold(self, stage: Stage) -> None:
        """Drive the cell as `stage` says from here on."""
        self._voltage, self._current = stage.voltage, stage.current_density or 0.0

    def ionic_current(self, x: FloatArray) -> Any:
        """Ionic current density at what is held [A/m²]."""
        q, v = x[0], list(x[1:])
        if self._voltage is None:
            return self.law.ionic_current_at_current(q, v, self._current)
        return self.law.ionic_current_at_voltage(q, v, self._voltage)

    def read(self) -> TerminalReading:
        """Voltage and currents at the end of the last attempted step."""
        ionic = float(self.ionic_current(self.x))
        voltage = float(self.law.voltage(self.x[0], list(self.x[1:]), ionic))
        electronic = self.law.electronic_current(voltage)
        if self._voltage is None:
            mean = self._current
        else:
            mean = self._mean + self.law.electronic_current(self._voltage)
        return TerminalReading(voltage, ionic, electronic, mean)

    @property
    def voltage(self) -> float:
        """Of the last attempted step [V]."""
        return self.read().voltage

    # ------------------------------------------------------------------ as a block

    def _rate(self, x: FloatArray) -> FloatArray:
        """dx/dt."""
        i = self.ionic_current(x)
        elements = zip(self.law.elements, x[1:], strict=True)
        return np.array([i, *(element.rate(v, i) for element, v in elements)])

    def advance(self, dt: float) -> Report:
        """Advance by `dt` [s]."""
        drive = self._rate(np.zeros(self.x.size))
        # of changes that count beside the drive, which is subtracted
        columns = [self._rate(changed) - drive for changed in np.diag(self._scale)]
        step = exponentials(np.array(columns).T / self._scale, dt) @ self._rate(self.x)
        self.x = self.x + step
        self._mean = float(step[0]) / dt
        return Report(float(np.max(np.abs(step) / self._scale)))

    def accept(self) -> None:
        """Keep the attempted step."""
        self._accepted = self.x.copy()

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self.x = self._accepted.copy()

    def save(self) -> CheckpointData:
        """Charge and voltages."""
        return CheckpointData({"x": self.x.tolist()})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self.x = np.array(data.numbers["x"])
        self.accept()


def exponentials(A: FloatArray, dt: float) -> FloatArray:
    """∫₀^Δt e^{A s} ds, doubled from a time within which little changes.

    E = e^{A s} − 1 is doubled with it, not e^{A s}: slow changes keep digits beside fast ones.

    Args:
        A: (n, n) [1/s].
        dt: Δt [s].
    """
    change = float(np.linalg.norm(A, 1)) * dt
    doublings = max(0, math.ceil(math.log2(2 * change))) if change > 0 else 0
    h = dt / 2**doublings
    term: FloatArray = h * np.eye(len(A))
    P = term
    for k in range(2, TERMS + 1):
        term = term @ A * (h / k)
        P = P + term
    E = A @ P
    for _ in range(doublings):
        P, E = 2 * P + E @ P, 2 * E + E @ E
    return P


class Readings(Observable):
    """What an instrument would read, and the state of charge."""

    def __init__(self, cell: CircuitCell) -> None:
        self._cell = cell
        count = len(cell.law.elements)
        self.columns = (
            "voltage [V]",
            "ionic_current [A/m^2]",
            "electronic_current [A/m^2]",
            "charge [C/m^2]",
            "state_of_charge [1]",
            "open_circuit_voltage [V]",
            *(f"element_{k + 1}_voltage [V]" for k in range(count)),
        )

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        reading, law, x = self._cell.read(), self._cell.law, self._cell.x
        q = float(x[0])
        return (
            reading.voltage,
            reading.ionic,
            reading.electronic,
            q,
            q / law.open_circuit.capacity,
            law.open_circuit.voltage(q),
            *map(float, x[1:]),
        )
