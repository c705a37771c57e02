"""Linear elasticity with the eigenstrain of lithium.

    ∇·σ = 0        σ = ∂f_elas/∂ε        f_elas = ½ (ε − ε⁰h(ξ)I) : C(ξ,ρ) : (ε − ε⁰h(ξ)I)
    right: σ·n = −p n      P_m = −tr σ/3

ε  strain [1]            ε⁰  eigenstrain per axis, positive: lithium expands [1]
p  stack pressure [Pa]   C  isotropic stiffness [Pa]
P_m  hydrostatic pressure, positive in compression [Pa]

In 2-D plane strain: the tensors are 3×3 and the out-of-plane eigenstrain counts. Source: Cao et al.
2023 (10.1002/adfm.202307998), eq. 4; sign of ε⁰ by its positive volume strain at p = 0.
Deviation: h and s of clamped values.
"""

from dataclasses import dataclass

import ufl

from dendritex.declare import choice, quantity
from dendritex.physics.interpolation import Expr, lithium_fraction


@dataclass(frozen=True, slots=True)
class Elasticity:
    """Parameters of the elastic problem."""

    pressure: float = quantity("Pa", "stack pressure on the right side", default=0.0, at_least=0)
    eigenstrain: float = quantity(
        "1", "eigenstrain per axis of lithium, positive in expansion", default=8.0e-4
    )
    stress_coupling: float = quantity(
        "1",
        "multiplier chi_m of the elastic driving force (1: thermodynamic)",
        default=1.0,
        at_least=0,
    )
    solve_after_change: float = quantity(
        "1",
        "stress is solved again when xi has changed by this much anywhere (0: every step)",
        default=0.1,
        at_least=0,
        at_most=0.5,
    )
    sides: str = choice(("roller", "free"), "top and bottom: roller or free", default="roller")

    def energy(self, strain: Expr, xi: Expr, *, lame_lambda: Expr, lame_mu: Expr) -> Expr:
        """f_elas [J/m³]; `strain` is 3×3."""
        elastic_strain = strain - self.eigenstrain * lithium_fraction(xi) * ufl.Identity(3)
        return lame_lambda / 2 * ufl.tr(elastic_strain) ** 2 + lame_mu * ufl.inner(
            elastic_strain, elastic_strain
        )


def lame_parameters(young_modulus: float, poisson_ratio: float) -> tuple[float, float]:
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
    deviator = stress - ufl.tr(stress) / 3 * ufl.Identity(3)
    return ufl.sqrt(3 / 2 * ufl.inner(deviator, deviator) + 1e-30)
