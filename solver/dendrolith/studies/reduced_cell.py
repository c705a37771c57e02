"""A cell with a lithium foil that is advanced by its charges, its terminals and its readings."""

from __future__ import annotations

import math
from typing import ClassVar

from dendrolith.control.stages import Stage
from dendrolith.control.terminals import TerminalReading
from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.particles import ROOTS, Particles
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.cell_model import CellModel

VOLTS = 2.0  # change of x [1] that counts as a change of U by 1 V: 0.01 as 5 mV
TURNED = 0.02  # change of x that counts as a bridge of a table that doubles what electrons carry
LEAST_LEAK = 1e-3  # S/m², a bridge that changes by less counts as none


class ReducedCell(Block):
    """Charges that went through separator and bridge; also the terminals.

    A step is the implicit midpoint rule, x at the middle of the step and at what is held: one
    scalar equation. It is cut where the bridge closes. Profiles in particles follow the current of
    the step exactly.

    Args:
        model: of the cell.

    Attributes:
        model: as given.
        time: [s].
        ion_charge, electronic_charge: since the start [C/m²].
        ionic: ionic current density in the middle of the last step, a guess for the next [A/m²].
        leak: electronic conductance at the end of the last step [S/m²].
        modes: of the profile in particles [1]; empty where they have no gradient.
    """

    name = "cell"
    kept: ClassVar[tuple[str, ...]] = ("time", "ion_charge", "electronic_charge", "ionic", "leak")
    follows_particles: ClassVar[bool] = True  # else their profile is that of a steady current

    def __init__(self, model: CellModel) -> None:
        self.model = model
        self.time = self.ion_charge = self.electronic_charge = self.ionic = 0.0
        self.leak = model.conductance(0.0) + model.followed(0.0, 0.0)
        law = model.counter
        self._particles: list[Particles] = []
        if self.follows_particles and law.diffusion_time:
            self._particles.append(Particles(law.diffusion_time, law.capacity))
        self.modes = [0.0 for _ in self._particles for _ in ROOTS]
        self._stage = Stage(rest=1.0)
        self._mean: float | None = None
        self._accepted = self.save()

    @property
    def fraction(self) -> float:
        """Lithium fraction x of the counter electrode [1]."""
        return self.model.counter.fraction(self.ion_charge)

    @property
    def lithium(self) -> float:
        """What can be stripped [C/m²]."""
        return math.inf

    @property
    def swelling(self) -> float:
        """What both electrodes have grown together [m]."""
        return self.model.plated_thickness(self.ion_charge) + self.model.counter.swelling(
            self.ion_charge
        )

    # ------------------------------------------------------------------ as terminals

    def hold(self, stage: Stage) -> None:
        """Drive the cell as `stage` says from here on."""
        self._stage, self._mean = stage, None

    def read(self) -> TerminalReading:
        """Voltage and currents at the end of the last attempted step.

        Raises:
            SolverDiverged: no current does what is held.
        """
        x, lithium = self.fraction, self.lithium
        self._look(0.0)
        ionic = self.model.ionic_current(self._stage, lambda _: x, self.leak, self.ionic, lithium)
        voltage, electronic = self.model.terminals(ionic, x, self.leak, lithium)
        exhausted = self.model.exhausted(ionic, x)
        return TerminalReading(voltage, ionic, electronic, self._mean, exhausted)

    @property
    def voltage(self) -> float:
        """Of the last attempted step [V]."""
        return self.read().voltage

    # ------------------------------------------------------------------ as a block

    def advance(self, dt: float) -> Report:
        """Advance by `dt` [s].

        Raises:
            SolverDiverged: no current does what is held.
        """
        charge, x, potential = self._charge, self.fraction, self.model.potential
        bridge = self.model.followed(self.time, charge)
        begins, end = self.model.begins, self.time + dt
        ends = [begins, end] if self.time < begins < end else [end]
        for part_end in ends:
            self._step(part_end)
        self._mean = self._mean_of(charge, dt)
        moved = abs(potential(self.fraction) - potential(x))
        turned = abs(self.model.followed(self.time, self._charge) - bridge)
        turned /= bridge + LEAST_LEAK + abs(self._mean) / max(potential(x), LEAST_LEAK)
        return Report(max(abs(self.fraction - x), VOLTS * moved, TURNED * turned))

    @property
    def _charge(self) -> float:
        return self.ion_charge + self.electronic_charge

    def _mean_of(self, before: float, dt: float) -> float:
        """Total current density of a step since a charge [C/m²]; of a rest no round-off [A/m²]."""
        held = self._stage.current_density
        return (self._charge - before) / dt if held is None else held

    def _step(self, end: float) -> None:
        """One midpoint step up to a time [s]; the leakage is one number."""
        model, charge, dt = self.model, self.ion_charge, end - self.time
        self._look(dt / 2)
        leakage = model.conductance(self.time)
        self.leak = leakage + model.followed(*self._in(dt / 2))

        def middle(j: float) -> float:
            return model.counter.fraction(charge + dt / 2 * j)

        self.ionic = model.ionic_current(self._stage, middle, self.leak, self.ionic)
        _, electronic = model.terminals(self.ionic, middle(self.ionic), self.leak)
        for particles in self._particles:
            self.modes = particles.after(self.modes, self.ionic, dt)
        self.time = end
        self.ion_charge += dt * self.ionic
        self.electronic_charge += dt * electronic
        self.leak = leakage + model.followed(*self._in(0.0))

    def _in(self, dt: float) -> tuple[float, float]:
        """Time [s], and charge that has passed [C/m²], after a time `dt` [s]."""
        density, held = self._stage.current_density, self._stage.voltage or 0.0
        leads = 1 + self.leak * self.model.config.external_resistance  # V less their loss leaks
        current = (self.ionic + self.leak * held) / leads if density is None else density
        return self.time + dt, self._charge + dt * current

    def _look(self, dt: float) -> None:
        """Let the model see what is there after a time [s]: the particles' surface, a table."""
        self.model.look(*self._in(dt))
        for particles in self._particles:
            self.model.profile = particles.surface(self.modes, dt)

    def accept(self) -> None:
        """Keep the attempted step."""
        self._accepted = self.save()

    def reject(self) -> None:
        """Go back to the last accepted step."""
        set_numbers(self, self._saved, self._accepted)

    def save(self) -> CheckpointData:
        """Time, charges, profile, and what the next solve begins with."""
        return numbers_of(self, self._saved)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, self._saved, data)
        self.accept()

    @property
    def _saved(self) -> tuple[str, ...]:
        return (*self.kept, *("modes" for _ in self._particles))


class Readings(Observable):
    """What an instrument would read, and what the counter electrode holds.

    Args:
        cell: what is read.
    """

    columns = (
        "voltage [V]",
        "ionic_current [A/m^2]",
        "electronic_current [A/m^2]",
        "ion_charge [C/m^2]",
        "electronic_charge [C/m^2]",
        "counter_fraction [1]",
        "open_circuit_potential [V]",
        "counter_overpotential [V]",
        "anode_overpotential [V]",
        "swelling [m]",
    )

    def __init__(self, cell: ReducedCell) -> None:
        self._cell = cell

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        cell, model, reading = self._cell, self._cell.model, self._cell.read()
        x, charge, ionic = cell.fraction, cell.ion_charge, reading.ionic
        return (
            reading.voltage,
            ionic,
            reading.electronic,
            charge,
            cell.electronic_charge,
            x,
            model.potential(x),
            model.counter_loss(ionic, x),
            -model.anode_loss(ionic, cell.lithium),
            cell.swelling,
        )
