"""Dendrites that bridge, reduce the counter electrode and are fed: the smallest soft short.

    dq_p/dt = β⟨j⟩₊ [q_a > q_on] + k_i s o − s q_p/τ,  G = s G_b q_p/q₁
    s  0 → 1 at q_p > q₁, 1 → 0 at q_p < q₀      o  opens at Δp > p_on, closes at Δp < p_off

q_p  lithium in paths [C/m²]    s  they bridge    s q_p/τ  reduces the counter electrode
q_a  dense lithium [C/m²]       o  the stack squeezes dense lithium into them, while they bridge

Source: the stages of a soft short that an anode-free cell showed, Huang et al. 2024
(10.1021/acsenergylett.4c00704). Deviation: no geometry, and none of the numbers is measured. It
tests a hypothesis, it fits nothing.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section

TRIED = "assumption: a value with which the four stages of huang2024 come out"


@dataclass(frozen=True, slots=True)
class Dendrites(Section):
    """Lithium in paths through the separator."""

    equation: ClassVar[str] = "dq_p/dt = β⟨j⟩₊ [q_a > q_on] + k_i s o − s q_p/τ,  G = s G_b q_p/q₁"

    onset_charge: float = quantity(
        "C/m^2", "dense lithium q_on from which they grow", at_least=0, source=TRIED
    )
    branching: float = quantity(
        "1", "part beta of the plating current that they take", at_least=0, below=1, source=TRIED
    )
    closing_charge: float = quantity(
        "C/m^2", "lithium q_1 in paths at which they bridge", default=60.0, above=0, source=TRIED
    )
    opening_charge: float = quantity(
        "C/m^2", "lithium q_0 below which the bridge opens", default=20.0, above=0, source=TRIED
    )
    conductance: float = quantity(
        "S/m^2", "G_b of the bridge at q_1", default=0.04, above=0, source=TRIED
    )
    reduction_time: float | None = quantity(
        "s", "tau of the reduction (absent: none)", default=None, above=0, source=TRIED
    )
    infiltration_current: float = quantity(
        "A/m^2", "k_i, dense lithium squeezed into paths", default=0.0, at_least=0, source=TRIED
    )
    opening_pressure: float = quantity(
        "Pa", "rise p_on at which infiltration begins", default=0.36e6, source=TRIED
    )
    closing_pressure: float = quantity(
        "Pa", "rise p_off at which it ends", default=0.20e6, source=TRIED
    )

    def bridge_conductance(self, bridged: bool, paths: float) -> float:
        """G at a charge q_p [C/m²] [S/m²]."""
        return self.conductance * max(paths, 0.0) / self.closing_charge if bridged else 0.0

    def reduction(self, bridged: bool, paths: float) -> float:
        """Current s q_p/τ [A/m²]."""
        if not bridged or self.reduction_time is None:
            return 0.0
        return paths / self.reduction_time

    def growth(self, j: float, grows: bool) -> float:
        """β⟨j⟩₊ [A/m²]."""
        return self.branching * max(j, 0.0) if grows else 0.0

    def infiltration(self, bridged: bool, opened: bool) -> float:
        """j_inf [A/m²]."""
        return self.infiltration_current if bridged and opened else 0.0

    def equations(self) -> list[tuple[str, str]]:
        """Paths and bridge."""
        return [("dendrites", self.equation)]

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Thresholds in their order, a collector, and a frame where pressure decides."""
        found = []
        if config.collector is None:
            found.append(("onset_charge", "needs 'collector': lithium that is counted from bare"))
        if self.opening_charge >= self.closing_charge:
            found.append(("opening_charge", "is not below closing_charge"))
        if self.infiltration_current > 0:
            if config.frame is None:
                found.append(("infiltration_current", "needs 'frame': its pressure opens it"))
            if self.closing_pressure >= self.opening_pressure:
                found.append(("closing_pressure", "is not below opening_pressure"))
        return found
