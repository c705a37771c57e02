"""Anisotropy of the surface energy of lithium.

    γ(n) = γ [1 + ε_γ a_m(n)]       n = −∇ξ/|∇ξ|
    2-D:  a_m = cos m(θ − θ₀)       3-D:  a₄ = 4 Σ n_i⁴ − 3  (cubic; in a plane cos 4θ)
    μ_ξ = W g′(ξ) − ∇·∂f_grad/∂∇ξ,  f_grad = ½ κ [1 + ε_γ a_m(n)]² |∇ξ|²

n  outward normal of lithium [1]   θ  its angle to x [rad]     θ₀  orientation of the crystal [rad]
m  mode: number of lobes [1]       ε_γ  strength [1]

A flat front of orientation n then has the energy γ(n) and the width δ γ(n)/γ. As the reaction is
spread over that width, it reacts with i₀ γ(n)/γ. Source: Kobayashi
1993 (10.1016/0167-2789(93)90120-P); strength 0.05 and mode 4 for lithium in Chen et al. 2015
(10.1016/j.jpowsour.2015.09.055). Below 1/(m² − 1) no orientation is missing.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import ufl

from dendrolith.core.declare import count, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.lithium_metal import LithiumMetal

# |∇ξ| below this part of 1/δ has no direction: the normal fades instead of dividing by zero.
FAINT_SLOPE = 1e-4
CUBIC = 4


@dataclass(frozen=True, slots=True)
class Anisotropy(Section):
    """Parameters of the anisotropic surface energy; its absence means isotropic."""

    flat: ClassVar[bool] = False
    equation: ClassVar[str] = "μ_ξ = W g′(ξ) − ∇·∂f_grad/∂∇ξ,  f_grad = ½ κ [1 + ε_γ a_m(n)]² |∇ξ|²"

    strength: float = quantity(
        "1", "strength of the anisotropy", at_least=0, below=1, source="0.05 in chen2015"
    )
    mode: int = count("number of lobes; 4 in 3-D (cubic)", default=CUBIC, at_least=1, at_most=12)
    angle: float = quantity("rad", "orientation of the crystal in the plane", default=0.0)

    @property
    def linear(self) -> bool:
        """The part of the surface energy in μ_ξ is linear in ξ."""
        return False

    @property
    def stiffest(self) -> float:
        """Bound of a² + a a″ + a′², a = γ(n)/γ: the largest curvature of ½ a²|∇ξ|² in ∇ξ [1]."""
        strength, wave = self.strength, self.mode**2 * self.strength
        return (1 + strength) * (1 + strength + wave) + wave * strength

    def energy(self, xi: Expr, lithium: LithiumMetal) -> Expr:
        """½ κ [γ(n)/γ]² |∇ξ|² [J/m³]."""
        factor = self.factor(ufl.grad(xi), lithium.interface_width)
        return factor**2 * lithium.gradient_energy(xi)

    def factor(self, grad_xi: Expr, interface_width: Expr) -> Expr:
        """γ(n)/γ [1]."""
        faint = (FAINT_SLOPE / interface_width) ** 2
        n = -grad_xi / ufl.sqrt(ufl.inner(grad_xi, grad_xi) + faint)
        lobes = self._planar(n) if n.ufl_shape[0] == 2 else self._cubic(n)
        return 1 + self.strength * lobes

    def _planar(self, n: Expr) -> Expr:
        """Cos m(θ − θ₀) as the real part of (n_x + i n_y)^m e^{−imθ₀}: no arctangent."""
        c, s = n[0], n[1]
        re, im = c, s
        for _ in range(self.mode - 1):
            re, im = re * c - im * s, re * s + im * c
        return re * ufl.cos(self.mode * self.angle) + im * ufl.sin(self.mode * self.angle)

    def _cubic(self, n: Expr) -> Expr:
        return 4 * sum(n[i] ** 4 for i in range(n.ufl_shape[0])) - 3

    def equations(self) -> list[tuple[str, str]]:
        """The part of μ_ξ that replaces the isotropic one."""
        return [("surface", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "anisotropy"

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """In 3-D the crystal is cubic and lies along the axes."""
        found: list[tuple[str, str]] = []
        if config.geometry.dim == 3 and self.mode != CUBIC:
            found.append(("mode", f"must be {CUBIC} (cubic) in 3-D"))
        if config.geometry.dim == 3 and self.angle != 0:
            found.append(("angle", "does nothing in 3-D: the crystal lies along x, y, z"))
        return found

    def notes(self, config: Any) -> list[str]:
        """Orientations that the crystal does not have."""
        if self.strength * (self.mode**2 - 1) <= 1:
            return []
        return [
            "anisotropy.strength is above 1/(mode^2 - 1): orientations are missing and fronts facet"
        ]
