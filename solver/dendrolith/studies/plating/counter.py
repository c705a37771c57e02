"""The counter electrode that stores lithium, in a cell with a mesh: its x, and with it its U(x).

    Q dx/dt = −⟨j⟩ + k_r,   right: σ_ion ∂_n φ_ion = j(η),   η = V − U(x) − φ_ion
    j = η/R_ct   or   j = i₀(x) {e^{(1−α)Fη/RT} − e^{−αFη/RT}}

⟨j⟩ ionic current density [A/m²], k_r what it takes up directly [A/m²]. x is uniform here;
local_counter.py has one for each place. U and i₀ of a step are predicted with the last current:
where a voltage is held those of its middle, of second order; where a current is held those of its
end, to which the voltage belongs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import SolverDiverged
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.schemes.block import NOTHING, Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.direct_reduction import DirectReduction
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.columns import FRACTION, OPEN_CIRCUIT
from dendrolith.studies.plating.terminals import CellTerminals

_KEPT = ("_charge", "_gain")
FOLLOWING = 0.25  # 0.5 % of the charge of a held voltage; U is predicted, beyond 2 ever worse
X_CHANGE, U_CHANGE, SHIFT = 0.01, 5e-3, 0.5  # of x [1], of U [V], of the current [1] in a step
CLOSING = 1e-2  # s
BEYOND = 2 * X_CHANGE  # of its window, so far a step may be tried: its stage ends at the window


class StoredLithium(Block):
    """Advances x; U(x) stands in the contact of the ions.

    Args:
        law: of the electrode.
        laws: U in the contact, its kinetics and the growth of the electrode.
        kinetics: of lithium, with its temperature and E_eq.
        terminals: of the cell.
        reductions: what takes lithium up beside the currents; empty without it.

    Attributes:
        law: as given.
    """

    name = "counter electrode"

    def __init__(
        self,
        law: CounterElectrode,
        laws: Laws,
        kinetics: ButlerVolmer,
        terminals: CellTerminals,
        reductions: list[DirectReduction],
    ) -> None:
        self.law, self._of_x, self._temperature = law, law.open_circuit(), kinetics.temperature
        self._lithium_at_rest = kinetics.equilibrium_potential
        (U,), (self._growth,) = laws.stored, laws.counter_swelling
        exchange = [law.exchange_current_density for law in laws.counter_kinetics]
        self._contact: list[Any] = [U, *exchange]  # U, and i₀ unless the kinetics are linear
        self._laws_of_x: tuple[Callable[[float], float], ...] = (self._of_x, law.exchange)
        self._terminals, self._reductions = terminals, reductions
        self._charge = self._gain = self._dt = self._ahead = self._tried = 0.0
        terminals.exhaustions.append(self.exhausted)

    @property
    def charge(self) -> float:
        """Taken out since the start, q [C/m²]."""
        return self._charge

    @property
    def fraction(self) -> float:
        """Lithium fraction x [1]."""
        return self.law.fraction(self.charge)

    @property
    def potential(self) -> float:
        """U(x) [V]."""
        return float(self._of_x(self.fraction))

    def at_rest(self) -> float:
        """Voltage of the cell without current, U(x) − E_eq [V]."""
        return self.potential - self._lithium_at_rest

    @property
    def longest_step(self) -> float:
        """Where a voltage is held, a part of the time R_ct Q/|U′| in which x follows it [s]."""
        slope = abs(self._of_x.slope(self.fraction)) if self.law.stores else 0.0
        if slope == 0 or not self._terminals.holds_voltage:
            return math.inf
        resistance = self.law.resistance(self._gain, self.fraction, self._temperature)
        return FOLLOWING * resistance * self.law.capacity / slope

    @property
    def overpotential(self) -> float:
        """Mean η of the last step [V] (collective)."""
        current = self._terminals.current_density(IONIC)
        return self.law.overpotential(current, self.fraction, self._temperature)

    def start(self, dt: float) -> None:
        """U and i₀ at the start."""
        self._set(self.fraction)

    def advance(self, dt: float) -> Report:
        """U and i₀ within a step of `dt` [s].

        Raises:
            SolverDiverged: x leaves its window.
        """
        self._dt = self._tried = dt
        self._ahead = dt / 2 if self._terminals.holds_voltage else dt
        x = self.law.fraction(self.charge + self._ahead * self._gain)
        low, high = self.law.limits
        if self.law.stores and not low - BEYOND <= x <= high + BEYOND:
            cure = "end the stage before, with until: {voltage_above: …} or voltage_below"
            raise SolverDiverged(
                "the counter electrode", f"x = {x:.5g} leaves {low:g} to {high:g}: {cure}"
            )
        self._set(x)
        return NOTHING

    def _set(self, x: float) -> None:
        """Put U and i₀ of a fraction into the contact, and the growth of the electrode."""
        if self.law.stores:
            self._growth.value = self.law.swelling((self.law.start - x) * self.law.capacity)
        self._fill(x)

    def _fill(self, x: float) -> None:
        """Put U and i₀ of a fraction into the contact."""
        for value, of_x in zip(self._contact, self._laws_of_x, strict=False):
            value.value = float(of_x(x))

    def accept(self) -> None:
        """Count what the accepted step took out."""
        current = self._terminals.current_density(IONIC)
        taken, self._tried = self._taken(current, self._dt), 0.0
        self._charge += taken
        self._gain = taken / self._dt if self._dt > 0 else current  # at the start no time passes

    def _taken(self, ionic: float, dt: float) -> float:
        """What a current density [A/m²] takes out in a step of `dt` [s] [C/m²]."""
        given = sum(reduction.reduced for reduction in self._reductions) if dt > 0 else 0.0
        return ionic * dt - FARADAY * given / self._terminals.area

    def reject(self) -> None:
        """The attempted step is none."""
        self._tried = 0.0

    def exhausted(self, ionic: float) -> float | None:
        """How far x after the attempted step is beyond the end that j [A/m²] drives it to [1]."""
        if not self.law.stores or ionic == 0:
            return None
        low, high = self.law.limits
        x = self.law.fraction(self.charge + self._taken(ionic, self._tried))
        return low - x if ionic > 0 else x - high

    def changes(self, ionic: float, dt: float) -> tuple[float, float]:
        """What a step of `dt` [s] with a mean current density [A/m²] moves x [1] and U [V] by."""
        of_x = abs(self._taken(ionic, dt)) / self.law.capacity
        return of_x, abs(self._of_x.slope(self.fraction)) * of_x if self.law.stores else 0.0

    def reset_history(self) -> None:
        """The last current tells nothing of the next."""
        self._gain = 0.0

    def save(self) -> CheckpointData:
        """Its charge, and the current predicted."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, data)


