"""A charged counter electrode that takes up the lithium which touches it.

    F c_Li ∂m(ξ)/∂t = −k w m(ξ)/τ,   w = (2/δ)⟨1 − x/δ⟩₊
    ∂q/∂t = k m(ξ)/τ,   τ = 1 + q/q_p,   R_c → τ R_c

k  current density of a contact [A/m²]      x  distance from the counter electrode [m]
m  metal fraction [1]                       δ  interface width: what lies within it touches [m]
q  charge taken up so far [C/m²]            τ  resistance of a contact over that of a fresh one [1]
q_p  charge whose product doubles it [C/m²]; none: τ = 1

∫ w dx = 1: where lithium covers the electrode k A/m² go, and none where it keeps off by δ. Lithium
enters the electrode as a whole, ion and electron, so no current passes the electrolyte. Source: Cao
et al. 2023 (10.1002/adfm.202307998) name the reaction; no rate is published. Its product stays
where it forms. Ions and electrons pass it alike, so the reaction follows the parabolic law of films
that grow. Deviation: a contact is a layer as thick as the diffuse interface, as lithium has no
sharper edge.
"""

from __future__ import annotations

import ufl

from dendrolith.core.constants import FARADAY
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.lithium_metal import LithiumMetal

EQUATION = "F c_Li ∂m(ξ)/∂t = −k w m(ξ),   w = (2/δ)⟨1 − x/δ⟩₊"
PRODUCT_EQUATION = "∂q/∂t = k m(ξ)/τ,   τ = 1 + q/q_p,   k → k/τ,   R_c → τ R_c"


def weight(distance: Expr, width: Expr) -> Expr:
    """The weight w at a distance from the counter electrode [1/m]."""
    return 2 / width * ufl.max_value(1 - distance / width, 0.0)


def through(k: Expr, m: Expr, tau: Expr, dt: Expr, doubling: Expr) -> Expr:
    """Mean of k/τ over a step, exactly where m stays: τ² grows by 2 k m Δt/q_p [A/m²].

    Args:
        k: of a fresh contact [A/m²].
        m: metal fraction [1].
        tau: τ before.
        dt: of the step [s].
        doubling: q_p [C/m²].
    """
    return 2 * k / (tau + (tau**2 + 2 * k * m * dt / doubling) ** 0.5)


def left_over(xi: Expr, w: Expr, k: Expr, dt: Expr, lithium: LithiumMetal) -> Expr:
    """ξ after a step, exactly: m(ξ) falls by the factor e^{−k w Δt/(F c_Li)}.

    Args:
        xi: before.
        w: the weight [1/m].
        k: current density of a contact [A/m²].
        dt: of the step [s].
        lithium: its law.

    Returns:
        ξ, untouched where m or w is 0.
    """
    threshold = lithium.metal_threshold
    m = lithium.fraction(xi) * ufl.exp(-k * w * dt / (FARADAY * lithium.c_Li))
    x = 0.5 - ufl.sin(ufl.asin(1 - 2 * m) / 3)  # m = x²(3 − 2x)
    taken = ufl.And(ufl.gt(m, 0.0), ufl.gt(w, 0.0))
    return ufl.conditional(taken, threshold + (1 - 2 * threshold) * x, xi)
