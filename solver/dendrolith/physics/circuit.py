"""Equivalent circuit of a cell: open-circuit voltage, series resistance, R‖C elements, leakage.

    V = U + R_s i + Σₖ vₖ,  Cₖ dvₖ/dt = i − vₖ/Rₖ,  dq/dt = i,  j = i + V/R_l
    U = U₀ + (U₁ − U₀) q/Q

V  cell voltage [V]           i  ionic current density, positive when it charges [A/m²]
q  charge stored [C/m²]       V/R_l  electronic current density, from terminal to terminal [A/m²]
vₖ voltage of an element [V]  j  total current density through the terminals [A/m²]
Q  capacity [C/m²]            U₀, U₁  open-circuit voltage of the empty and of the full cell [V]

All resistances and capacitances are those of one square metre. Every law takes numbers, arrays of
numbers or UFL expressions. Source: Thevenin model with self-discharge, for example Hu et al. 2012
(10.1016/j.jpowsour.2011.10.013). Deviation: U is linear in the state of charge, so that a step at a
held voltage or current is a matrix exponential and has no error.
"""

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity, section, sequence
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr

MOST_ELEMENTS = 2


@dataclass(frozen=True, slots=True)
class OpenCircuit(Section):
    """Open-circuit voltage."""

    equation: ClassVar[str] = "U = U₀ + (U₁ − U₀) q/Q"

    capacity: float = quantity("C/m^2", "capacity Q", above=0)
    empty_voltage: float = quantity("V", "U_0, of the empty cell", at_least=-10, at_most=10)
    full_voltage: float = quantity("V", "U_1, of the full cell", at_least=-10, at_most=10)

    @property
    def slope(self) -> float:
        """dU/dq [V m²/C]."""
        return (self.full_voltage - self.empty_voltage) / self.capacity

    def voltage(self, q: Expr) -> Expr:
        """U [V]."""
        return self.empty_voltage + self.slope * q

    def equations(self) -> list[tuple[str, str]]:
        """That of U."""
        return [("voltage", self.equation)]

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A cell whose voltage falls as it is charged would run away."""
        if self.full_voltage > self.empty_voltage:
            return []
        return [("full_voltage", f"is not above empty_voltage = {self.empty_voltage:g} V")]


@dataclass(frozen=True, slots=True)
class Element:
    """A resistance and a capacitance side by side."""

    resistance: float = quantity("Ohm m^2", "resistance R_k", above=0)
    capacitance: float = quantity("F/m^2", "capacitance C_k", above=0)

    def rate(self, v: Expr, i: Expr) -> Expr:
        """dvₖ/dt [V/s]."""
        return (i - v / self.resistance) / self.capacitance


@dataclass(frozen=True, slots=True)
class Circuit(Section):
    """All that lies between the terminals."""

    equation: ClassVar[str] = (
        "V = U + R_s i + Σₖ vₖ,  Cₖ dvₖ/dt = i − vₖ/Rₖ,  dq/dt = i,  j = i + V/R_l"
    )

    open_circuit: OpenCircuit = section("open-circuit voltage")
    series_resistance: float = quantity("Ohm m^2", "series resistance R_s", above=0)
    leakage_resistance: float | None = quantity(
        "Ohm m^2",
        "electronic resistance R_l from terminal to terminal (absent: no leakage)",
        default=None,
        above=0,
    )
    elements: tuple[Element, ...] = sequence("R||C elements in series", default=())

    @property
    def resistance(self) -> float:
        """R_s + Σₖ R_k [Ω m²]."""
        return self.series_resistance + sum(element.resistance for element in self.elements)

    @property
    def leakage_conductance(self) -> float:
        """1/R_l [S/m²]; 0 without leakage."""
        return 0.0 if self.leakage_resistance is None else 1 / self.leakage_resistance

    def internal_voltage(self, q: Expr, v: list[Expr]) -> Expr:
        """U + Σₖ vₖ [V]."""
        return sum(v, self.open_circuit.voltage(q))

    def voltage(self, q: Expr, v: list[Expr], i: Expr) -> Expr:
        """V [V] at an ionic current density."""
        return self.internal_voltage(q, v) + self.series_resistance * i

    def electronic_current(self, V: Expr) -> Expr:
        """V/R_l [A/m²]."""
        return self.leakage_conductance * V

    def ionic_current_at_voltage(self, q: Expr, v: list[Expr], V: Expr) -> Expr:
        """The i that a voltage drives, by V = U + R_s i + Σₖ vₖ [A/m²]."""
        return (V - self.internal_voltage(q, v)) / self.series_resistance

    def ionic_current_at_current(self, q: Expr, v: list[Expr], j: Expr) -> Expr:
        """What of a total current density j does not leak, by j = i + V/R_l [A/m²]."""
        leak = self.leakage_conductance
        return (j - leak * self.internal_voltage(q, v)) / (1 + leak * self.series_resistance)

    def equations(self) -> list[tuple[str, str]]:
        """Those of the circuit."""
        return [("circuit", self.equation)]

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """Two elements at most."""
        if len(self.elements) <= MOST_ELEMENTS:
            return []
        return [("elements", f"has {len(self.elements)} elements: {MOST_ELEMENTS} at most")]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return f"charge and {len(self.elements)} R||C elements"
