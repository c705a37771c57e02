"""A plating cell with a flat front, without a mesh: ``solver: {kind: reduced}``.

    V = U(x) − E_eq + η_c(j) + η_a(j) + j (L − s)/σ_ion + χ_m V_m P_m/F,   s = q/(F c_Li)
    I = j + V/[(L − s)/σ_el + R_c/c]

q  charge plated [C/m²]    s  way of the front [m]    L  electrolyte at the start [m]
c  contact of electrolyte over that of metal [1]      P_m  of planar_stress.py [Pa]

It is the model of the study `cell`, whose electrolyte is consumed by the front.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpi4py import MPI

from dendrolith.control.sequence import ControlSequence
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import FARADAY
from dendrolith.core.sections import present
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.bridge import Bridge
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.electronic_potential import ELECTROLYTE_CONTACT
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import Report
from dendrolith.studies.cell_model import CellModel
from dendrolith.studies.cell_sections import Interlayer, Lithium, Separator
from dendrolith.studies.plating.counter import X_CHANGE, CounterReadings
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.flat_front import electrolyte_resistance
from dendrolith.studies.plating.observables.electrode_currents import ElectrodeCurrents
from dendrolith.studies.plating.observables.short_circuit import ShortCircuit
from dendrolith.studies.plating.planar_stress import PlanarStress
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.temperature import at_temperature
from dendrolith.studies.reduced_cell import ReducedCell
from dendrolith.studies.study import Setup

LEAST_AHEAD = 1e-6  # of L: electrolyte that is left in a step which is tried beyond its end


@dataclass(frozen=True, slots=True)
class PlanarParts:
    """Layers of a cell whose front is flat.

    Attributes:
        counter_electrode, kinetics, separator, lithium_metal: as in the study `cell`.
        external_resistance: of leads, which a cell with a mesh has none of [Ω m²].
        bridge: that of a table; None: there is none.
        collector, interlayer: there are none.
    """

    counter_electrode: CounterElectrode
    kinetics: ButlerVolmer
    separator: Separator
    lithium_metal: Lithium
    external_resistance: float = 0.0
    bridge: Bridge | None = None
    collector: Collector | None = None
    interlayer: Interlayer | None = None


class PlanarModel(CellModel):
    """Closed expressions of a cell whose front is flat.

    Args:
        config: of the plating cell, at its temperature.

    Attributes:
        plated: charge q of the moment that is asked for [C/m²].
        stresses: mechanics; empty without elasticity.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(_parts(config))
        self.plated = 0.0
        phases, geometry = config.materials.phases, config.geometry
        self._electrolyte, self._metal = phases["electrolyte"], config.lithium_metal
        self._thickness, self._foil = geometry.electrolyte_thickness, geometry.lithium_thickness
        self._contact = config.electrodes.electronic_resistance / ELECTROLYTE_CONTACT
        self.stresses = [
            PlanarStress(
                law,
                phases["lithium"],
                self._electrolyte,
                self._foil,
                self._thickness,
            )
            for law in present(config, Elasticity)
        ]

    @property
    def way(self) -> float:
        """The s of the front [m]."""
        return float(self.plated / (FARADAY * self._metal.c_Li))

    @property
    def ahead(self) -> float:
        """L − s [m]; the end of a stage is looked for a little beyond 0."""
        return max(self._thickness - self.way, LEAST_AHEAD * self._thickness)

    def exhausted(self, j: float, x: float) -> float | None:
        """As of every cell, and how far the front is beyond counter electrode or collector [1]."""
        ends = [super().exhausted(j, x)]
        if j > 0:
            ends.append(self.way / self._thickness - 1)
        if j < 0:
            ends.append(-self.way / self._foil - 1)
        return max((end for end in ends if end is not None), default=None)

    def pressure(self) -> list[float]:
        """The p on the stack [Pa]; empty without elasticity."""
        added = self.plated_thickness(self.plated) + self.counter.swelling(self.plated)
        return [stress.pressure(self.way, added) for stress in self.stresses]

    def conductance(self, time: float) -> float:
        """What the electrolyte leaks at the present q [S/m²]."""
        return 1 / (self.ahead / self._electrolyte.electronic_conductivity + self._contact)

    def inner_voltage(self, j: float, x: float, lithium: float = 0.0) -> float:
        """Between the electrodes' metals at the present q [V]."""
        consumed = j * (self._thickness - self.ahead) / self._electrolyte.ionic_conductivity
        volume = self._metal.molar_volume
        pairs = zip(self.stresses, self.pressure(), strict=True)
        shift = sum(stress.shift(p, volume) for stress, p in pairs)
        return super().inner_voltage(j, x) - consumed + shift


