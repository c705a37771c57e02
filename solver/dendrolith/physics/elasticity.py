"""Linear elasticity with the eigenstrain of lithium, and what stress does to the reaction.

    ∇·σ = 0,  σ = ∂f_elas/∂ε,  f_elas = ½ (ε − ε⁰h I) : C(ξ,ρ) : (ε − ε⁰h I)
    h = h(ξ), or h(ξ) − h(ξ₀) with the initial lithium ξ₀ free of stress
    C = s [h C_Li + (1−h) C_SE] + (1−s) [h C_Li + (1−h) C_pore]
    right: σ·n = −p n,  or right: a platen that stays,
    or right: a frame, p = p₀ + k_f (u_x − u₀ + Δh)
    driving force  μ_ξ += χ_m ∂f_elas/∂ξ, overpotential  η += χ_m V_m P_m/F,  i₀ → i₀ e^{−ΔV P_m/RT}

ε  strain [1]            ε⁰  eigenstrain per axis, positive: lithium expands [1]
p  stack pressure [Pa]   C  isotropic stiffness [Pa]      ΔV  activation volume [m³/mol]
P_m  −tr σ/3, hydrostatic pressure, positive in compression [Pa]   χ_m  stress coupling [1]
k_f  stiffness of a frame [Pa/m]  u₀ mean u_x at the start [m]  Δh lithium plated where dense [m]

In 2-D plane strain: the tensors are 3×3 and the out-of-plane eigenstrain counts. ∂f_elas/∂ξ has
three parts: by eigenstrain, by the moduli of lithium and electrolyte, by those of lithium and pore.
Source: Cao et al. 2023 (10.1002/adfm.202307998), eq. S4; sign of ε⁰ by its positive volume strain
at p = 0; overpotential and activation volume: Monroe and Newman 2004 (10.1149/1.1710893), where
ΔV = (1 − α) V_m. Deviation: h and s of clamped values.
"""

from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.declare import choice, flag, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr, lithium_fraction, solid_fraction

DRIVING_FORCE, OVERPOTENTIAL = "driving_force", "overpotential"
PRESSURE, FIXED_GAP, FRAME = "pressure", "fixed_gap", "frame"
STRESS_FREE_NEVER, STRESS_FREE_INITIALLY = "electrolyte", "initial"


