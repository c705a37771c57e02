"""When a sharp crack grows: Griffith's criterion K_I² = E′G_c in closed form, plane strain.

E′  E/(1 − ν²) [Pa]      G_c  toughness [J/m²]      a  half of the crack [m]
"""

from __future__ import annotations

import math

from dendrolith.core.constants import FARADAY


def centre_notch_stress(modulus: float, toughness: float, a: float, width: float) -> float:
    """Stress far from a central notch 2a in a plate 2·`width` wide at which it grows [Pa].

    K_I = Y σ √(πa), Y = √sec(πa/(2·width)), and K_I² = E′G_c: Griffith, with the finite width of
    Feddersen 1966 (ASTM STP 410, page 77), within 0.3 % for a ≤ 0.7·width.

    Args:
        modulus: E′ [Pa].
        toughness: G_c [J/m²].
        a: half of the notch [m].
        width: half of the plate [m].
    """
    shape = 1 / math.sqrt(math.cos(math.pi * a / (2 * width)))
    return math.sqrt(modulus * toughness / (math.pi * a)) / shape


def line_crack_compliance(modulus: float, a: float) -> float:
    """Volume of a crack 2a in an infinite plate over the pressure in it, 2πa²/E′ [m²/Pa].

    Sneddon 1946 (10.1098/rspa.1946.0077): half-opening w(x) = (2p/E′)√(a² − x²).

    Args:
        modulus: E′ [Pa].
        a: half of the crack [m].
    """
    return 2 * math.pi * a**2 / modulus


def line_crack_pressure(
    modulus: float, toughness: float, a: float, b: float | None = None
) -> float:
    """Pressure at which a crack 2a in an infinite plate grows [Pa].

    K_I = 2p√(a/π) arcsin(b/a) = √(E′G_c); p = √(E′G_c/(πa)) where all of the crack is pressed.

    Args:
        modulus: E′ [Pa].
        toughness: G_c [J/m²].
        a: half of the crack [m].
        b: half of the part that is pressed [m]; None: all.
    """
    part = 1.0 if b is None else b / a
    return math.sqrt(modulus * toughness) / (2 * math.sqrt(a / math.pi) * math.asin(part))


def bipolar_shape() -> float:
    """K_I/(p₀√(πl)) of a crack 2l pressed by p₀x/l on one half alone, (1 + π/4)/π [1]."""
    return (1 + math.pi / 4) / math.pi


def isolated_critical_length(
    modulus: float, toughness: float, molar_volume: float, field: float
) -> float:
    """Half-length l of an isolated slit along the field from which on it cracks at its end [m].

    Blocked lithium of half-length l is pressed by p = F E₀x/V_m on the half that plates, and not on
    the other: K_I = (1 + π/4)/π · p₀√(πl), p₀ = F E₀l/V_m. Shorter pieces move and do not crack.

    Args:
        modulus: E′ [Pa].
        toughness: G_c [J/m²].
        molar_volume: V_m of lithium [m³/mol].
        field: E₀ = j/σ far away [V/m].
    """
    pressed = bipolar_shape() * math.sqrt(math.pi) * FARADAY * field / molar_volume
    return float((math.sqrt(modulus * toughness) / pressed) ** (2 / 3))
