"""Temperature dependence of conductivities, exchange current and capillary mobility.

    X(T) = X(T_ref) exp[−(E_a/R)(1/T − 1/T_ref)]

X  a rate-like property      E_a  its activation energy [J/mol]      T_ref  reference [K]

Diffusion in a binary electrolyte follows σ_ion and T by Nernst–Einstein, D ∝ σ_ion T. Activation
energy of σ_ion in argyrodite: 0.35 eV = 33.8 kJ/mol (Singh et al. 2022,
10.1016/j.xcrp.2022.101043).
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.constants import GAS_CONSTANT
from dendrolith.core.declare import LARGEST as LARGEST_NUMBER
from dendrolith.core.declare import SMALLEST as SMALLEST_NUMBER
from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section

LARGEST = 5e5  # J/mol, 5 eV: beyond any of these processes
UNCHANGED = ("grains", "films", "counter_electrode")  # sections without an activation energy


@dataclass(frozen=True, slots=True)
class Arrhenius(Section):
    """Activation energies; the values of the input hold at the reference temperature."""

    equation: ClassVar[str] = "X(T) = X(T_ref) exp[−(E_a/R)(1/T − 1/T_ref)]"

    reference_temperature: float = quantity(
        "K",
        "temperature at which the values of the input hold",
        default=298.15,
        at_least=100,
        at_most=1000,
    )
    ionic_conductivity: float = quantity(
        "J/mol",
        "activation energy of the ionic conductivity of every phase",
        default=0.0,
        at_least=0,
        at_most=LARGEST,
        source="0.35 eV in argyrodite, singh2022",
    )
    electronic_conductivity: float = quantity(
        "J/mol",
        "activation energy of the electronic conductivity of electrolyte and pore",
        default=0.0,
        at_least=0,
        at_most=LARGEST,
    )
    exchange_current_density: float = quantity(
        "J/mol",
        "activation energy of the exchange current density",
        default=0.0,
        at_least=0,
        at_most=LARGEST,
    )
    capillary_mobility: float = quantity(
        "J/mol",
        "activation energy of the capillary mobility",
        default=0.0,
        at_least=0,
        at_most=LARGEST,
    )

    def factor(self, activation_energy: float, T: float) -> float:
        """X(T)/X(T_ref) [1]."""
        return math.exp(
            -activation_energy / GAS_CONSTANT * (1 / T - 1 / self.reference_temperature)
        )

    def equations(self) -> list[tuple[str, str]]:
        """The one of every property that has an activation energy."""
        return [("temperature", self.equation)]

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Energies that change a property beyond any process."""
        T, found = config.kinetics.temperature, []
        energies = [f.name for f in dataclasses.fields(self) if f.name != "reference_temperature"]
        for name in energies:
            factor = self.factor(getattr(self, name), T)
            if not SMALLEST_NUMBER <= factor <= LARGEST_NUMBER:
                between = f"between {self.reference_temperature:g} K and {T:g} K"
                problem = f"changes the property by {factor:.1e} {between}: beyond any process"
                found.append((name, problem))
        return found

    def notes(self, config: Any) -> list[str]:
        """Sections whose values hold at the temperature of the cell."""
        beside = [name for name in UNCHANGED if getattr(config, name, None)]
        if not beside:
            return []
        return [
            f"arrhenius leaves the values of {' and '.join(beside)} as they are: give those at "
            "kinetics.temperature"
        ]
