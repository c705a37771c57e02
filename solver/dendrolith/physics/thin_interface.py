"""What makes a diffuse front react as the sharp one does that it stands for.

    B_f = B √(1 + a_c P²),   B = B(η)/(1 + x/l_k),   x = (δ/4) ln[(1 − ξ)/ξ]
    P   = 1.5 L_η B/(L_ξ W),  a_c = 3.2 (1 − e^{−12.5 ξ_c})

x   distance from ξ = ½ into the electrolyte, of a front at equilibrium [m]    δ  its width [m]
l_k kinetic length σ_SE RT/(F i₀) [m]          P  Péclet number v/(δ L_ξ W) that B asks of it [1]

Ahead of a front φ_ion falls as in the electrolyte and B(η) rises by 1 + x/l_k. And a front whose
kernel ends at the threshold ξ_c steepens, and reacts less, the faster it is. Derivation and
measurement: solver/theory.md, "The front without the width of the interface".
"""

import ufl

from dendrolith.physics.interpolation import Expr

LEAST_XI = 1e-3  # closer to 0 or 1 no distance is read from ξ
LARGEST_PECLET = 2.0  # to which fronts were computed; beyond, the gain stays what it is there


def share_of_front(xi: Expr, widths: Expr) -> Expr:
    """B at ξ = ½ over B(η) here, 1/(1 + x/l_k); `widths` is δ/l_k [1].

    Inside the lithium, x < 0, it is taken to second order in x/l_k: it has a pole there.
    """
    inner = ufl.max_value(LEAST_XI, ufl.min_value(xi, 1 - LEAST_XI))
    x = widths / 4 * ufl.ln((1 - inner) / inner)
    ahead, behind = ufl.max_value(x, 0.0), ufl.max_value(-x, 0.0)
    return (1 + behind + behind * behind) / (1 + ahead)


def gain_of_motion(peclet: Expr, threshold: Expr) -> Expr:
    """√(1 + a_c P²): what moves a flat front as fast as i₀B in the sharp limit [1].

    Fitted to fronts computed for 0.01 ≤ ξ_c ≤ 0.3 and P ≤ 2, to 1 % of their speed.
    """
    a_c = 3.2 * (1 - ufl.exp(-12.5 * threshold))
    return ufl.sqrt(1 + a_c * ufl.min_value(peclet * peclet, LARGEST_PECLET**2))
