"""What a crack is to lithium and to ions: an open way for the one, a gap for the others.

    A = A₀ + (1 − A₀) A_d,  A_d = S((d − 0.2)/0.4),  S(x) = x²(3 − 2x)      r → A r
    σ_ion → [1 − A_d + A_d σ_void/σ_SE] σ_ion
    lithium content  c_Li φ_c m(ξ),   φ_c = w/w_band within [φ_min, 1] in cracks, else 1
    w = −∫u·∇d dn,   w_band = ∫A_d dx / ∫γ_ℓ dx

A   access of lithium: intact electrolyte has A₀, a crack 1 [1]        d  damage [1]
w   opening of the crack, w_band: width of its band [m]               φ_c  capacity [1]

A crack opens by tens of nanometres and its band is micrometres wide. So a node of the band holds
φ_c of what lithium metal holds, and at the same current ξ moves 1/φ_c times as fast. φ_c stays what
it was when lithium came to the node. φ_min regularises, and a gap without ions is solved with
σ_void/σ_SE: vary both by ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr, clamp, smoothstep

HALF_OPEN = 0.4  # damage at which A_d = ½
OPENS_FROM, OPENS_OVER = 0.2, 0.4  # damage at which A_d begins, and until it is 1
PROFILE_WIDTH = 1.47  # of the part of a profile with A_d > ½, over ℓ (AT1)


def opened(d: Expr) -> Expr:
    """A_d of damage, for forms [1]."""
    return smoothstep(clamp((d - OPENS_FROM) / OPENS_OVER))


@dataclass(frozen=True, slots=True)
class Cracks(Section):
    """Cracks as ways of lithium."""

    equation: ClassVar[str] = "A = A₀ + (1 − A₀) A_d,  A_d = S((d − 0.2)/0.4),  S(x) = x²(3 − 2x)"

    intact_access: float = quantity(
        "1",
        "access A_0 of lithium to intact electrolyte: 1 lithium takes its place, 0 cracks alone",
        default=1.0,
        at_least=0,
        at_most=1,
    )
    least_capacity: float = quantity(
        "1",
        "phi_min, the least part of a crack's band that lithium fills, and that of lithium of the "
        "start",
        default=0.02,
        above=0,
        at_most=1,
    )
    void_conductivity: float = quantity(
        "1",
        "ionic conductivity of an open crack over the electrolyte's; numerical, vary it by ten",
        default=1e-4,
        at_least=1e-4,
        at_most=1,
    )

    def access(self, A_d: Expr) -> Expr:
        """A [1]."""
        return self.intact_access + (1 - self.intact_access) * A_d

    def share(self, A_d: Expr) -> Expr:
        """Part of the lithium whose front moves that lies in the opening, A_d/A [1]."""
        if self.intact_access == 0:
            return 1.0 + 0 * A_d
        return A_d / self.access(A_d)

    def conduction(self, d: Expr) -> Expr:
        """What the ionic conductivity is multiplied by [1]."""
        A_d = opened(d)
        return 1 - A_d + A_d * self.void_conductivity

    def band(self, length: float, h: float) -> float:
        """Width w_A of the band in which A_d > ½ of a crack one cell wide [m]."""
        return PROFILE_WIDTH * length + 2 * h

    @property
    def split_only(self) -> bool:
        """Content changes with the node, which the split alone books."""
        return True

    def equations(self) -> list[tuple[str, str]]:
        """That of the access."""
        return [("cracks", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "cracks as ways of lithium"

    def unknowns(self, dim: int) -> int:
        """φ_c."""
        return 1
