"""Open-circuit potential U(x) of a counter electrode against Li⁺/Li.

    NMC811   U = −0.8090x + 4.4875 − 0.0428 tanh(18.5138(x − 0.5542))
                 − 17.7326 tanh(15.7890(x − 0.3117)) + 17.5842 tanh(15.9308(x − 0.3120))
    NCA      U = 1.638x¹⁰ − 2.222x⁹ + 15.056x⁸ − 23.488x⁷ + 81.246x⁶ − 344.566x⁵ + 621.3475x⁴
                 − 554.774x³ + 264.427x² − 66.3691x + 11.8058 − 0.61386 e^{5.8201 x^136.4}
    two_phase  U = U_p where x_b ≤ x ≤ 1 − x_b,  else U_p − RT/F {ln[x/(1−x)] + Ω(1−2x)}
               Ω = ln[(1−x_b)/x_b]/(1−2x_b)
    lithium  U = 0

x    lithium fraction of the electrode, 1 when it is full [1]     U_p  plateau [V]
x_b  lithium fraction at which the second phase appears [1]       T    298.15 K in the two phases

Outside its range a curve goes on along its tangent. The formulas take numbers, arrays or UFL
expressions. Sources: NMC811 Chen et al. 2020 (10.1149/1945-7111/ab9050); NCA Kim et al. 2011
(10.1149/1.3597614; copies with 1.68 and −544.774 give 5.2 V at x = ½); two phases: a regular
solution whose common tangent is the plateau. Deviation: none of the curves depends on temperature.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.elementary import exp, ln, tanh
from dendrolith.core.monotone_curve import MonotoneCurve
from dendrolith.physics.interpolation import Expr

TEMPERATURE = 298.15  # K, of the two phases
IMAGINARY = 1e-30  # step of a derivative along the imaginary axis: no difference, so no round-off
NEAR_END = 1e-3  # fraction of lithium up to which a curve without a measured range is used


class Potential(Protocol):
    """U(x) as an expression."""

    def __call__(self, x: Expr) -> Expr:
        """U [V]."""
        ...


class Curve(Potential, Protocol):
    """U(x) within the range of a fit, and its derivative."""

    def slope(self, x: float) -> float:
        """dU/dx [V]."""
        ...


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as a curve."""

    formula: Potential

    def __call__(self, x: Expr) -> Expr:
        """U [V]."""
        return self.formula(x)

    def slope(self, x: float) -> float:
        """dU/dx [V]."""
        return float(complex(self.formula(x + 1j * IMAGINARY)).imag / IMAGINARY)


@dataclass(frozen=True, slots=True)
class OpenCircuitPotential:
    """U(x) for any number x.

    Attributes:
        curve: the fit.
        least, largest: fractions between which it holds [1].
    """

    curve: Curve
    least: float
    largest: float

    def __call__(self, x: float) -> float:
        """U [V]; along the tangent outside the fit."""
        inside = min(max(x, self.least), self.largest)
        value = float(self.curve(inside))
        return value if x == inside else value + self.curve.slope(inside) * (x - inside)

    def slope(self, x: float) -> float:
        """dU/dx [V]."""
        return self.curve.slope(min(max(x, self.least), self.largest))


def nmc811(x: Expr) -> Expr:
    """U of LiNi₀.₈Mn₀.₁Co₀.₁O₂ [V]."""
    return (
        -0.8090 * x
        + 4.4875
        - 0.0428 * tanh(18.5138 * (x - 0.5542))
        - 17.7326 * tanh(15.7890 * (x - 0.3117))
        + 17.5842 * tanh(15.9308 * (x - 0.3120))
    )


NCA = (  # from x⁰ to x¹⁰
    *(11.8058, -66.3691, 264.427, -554.774, 621.3475, -344.566),
    *(81.246, -23.488, 15.056, -2.222, 1.638),
)


def nca(x: Expr) -> Expr:
    """U of LiNi₀.₈Co₀.₁₅Al₀.₀₅O₂ [V]."""
    power: Expr = 0.0
    for coefficient in reversed(NCA):
        power = power * x + coefficient
    return power - 0.61386 * exp(5.8201 * x**136.4)


@dataclass(frozen=True, slots=True)
class TwoPhases:
    """Solution, plateau, solution.

    Attributes:
        plateau: U_p [V].
        boundary: x_b [1].
    """

    plateau: float
    boundary: float

    def _outside(self, x: float) -> bool:
        return not self.boundary <= x <= 1 - self.boundary

    @property
    def _interaction(self) -> float:
        """Ω [1]."""
        return math.log((1 - self.boundary) / self.boundary) / (1 - 2 * self.boundary)

    def __call__(self, x: float) -> float:
        """U [V]."""
        if not self._outside(x):
            return self.plateau
        volt = GAS_CONSTANT * TEMPERATURE / FARADAY
        return float(self.plateau - volt * (ln(x / (1 - x)) + self._interaction * (1 - 2 * x)))

    def slope(self, x: float) -> float:
        """dU/dx [V]."""
        if not self._outside(x):
            return 0.0
        volt = GAS_CONSTANT * TEMPERATURE / FARADAY
        return -volt * (1 / (x * (1 - x)) - 2 * self._interaction)


FITS = {
    "NMC811": OpenCircuitPotential(Formula(nmc811), 0.27, 0.9084),
    "NCA": OpenCircuitPotential(Formula(nca), 0.3, 0.95),
    "lithium": OpenCircuitPotential(Formula(lambda x: 0.0 * x), 0.0, 1.0),
}


def two_phases(plateau: float, boundary: float) -> OpenCircuitPotential:
    """U of an electrode of two phases, LTO or Li–In, by U_p [V] and x_b [1]."""
    return OpenCircuitPotential(TwoPhases(plateau, boundary), NEAR_END, 1 - NEAR_END)


def through(points: list[tuple[float, float]]) -> OpenCircuitPotential:
    """U through measured points (x rising [1], U falling [V])."""
    x, potential = [point[0] for point in points], [point[1] for point in points]
    return OpenCircuitPotential(MonotoneCurve(x, potential), x[0], x[-1])
