"""Laws of a lithium filament in a flaw: pressure, stress intensity, critical current, filling.

    p    = (F/V_m) |η|                                       pressure that stops the reaction
    K    = k₁ p √(πc) + 1.12 S √(πc)                         k₁ = 0.683 at the anode, 0.568 floating
    K(a) = k₁ 2p √(a/π) arcsin(b/a)                          lithium in b, dry from b to a
    J_c  = σ V_m K_IC / (k₁ F √π c^{3/2})                    one flaw in the field J/σ
    v_f  = (V_m/F) π σ |η| / (w ln(R/w))                     ions crowd at a tip of width w

c flaw length [m]; S normal stress on the facet [Pa], > 0 opens; w opening [m]; R outer radius of
the crowded field [m]. K(a) has the k₁ of the loading, so that K(b) = K.
"""

from __future__ import annotations

import math

import numpy as np

from dendrolith.core.constants import FARADAY
from dendrolith.networks.graph import FloatArray

ANODE_FACTOR = 0.683  # edge crack, pressure rising linearly to the tip
FLOATING_FACTOR = 0.25 + 1.0 / math.pi  # (1 + π/4)/π, pressure on the plating half
EDGE_STRESS_FACTOR = 1.12
LEAST_CROWDING = math.log(2.0)  # ln(R/w) where the opening is as wide as the field


def critical_current(
    conductivity: float, molar_volume: float, toughness: FloatArray, flaw: FloatArray
) -> FloatArray:
    """J_c of lithium-filled surface flaws [A/m²].

    Args:
        conductivity: σ of ions [S/m].
        molar_volume: V_m of lithium [m³/mol].
        toughness: K_IC [Pa m^½].
        flaw: c [m].
    """
    return (
        conductivity
        * molar_volume
        * toughness
        / (ANODE_FACTOR * FARADAY * math.sqrt(math.pi) * flaw**1.5)
    )


def partial_load(filled: FloatArray, length: FloatArray) -> FloatArray:
    """K(a)/(p k₁) of a crack of length a that is filled over b [m^½].

    Args:
        filled: b [m].
        length: a ≥ b [m].
    """
    return np.asarray(2.0 * np.sqrt(length / np.pi) * np.arcsin(np.minimum(filled / length, 1.0)))


def filling_speed(
    conductivity: float,
    molar_volume: float,
    overpotential: FloatArray,
    opening: FloatArray,
    radius: FloatArray,
) -> FloatArray:
    """v_f [m/s] of lithium along a crack, limited by the ions that reach its tip.

    Args:
        conductivity: σ of ions [S/m].
        molar_volume: V_m of lithium [m³/mol].
        overpotential: |η| [V].
        opening: w [m].
        radius: R [m].
    """
    crowding = np.maximum(np.log(radius / opening), LEAST_CROWDING)
    current = np.pi * conductivity * overpotential / (opening * crowding)
    return np.asarray(molar_volume / FARADAY * current)
