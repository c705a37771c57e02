"""The counter electrode that stores lithium, in a cell with a mesh: its x, and with it its U(x).

    Q dx/dt = −⟨j⟩ + k_r,   right: σ_ion ∂_n φ_ion = (V − U(x) − φ_ion)/R_ct

⟨j⟩ ionic current density [A/m²], k_r what it takes up directly [A/m²]. x is uniform. U of a step is
foreseen with the last current: where a voltage is held that of its middle, of second order; where a
current is held that of its end, to which the voltage belongs.
"""

from __future__ import annotations

import math

from dolfinx import fem

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import SolverDiverged
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.schemes.block import NOTHING, Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.direct_reduction import DirectReduction
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.terminals import CellTerminals

_KEPT = ("charge", "_gain")
FOLLOWING = 0.25  # 0.5 % of the charge of a held voltage; U is foreseen, beyond 2 ever worse
FRACTION = "counter_fraction"  # column of x
BEYOND = 1e-6  # of its window [1], by which x may leave it


class StoredLithium(Block):
    """Advances x; U(x) stands in the contact of the ions.

    Args:
        law: of the electrode.
        potential: U in the contact [V].
        terminals: of the cell.
        reductions: what takes lithium up beside the currents; empty without it.

    Attributes:
        law: as given.
        charge: taken out since the start, q [C/m²].
    """

    name = "counter electrode"

    def __init__(
        self,
        law: CounterElectrode,
        potential: fem.Constant,
        terminals: CellTerminals,
        reductions: list[DirectReduction],
    ) -> None:
        self.law, self._U, self._of_x = law, potential, law.open_circuit()
        self._terminals, self._reductions = terminals, reductions
        self.charge = self._gain = self._dt = 0.0

    @property
    def fraction(self) -> float:
        """Lithium fraction x [1]."""
        return self.law.fraction(self.charge)

    @property
    def potential(self) -> float:
        """U(x) [V]."""
        return float(self._of_x(self.fraction))

    @property
    def longest_step(self) -> float:
        """Where a voltage is held, a part of the time R_ct Q/|U′| in which x follows it [s]."""
        slope = abs(self._of_x.slope(self.fraction)) if self.law.stores else 0.0
        if slope == 0 or not self._terminals.holds_voltage:
            return math.inf
        assert self.law.charge_transfer_resistance is not None
        return FOLLOWING * self.law.charge_transfer_resistance * self.law.capacity / slope

    def start(self, dt: float) -> None:
        """U at the start."""
        self._U.value = self.potential

    def advance(self, dt: float) -> Report:
        """U within a step of `dt` [s].

        Raises:
            SolverDiverged: x leaves its window.
        """
        self._dt = dt
        ahead = dt / 2 if self._terminals.holds_voltage else dt
        x = self.law.fraction(self.charge + ahead * self._gain)
        low, high = self.law.limits
        if self.law.stores and not low - BEYOND <= x <= high + BEYOND:
            cure = "end the stage before, with until: {voltage_above: …} or voltage_below"
            raise SolverDiverged(
                "the counter electrode", f"x = {x:.5g} leaves {low:g} to {high:g}: {cure}"
            )
        self._U.value = float(self._of_x(x))
        return NOTHING

    def accept(self) -> None:
        """Count what the accepted step took out."""
        current = self._terminals.current_density(IONIC)
        given = sum(reduction.reduced for reduction in self._reductions)
        taken = current * self._dt - FARADAY * given / self._terminals.area
        self.charge += taken
        self._gain = taken / self._dt if self._dt > 0 else current  # at the start no time passes

    def reset_history(self) -> None:
        """The last current tells nothing of the next."""
        self._gain = 0.0

    def save(self) -> CheckpointData:
        """Its charge, and the current foreseen."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, data)


class CounterReadings(Observable):
    """What the counter electrode holds at the end of a step.

    Args:
        stored: its block.
    """

    columns = (
        f"{FRACTION} [1]",
        "open_circuit_potential [V]",
        "counter_charge [C/m^2]",
    )

    def __init__(self, stored: StoredLithium) -> None:
        self._stored = stored

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The x, its U and the charge taken out."""
        return self._stored.fraction, self._stored.potential, self._stored.charge
