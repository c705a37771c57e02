"""A charged counter electrode that takes up the lithium which touches it.

    F c_Li ∂m(ξ)/∂t = −k w m(ξ),   w = (2/δ)⟨1 − x/δ⟩₊

k  current density of a contact [A/m²]      x  distance from the counter electrode [m]
m  metal fraction [1]                       δ  interface width: what lies within it touches [m]

∫ w dx = 1: where lithium covers the electrode k A/m² go, and none where it keeps off by δ. Lithium
enters the electrode as a whole, ion and electron, so no current passes the electrolyte. Source: Cao
et al. 2023 (10.1002/adfm.202307998) name the reaction; no rate is published. Deviation: a contact
is a layer as thick as the diffuse interface, as lithium has no sharper edge.
"""

from __future__ import annotations

import ufl

from dendrolith.core.constants import FARADAY
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.lithium_metal import LithiumMetal

EQUATION = "F c_Li ∂m(ξ)/∂t = −k w m(ξ),   w = (2/δ)⟨1 − x/δ⟩₊"


def weight(distance: Expr, width: Expr) -> Expr:
    """The weight w at a distance from the counter electrode [1/m]."""
    return 2 / width * ufl.max_value(1 - distance / width, 0.0)


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
