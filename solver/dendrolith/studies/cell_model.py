"""The voltage of a cell and its ionic current at what is held: scalar equations in one unknown."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from scipy.optimize import brentq

from dendrolith.control.stages import Stage
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.errors import SolverDiverged
from dendrolith.physics.bridge import Bridge
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.kinetics import ButlerVolmer, loss_of
from dendrolith.studies.bridge_table import read_bridge
from dendrolith.studies.cell_sections import Interlayer, Lithium, Separator
from dendrolith.traces.spectra.filament import Filament

LARGEST_CURRENT = 1e12  # A/m²: a bracket beyond it holds nothing physical


class CellParts(Protocol):
    """What a cell without a mesh is made of."""

    @property
    def counter_electrode(self) -> CounterElectrode:
        """What stores lithium."""
        ...

    @property
    def kinetics(self) -> ButlerVolmer:
        """Charge transfer of lithium."""
        ...

    @property
    def separator(self) -> Separator:
        """Electrolyte between the electrodes."""
        ...

    @property
    def lithium_metal(self) -> Lithium:
        """The metal of the other electrode."""
        ...

    @property
    def external_resistance(self) -> float:
        """Of the leads [Ω m²]."""
        ...

    @property
    def bridge(self) -> Bridge | None:
        """Lithium through the separator; None: there is none."""
        ...

    @property
    def collector(self) -> Collector | None:
        """In place of a foil; None: a foil."""
        ...

    @property
    def interlayer(self) -> Interlayer | None:
        """A second electrolyte; None: there is none."""
        ...


class CellModel:
    """Closed expressions of one cell.

    Args:
        config: the cell.

    Attributes:
        config: as given.
        counter: law of the counter electrode.
        potential: its U(x).
        profile: m and g of x_s = x + m − g j in its particles [1, m²/A]; of a cell that follows
            them, else it is that of a steady current.
        tables: what the bridge follows; empty where it is a contact or wires.
        ionic_part: resistance of the electrolytes over that at the start, by the table [1].

    Raises:
        ConfigError: a table cannot be read.
    """

    def __init__(self, config: CellParts) -> None:
        self.config = config
        self.counter = config.counter_electrode
        self.potential = self.counter.open_circuit()
        self.profile = (0.0, self.counter.surface(0.0, -1.0))
        self.ionic_part = 1.0
        bridge = config.bridge
        paths = [] if bridge is None or bridge.table is None else [Path(bridge.table)]
        self.tables = [read_bridge(path) for path in paths]
        self._limits = self.counter.limits
        layer = config.interlayer
        self._resistance = config.separator.resistance + (layer.resistance if layer else 0.0)
        self._thermal = GAS_CONSTANT * config.kinetics.temperature / FARADAY

    @property
    def begins(self) -> float:
        """When the bridge closes; inf without one [s]."""
        bridge = self.config.bridge
        return math.inf if bridge is None else bridge.begins

    def conductance(self, time: float) -> float:
        """G from `time` [s] on, until the next change [S/m²]."""
        leakage, bridge = self.config.separator.leakage, self.config.bridge
        if bridge is None or self.tables or time < bridge.begins:
            return leakage
        return leakage + 1 / self.bridge_resistance(bridge)

    def followed(self, time: float, charge: float) -> float:
        """G by the table at a time [s] and a charge that passed [C/m²]; 0 without one [S/m²]."""
        return sum(table.leak(time, charge) for table in self.tables)

    def look(self, time: float, charge: float) -> None:
        """Take the resistance of the ions from the table there, as `followed` its G."""
        for table in self.tables:
            self.ionic_part = table.ionic_part(time, charge)

    def bridge_resistance(self, bridge: Bridge) -> float:
        """R_e [Ω m²]."""
        if bridge.diameter is None or bridge.count is None:
            return bridge.resistance
        layers = [self.config.separator.thickness]
        if self.config.interlayer is not None:
            layers.append(self.config.interlayer.thickness)
        return Filament(sum(layers)).resistance(bridge.diameter, bridge.count)

    def plated_thickness(self, charge: float) -> float:
        """Thickness of dense lithium [m] by its charge [C/m²]."""
        return self.config.lithium_metal.molar_volume * charge / FARADAY

    def coverage(self, j: float, lithium: float) -> float:
        """θ of a collector that is stripped, by its lithium [C/m²] [1]."""
        collector = self.config.collector
        return 1.0 if collector is None or j >= 0 else collector.coverage(lithium)

    def anode_loss(self, j: float, lithium: float = math.inf) -> float:
        """η_a, what plating takes of the voltage at a current density [A/m²] [V]."""
        kinetics, collector = self.config.kinetics, self.config.collector
        exchange = kinetics.exchange_current_density
        ratio = -j / (exchange * self.coverage(j, lithium))
        loss = -self._thermal * loss_of(ratio, kinetics.transfer_coefficient)
        return loss if collector is None else loss + collector.nucleation(j, lithium, exchange)

    def counter_loss(self, j: float, x: float) -> float:
        """η_c and what diffusion in the particles takes, U(x_s) − U(x) [V]."""
        memory, gain = self.profile
        surface = x + memory - gain * j
        loss = self.counter.overpotential(j, surface, self.config.kinetics.temperature)
        return loss if surface == x else loss + self.potential(surface) - self.potential(x)

    def inner_voltage(self, j: float, x: float, lithium: float = math.inf) -> float:
        """Between the electrodes' metals, without the leads [V]."""
        rest = self.potential(x) - self.config.kinetics.equilibrium_potential
        ohmic = self._resistance * self.ionic_part * j / self.coverage(j, lithium)
        return rest + self.counter_loss(j, x) + self.anode_loss(j, lithium) + ohmic

    def terminals(
        self, j: float, x: float, leak: float, lithium: float = math.inf
    ) -> tuple[float, float]:
        """Voltage at the terminals [V] and electronic current density [A/m²].

        Args:
            j: ionic current density [A/m²].
            x: lithium fraction of the counter electrode [1].
            leak: G [S/m²].
            lithium: on the collector [C/m²]; inf: a foil.
        """
        inner = self.inner_voltage(j, x, lithium)
        electronic = leak * inner
        return inner + self.config.external_resistance * (j + electronic), electronic

    def ionic_current(
        self,
        stage: Stage,
        x_of: Callable[[float], float],
        leak: float,
        guess: float,
        lithium: float = math.inf,
    ) -> float:
        """The j at what a stage holds [A/m²].

        Args:
            stage: of the control.
            x_of: the x that belongs to a j.
            leak: G [S/m²].
            guess: of j.
            lithium: on the collector [C/m²]; inf: a foil.

        Raises:
            SolverDiverged: no current does it.
        """
        density, held = stage.current_density, stage.voltage
        if density is not None and leak == 0:
            return density

        def excess(j: float) -> float:
            voltage, electronic = self.terminals(j, x_of(j), leak, lithium)
            if density is not None:
                return j + electronic - density
            assert held is not None
            return voltage - held

        low, high = _bracket(excess, guess)
        return low if low == high else float(brentq(excess, low, high, xtol=1e-14, rtol=1e-14))

    def exhausted(self, j: float, x: float) -> float | None:
        """How far x is beyond the limit that j drives it to [1]; None without one."""
        if not self.counter.stores or j == 0:
            return None
        low, high = self._limits
        return low - x if j > 0 else x - high


def _bracket(excess: Callable[[float], float], guess: float) -> tuple[float, float]:
    """Two currents around the zero of a rising function; the same twice where they hit it.

    Raises:
        SolverDiverged: there is none.
    """
    at = excess(guess)
    if at == 0:
        return guess, guess
    width = math.copysign(max(1e-6, 1e-3 * abs(guess)), -at)
    while abs(width) < LARGEST_CURRENT:
        if excess(guess + width) * at <= 0:
            return min(guess, guess + width), max(guess, guess + width)
        width *= 4
    raise SolverDiverged("the cell", "no ionic current balances what is held")
