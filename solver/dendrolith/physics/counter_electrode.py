"""Counter electrode that stores lithium: potential, balance, charge transfer, volume.

    Q dx/dt = −j,   j = i₀(x) {e^{(1−α)Fη/RT} − e^{−αFη/RT}},   i₀ = i_r {x(1−x)/[x_r(1−x_r)]}^½
    η = V − φ_ion − U(x_s),   x_s = x − τ j/(15 Q),   Δh = −v_c q/F,   q = Q(x₀ − x)

x  lithium fraction, 1 when full [1]     j    ionic current density, delithiates [A/m²]
Q  charge of x from 0 to 1 [C/m²]        i_r  i₀ at x_r, per electrode area [A/m²]
q  charge taken out [C/m²]               v_c  partial molar volume of that lithium [m³/mol]
U  open-circuit potential [V]            Δh   change of its thickness [m]
x_s  fraction at the surface of its particles, τ = R²/D their diffusion time [s]; without τ it is x

x is uniform. With a charge transfer resistance R_ct instead: Q dx/dt = −j,  j = η/R_ct. Lithium as
counter electrode has no balance: U = 0, i₀ = i_r. i₀(x): Chen 2020 (10.1149/1945-7111/ab9050).
Deviation: the inner surface of the composite is lumped in i_r; i₀ is that of x_s. The parabola of a
steady current is what particles.py takes on within τ/20; without a foil it is there at once.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.constants import FARADAY, HOUR
from dendrolith.core.declare import choice, quantity, sequence
from dendrolith.core.sections import Section
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.open_circuit_potential import (
    FITS,
    OpenCircuitPotential,
    through,
    two_phases,
)

POTENTIALS = ("NMC811", "NCA", "two_phase", "lithium", "table")


@dataclass(frozen=True, slots=True)
class Point:
    """A measured point of U(x)."""

    fraction: float = quantity("1", "lithium fraction x", at_least=0, at_most=1)
    potential: float = quantity("V", "open-circuit potential U", at_least=-1, at_most=6)


@dataclass(frozen=True, slots=True)
class CounterElectrode(Section):
    """What takes up lithium and gives it back."""

    equation: ClassVar[str] = "Q dx/dt = −j,  j = i₀(x) {e^{(1−α)Fη/RT} − e^{−αFη/RT}}"
    linear_equation: ClassVar[str] = "Q dx/dt = −j,  j = η/R_ct"

    potential: str = choice(POTENTIALS, "open-circuit potential U(x)")
    areal_capacity: float | None = quantity(
        "C/m^2", "charge between the two fractions below; lithium needs none", default=None, above=0
    )
    least_fraction: float | None = quantity(
        "1", "x at which charging ends (absent: that of the fit)", default=None, at_least=0
    )
    largest_fraction: float | None = quantity(
        "1", "x at which discharging ends (absent: that of the fit)", default=None, at_most=1
    )
    initial_fraction: float | None = quantity(
        "1", "x_0 at the start (absent: the largest)", default=None, at_least=0, at_most=1
    )
    rated_capacity: float | None = quantity(
        "C/m^2", "charge that C-rates refer to (absent: the areal one)", default=None, above=0
    )
    exchange_current_density: float | None = quantity(
        "A/m^2", "i_r at the reference fraction, per electrode area", default=None, above=0
    )
    reference_fraction: float = quantity("1", "x_r of i_r", default=0.5, above=0, below=1)
    transfer_coefficient: float = quantity(
        "1", "alpha of lithiation", default=0.5, above=0, below=1
    )
    charge_transfer_resistance: float | None = quantity(
        "Ohm m^2", "R_ct of linear kinetics, in place of i_r", default=None, at_least=0
    )
    diffusion_time: float | None = quantity(
        "s", "tau = R^2/D of its particles (absent: no gradient in them)", default=None, above=0
    )
    molar_volume: float = quantity(
        "m^3/mol", "partial molar volume v_c of extracted lithium", default=0.0
    )
    plateau: float | None = quantity("V", "U_p of two_phase", default=None, at_least=-1, at_most=6)
    phase_boundary: float = quantity("1", "x_b of two_phase", default=0.02, above=1e-3, below=0.4)
    table: tuple[Point, ...] = sequence("points of U(x), x rising, U falling", default=())

    def open_circuit(self) -> OpenCircuitPotential:
        """U(x)."""
        if self.potential == "table":
            return through([(point.fraction, point.potential) for point in self.table])
        if self.potential == "two_phase":
            assert self.plateau is not None, "conflicts() comes first"
            return two_phases(self.plateau, self.phase_boundary)
        return FITS[self.potential]

    @property
    def stores(self) -> bool:
        """Its x changes; lithium metal has no end."""
        return self.potential != "lithium"

    @property
    def limits(self) -> tuple[float, float]:
        """Fractions between which it works [1]."""
        low, high, fit = self.least_fraction, self.largest_fraction, self.open_circuit()
        return fit.least if low is None else low, fit.largest if high is None else high

    @property
    def start(self) -> float:
        """x₀ [1]."""
        return self.limits[1] if self.initial_fraction is None else self.initial_fraction

    @property
    def capacity(self) -> float:
        """Q [C/m²]; inf for lithium."""
        if not self.stores or self.areal_capacity is None:
            return math.inf
        low, high = self.limits
        return self.areal_capacity / (high - low)

    @property
    def rated_current(self) -> float | None:
        """Current density of 1C [A/m²]; None without a capacity."""
        rated = self.rated_capacity or self.areal_capacity
        return None if rated is None else rated / HOUR

    def fraction(self, charge: float) -> float:
        """The x after a charge q has been taken out [C/m²]."""
        return self.start - charge / self.capacity

    def exchange(self, x: float) -> float:
        """i₀ [A/m²]."""
        assert self.exchange_current_density is not None
        if not self.stores:
            return self.exchange_current_density
        x_r = self.reference_fraction
        x = min(max(x, 1e-6), 1 - 1e-6)  # beyond its limits an electrode still has a surface
        return self.exchange_current_density * math.sqrt(x * (1 - x) / (x_r * (1 - x_r)))

    def kinetics(self, temperature: float) -> list[ButlerVolmer]:
        """Its law of charge transfer at a temperature [K]; empty where that is linear."""
        i_r, alpha = self.exchange_current_density, self.transfer_coefficient
        return [] if i_r is None else [ButlerVolmer(i_r, alpha, 0.0, temperature)]

    def surface(self, x: float, j: float) -> float:
        """The x_s at a current density [A/m²]."""
        return x - (self.diffusion_time or 0.0) * j / (15 * self.capacity)

    def overpotential(self, j: float, x: float, temperature: float) -> float:
        """η that drives a current density [A/m²] at a temperature [K] [V]."""
        if self.charge_transfer_resistance is not None:
            return self.charge_transfer_resistance * j
        return sum(law.loss(j, self.exchange(x)) for law in self.kinetics(temperature))

    def resistance(self, j: float, x: float, temperature: float) -> float:
        """dη/dj at a current density [A/m²] and a temperature [K] [Ω m²]."""
        if self.charge_transfer_resistance is not None:
            return self.charge_transfer_resistance
        return sum(law.resistance(j, self.exchange(x)) for law in self.kinetics(temperature))

    def swelling(self, charge: float) -> float:
        """Δh after a charge q has been taken out [C/m²] [m]."""
        return -self.molar_volume * charge / FARADAY

    def equations(self) -> list[tuple[str, str]]:
        """Balance and charge transfer."""
        linear = self.charge_transfer_resistance is not None
        return [("counter electrode", self.linear_equation if linear else self.equation)]

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """What a potential needs, one kinetics, and a window within the fit."""
        given = (self.exchange_current_density, self.charge_transfer_resistance)
        one = ("exchange_current_density", "give either it or charge_transfer_resistance")
        found = [one] if given.count(None) != 1 else []
        if self.stores and self.areal_capacity is None:
            found.append(("areal_capacity", f"is missing: {self.potential} stores lithium"))
        return found + (self._missing() or self._window())

    def _missing(self) -> list[tuple[str, str]]:
        if self.potential == "two_phase" and self.plateau is None:
            return [("plateau", "is missing (U_p of two_phase, 1.55 V for LTO)")]
        if self.potential != "table":
            idle = f"does nothing with potential: {self.potential}"
            return [("table", idle)] if self.table else []
        pairs = list(zip(self.table, self.table[1:], strict=False))
        wrong = [a for a, b in pairs if b.fraction <= a.fraction or b.potential > a.potential]
        rule = "needs two points or more, their fractions rising, no potential rising"
        return [("table", rule)] if wrong or not pairs else []

    def _window(self) -> list[tuple[str, str]]:
        (low, high), fit, found = self.limits, self.open_circuit(), []
        for key, x in (("least_fraction", low), ("largest_fraction", high)):
            if not fit.least <= x <= fit.largest:
                inside = f"{fit.least:g} and {fit.largest:g}"
                found.append((key, f"is {x:g}: {self.potential} is known between {inside}"))
        if low >= high:
            found.append(("least_fraction", f"is not below largest_fraction = {high:g}"))
        if not low <= self.start <= high:
            found.append(("initial_fraction", f"is not between {low:g} and {high:g}"))
        return found
