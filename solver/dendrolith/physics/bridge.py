"""Lithium that bridges the separator: electrons go through it and charge nothing.

    j_el = G V,  G = θ/R_c from t_b on,  0 before

j_el  electronic current density [A/m²]     θ    contact over electrode area [1]
R_c   contact resistance [Ω m²]             t_b  when lithium arrives [s]

Electrons go from terminal to terminal. Source: an ohmic contact. Deviation: the bridge neither
dissolves nor grows, and the resistance of its metal belongs to R_c.
"""

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section


@dataclass(frozen=True, slots=True)
class Bridge(Section):
    """One contact, or all of them together."""

    equation: ClassVar[str] = "j_el = G V,  G = θ/R_c from t_b on"

    contact_resistance: float = quantity(
        "Ohm m^2", "R_c where lithium touches the counter electrode", default=1e-5, above=0
    )
    contact_fraction: float = quantity(
        "1", "contact theta over the area of the electrode", default=0.01, above=0, at_most=1
    )
    begins: float = quantity("s", "time t_b at which lithium arrives", default=0.0, at_least=0)

    @property
    def resistance(self) -> float:
        """R_e = R_c/θ [Ω m²]."""
        return self.contact_resistance / self.contact_fraction

    def equations(self) -> list[tuple[str, str]]:
        """That of the electrons."""
        return [("bridge", self.equation)]
