"""Solid/pore order parameter: Cahn–Hilliard.

    ∂ρ/∂t = ∇·(M ∇μ_ρ),  μ_ρ = f_ρ′(ρ) − κ_ρ ∇²ρ,  f_ρ = (W_ρ/4)(ρ² − 1)²
    W_ρ = 3γ_ρ/δ_ρ            κ_ρ = 3γ_ρδ_ρ/8

ρ  +1 solid, −1 pore [1]      γ_ρ  wall energy [J/m²]      δ_ρ  wall width [m]

Equilibrium profile ρ = tanh(2x/δ_ρ), the same width convention as for lithium. Source: Hu et al.
2017 (10.1021/acsami.7b11292), as used by Cao et al. 2023 (10.1002/adfm.202307998). Deviation: δ_ρ
is an input of its own. The pores are relaxed once at the start; during plating they are frozen, or
go on evolving with the mobility M.
"""

from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr


@dataclass(frozen=True, slots=True)
class PoreWalls:
    """Parameters of the pore phase field."""

    wall_width: float = quantity("m", "wall width delta_rho", above=0)
    wall_energy: float = quantity("J/m^2", "wall energy gamma_rho", default=1.0, above=0)

    @property
    def W_rho(self) -> Expr:
        """Barrier height [J/m³]."""
        return 3 * self.wall_energy / self.wall_width

    @property
    def kappa_rho(self) -> Expr:
        """Gradient energy coefficient [J/m]."""
        return 3 * self.wall_energy * self.wall_width / 8

    @property
    def stabilisation(self) -> Expr:
        """S = W_ρ: half of the largest f_ρ″ for |ρ| ≤ 1 [J/m³]."""
        return self.W_rho

    @property
    def gradient_coefficient(self) -> Expr:
        """κ_ρ [J/m]."""
        return self.kappa_rho

    def bulk_energy(self, rho: Expr) -> Expr:
        """f_ρ [J/m³]."""
        return self.W_rho / 4 * (rho**2 - 1) ** 2

    def gradient_energy(self, rho: Expr) -> Expr:
        """½ κ_ρ |∇ρ|² [J/m³]."""
        return self.kappa_rho / 2 * ufl.inner(ufl.grad(rho), ufl.grad(rho))


@dataclass(frozen=True, slots=True)
class PoreEvolution(Section):
    """Parameters of pores that evolve during plating."""

    equation: ClassVar[str] = (
        "∂ρ/∂t = ∇·(M ∇μ_ρ),  μ_ρ = f_ρ′(ρ) − κ_ρ ∇²ρ,  f_ρ = (W_ρ/4)(ρ² − 1)²"
    )

    mobility: float = quantity("m^5/(J s)", "mobility M of the pore walls", above=0)

    def equations(self) -> list[tuple[str, str]]:
        """The one of the pores, in the place of that of frozen ones."""
        return [("pores", self.equation)]
