"""Creep of lithium: an incompressible fluid whose stress is a power of its strain rate.

    ∇·(2η D′) = ∇p,  ∇·v = 0,  η = σ_eq/(3 ε̇_eq)
    σ_eq = σ₁ ε̇_eq^n,  σ₁ = σ_∞ e^{Q/mRT},  n = 1/m
    ε̇_eq² = ⅔ D′:D′ + ε̇₀²;  in shear τ = K γ̇^n,  K = 3^{−(n+1)/2} σ₁
    on a wall that lithium slides along:  τ = m̂ σ₁/√3 (|v_t|/(√3 ℓ))^n, at most μ p

σ_eq  equivalent stress [Pa]        σ₁  that at a strain rate of 1/s [Pa s^n]
ε̇_eq  equivalent strain rate [1/s]  σ_∞  σ₁ at infinite temperature [Pa s^n]
D′    deviator of the strain rate   ε̇₀  rate below which the viscosity is bounded [1/s]
m     creep exponent [1]            Q   activation energy [J/mol]
m̂     friction factor [1]           ℓ   thickness of the film that shears at the wall [m]
μ     Coulomb's coefficient [1]     p   pressure of lithium [Pa]

Elastic strains of lithium are 1e-4 at 1 MPa: they are left out, and with them any memory. Source of
form and values: LePage et al. 2019 (10.1149/2.0221902jes). Deviation: hardening before the steady
state is left out; at battery rates the flow is steady after a per cent of strain.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.constants import GAS_CONSTANT
from dendrolith.core.declare import choice, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr

NO_PRESSURE = 1e-3  # σ₁: lithium that presses less on a wall rubs as if it did
ROUNDED = 4  # sharpness of the bound μ p


@dataclass(frozen=True, slots=True)
class WallFriction(Section):
    """Walls of the slot that do not hold lithium fast."""

    equation: ClassVar[str] = "τ = m̂ σ₁/√3 (|v_t|/(√3 ℓ))^n, at most μ p"

    friction_factor: float = quantity("1", "friction factor m^", above=0, at_most=1)
    film: float = quantity(
        "m",
        "thickness l of the film that shears at the wall",
        default=1e-5,
        above=0,
        source="assumption",
    )
    coefficient: float | None = quantity(
        "1",
        "Coulomb's coefficient mu: traction is at most mu p (absent: not bounded)",
        default=None,
        above=0,
        at_most=2,
    )
    walls: str = choice(
        ("slot", "bore"),
        "walls that lithium slides along; slot: bore and side of the rod",
        default="bore",
    )

    def equations(self) -> list[tuple[str, str]]:
        """That of the friction."""
        return [("wall", self.equation)]


@dataclass(frozen=True, slots=True)
class PowerLaw(Section):
    """Parameters of the flow of lithium."""

    equation: ClassVar[str] = "∇·(2η D′) = ∇p,  ∇·v = 0,  η = σ_eq/(3 ε̇_eq)"
    stress_equation: ClassVar[str] = "σ_eq = σ₁ ε̇_eq^n,  σ₁ = σ_∞ e^{Q/mRT},  n = 1/m"

    creep_exponent: float = quantity("1", "creep exponent m", above=1, at_most=20)
    reference_stress: float = quantity(
        "Pa", "sigma_inf: flow stress at 1/s and infinite temperature, A^(-1/m)", above=0
    )
    activation_energy: float = quantity("J/mol", "activation energy Q", at_least=0)

    @property
    def n(self) -> float:
        """Rate sensitivity n = 1/m [1]."""
        return 1 / self.creep_exponent

    def unit_stress(self, temperature: float) -> float:
        """σ₁ at a temperature [K], the flow stress at 1/s [Pa s^n]."""
        m = self.creep_exponent
        return self.reference_stress * math.exp(
            self.activation_energy / (m * GAS_CONSTANT * temperature)
        )

    def shear_factor(self, temperature: float) -> float:
        """K at a temperature [K] [Pa s^n]."""
        return float(3 ** (-(self.n + 1) / 2) * self.unit_stress(temperature))

    def stress(self, rate: float, temperature: float) -> float:
        """σ_eq [Pa] at a strain rate [1/s] and a temperature [K]."""
        return float(self.unit_stress(temperature) * rate**self.n)

    def rate(self, stress: float, temperature: float) -> float:
        """ε̇_eq [1/s] at a stress [Pa] and a temperature [K]."""
        return float((stress / self.unit_stress(temperature)) ** self.creep_exponent)

    def relaxed(self, stress: float, modulus: float, time: float, temperature: float) -> float:
        """What is left of a stress at fixed strain, σ̇ = −E ε̇_eq(σ) [Pa].

        Args:
            stress: at the start [Pa].
            modulus: Young's modulus E [Pa].
            time: since the start [s].
            temperature: [K].
        """
        m = self.creep_exponent
        loss = (m - 1) * modulus * time * self.rate(1.0, temperature)
        return float((stress ** (1 - m) + loss) ** (-1 / (m - 1)))

    def equations(self) -> list[tuple[str, str]]:
        """Those of the flow."""
        return [("flow", self.equation), ("creep", self.stress_equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "flow of lithium (power law)"


def axisymmetric_rate(v: Expr, r: Expr) -> Expr:
    """D of a velocity (v_r, v_z) without swirl, as a 3×3 tensor in (r, z, θ).

    Args:
        v: velocity on a mesh of points (r, z).
        r: distance from the axis.
    """
    L = ufl.grad(v)
    shear = (L[0, 1] + L[1, 0]) / 2
    return ufl.as_tensor([[L[0, 0], shear, 0], [shear, L[1, 1], 0], [0, 0, v[0] / r]])


def cartesian_rate(v: Expr) -> Expr:
    """D of a velocity in a plane or in space, as a 3×3 tensor."""
    D = ufl.sym(ufl.grad(v))
    if len(v) == 3:
        return D
    return ufl.as_tensor([[D[0, 0], D[0, 1], 0], [D[0, 1], D[1, 1], 0], [0, 0, 0]])


def equivalent_rate(D: Expr, least: Expr) -> Expr:
    """ε̇_eq of a strain rate; `least` is ε̇₀."""
    deviator = ufl.dev(D)
    return ufl.sqrt(2 / 3 * ufl.inner(deviator, deviator) + least**2)


def flow_stress_tensor(D: Expr, n: Expr, least: Expr) -> Expr:
    """Deviatoric stress s = 2η D′ in units of σ₁: η = ε̇_eq^(n−1)/3.

    Args:
        D: strain rate, 3×3.
        n: rate sensitivity.
        least: ε̇₀.
    """
    return 2 / 3 * equivalent_rate(D, least) ** (n - 1) * ufl.dev(D)


def wall_friction(slip: Expr, wall: WallFriction, n: Expr, least: Expr, p: Expr) -> Expr:
    """Traction of a wall on lithium that slides along it, in units of σ₁.

    Args:
        slip: tangential velocity over that of the wall.
        wall: m̂, ℓ and μ.
        n: rate sensitivity.
        least: ε̇₀, in the film at the wall too.
        p: pressure of lithium; its bound is rounded off.
    """
    rate = slip / (math.sqrt(3) * wall.film)
    viscosity = wall.friction_factor / math.sqrt(3) * ufl.sqrt(rate**2 + least**2) ** (n - 1)
    if wall.coefficient is not None:
        bound = wall.coefficient * ufl.max_value(p, NO_PRESSURE)
        over = viscosity * ufl.sqrt(rate**2 + least**2) / bound
        viscosity = viscosity * (1 + over**ROUNDED) ** (-1 / ROUNDED)
    return -viscosity * rate
