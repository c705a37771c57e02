"""Interphase between lithium and electrolyte that grows by diffusion and takes lithium.

    dδ/dt = k(T) θ/(2δ),   δ = δ₀ + q_s/ϱ,   k(T) = k exp[−(E_a/R)(1/T − 1/T_ref)]

δ  thickness [m]        q_s  charge that it took [C/m²]           θ  covered part of the collector
ϱ  charge of a volume of electrolyte that is reduced [C/m³]      δ₀  thickness at the start [m]

Li₆PS₅Cl + 8 Li → 5 Li₂S + Li₃P + LiCl: 8 F over 143.9 cm³/mol is 5.36e9 C/m³, and the solids take
6.6 cm³ more for each mole of lithium. Source: parabolic growth. Deviation: all of k is that of
electrolyte below lithium; what reduces it before the first lithium is left out.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.constants import GAS_CONSTANT
from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section


@dataclass(frozen=True, slots=True)
class Interphase(Section):
    """What lithium and electrolyte make of each other."""

    equation: ClassVar[str] = "dδ/dt = k(T) θ/(2δ)"

    growth_constant: float = quantity("m^2/s", "k at the reference temperature", at_least=0)
    activation_energy: float = quantity(
        "J/mol", "activation energy E_a of k", default=0.0, at_least=0, at_most=5e5
    )
    reference_temperature: float = quantity(
        "K", "temperature T_ref of k", default=298.15, at_least=100, at_most=1000
    )
    charge_density: float = quantity(
        "C/m^3",
        "charge that reduces a volume of electrolyte",
        default=5.36e9,
        above=0,
        source="8 electrons for each 143.9 cm^3/mol of Li6PS5Cl",
    )
    initial_thickness: float = quantity(
        "m", "thickness delta_0 before the first lithium", default=1e-9, above=0
    )
    volume_change: float = quantity(
        "m^3/mol",
        "volume v_s that the solids grow by for each lithium",
        default=6.6e-6,
        source="densities of Li6PS5Cl, Li2S, Li3P and LiCl",
    )

    def thickness(self, charge: float) -> float:
        """δ after a charge q_s [C/m²] [m]."""
        return self.initial_thickness + charge / self.charge_density

    def current(self, charge: float, coverage: float, temperature: float) -> float:
        """dq_s/dt at a charge q_s [C/m²], a θ and a temperature [K] [A/m²]."""
        inverse = 1 / temperature - 1 / self.reference_temperature
        constant = self.growth_constant * math.exp(-self.activation_energy / GAS_CONSTANT * inverse)
        return self.charge_density * constant * coverage / (2 * self.thickness(charge))

    def equations(self) -> list[tuple[str, str]]:
        """That of the growth."""
        return [("interphase", self.equation)]

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """An interphase needs lithium on a collector that touches the separator."""
        if config.collector is None:
            return [("growth_constant", "needs 'collector': a foil never runs out of lithium")]
        if config.interlayer is not None:
            return [("growth_constant", "does nothing beside 'interlayer': leave one of them out")]
        return []
