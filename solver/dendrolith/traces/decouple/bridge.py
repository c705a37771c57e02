"""Resistance of a bridge from voltage and current, where it divides the voltage of the cell.

    1/R_e = (I − j)/V,   V = U(x) + R j,   Q ẋ = −j:     1/R_e = [U + R I − V]/(R V)
    V = V_terminals − r I
    σ² = σ_U² + σ_V² + σ_j²     of R j; σ_j by cells of 1 − 2σ_R/R and 1 + 2σ_R/R times R, at this x
                                and at the x that they come to

U  open-circuit potential [V]    R  of all but the leads, at its j [Ω m²]    j  of the ions [A/m²]
Q  charge of x from 0 to 1 [C/m²]    r  leads of the cell file [Ω m²]

Of a leak, R_e ≫ R, the bars hold 1/R_e = 0: then only a lower bound of R_e is known. What is wrong
of x at the start dies away within R Q/|U′|. Direct reduction would count as leakage. Where x is at
an end of U(x), U is not known, and R_e neither: a hard short empties a cell within R Q/U.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.traces.decouple.cell_facts import CellFacts, ModelErrors
from dendrolith.traces.decouple.estimate import BARS, Bars
from dendrolith.traces.held import deviation
from dendrolith.traces.signals import Signals, need_voltage
from dendrolith.traces.spectra.filament import line_of_ratio
from dendrolith.traces.spectra.fitting import Interval
from dendrolith.traces.spectra.spectrum import AREAL

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BridgeCourse:
    """A bridge over time.

    Attributes:
        signals: the trace, with a voltage.
        interior: (n,) R at its j [Ω m²].
        potential: (n,) U(x) [V].
        conductance: 1/R_e; NaN where there is no voltage to divide [S/m²].
    """

    signals: Signals
    interior: FloatArray
    potential: FloatArray
    conductance: Bars

    @property
    def resistance(self) -> Bars:
        """R_e [Ω m²]; inf where its bound is open."""
        G = self.conductance
        return Bars(*(_inverse(values) for values in (G.value, G.high, G.low)))

    def at(self, time: float | None) -> BridgeReading:
        """The bridge at a time [s]; None: where 1/R_e has the highest lower bar.

        Raises:
            ConfigError: the trace does not reach so far, or has no voltage to divide.
        """
        times, lowest = self.signals.time, self.conductance.low
        if time is not None and not times[0] <= time <= times[-1]:
            ends = f"{times[0]:.6g} s to {times[-1]:.6g} s"
            raise ConfigError(f"--at {time:g} s: {self.signals.path} is known from {ends}")
        known = np.flatnonzero(np.isfinite(lowest))
        if not known.size:
            raise ConfigError(f"{self.signals.path}: has no voltage that a bridge divides")
        distance = -lowest[known] if time is None else np.abs(times[known] - time)
        k, found = int(known[np.argmin(distance)]), self.resistance
        value, low, high = (float(bound[k]) for bound in (found.value, found.low, found.high))
        return BridgeReading(
            str(self.signals.path),
            float(times[k]),
            Interval(value, low, high),
            float(self.interior[k]),
        )

    def write(self, path: Path) -> None:
        """A row for each sample; what is empty is an open bound, or not known.

        Raises:
            ConfigError: the table cannot be written.
        """
        found, signals = self.resistance, self.signals
        columns = {
            "time [s]": signals.time,
            "current [A/m^2]": signals.current,
            "voltage [V]": need_voltage(signals),
            "rest_potential [V]": self.potential,
            "bridge_resistance [Ohm m^2]": found.value,
            "bridge_resistance_low [Ohm m^2]": found.low,
            "bridge_resistance_high [Ohm m^2]": found.high,
        }
        rows = np.column_stack(list(columns.values()))
        lines = [",".join(columns), *(",".join(map(_cell, row)) for row in rows)]
        try:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class BridgeReading:
    """A bridge at one time.

    Attributes:
        name: of the trace.
        time: [s].
        bridge: R_e [Ω m²].
        interior: R [Ω m²].
    """

    name: str
    time: float
    bridge: Interval
    interior: float

    def as_dict(self) -> dict[str, Any]:
        """For programs, in SI; None where a bound is open."""
        three = (self.bridge.value, self.bridge.low, self.bridge.high)
        value, low, high = (end if math.isfinite(end) else None for end in three)
        return {
            "time": self.time,
            "unit": AREAL,
            "bridge_resistance": value,
            "interval": [low, high],
            "interior_resistance": self.interior,
        }

    def compared(self, spectra: Interval, unit: str, area: float | None) -> str:
        """R_e of spectra over this one, in words.

        Args:
            spectra: R_e in `unit`.
            unit: `AREAL` or `ABSOLUTE`.
            area: of the electrode [m²]; None: not known.

        Raises:
            ConfigError: an area is missing.
        """
        if unit != AREAL and area is None:
            raise ConfigError(f"--trace: R_e of the spectra is in {unit}: give --area to compare")
        factor = 1.0 if unit == AREAL else area or 1.0
        own, words = self.bridge, "R_e of the spectra"
        if not math.isfinite(spectra.high) or not math.isfinite(own.high):
            return f"{words} and of the trace: one is a bound only, which gives no ratio"
        pairs = (spectra.value, own.value), (spectra.low, own.high), (spectra.high, own.low)
        ratio, low, high = (factor * above / below for above, below in pairs)
        return f"{words} over that of the trace: {ratio:.3g} ({low:.3g} to {high:.3g})"

    def __str__(self) -> str:
        value, low, high = self.bridge.value, self.bridge.low, self.bridge.high
        lines = [
            f"{self.name} at {self.time:.6g} s, by voltage and current",
            f"  R_int                  {self.interior:.4g} {AREAL}, by the cell file",
        ]
        if not math.isfinite(high):
            return "\n".join(
                [
                    *lines,
                    f"  R_e                    > {low:.4g} {AREAL} (95 %): no bridge divides the "
                    "voltage; a leak shows over time (decouple)",
                ]
            )
        return "\n".join(
            [
                *lines,
                f"  R_e                    {value:.4g} {AREAL} (95 %: {low:.4g} to {high:.4g})",
                line_of_ratio(value / self.interior),
            ]
        )


def bridge_course(signals: Signals, facts: CellFacts) -> BridgeCourse:
    """The bridge of a trace that begins without one, or at a known x.

    Args:
        signals: the trace.
        facts: of the cell.

    Raises:
        ConfigError: the trace has no voltage.
    """
    errors, V = ModelErrors(), facts.inside(need_voltage(signals), signals.current)
    part = BARS * errors.resistance
    factors = (1.0, 1 - part, 1 + part)
    courses = [_potential(signals, V, facts, factor) for factor in factors]
    potential, *others = (U for U, _ in courses)
    inside = np.all([on for _, on in courses], axis=0)
    noise = math.hypot(errors.potential, deviation(V))
    # of less not a digit is known
    V = np.where(inside & (errors.potential < np.abs(V)), V, np.nan)
    loss = V - potential
    cells = [(U, f) for own, f in zip(others, factors[1:], strict=True) for U in (potential, own)]
    off = [(V - U) / f - loss for U, f in cells]
    above, below = np.max(off, axis=0).clip(min=0), np.min(off, axis=0).clip(max=0)
    reach = [np.hypot(BARS * noise, side) for side in (above, below)]
    ions = facts.current(loss)
    ends = facts.current(loss + reach[0]), facts.current(loss - reach[1])
    value, *bounds = ((signals.current - j) / V for j in (ions, *ends))
    low, high = np.minimum(*bounds), np.maximum(*bounds)
    with np.errstate(divide="ignore", invalid="ignore"):
        interior = np.where(ions == 0, facts.resistance, loss / ions)
    return BridgeCourse(signals, interior, potential, Bars(value, low, high))


def _potential(
    signals: Signals, voltage: FloatArray, facts: CellFacts, factor: float
) -> tuple[FloatArray, BoolArray]:
    """(n,) U of the charge that (n,) V [V] lets pass, by backward Euler [V]; where U(x) has it.

    The resistance is that of the cell file times a factor.
    """
    x, potential = facts.table()
    if not np.isfinite(facts.capacity):
        return np.full(voltage.size, potential[0]), np.ones(voltage.size, dtype=bool)
    charges = facts.capacity * (x[0] - x)
    rest = voltage[0] - factor * float(facts.loss(signals.current[:1])[0])
    if facts.start is not None:
        rest = float(facts.potential(facts.start))
    at, found, inside = float(np.interp(rest, potential, charges)), [rest], [True]
    for V, dt in zip(voltage[1:], np.diff(signals.time), strict=True):
        # of a step that ends at each of them
        before = charges - dt * facts.current((V - potential) / factor)
        inside.append(bool(before[0] < at < before[-1]))
        at = float(np.interp(at, before, charges))
        found.append(np.interp(at, charges, potential))
    return np.asarray(found), np.array(inside)


def _cell(value: float) -> str:
    return f"{value:.8g}" if math.isfinite(value) else ""


def _inverse(conductance: FloatArray) -> FloatArray:
    """1/G, inf where G is not above 0 (n,) [Ω m²]."""
    found = np.full(conductance.size, np.inf)
    np.divide(1.0, conductance, out=found, where=~(conductance <= 0))
    return found
