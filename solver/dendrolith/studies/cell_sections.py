"""Sections of a cell without a mesh: its electrolytes and its metal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section


@dataclass(frozen=True, slots=True)
class Separator(Section):
    """The electrolyte between lithium and counter electrode."""

    equation: ClassVar[str] = "V = U(x) − E_eq + η_c + η_a + j L/σ,  I = j + G V"

    thickness: float = quantity("m", "thickness L", above=0)
    ionic_conductivity: float = quantity("S/m", "ionic conductivity sigma", above=0)
    electronic_conductivity: float = quantity(
        "S/m", "electronic conductivity: leakage at all times", default=0.0, at_least=0
    )

    @property
    def resistance(self) -> float:
        """L/σ [Ω m²]."""
        return self.thickness / self.ionic_conductivity

    @property
    def leakage(self) -> float:
        """Electronic conductance [S/m²]."""
        return self.electronic_conductivity / self.thickness

    def equations(self) -> list[tuple[str, str]]:
        """The voltage of the cell."""
        return [("cell", self.equation)]


@dataclass(frozen=True, slots=True)
class Interlayer:
    """A second electrolyte, between lithium and separator."""

    thickness: float = quantity("m", "its thickness", above=0)
    ionic_conductivity: float = quantity("S/m", "its ionic conductivity", above=0)

    @property
    def resistance(self) -> float:
        """L/σ [Ω m²]."""
        return self.thickness / self.ionic_conductivity


@dataclass(frozen=True, slots=True)
class Lithium:
    """The metal of the other electrode: a foil that never runs out, or what is plated."""

    molar_volume: float = quantity(
        "m^3/mol",
        "molar volume V_m",
        default=1.3148e-5,
        above=0,
        source="6.941 g/mol over 0.528 g/cm^3",
    )
