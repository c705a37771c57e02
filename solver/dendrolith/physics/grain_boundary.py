"""Grain boundaries of a numerical width that keep the conductances of real ones.

    σ = [I/σ_g + Σ (b′ R_gb/w) n⊗n]⁻¹ + Σ (b′ Σ_gb/w) (I − n⊗n)
    of one boundary:  n·σ·n = 1/(1/σ_g + b′ R_gb/w),   t·σ·t = σ_g + b′ Σ_gb/w
    where it is broken, Σ_gb is multiplied by what a crack multiplies σ_g by
    b = e^{−(2t/w)²},   b′ = 2b/√π,   ∫ b′ dt = w

t  distance from the boundary [m]              n  its normal [1]         σ_g  of the grain [S/m]
w  numerical width [m], well above that of a real one          b  indicator of the boundary [1]
R_gb  resistance across the boundary [Ω m²]    Σ_gb  conductance along it [S]

A real boundary is nanometres wide, so its conductances count and not its conductivities. A current
across sees R_gb, one along it Σ_gb; no isotropic band can give both. The sums
go over the two nearest boundaries: with one alone, crossings would leak. The toughness is
G_c(b) = G_g − (G_g − G_gb) b.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ufl

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr


@dataclass(frozen=True, slots=True)
class BoundaryConductances(Section):
    """What a boundary adds to the conduction of its grains, for ions or for electrons."""

    width: float = quantity("m", "numerical width w of a boundary", above=0)
    resistance: float = quantity(
        "Ohm m^2", "resistance R_gb across a boundary", default=0.0, at_least=0
    )
    conductance: float = quantity(
        "S", "conductance Sigma_gb along a boundary", default=0.0, at_least=0
    )

    def indicator(self, t: Expr) -> Expr:
        """b(t) [1] at a distance t [m]."""
        return ufl.exp(-((2 * t / self.width) ** 2))

    def conductivity(
        self, grain: Expr, boundaries: list[tuple[Expr, Expr]], unbroken: Expr = 1.0
    ) -> Expr:
        """The tensor σ [S/m].

        Args:
            grain: σ_g [S/m].
            boundaries: the nearest ones, of each the indicator b [1] and the unit normal n.
            unbroken: the part of Σ_gb that a crack leaves [1].
        """
        dim = boundaries[0][1].ufl_shape[0]
        resistivity, along = ufl.Identity(dim) / grain, 0 * ufl.Identity(dim)
        for b, normal in boundaries:
            per_width = 2 / math.sqrt(math.pi) * b / self.width  # b′/w
            across = ufl.outer(normal, normal)
            resistivity += per_width * self.resistance * across
            along += per_width * unbroken * self.conductance * (ufl.Identity(dim) - across)
        return ufl.inv(resistivity) + along


def toughness(grain: float, boundary: float, b: Expr) -> Expr:
    """G_c(b) [J/m²] between that of a grain and that of a boundary."""
    return grain - (grain - boundary) * b
