"""Neutral lithium along pore surfaces: the conserved part of the lithium equation.

    ∂ξ/∂t += ∇·(M_s ∇μ_ξ),  M_s = 16 M₀ ξ²(1−ξ)² (1 − s(ρ))

M₀  mobility [m⁵/(J s)]      μ_ξ  chemical potential of lithium [J/m³]      s  solid fraction [1]

No charge is transferred. Source: degenerate surface mobility, solver/theory.md, section 6.
"""

from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr, double_well, solid_fraction


@dataclass(frozen=True, slots=True)
class SurfaceMobility(Section):
    """Parameters of the transport."""

    equation: ClassVar[str] = "∂ξ/∂t += ∇·(M_s ∇μ_ξ),  M_s = 16 M₀ ξ²(1−ξ)² (1 − s(ρ))"

    surface_mobility: float = quantity(
        "m^5/(J s)", "mobility M_0 of neutral lithium on pore surfaces", above=0
    )

    def equations(self) -> list[tuple[str, str]]:
        """The part that it adds to the lithium equation."""
        return [("transport", self.equation)]

    def mobility(self, xi: Expr, rho: Expr) -> Expr:
        """M_s [m⁵/(J s)]."""
        return self.surface_mobility * 16 * double_well(xi) * (1 - solid_fraction(rho))

    def flux(self, xi: Expr, rho: Expr, mu: Expr, v: Expr) -> Expr:
        """Weak form of ∇·(M_s ∇μ)."""
        return -self.mobility(xi, rho) * ufl.inner(ufl.grad(mu), ufl.grad(v))
