"""Lithium order parameter: Allen–Cahn with a Butler–Volmer drive, gated by ionic access.

    ∂ξ/∂t = r,  r = a(ρ) { −L_ξ μ_ξ − L_η m′(ξ) B_f },  μ_ξ = W g′(ξ) − κ∇²ξ
    i     = F c_Li ∂m(ξ)/∂t |_r         charge per volume and time that r transfers
    B_f   = B(η) put back to the contour ξ = ½ and made up for its motion (thin_interface.py)

    W = 12γ/δ    κ = 3γδ/2    L_ξ = (L_ξκ)/κ    L_η = i₀/(1.5 δ F c_Li)    c_Li = f/V_m

ξ  order parameter, 1 in lithium [1]         γ  surface energy [J/m²]    δ  interface width [m]
μ_ξ chemical potential [J/m³]                i₀ exchange current density [A/m²]
a  access: 1 in solid, a_pore in a pore [1]  f  fill fraction of a lithium voxel [1]
L_ξκ capillary mobility [m²/s]               V_m molar volume of lithium [m³/mol]

What other laws add is written as a sum, `+=`: to ∂ξ/∂t transport along pore surfaces, to r noise,
to μ_ξ stress; an anisotropic surface energy replaces the last part of μ_ξ.

Equilibrium profile ξ = ½[1 − tanh(2x/δ)]. Source: Cao et al. 2023 (10.1002/adfm.202307998), eq. 3,
whose printed ∂f_elec/∂ξ is read as ∂f_elas/∂ξ. Deviations: a(ρ) gates the whole rate; charge is
booked by m(ξ) and the reaction lives where m changes, not in the source's h′(ξ); B_f instead of
B(η); L_ξκ, not L_ξ, is the input, because a refinement of δ must keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import ufl

from dendrolith.core.constants import FARADAY
from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import (
    Expr,
    along_metal_fraction,
    double_well,
    metal_fraction,
    metal_fraction_prime,
    metal_fraction_rate,
)
from dendrolith.physics.thin_interface import gain_of_motion, share_of_front

CLOSED_TO_LITHIUM = 1e-12  # access below which nothing is plated


@dataclass(frozen=True, slots=True)
class LithiumMetal(Section):
    """Parameters of the lithium phase field."""

    equation: ClassVar[str] = (
        "∂ξ/∂t = r,  r = a(ρ) { −L_ξ μ_ξ − L_η m′(ξ) B_f },  μ_ξ = W g′(ξ) − κ∇²ξ"
    )

    interface_width: float = quantity("m", "interface width delta", above=0)
    capillary_mobility: float = quantity(
        "m^2/s", "capillary mobility L_xi*kappa; sets the thinnest stable tip", above=0
    )
    surface_energy: float = quantity(
        "J/m^2",
        "surface energy gamma",
        default=0.5,
        above=0,
        source="assumption, of the order of lithium against vacuum in vitos1998",
    )
    molar_volume: float = quantity(
        "m^3/mol",
        "molar volume of lithium V_m",
        default=1.309e-5,
        above=0,
        source="density 0.53 g/cm^3 in masias2019",
    )
    fill_fraction: float = quantity(
        "1",
        "fill fraction f of a lithium voxel: rescales time exactly",
        default=1.0,
        source="a calibration of time, not measured; 1: no calibration",
        above=0,
        at_most=1,
    )
    metal_threshold: float = quantity(
        "1",
        "xi below which a point holds neither lithium nor electronic conduction",
        default=0.05,
        source="numerical, solver/theory.md section 3",
        at_least=0,
        at_most=0.3,
    )

    @property
    def W(self) -> Expr:
        """Barrier height of the double well [J/m³]."""
        return 12 * self.surface_energy / self.interface_width

    @property
    def kappa(self) -> Expr:
        """Gradient energy coefficient [J/m]."""
        return 1.5 * self.surface_energy * self.interface_width

    @property
    def L_xi(self) -> Expr:
        """Interface mobility [m³/(J s)]."""
        return self.capillary_mobility / self.kappa

    @property
    def relaxation_time(self) -> Expr:
        """1/(L_ξ W), in which the interface finds its profile [s]."""
        return 1 / (self.L_xi * self.W)

    @property
    def c_Li(self) -> Expr:
        """Lithium density of the metal phase [mol/m³]."""
        return self.fill_fraction / self.molar_volume

    def L_eta(self, i_0: Expr) -> Expr:
        """Reaction constant that gives a flat front the exchange current density i₀ [1/s]."""
        return i_0 / (1.5 * self.interface_width * FARADAY * self.c_Li)

    def bulk_energy(self, xi: Expr) -> Expr:
        """W g(ξ) [J/m³]."""
        return self.W * double_well(xi)

    def gradient_energy(self, xi: Expr) -> Expr:
        """½ κ |∇ξ|² [J/m³]."""
        slope = ufl.grad(xi)
        return self.kappa / 2 * ufl.inner(slope, slope)

    def fraction(self, xi: Expr) -> Expr:
        """m(ξ) [1]."""
        return metal_fraction(xi, self.metal_threshold)

    def reaction_at_front(self, xi: Expr, i_0: Expr, net_stripping: Expr, l_k: Expr) -> Expr:
        """B_f of B(η) [1]; l_k is the kinetic length [m]."""
        B = self.put_back(xi, net_stripping, l_k)
        peclet = 1.5 * self.L_eta(i_0) * B * self.relaxation_time
        return B * gain_of_motion(peclet, self.metal_threshold)

    def put_back(self, xi: Expr, net_stripping: Expr, l_k: Expr) -> Expr:
        """B(η) put back to the contour ξ = ½ [1]; l_k is the kinetic length [m]."""
        return net_stripping * share_of_front(xi, self.interface_width / l_k)

    def reaction_rate(self, xi: Expr, i_0: Expr, net_stripping: Expr) -> Expr:
        """−L_η m′(ξ) B(η) [1/s]."""
        return -self.L_eta(i_0) * metal_fraction_prime(xi, self.metal_threshold) * net_stripping

    def reacted(self, xi: Expr, i_0: Expr, net_stripping: Expr, dt: Expr) -> Expr:
        """ξ that −L_η m′(ξ) B adds within `dt` [s] while B stays what it is, exactly [1]."""
        return along_metal_fraction(xi, -self.L_eta(i_0) * net_stripping * dt, self.metal_threshold)

    def content(self, xi: Expr) -> Expr:
        """c_Li m(ξ), the lithium at a point [mol/m³]."""
        return self.c_Li * self.fraction(xi)

    def transferred_charge(self, xi: Expr, r: Expr, dt: Expr) -> Expr:
        """F c_Li [m(ξ + r Δt) − m(ξ)]/Δt, the charge that r books within one step [A/m³].

        The secant, not m′(ξ) r: then the lithium inventory and the current agree to the last digit.
        """
        return FARADAY * self.c_Li * metal_fraction_rate(xi, r, dt, self.metal_threshold)

    def equations(self) -> list[tuple[str, str]]:
        """The one of lithium."""
        return [("lithium", self.equation)]


class SurfaceEnergy(Protocol):
    """A law of the surface energy."""

    @property
    def linear(self) -> bool:
        """The part of the surface energy in μ_ξ is linear in ξ."""
        ...

    @property
    def stiffest(self) -> float:
        """Bound of the curvature of ½ a²|∇ξ|² in ∇ξ, a = γ(n)/γ [1]."""
        ...

    def energy(self, xi: Expr, lithium: LithiumMetal) -> Expr:
        """½ κ a² |∇ξ|² [J/m³]."""
        ...


@dataclass(frozen=True, slots=True)
class Isotropic:
    """Surface energy without a direction."""

    @property
    def linear(self) -> bool:
        """The part of the surface energy in μ_ξ is linear in ξ."""
        return True

    @property
    def stiffest(self) -> float:
        """Curvature of ½ |∇ξ|² in ∇ξ [1]."""
        return 1.0

    def energy(self, xi: Expr, lithium: LithiumMetal) -> Expr:
        """½ κ |∇ξ|² [J/m³]."""
        return lithium.gradient_energy(xi)
