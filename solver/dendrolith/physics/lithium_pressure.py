"""Pressure of lithium that plates where the wall cannot move: it opens the crack it lies in.

    segments     0 ≤ p_k ⊥ V_k − V_Li,k ≥ 0,   η → η + V_m p_k/F
                 V_k = −∫_k u·∇d,   V_Li,k = ∫_k [φ_c (m − m₀) A_d/A + w]
                 ∂w/∂t = (V_m/F)(1 − A) i
    equilibrium  p = χ_p F⟨−η⟩₊/V_m,   η → η + V_m p/F

p_k  pressure of the lithium of segment k [Pa]     V_k  volume by which its crack is open [m², m³]
w    lithium that openings hold beyond ξ [1]       V_Li,k  lithium that needs that volume
A    access of lithium, 1 where ξ can move [1]     m₀  lithium of the start, which fits its crack

A segment is connected metal, m(ξ) > 0, in cracks, A_d > ½, of one sign of η; its band reaches as
far as the damage of a crack. Either the crack is full and pressed, or it is not full and p_k = 0.
The pressure is implicit, with the compliance C_kl of the segments: C p + V⁰ = V_Li + Δt (V_m/F) I.
It comes to F|η|/V_m at most, where the reaction stops; one static crack as 1 − e^{−t/τ₁},
τ₁ = C/(g L (V_m/F)²), g = i₀F/RT, L the faces that react. Stripping takes w of a segment first.

`equilibrium` imposes a part χ_p < 1 of that bound at once and keeps no volume: the common law of
the literature, for comparison. Source: Porz et al. 2017 (10.1002/aenm.201701003), p = F|η|/V_m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.constants import FARADAY
from dendrolith.core.declare import choice, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr

SEGMENTS, EQUILIBRIUM = "segments", "equilibrium"


@dataclass(frozen=True, slots=True)
class LithiumPressure(Section):
    """How lithium presses on the cracks it lies in."""

    laws: ClassVar[dict[str, str]] = {
        SEGMENTS: "0 ≤ p_k ⊥ V_k − V_Li,k ≥ 0,   η → η + V_m p_k/F",
        EQUILIBRIUM: "p = χ_p F⟨−η⟩₊/V_m,   η → η + V_m p/F  (literature's bound, no volume)",
    }

    mode: str = choice(
        (SEGMENTS, EQUILIBRIUM),
        "segments: from the volume of lithium; equilibrium: a part of F|eta|/V_m at once, as the "
        "literature has it",
        default=SEGMENTS,
    )
    share: float | None = quantity(
        "1", "chi_p (mode: equilibrium)", default=None, above=0, below=1, source="porz2017"
    )

    def overpotential(self, pressure: Expr, molar_volume: Expr) -> Expr:
        """V_m p/F [V]."""
        return molar_volume * pressure / FARADAY

    def imposed(self, eta: Expr, molar_volume: float) -> Expr:
        """F⟨−η⟩₊/V_m of η without pressure, times χ_p [Pa]; η may be values at nodes [V]."""
        assert self.share is not None
        return self.share * FARADAY * (abs(eta) - eta) / 2 / molar_volume

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """χ_p belongs to one of the modes."""
        if self.mode == EQUILIBRIUM and self.share is None:
            return [("share", "is required by mode: equilibrium, for example 0.5")]
        if self.mode == SEGMENTS and self.share is not None:
            return [("share", "does nothing with mode: segments: leave it out")]
        return []

    @property
    def split_only(self) -> bool:
        """Lithium goes beside ξ."""
        return True

    def equations(self) -> list[tuple[str, str]]:
        """That of the mode."""
        return [("pressure", self.laws[self.mode])]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return f"lithium pressure ({self.mode})"

    def unknowns(self, dim: int) -> int:
        """P and w."""
        return 2