class ChangeOfCounter(Block):
    """Judges a step by what it does to the counter electrode; the last of a step.

    A step moves x by `X_CHANGE` and U by `U_CHANGE`, and turns `SHIFT` of the current from ions to
    electrons. A bridge closes within less than `CLOSING`: steps that short are not taken back.

    Args:
        stored: the electrode.
        terminals: of the cell.
        most: change that a step aims at, in the units of the march [1].
    """

    name = "change of the counter electrode"

    def __init__(self, stored: StoredLithium, terminals: CellTerminals, most: float) -> None:
        self._stored, self._terminals, self._most = stored, terminals, most
        self._accepted = self._electronic = 0.0

    def advance(self, dt: float) -> Report:
        """What the step just solved has changed."""
        ionic, electronic = (self._terminals.current_density(k) for k in (IONIC, ELECTRONIC))
        of_x, of_U = self._stored.changes(ionic, dt)
        self._electronic, last = electronic, self._accepted
        passing = max(abs(ionic) + abs(electronic), abs(last))
        compares = passing > 0 and dt > CLOSING and math.isfinite(last)
        turned = abs(electronic - last) / passing / SHIFT if compares else 0.0
        change = max(of_x / X_CHANGE, of_U / U_CHANGE, turned)
        return Report(self._most * change)

    def start(self, dt: float) -> None:
        """The current of the start is no change."""
        self._electronic = self._terminals.current_density(ELECTRONIC)

    def accept(self) -> None:
        """The current of the accepted step is what the next one starts with."""
        self._accepted = self._electronic

    def reset_history(self) -> None:
        """A stage turns the current at once, however short its first step."""
        self._accepted = math.nan

    def save(self) -> CheckpointData:
        """That current."""
        return numbers_of(self, ("_accepted",))

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        set_numbers(self, ("_accepted",), data)


class Stored(Protocol):
    """What a counter electrode holds, in a cell with a mesh or without."""

    @property
    def fraction(self) -> float:
        """Lithium fraction x [1]."""
        ...

    @property
    def potential(self) -> float:
        """U(x) [V]."""
        ...

    @property
    def overpotential(self) -> float:
        """Mean η [V] (collective)."""
        ...

    @property
    def charge(self) -> float:
        """Taken out since the start [C/m²]."""
        ...


class CounterReadings(Observable):
    """What the counter electrode holds at the end of a step.

    Args:
        stored: its block.
    """

    columns = (
        f"{FRACTION} [1]",
        OPEN_CIRCUIT,
        "counter_overpotential [V]",
        "counter_charge [C/m^2]",
    )

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The x, its U, what drives the charge transfer, and the charge taken out."""
        stored = self._stored
        return stored.fraction, stored.potential, stored.overpotential, stored.charge
