"""Butler–Volmer kinetics of Li⁺ + e⁻ ⇌ Li.

    B(η) = e^{(1−α)Fη/RT} − c e^{−αFη/RT},  η = φ_el − φ_ion − E_eq          (η < 0 plates)

η  overpotential [V]      α  charge transfer coefficient [1]      c  Li⁺ over its reference [1]

Beyond `EXPONENT_BOUND` the exponentials go on linearly, so that no iterate overflows and the rate
stays monotone in η. A converged step in which the bound is active at an interface is reported.
Source: Cao et al. 2023 (10.1002/adfm.202307998), eq. 3; Chen et al. 2015
(10.1016/j.jpowsour.2015.09.055). Deviation: two potentials, so η is local (solver/theory.md).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.declare import quantity
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr

EXPONENT_BOUND = 8.0
MOST_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class ButlerVolmer(Section):
    """Parameters of the charge transfer reaction."""

    equation: ClassVar[str] = "B(η) = e^{(1−α)Fη/RT} − c e^{−αFη/RT},  η = φ_el − φ_ion − E_eq"

    exchange_current_density: float = quantity(
        "A/m^2", "exchange current density i0 of a flat lithium interface", above=0
    )
    transfer_coefficient: float = quantity(
        "1",
        "charge transfer coefficient alpha of plating",
        default=0.5,
        above=0,
        below=1,
        source="chen2015",
    )
    equilibrium_potential: float = quantity(
        "V",
        "equilibrium potential E_eq against the Li+/Li reference; at rest V = -E_eq",
        default=0.0,
    )
    temperature: float = quantity("K", "temperature", default=298.15, at_least=100, at_most=1000)

    def overpotential(self, phi_el: Expr, phi_ion: Expr) -> Expr:
        """η [V]."""
        return phi_el - phi_ion - self.equilibrium_potential

    def net_stripping(self, eta: Expr, c_ion: Expr) -> Expr:
        """B(η): positive strips, negative plates [1]."""
        alpha, T = self.transfer_coefficient, self.temperature
        s = FARADAY * eta / (GAS_CONSTANT * T)
        return bounded_exp((1 - alpha) * s) - c_ion * bounded_exp(-alpha * s)

    def length(self, ionic_conductivity: Expr, i_0: Expr) -> Expr:
        """l_k = σ_ion RT/(F i₀): electrolyte that resists as a flat front does at small η [m]."""
        return ionic_conductivity * GAS_CONSTANT * self.temperature / (FARADAY * i_0)

    def loss(self, j: float, i_0: float) -> float:
        """η that drives a current density at an exchange current density [A/m²] [V]."""
        thermal = GAS_CONSTANT * self.temperature / FARADAY
        return thermal * loss_of(j / i_0, self.transfer_coefficient)

    def resistance(self, j: float, i_0: float) -> float:
        """dη/dj there [Ω m²]."""
        thermal = GAS_CONSTANT * self.temperature / FARADAY
        return thermal * slope_of_loss(j / i_0, self.transfer_coefficient) / i_0

    def conductance(self, eta: float, i_0: float) -> float:
        """dj/dη at an overpotential [V] and an exchange current density [A/m²] [S/m²]."""
        alpha, per_volt = self.transfer_coefficient, FARADAY / (GAS_CONSTANT * self.temperature)
        s = per_volt * eta
        forward, backward = (
            math.exp(min(x, EXPONENT_BOUND)) for x in ((1 - alpha) * s, -alpha * s)
        )
        return i_0 * per_volt * ((1 - alpha) * forward + alpha * backward)

    def equations(self) -> list[tuple[str, str]]:
        """The one of the charge transfer."""
        return [("kinetics", self.equation)]


def bounded_exp(x: Expr) -> Expr:
    """e^x up to `EXPONENT_BOUND`, its tangent beyond."""
    tangent = math.exp(EXPONENT_BOUND)
    return ufl.exp(ufl.min_value(x, EXPONENT_BOUND)) + tangent * ufl.max_value(
        x - EXPONENT_BOUND, 0.0
    )


def loss_of(ratio: float, alpha: float) -> float:
    """Fη/RT that drives a current, e^{(1−α)s} − e^{−αs} = j/i₀, by Newton's method [1].

    Args:
        ratio: j/i₀, positive strips or delithiates [1].
        alpha: charge transfer coefficient [1].

    Raises:
        SolverDiverged: no solution within the numbers of the machine.
    """
    if alpha == 0.5:
        return 2 * math.asinh(ratio / 2)
    # the other exponential is at most 1, so the solution lies between this and 0
    s = math.log1p(ratio) / (1 - alpha) if ratio > 0 else -math.log1p(-ratio) / alpha
    for _ in range(MOST_ITERATIONS):
        forward, backward = (1 - alpha) * s, -alpha * s
        excess = math.expm1(forward) - math.expm1(backward) - ratio
        step = excess / ((1 - alpha) * math.exp(forward) + alpha * math.exp(backward))
        s = s - step if (s - step) * ratio > 0 else 0.0  # a step too far would come back slowly
        if abs(step) <= 1e-14 * max(abs(s), 1e-300):
            return s
    raise SolverDiverged("charge transfer", f"no overpotential for j/i0 = {ratio:.3g}")


def slope_of_loss(ratio: float, alpha: float) -> float:
    """d(Fη/RT)/d(j/i₀) of `loss_of` [1].

    Args:
        ratio: j/i₀ [1].
        alpha: charge transfer coefficient [1].
    """
    s = loss_of(ratio, alpha)
    return 1 / ((1 - alpha) * math.exp((1 - alpha) * s) + alpha * math.exp(-alpha * s))