class PlanarCell(ReducedCell):
    """The cell as terminals and as a block.

    Args:
        model: of the cell.
        most: change that a step aims at, in the units of the march [1].
    """

    model: PlanarModel

    def __init__(self, model: PlanarModel, most: float) -> None:
        super().__init__(model)
        self._most = most

    def advance(self, dt: float) -> Report:
        """Advance by `dt` [s] at the q of its middle.

        Raises:
            SolverDiverged: no current does what is held.
        """
        self.model.plated = self.ion_charge + dt / 2 * self.ionic
        report = super().advance(dt)
        self._settle()
        return Report(self._most * report.change / X_CHANGE)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        super().restore(data)
        self._settle()

    def reject(self) -> None:
        """Go back to the last accepted step."""
        super().reject()
        self._settle()

    def _settle(self) -> None:
        """The q and the leakage at the end of the step."""
        self.model.plated = self.ion_charge
        self.leak = self.model.conductance(self.time) + self.model.followed(*self._in(0.0))

    # ------------------------------------------------------------------ as read by observables

    @property
    def potential(self) -> float:
        """U(x) [V]."""
        return self.model.potential(self.fraction)

    @property
    def overpotential(self) -> float:
        """η_c [V]."""
        return self.model.counter_loss(self.read().ionic, self.fraction)

    @property
    def charge(self) -> float:
        """Taken out of the counter electrode [C/m²]."""
        return self.ion_charge

    def at_rest(self) -> float:
        """U(x) − E_eq [V]."""
        return self.potential - self.model.config.kinetics.equilibrium_potential

    def current_density(self, kind: int) -> float:
        """Ionic or electronic [A/m²]."""
        reading = self.read()
        return reading.ionic if kind == IONIC else reading.electronic

    def collector_current_density(self) -> float:
        """All of it passes the collector [A/m²]."""
        return self.read().total


class FrontReadings(Observable):
    """Lithium plated, way of the front, and the pressure on the stack where there is one.

    Args:
        cell: what is read.
    """

    def __init__(self, cell: PlanarCell) -> None:
        self._model = cell.model
        self.columns = (
            "lithium_in_electrolyte [mol/m^2]",
            "lithium_plated [mol/m^2]",
            "tip_height [m]",
            *("stack_pressure [Pa]" for _ in cell.model.stresses),
        )

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """At the end of the step."""
        plated = self._model.plated / FARADAY
        return plated, plated, self._model.way, *self._model.pressure()


def build_planar(config: Config, comm: MPI.Comm) -> Setup:
    """The problem of a cell with a flat front."""
    config = at_temperature(config)
    made = PlanarCell(PlanarModel(config), config.time.max_change)
    control = ControlSequence(config.control, made, config.time.min_step)
    problem = Problem(comm, [made], control=control, what="the cell")
    electrolyte = config.materials.electrolyte
    thickness = config.geometry.electrolyte_thickness
    stores = [made for law in present(config, CounterElectrode) if law.stores]
    return Setup(
        problem,
        [
            ElectrodeCurrents(made),
            FrontReadings(made),
            ShortCircuit(made, electrolyte, thickness, [each.at_rest for each in stores]),
            *(CounterReadings(made) for _ in present(config, CounterElectrode)),
        ],
    )


def _parts(config: Config) -> PlanarParts:
    """The cell as layers in series; those of its electrolyte as one that resists alike."""
    thickness = config.geometry.electrolyte_thickness
    linear = CounterElectrode(
        "lithium", charge_transfer_resistance=config.electrodes.ionic_resistance
    )
    return PlanarParts(
        next(iter(present(config, CounterElectrode)), linear),
        config.kinetics,
        Separator(thickness, thickness / electrolyte_resistance(config)),
        Lithium(config.lithium_metal.molar_volume),
        bridge=None if config.bridge is None else Bridge(table=config.bridge.table),
    )
