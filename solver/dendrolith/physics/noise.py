"""Thermal noise of the reaction at the lithium surface, Langevin form.

    r += a(ρ) A L_η m′(ξ) √(δ^d τ) ζ(x, t)      ⟨ζ ζ′⟩ = δ(x − x′) δ(t − t′)      τ = 1/(L_ξ W)

A  standard deviation of the noise, averaged over an interface cube δ^d and a relaxation time τ,
   over the exchange rate L_η m′ [1]

So the statistics depend neither on the mesh nor on the time step: on a node of volume V_i and a
step Δt, ζ is a standard normal number over √(V_i Δt). The noise transfers charge like every rate.
Source: Langevin noise of Hong and Viswanathan 2018 (10.1021/acsenergylett.8b01009), whose amplitude
0.04 per cell and step depends on both.
"""

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import count, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr


@dataclass(frozen=True, slots=True)
class Noise(Section):
    """Parameters of the noise; its absence means none."""

    flat: ClassVar[bool] = False
    equation: ClassVar[str] = "r += a(ρ) A L_η m′(ξ) √(δ^d τ) ζ(x, t)"
    smooth: ClassVar[bool] = False

    amplitude: float = quantity("1", "amplitude A of the noise", at_least=0)
    seed: int = count("seed of the noise", default=0, at_least=0)

    def strength(self, interface_width: Expr, dim: int, relaxation_time: Expr) -> Expr:
        """A √(δ^d τ) [m^{d/2} s^{1/2}]."""
        return self.amplitude * (interface_width**dim * relaxation_time) ** 0.5

    def equations(self) -> list[tuple[str, str]]:
        """The part of the rate."""
        return [("noise", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "noise"
