"""A bare collector below a numerical film of lithium: what is plated on it decides its kinetics.

    η → η + η_n(q) while it is plated,   i₀ → θ(q) i₀ while it is stripped

q: charge of the lithium beyond that of the start [C/m²], predicted for the end of a step from the
last one. A step is short against what q does to both. The first one of a stage has neither.
"""

from __future__ import annotations

import math

from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import global_sum
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.collector import Collector
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium

BARE = 1e-6  # θ of a bare collector: i₀ of a number
PART = 0.2  # of q_n that a step plates, and of what is left that it strips
LEAST = 1e-4  # of q_θ: less is stripped at once
SMALL = 1e-4  # V: a smaller η_n asks for no short step
_KEPT = ("first", "charge", "rate")


class BareCollector(Block):
    """Sets η_n and θ from the lithium on the collector.

    Args:
        laws: of the cell.
        law: of the collector.
        shift, cover: η_n [V] and θ [1] in the laws.
        area: of the electrode [m², in 2-D m].
        nodal_volume: of each node [m³, in 2-D m²].

    Attributes:
        first: charge of all lithium at the start: film and protrusions [C/m²].
        charge: q [C/m²].
        rate: dq/dt of the last step [A/m²].
    """

    name = "collector"

    def __init__(
        self,
        laws: Laws,
        law: Collector,
        shift: fem.Constant,
        cover: fem.Constant,
        area: float,
        nodal_volume: PETSc.Vec,
    ) -> None:
        self._lithium = NodalLithium(laws, nodal_volume.array.copy(), area)
        self._comm, self._law = laws.f.scalar_space.mesh.comm, law
        self._shift, self._cover, self._dt = shift, cover, 0.0
        self.first, self.charge, self.rate = self._counted(), 0.0, 0.0
        self._ahead = 0.0  # dq/dt that a step is predicted with; nan: it may plate or strip
        self._set(0.0)

    @property
    def coverage(self) -> float:
        """θ in the laws [1]."""
        return float(self._cover.value)

    @property
    def nucleation(self) -> float:
        """η_n in the laws [V]."""
        return float(self._shift.value)

    @property
    def longest_step(self) -> float:
        """A part of the time in which η_n decays, or in which the film is gone [s]."""
        law, q, speed = self._law, self.charge, abs(self.rate)
        if speed == 0:
            return math.inf
        if self.rate > 0:
            return PART * law.nucleation_charge / speed if self.nucleation > SMALL else math.inf
        closed = law.coverage_charge
        left = PART * q if q < closed else q - (1 - PART) * closed
        return max(left, LEAST * closed) / speed

    def advance(self, dt: float) -> Report:
        """What the lithium at the end of a step of `dt` [s] does, as the last one plated."""
        self._dt = dt
        self._set(self.charge + self._ahead * dt)
        return Report()

    def accept(self) -> None:
        """Count the lithium, and set what it does (collective)."""
        charge = self._counted() - self.first
        if self._dt > 0:
            self.rate = self._ahead = (charge - self.charge) / self._dt
        self.charge, self._dt = charge, 0.0
        self._set(charge)

    def reject(self) -> None:
        """No time has passed."""
        self._dt = 0.0
        self._set(self.charge)

    def reset_history(self) -> None:
        """A stage may turn the current: in its first step there is neither η_n nor θ."""
        self._ahead = math.nan

    def save(self) -> CheckpointData:
        """Charge and its rate."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, data)
        self._ahead = self.rate
        self._set(self.charge)

    def _counted(self) -> float:
        return FARADAY * global_sum(self._comm, float(self._lithium.now().sum()))

    def _set(self, charge: float) -> None:
        strips, plates = self._ahead < 0, self._ahead >= 0
        self._cover.value = max(self._law.coverage(charge), BARE) if strips else 1.0
        self._shift.value = self._law.decayed(charge) if plates else 0.0


class CollectorReadings(Observable):
    """What the collector does to the kinetics, and the lithium on it.

    Args:
        collector: that is read.
    """

    columns = (
        "collector_coverage [1]",
        "nucleation_overpotential [V]",
        "lithium_on_collector [mol/m^2]",
    )

    def __init__(self, collector: BareCollector) -> None:
        self._collector = collector

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Those of the present lithium."""
        collector = self._collector
        return collector.coverage, collector.nucleation, collector.charge / FARADAY
