"""What a decoupling takes from a cell, as numbers; the errors that are assumed of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

FLAT = 1e-6  # V, of −dU/dx: below, U does not tell one charge from another
POINTS, BEYOND = 2001, 0.05  # of the table of U; beyond the window [1]


@functools.lru_cache(maxsize=8)
def _tabulated(
    potential: Callable[[float], float], least: float, largest: float
) -> tuple[FloatArray, FloatArray]:
    x = np.linspace(min(largest + BEYOND, 1.0), max(least - BEYOND, 0.0), POINTS)
    values = np.array([potential(float(value)) for value in x])
    return np.asarray(x, np.float64), np.maximum.accumulate(values)


@dataclass(frozen=True, slots=True)
class CellFacts:
    """A cell, as far as voltage and pressure need it.

    Attributes:
        potential: U(x) over E_eq of lithium, the voltage at rest [V].
        least, largest: fractions between which it works [1].
        capacity: Q, charge of x from 0 to 1 [C/m²]; inf: it stores nothing.
        resistance: of all but the leads, at C/10 [Ω m²].
        lithium_volume, counter_volume: V_m and v_c [m³/mol].
        slope: κ = K(V_m − v_c)/F [Pa m²/C]; None without a frame.
        losses: (m,) rising j [A/m²] and what they take of the voltage [V]; empty: j times R.
        start: x at the start; None: that of the first voltage, without a bridge [1].
        leads: their resistance, which all of the current passes [Ω m²].
    """

    potential: Callable[[float], float]
    least: float
    largest: float
    capacity: float
    resistance: float
    lithium_volume: float
    counter_volume: float
    slope: float | None
    losses: tuple[FloatArray, ...] = ()
    start: float | None = None
    leads: float = 0.0

    def inside(self, voltage: FloatArray, current: FloatArray) -> FloatArray:
        """(n,) voltage between the electrodes, of (n,) V at the terminals [V] and I [A/m²] [V]."""
        return np.asarray(voltage - self.leads * current)

    def current(self, loss: FloatArray) -> FloatArray:
        """(n,) j that takes (n,) losses of the voltage [V] [A/m²]."""
        if not self.losses:
            return np.asarray(loss / self.resistance, np.float64)
        currents, losses = self.losses
        return np.asarray(np.interp(loss, losses, currents))

    def loss(self, current: FloatArray) -> FloatArray:
        """(n,) what (n,) j [A/m²] take of the voltage: the inverse of `current` [V]."""
        if not self.losses:
            return np.asarray(self.resistance * current, np.float64)
        currents, losses = self.losses
        return np.asarray(np.interp(current, currents, losses))

    def secant(self, current: FloatArray) -> FloatArray:
        """(n,) losses of (n,) j [A/m²] over j, at rest those of the least that is known [Ω m²]."""
        if not self.losses:
            return np.full(len(current), self.resistance)
        size = np.abs(self.losses[0])
        moving = np.where(current == 0, size[size > 0].min(), current)
        return np.asarray(self.loss(moving) / moving)

    def table(self) -> tuple[FloatArray, FloatArray]:
        """(m,) x, falling [1], and U, rising [V]."""
        return _tabulated(self.potential, self.least, self.largest)

    def flatness(self) -> float:
        """Smallest −dU/dx over a tenth of the window [V]."""
        x, potential = self.table()
        step = max(1, POINTS // 10)
        return float(np.min((potential[step:] - potential[:-step]) / (x[:-step] - x[step:])))

    @property
    def is_flat(self) -> bool:
        """U does not change with the charge, at least over a tenth of the window."""
        return not np.isfinite(self.capacity) or self.flatness() < FLAT


@dataclass(frozen=True, slots=True)
class ModelErrors:
    """Standard deviations of what the cell file says.

    Attributes:
        potential: of U, a smooth curve [V].
        correlation: length over which that curve changes [1] of x.
        resistance: part of the resistance [1].
        slope: part of κ, beyond the part of the trace on which it was found [1].
        pressure: of slow changes of the pressure, as a temperature makes them [Pa].
    """

    potential: float = 0.010
    correlation: float = 0.2
    resistance: float = 0.20
    slope: float = 0.05
    pressure: float = 0.0
