"""From the resistance of a bridge to the size of its filaments: what is known, and what is not.

    R_e = 4 ρ(d) L/(π n d²)                         n round filaments of length L and diameter d
    ρ/ρ₀ = 1/S + grains,  S = 1 − (12/π)(1 − p)² Σ_m m p^{m−1} S₄(m d/λ)                 (surface)
    S₄(κ) = ∫₀¹√(1−t²) ∫₁^∞ e^{−κtu} √(u²−1) u⁻⁴ du dt
    ρ_g/ρ₀ = 1/[1 − 3a/2 + 3a² − 3a³ ln(1 + 1/a)],  a = (λ/D) R/(1 − R)                    (grains)
    R_e q = ρ L² F/V_m                              q: charge of the lithium in them

p  specularity of the surface      λ  mean free path      R  reflection at grain boundaries, D = d
Only n d² is known where d ≫ λ, n d³ where d ≪ λ: so the answer is a curve d(n), never a number.
Source: Dingle 1950 (10.1098/rspa.1950.0077) for wires; Mayadas and Shatzkes 1970
(10.1103/PhysRevB.1.1382) for grains; ρ₀λ of free electrons, 4.70e28 m⁻³. Deviation: the excess of
grains is added to that of the surface (Matthiessen), with grains as large as the wire is thick.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from dendrolith.core.constants import FARADAY
from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section

FloatArray = npt.NDArray[np.float64]
BRIDGE_RESISTANCE = "bridge_resistance"  # R_e, also as a column of runs
POINTS = 80  # of Gauss and Legendre in each direction: ρ/ρ₀ to 1e-6 from 0.1 nm on
THINNEST, THICKEST = 1e-10, 1.0  # diameters that are looked for [m]
DIVIDER = 10.0  # R_e over R_int up to which a bridge divides the voltage at once


def line_of_ratio(ratio: float, *, ends_in_gap: bool = False) -> str:
    """R_e/R_int [1] and what it means, as a line of a report."""
    regime = "divides the voltage" if ratio <= DIVIDER else "leaks beside the cell"
    if ends_in_gap:
        regime = "ends in a gap, and passes no steady current"
    return f"  R_e/R_int              {ratio:.3g}: the bridge {regime}"


@dataclass(frozen=True, slots=True)
class Filament(Section):
    """Lithium wires that bridge an electrolyte."""

    length: float = quantity("m", "length L of the filaments: that of the pellet, or less", above=0)
    resistivity: float = quantity("Ohm m", "rho_0 of bulk lithium", default=9.28e-8, above=0)
    mean_free_product: float = quantity(
        "Ohm m^2", "rho_0 lambda of lithium", default=9.759e-16, above=0, source="free electrons"
    )
    specularity: float = quantity(
        "1", "p of the surface: 0 diffuse, 1 mirror", default=0.0, at_least=0, at_most=0.99
    )
    reflection: float = quantity(
        "1", "R of grain boundaries, as far apart as the wire is thick", default=0.0,
        at_least=0, at_most=0.9,
    )  # fmt: skip
    molar_volume: float = quantity("m^3/mol", "V_m of lithium", default=1.309e-5, above=0)

    def resistivity_ratio(self, diameter: float) -> float:
        """ρ/ρ₀ of a wire [1]."""
        size = diameter * self.resistivity / self.mean_free_product
        surface = 1 / surface_factor(size, self.specularity)
        a = self.reflection / (1 - self.reflection) / size
        return surface + (grain_factor(a) - 1)

    def resistance(self, diameter: float, count: float) -> float:
        """R_e of so many wires [Ω]."""
        rho = self.resistivity * self.resistivity_ratio(diameter)
        return 4 * rho * self.length / (math.pi * count * diameter**2)

    def diameter(self, resistance: float, count: float) -> float:
        """The d at which so many wires have a resistance [Ω] [m].

        Raises:
            ValueError: it lies below a tenth of a nanometre or above a metre.
        """

        def excess(log_d: float) -> float:
            return math.log(self.resistance(math.exp(log_d), count) / resistance)

        low, high = math.log(THINNEST), math.log(THICKEST)
        if excess(low) < 0 or excess(high) > 0:
            raise ValueError("no wire between 0.1 nm and 1 m has this resistance")
        log_d: float = brentq(excess, low, high, xtol=1e-12)
        return math.exp(log_d)

    def counts(self, resistance: float, thin: float, thick: float) -> tuple[float, float]:
        """How many wires of the diameters `thick` and `thin` [m] have a resistance [Ω]."""
        few, many = (self.resistance(d, 1.0) / resistance for d in (thick, thin))
        return few, many

    def charge(self, diameter: float, count: float) -> float:
        """Charge q of the lithium in the wires [C]."""
        volume = count * math.pi / 4 * diameter**2 * self.length
        return FARADAY * volume / self.molar_volume

    def invariant(self) -> float:
        """R_e q of thick wires, ρ₀L²F/V_m, whatever their number [Ω C]."""
        return self.resistivity * self.length**2 * FARADAY / self.molar_volume


def surface_factor(size: float, specularity: float) -> float:
    """σ/σ₀ of a wire, d/λ = `size` [1].

    1 − (12/π) (1 − p)² ∫∫ cos²φ cos²θ sin θ x/(1 − px)² dθ dφ, as Σ m p^{m−1} xᵐ = x/(1 − px)²;
    t = sin φ, u = 1/sin θ, x = e^{−d sin φ/(λ sin θ)}.
    """
    p, (angle, weight) = specularity, _rule()
    sine, cosine = np.sin(angle), np.cos(angle)
    decay = np.exp(-size * sine[:, None] / sine[None, :])
    each = decay / (1 - p * decay) ** 2
    total = float((weight * cosine**2) @ each @ (weight * cosine**2 * sine))
    return 1 - 12 / math.pi * (1 - p) ** 2 * total


def grain_factor(a: float) -> float:
    """ρ_g/ρ₀ of Mayadas and Shatzkes [1]."""
    if a == 0:
        return 1.0
    if a > 50:  # the sum cancels: series of ln(1 + 1/a)
        return 1 / math.fsum(3 * (-1) ** k / ((k + 4) * a ** (k + 1)) for k in range(12))
    return 1 / (1 - 1.5 * a + 3 * a**2 - 3 * a**3 * math.log1p(1 / a))


@functools.cache
def _rule() -> tuple[FloatArray, FloatArray]:
    """Points and weights on (0, π/2), denser at both ends, where exponentials are steep."""
    x, w = np.polynomial.legendre.leggauss(POINTS)
    s, ds = (x + 1) / 2, w / 2
    # s → s³(10 − 15s + 6s²) takes the singular ends away
    y, dy = s**3 * (10 - 15 * s + 6 * s**2), 30 * s**2 * (1 - s) ** 2 * ds
    return math.pi / 2 * y, math.pi / 2 * dy