@dataclass(frozen=True, slots=True)
class Elasticity(Section):
    """Parameters of the elastic problem."""

    equation: ClassVar[str] = (
        "∇·σ = 0,  σ = ∂f_elas/∂ε,  f_elas = ½ (ε − ε⁰h I) : C(ξ,ρ) : (ε − ε⁰h I)"
    )
    effects: ClassVar[dict[str, str]] = {
        DRIVING_FORCE: "μ_ξ += χ_m ∂f_elas/∂ξ",
        OVERPOTENTIAL: "η += χ_m V_m P_m/F",
    }
    exchange_equation: ClassVar[str] = "i₀ → i₀ e^{−ΔV P_m/RT}"
    right_sides: ClassVar[dict[str, str]] = {
        PRESSURE: "right: σ·n = −p n",
        FIXED_GAP: "right: a platen that stays",
        FRAME: "right: a frame, p = p₀ + k_f (u_x − u₀ + Δh)",
    }

    pressure: float = quantity(
        "Pa", "stack pressure on the right side (else: at first)", default=0.0, at_least=0
    )
    eigenstrain: float = quantity(
        "1",
        "eigenstrain per axis of lithium, positive in expansion",
        default=8.0e-4,
        source="assumption, positive as in cao2023; keeps p* above 4 x 10 MPa in argyrodite",
    )
    stress_free: str = choice(
        (STRESS_FREE_NEVER, STRESS_FREE_INITIALLY),
        "what has no eigenstrain: electrolyte alone, or the initial lithium as well",
        default=STRESS_FREE_NEVER,
    )
    stress_coupling: float = quantity(
        "1",
        "multiplier chi_m of the coupling of stress to lithium; thermodynamic at chi_eq: 1 for "
        "overpotential, V_m gamma i0/(3 eps0 R T F c_Li L_xi kappa) for driving_force (see check)",
        default=1.0,
        source="monroe2004",
        at_least=0,
    )
    coupling: str = choice(
        (DRIVING_FORCE, OVERPOTENTIAL),
        "how stress acts: as an overpotential, or as the published driving force on xi",
        default=OVERPOTENTIAL,
        source="driving_force: cao2023, eq. 3",
    )
    activation_volume: float = quantity(
        "m^3/mol",
        "activation volume of the exchange current density; 0: none",
        default=0.0,
        source="(1 - alpha) V_m in monroe2004",
    )
    eigenstrain_part: bool = flag("driving force by the eigenstrain", default=True)
    electrolyte_modulus_part: bool = flag(
        "driving force by the moduli of lithium and electrolyte", default=True
    )
    pore_modulus_part: bool = flag("driving force by the moduli of lithium and pore", default=True)
    right: str = choice(
        (PRESSURE, FIXED_GAP, FRAME),
        "right side: constant pressure; a rigid platen that stays where it put it; a springy frame",
        default=PRESSURE,
    )
    frame_stiffness: float = quantity("Pa/m", "k_f of right: frame", default=0.5e12, at_least=0)
    sides: str = choice(("roller", "free"), "top and bottom: roller or free", default="roller")
    yield_strength: float = quantity(
        "Pa",
        "yield strength of lithium, for comparison alone (elasticity is linear): 0.8 MPa in bulk, "
        "105 MPa at micron size",
        default=0.8e6,
        above=0,
        source="xu2017 as quoted by singh2022",
    )
    rate_tolerance: float = quantity(
        "1",
        "part of lithium's rate that an old stress may miss (0, or a fixed gap: solved every step)",
        default=1e-2,
        at_least=0,
    )
    solve_after_change: float = quantity(
        "1",
        "way of fronts in interface widths, or change of rho or damage, that a stress serves",
        default=0.4,
        at_least=0,
        at_most=0.5,
    )

    def energy(self, strain: Expr, fraction: Expr, *, lame_lambda: Expr, lame_mu: Expr) -> Expr:
        """f_elas [J/m³]; `strain` is 3×3, `fraction` the h that expands."""
        elastic = strain - self.eigenstrain * fraction * ufl.Identity(3)
        return lame_lambda / 2 * ufl.tr(elastic) ** 2 + lame_mu * ufl.inner(elastic, elastic)

    def overpotential(self, P_m: Expr, V_m: Expr) -> Expr:
        """χ_m V_m P_m/F [V]: compression makes plating harder."""
        return self.stress_coupling * V_m * P_m / FARADAY

    def exchange_factor(self, P_m: Expr, T: Expr) -> Expr:
        """e^{−ΔV P_m/RT}, on the exchange current density [1]."""
        return ufl.exp(-self.activation_volume * P_m / (GAS_CONSTANT * T))

    def driving_pressure(self, pressure: float) -> float:
        """The stack pressure where stress is a driving force, else 0 [Pa]."""
        return {DRIVING_FORCE: pressure}.get(self.coupling, 0.0)

    @property
    def idle_parts(self) -> list[str]:
        """Switches of parts of the driving force that are set where there is none."""
        parts = ["eigenstrain_part", "electrolyte_modulus_part", "pore_modulus_part"]
        switched_off = [part for part in parts if not getattr(self, part)]
        return {OVERPOTENTIAL: switched_off}.get(self.coupling, [])

    def equations(self) -> list[tuple[str, str]]:
        """Equilibrium, the side under pressure, and what stress does."""
        factor = [("exchange", self.exchange_equation)] if self.activation_volume else []
        return [
            ("mechanics", self.equation),
            ("boundary", self.right_sides[self.right]),
            ("stress", self.effects[self.coupling]),
            *factor,
        ]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return f"elasticity (stress as {self.coupling.replace('_', ' ')})"

    def unknowns(self, dim: int) -> int:
        """The displacement u."""
        return dim


def stiffness(
    xi_in_solid: Expr, xi_in_pore: Expr, rho: Expr, lithium: Expr, electrolyte: Expr, pore: Expr
) -> Expr:
    """Modulus of the mixture [Pa]; the two ξ are the same field, apart for their derivatives."""
    s = solid_fraction(rho)
    h_solid, h_pore = lithium_fraction(xi_in_solid), lithium_fraction(xi_in_pore)
    return s * (h_solid * lithium + (1 - h_solid) * electrolyte) + (1 - s) * (
        h_pore * lithium + (1 - h_pore) * pore
    )


def lame_parameters(young_modulus: Expr, poisson_ratio: Expr) -> tuple[Expr, Expr]:
    """λ and μ [Pa] of an isotropic solid."""
    E, nu = young_modulus, poisson_ratio
    return E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))


def strain_tensor(u: Expr) -> Expr:
    """Small strain as a 3×3 tensor; in 2-D the out-of-plane components are zero."""
    epsilon = ufl.sym(ufl.grad(u))
    if u.ufl_shape[0] == 3:
        return epsilon
    return ufl.as_tensor(
        [[epsilon[0, 0], epsilon[0, 1], 0], [epsilon[1, 0], epsilon[1, 1], 0], [0, 0, 0]]
    )


def hydrostatic_pressure(stress: Expr) -> Expr:
    """P_m = −tr σ/3 [Pa], out-of-plane part included."""
    return -ufl.tr(stress) / 3


def von_mises(stress: Expr) -> Expr:
    """Von Mises stress [Pa]."""
    return ufl.sqrt(3 / 2 * ufl.inner(ufl.dev(stress), ufl.dev(stress)) + 1e-30)
