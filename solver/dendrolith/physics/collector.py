"""Bare current collector on which lithium nucleates, and which is bare again at the end.

    stripping  i₀ → θ i₀,  R → R/θ,  θ = min(1, q_a/q_θ),   dq_d/dt = f/(1 − f) ⟨−j⟩₊
    plating    η_n = η₀ e^{−q_a/q_n} tanh(j/j_n),  j_n = i₀/1000

q_a  dense lithium that is connected [C/m²]     θ    covered part of the collector [1]
q_θ  charge of a closed film [C/m²]             η_n  overpotential of nucleation [V]
q_d  dead lithium, left without contact [C/m²]  f    part of the plated lithium that dies [1]

The tanh makes the voltage continuous where the current turns. Sources: seed islands that close;
for f, the Coulombic efficiency of a cell without an interphase. Deviation: a covered part below 1
slows stripping alone, plating has η_n in its place. With a mesh the collector lies below a
numerical film of lithium, which is in no q; there R stays, no lithium dies, and there is no tanh.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section

SMOOTHED = 1e-3  # j_n over i₀


@dataclass(frozen=True, slots=True)
class Collector(Section):
    """A collector without a foil: all lithium comes from the counter electrode."""

    equation: ClassVar[str] = "i₀ → θ i₀,  R → R/θ,  θ = min(1, q_a/q_θ)"
    nucleation_equation: ClassVar[str] = "η_n = η₀ e^{−q_a/q_n} tanh(j/j_n)"

    nucleation_overpotential: float = quantity(
        "V",
        "overpotential eta_0 on bare metal",
        default=0.02,
        at_least=0,
        at_most=1,
        source="assumption: 10 to 50 mV are usual",
    )
    nucleation_charge: float = quantity(
        "C/m^2", "charge q_n over which it decays", default=100.0, above=0, source="assumption"
    )
    coverage_charge: float = quantity(
        "C/m^2",
        "charge q_theta of a closed film; below it stripping is slow",
        default=100.0,
        above=0,
        source="assumption: 14 nm",
    )
    stranded_fraction: float = quantity(
        "1", "part f of the plated lithium that stripping leaves behind", default=0.0, at_least=0,
        below=1,
    )  # fmt: skip

    def coverage(self, lithium: float) -> float:
        """θ at a charge q_a [C/m²]; not quite 0, so that voltages are numbers."""
        return min(1.0, max(lithium / self.coverage_charge, 1e-12))

    def nucleation(self, j: float, lithium: float, exchange: float) -> float:
        """η_n at a current density, over an exchange current density [A/m²] [V]."""
        if j <= 0 or self.nucleation_overpotential == 0:
            return 0.0
        return self.decayed(lithium) * math.tanh(j / (SMOOTHED * exchange))

    def decayed(self, lithium: float) -> float:
        """η₀ e^{−q_a/q_n} at a charge q_a [C/m²] [V]."""
        decay = math.exp(-max(lithium, 0.0) / self.nucleation_charge)
        return self.nucleation_overpotential * decay

    def stranded(self, j: float) -> float:
        """dq_d/dt at a current density [A/m²]."""
        return self.stranded_fraction / (1 - self.stranded_fraction) * max(-j, 0.0)

    def equations(self) -> list[tuple[str, str]]:
        """Coverage and nucleation."""
        return [("collector", self.equation), ("nucleation", self.nucleation_equation)]
