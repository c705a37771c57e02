"""Brittle fracture by a damage field: AT1 or AT2, volumetric–deviatoric split.

    ∇·σ = 0,  σ = ∂/∂ε [g(d) ψ⁺ + ψ⁻],  g = (1 − d)² + k
    g′(d) ψ⁺ + (G_c/c_w)(w′(d)/ℓ − 2ℓ ∇²d) ≥ 0,  ∂d/∂t ≥ 0,  their product is 0,  d ≤ 1
    ψ⁺ = (K/2)⟨tr ε⟩₊² + μ e:e,  ψ⁻ = (K/2)⟨tr ε⟩₋²,  e = ε − (tr ε/3) I
    AT1: w = d, c_w = 8/3        AT2: w = d², c_w = 2

d  damage, 0 sound, 1 broken [1]      G_c  toughness [J/m²]      ℓ  regularisation length [m]
k  stiffness left in broken material, for the solver alone [1]   K, μ  moduli [Pa]
p  pressure of what fills a crack [Pa]

Both equations are the stationary points of Ψ = ∫ g ψ⁺ + ψ⁻ + (G_c/c_w)[w(d)/ℓ + ℓ|∇d|²]. What
fills a crack works at −p∫u·∇(1 − d), p times the volume V = −∫u·∇d of the opening: its force acts
on the flanks, where ∇d is, and not within the crack. Tensors are 3×3: plane strain in 2-D. The
split keeps a closed crack stiff in compression; shear still opens it.

Homogeneous plate in tension. Where tr ε ≥ 0 all energy is ψ⁺ and g multiplies all of the
stiffness, so that the free sides contract as without damage: ψ⁺ = E′ε²/2 with E′ = E/(1 − ν²) in
plane strain, E in plane stress and in a bar. Then

    AT1: sound while E′ε² < 3G_c/(8ℓ);  σ_c = √(3E′G_c/(8ℓ)), beyond it 1 − d = 3G_c/(8ℓE′ε²)
    AT2: (1 − d) E′ε² = G_c d/ℓ;  σ_c = (9/16) √(E′G_c/(3ℓ)) at d = ¼

Across a crack d = (1 − |y|/2ℓ)² within 2ℓ (AT1), e^{−|y|/ℓ} (AT2). On a mesh a crack is one row
of cells wide: G_c acts as G_c (1 + h/(c_w ℓ)), and what is solved with is divided by that.
Sources: Bourdin et al. 2000 (10.1016/S0022-5096(99)00028-9), energy; Amor et al. 2009
(10.1016/j.jmps.2009.04.011), split; Pham et al. 2011 (10.1177/1056789510386852), AT1 and σ_c.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import ufl

from dendrolith.core.declare import choice, flag, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.elasticity import lame_parameters
from dendrolith.physics.interpolation import Expr

AT1, AT2 = "AT1", "AT2"
COARSEST = 1 / 2  # of h over ℓ: beyond it the profile of a crack is not resolved


@dataclass(frozen=True, slots=True)
class Solid(Section):
    """An isotropic elastic solid."""

    equation: ClassVar[str] = "∇·σ = 0,  σ = ∂/∂ε [g(d) ψ⁺ + ψ⁻],  g = (1 − d)² + k"

    young_modulus: float = quantity("Pa", "Young's modulus E", above=0)
    poisson_ratio: float = quantity("1", "Poisson's ratio nu", above=-1, below=0.5)

    @property
    def plane_strain_modulus(self) -> float:
        """E′ = E/(1 − ν²) [Pa]."""
        return self.young_modulus / (1 - self.poisson_ratio**2)

    def energies(self, strain: Expr, opens: Expr) -> tuple[Expr, Expr]:
        """ψ⁺ and ψ⁻ [J/m³].

        Args:
            strain: 3×3.
            opens: 1 where tr ε > 0, else 0; a field, so that ψ⁺ and ψ⁻ are quadratic in ε.
        """
        return split_energies(
            strain, opens, *lame_parameters(self.young_modulus, self.poisson_ratio)
        )

    def equations(self) -> list[tuple[str, str]]:
        """Equilibrium."""
        return [("mechanics", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "equilibrium"

    def unknowns(self, dim: int) -> int:
        """The displacement u."""
        return dim


def split_energies(
    strain: Expr, opens: Expr, lame_lambda: Expr, lame_mu: Expr
) -> tuple[Expr, Expr]:
    """ψ⁺ and ψ⁻ [J/m³] of an elastic strain, 3×3; `opens` is 1 where tr ε > 0, else 0."""
    trace = ufl.tr(strain)
    volumetric = (lame_lambda + 2 * lame_mu / 3) / 2 * trace**2
    deviator = strain - trace / 3 * ufl.Identity(3)
    return opens * volumetric + lame_mu * ufl.inner(deviator, deviator), (1 - opens) * volumetric


@dataclass(frozen=True, slots=True)
class Fracture(Section):
    """Parameters of the damage."""

    equation: ClassVar[str] = (
        "g′(d) ψ⁺ + (G_c/c_w)(w′(d)/ℓ − 2ℓ ∇²d) ≥ 0,  ∂d/∂t ≥ 0,  their product is 0,  d ≤ 1"
    )

    toughness: float = quantity("J/m^2", "critical energy release rate G_c", above=0)
    length: float = quantity("m", "regularisation length ell", above=0)
    model: str = choice(
        (AT1, AT2), "AT1: sound up to a strength; AT2: softens from the first load", default=AT1
    )
    mesh_corrected: bool = flag(
        "divide toughness by 1 + h/(c_w ell), so that a crack on the mesh costs what it says",
        default=True,
    )
    residual: float = quantity(
        "1", "stiffness k left where all is broken", default=1e-6, above=0, at_most=1e-4
    )

    @property
    def c_w(self) -> float:
        """4 ∫₀¹ √w dd [1]."""
        return {AT1: 8 / 3, AT2: 2.0}[self.model]

    def w(self, d: Expr) -> Expr:
        """Energy of homogeneous damage, as part of that at d = 1 [1]."""
        return d if self.model == AT1 else d**2

    def degradation(self, d: Expr) -> Expr:
        """Degradation g(d) [1]."""
        return (1 - d) ** 2 + self.residual

    @property
    def reach(self) -> float:
        """Distance from a crack beyond which its damage is nothing, or next to it [m]."""
        return {AT1: 2.0, AT2: 6.0}[self.model] * self.length

    def surface_density(self, d: Expr) -> Expr:
        """γ_ℓ = [w(d)/ℓ + ℓ|∇d|²]/c_w, whose integral over a crack is its area [1/m]."""
        return (self.local_energy(d) + self.gradient_energy(d)) / self.toughness

    def length_density(self, d: Expr, h: float) -> Expr:
        """2w(d)/(c_w ℓ) over 1 + 2h/(c_w ℓ), whose integral over a crack is its length [1/m].

        Twice the half of γ_ℓ without slopes: where d is held to 0, as in foil, it counts nothing.
        An end adds 0.1 to 0.3 ℓ. On a mesh of size `h` a row of cells is broken.
        """
        row = 2 * h / (self.c_w * self.length)
        return 2 * self.w(d) / (self.c_w * self.length) / (1 + row)

    def local_energy(self, d: Expr) -> Expr:
        """(G_c/c_w) w(d)/ℓ [J/m³]."""
        return self.toughness / self.c_w * self.w(d) / self.length

    def gradient_energy(self, d: Expr) -> Expr:
        """(G_c/c_w) ℓ|∇d|² [J/m³]."""
        slope = ufl.grad(d)
        return self.toughness / self.c_w * self.length * ufl.inner(slope, slope)

    def on_mesh(self, h: float) -> float:
        """G_c [J/m²] that a crack costs on a mesh of size `h` [m]."""
        excess = 1 + h / (self.c_w * self.length)
        return self.toughness if self.mesh_corrected else self.toughness * excess

    def solved_on(self, h: float) -> Fracture:
        """The law with the G_c that is solved with on a mesh of size `h` [m]."""
        excess = 1 + h / (self.c_w * self.length)
        used = self.toughness / excess if self.mesh_corrected else self.toughness
        return replace(self, toughness=used, mesh_corrected=False)

    def strength(self, modulus: float) -> float:
        """σ_c [Pa]: largest stress of a homogeneous plate."""
        if self.model == AT1:
            return math.sqrt(3 * modulus * self.toughness / (8 * self.length))
        return 9 / 16 * math.sqrt(modulus * self.toughness / (3 * self.length))

    def equations(self) -> list[tuple[str, str]]:
        """Evolution of the damage."""
        return [("damage", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return f"damage ({self.model})"

    def unknowns(self, dim: int) -> int:
        """Damage d."""
        return 1
