"""The tube around a pressed cell, as inputs say it."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import borrowed, quantity, section
from dendrolith.physics.frame import NOT_GIVEN
from dendrolith.physics.j2 import Norton, Plastic


@dataclass(frozen=True, slots=True)
class TubeCreep(Norton):
    """Creep of the tube."""

    creep_exponent: float = borrowed(Norton, "creep_exponent", source=NOT_GIVEN)
    reference_stress: float = borrowed(Norton, "reference_stress", source=NOT_GIVEN)

    def equations(self) -> list[tuple[str, str]]:
        """That of its material, by the name of the tube."""
        return [("creep of the tube", self.equation)]


@dataclass(frozen=True, slots=True)
class Tube(Plastic):
    """A tube that yields; its bore has the radius of the rods."""

    young_modulus: float = borrowed(Plastic, "young_modulus", source=NOT_GIVEN)
    poisson_ratio: float = borrowed(Plastic, "poisson_ratio", source=NOT_GIVEN)
    yield_stress: float = borrowed(Plastic, "yield_stress", source=NOT_GIVEN)
    hardening: float = borrowed(Plastic, "hardening", source=NOT_GIVEN)
    outer_radius: float = quantity(
        "m", "outer radius b", default=12.7e-3, above=0, source=NOT_GIVEN
    )
    half_length: float = quantity(
        "m",
        "half of its length, the electrolyte in its middle",
        default=6e-3,
        above=0,
        source=NOT_GIVEN,
    )

    creep: TubeCreep | None = section(
        "creep of the tube below its yield stress (absent: none)", default=None
    )

    def equations(self) -> list[tuple[str, str]]:
        """Its yielding, and its creep."""
        creep = [] if self.creep is None else self.creep.equations()
        return [("tube", self.equation), *creep]

    def too_thin(self, radius: float) -> list[tuple[str, str]]:
        """A tube is around the rods of a radius [m]."""
        if self.outer_radius > radius:
            return []
        return [("outer_radius", f"is not above radius = {radius:g} m")]
