"""A counter electrode in which lithium has a place: x varies along its face.

    Q ∂x/∂t = −j + k_r + Q ∇_s·(D_s ∇_s x),   j, x and U(x) of one place

x    lithium fraction at a place of the face [1]     Q    charge of x from 0 to 1 [C/m²]
j    ionic current density there [A/m²]              k_r  direct reduction there [A/m²]
D_s  diffusivity of lithium along the electrode [m²/s];  ∇_s  gradient along the face

Electrons spread in the composite at once: its metal has one potential V. The rest is that of
counter_electrode.py. Without D_s x is uniform. Source: solver/theory.md, section 17.
"""

from dataclasses import dataclass
from typing import Any

from dendrolith.core.declare import quantity
from dendrolith.physics.counter_electrode import CounterElectrode

LOCAL = "Q ∂x/∂t = −j + k_r + Q ∇_s·(D_s ∇_s x)"


@dataclass(frozen=True, slots=True)
class CounterFace(CounterElectrode):
    """A counter electrode in a cell with a mesh."""

    lateral_diffusivity: float | None = quantity(
        "m^2/s",
        "D_s of lithium along the face, 0 for none (absent: x is uniform)",
        default=None,
        at_least=0,
    )

    @property
    def varies(self) -> bool:
        """Each place has an x of its own."""
        return self.lateral_diffusivity is not None

    def equations(self) -> list[tuple[str, str]]:
        """Balance and charge transfer, at a place where x varies."""
        (name, equation), *_ = CounterElectrode.equations(self)
        transfer = equation.split(",  ")[-1]
        return [(name, f"{LOCAL},  {transfer}" if self.varies else equation)]

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Lithium metal has no x that could vary."""
        idle = ("lateral_diffusivity", "does nothing with potential: lithium: leave it out")
        found = [idle] if self.varies and not self.stores else []
        return CounterElectrode.conflicts(self, config) + found
