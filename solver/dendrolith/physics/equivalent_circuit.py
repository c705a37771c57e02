"""Equivalent circuits of a cell, with and without electrons that bridge its electrolyte.

    M0   Z₀ = R_ion + Σ_k 1/{1/R_k + Q_k(iω)^{n_k}} + Z_D       before
    M1   1/Z = 1/Z₀ + 1/R_e                                     bridged
    M2   1/Z = 1/Z₀ + 1/[R_e + 1/(iωC_gap)]                     the bridge is interrupted

R_ion  electrolyte [Ω m²]          R_k, Q_k, n_k  an arc: charge transfer and its double layer
R_e    electronic bridge [Ω m²]    Z_D  nothing, 1/(iωC_χ), or R_D coth√(iωτ_D)/√(iωτ_D)

An M1 whose Z_D is nothing is an M0 with other numbers: its four say three. Source: circuits as in
all texts. Deviation: none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

ENDS: dict[str, tuple[str, ...]] = {
    "none": (),
    "capacitance": ("C_chi",),
    "diffusion": ("R_D", "tau_D"),
}
BRIDGES: dict[str, tuple[str, ...]] = {"none": (), "resistor": ("R_e",), "gap": ("R_e", "C_gap")}


@dataclass(frozen=True, slots=True)
class EquivalentCircuit:
    """A circuit by its parts.

    Attributes:
        arcs: charge transfers in series.
        end: how it stores at low frequency, a key of `ENDS`.
        bridge: a key of `BRIDGES`.
    """

    arcs: int = 1
    end: str = "none"
    bridge: str = "none"

    @property
    def names(self) -> tuple[str, ...]:
        """Its parameters, those of the cell first."""
        arcs = (f"{name}_{k}" for k in range(1, self.arcs + 1) for name in ("R", "Q", "n"))
        return ("R_ion", *arcs, *ENDS[self.end], *BRIDGES[self.bridge])

    def impedance(self, omega: Any, values: dict[str, Any]) -> Any:
        """Z at angular frequencies [1/s], in the unit of the resistances."""
        s, Z = 1j * omega, values["R_ion"] + 0j * omega
        for k in range(1, self.arcs + 1):
            Z = Z + 1 / (1 / values[f"R_{k}"] + values[f"Q_{k}"] * s ** values[f"n_{k}"])
        if self.end == "capacitance":
            Z = Z + 1 / (s * values["C_chi"])
        elif self.end == "diffusion":
            root = (s * values["tau_D"]) ** 0.5
            decay = math.e ** (-2 * root)
            Z = Z + values["R_D"] * (1 + decay) / (1 - decay) / root
        if self.bridge == "resistor":
            Z = 1 / (1 / Z + 1 / values["R_e"])
        elif self.bridge == "gap":
            Z = 1 / (1 / Z + 1 / (values["R_e"] + 1 / (s * values["C_gap"])))
        return Z

    def formula(self) -> str:
        """In the field's short notation: − in series, ‖ beside."""
        parts = ["R_ion", *(f"(R_{k}‖Q_{k})" for k in range(1, self.arcs + 1))]
        parts += {"none": [], "capacitance": ["C_chi"], "diffusion": ["Z_D"]}[self.end]
        cell = " − ".join(parts)
        beside = {"none": "", "resistor": " ‖ R_e", "gap": " ‖ (R_e − C_gap)"}[self.bridge]
        return f"({cell}){beside}" if beside else cell
