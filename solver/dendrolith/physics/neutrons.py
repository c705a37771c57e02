"""Transmission of neutrons through lithium around an axis, seen from the side.

    T = exp(−Σ ℓ),  ℓ(x; a, b) = 2 [√(b² − x²) − √(a² − x²)]

T  transmission of the lithium [1]    ℓ  length of a ray in lithium between radii a and b [m]
Σ  macroscopic cross-section [1/m]    x  distance of the ray from the axis [m]

A root of a negative number counts as 0. Source: Beer–Lambert. Deviations: rays are parallel and do
not scatter; only lithium metal changes.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.frame import NOT_GIVEN


def chord(x: float, inner: float, outer: float) -> float:
    """Length ℓ of a ray in a ring [m].

    Args:
        x: distance of the ray from the axis [m].
        inner: radius a [m]; 0: a disc.
        outer: radius b [m].
    """
    half = math.sqrt(max(outer**2 - x**2, 0.0)) - math.sqrt(max(inner**2 - x**2, 0.0))
    return 2 * half


@dataclass(frozen=True, slots=True)
class Neutrons(Section):
    """A radiograph of the cell."""

    equation: ClassVar[str] = "T = exp(−Σ ℓ)"

    attenuation: float = quantity(
        "1/m", "macroscopic cross-section Sigma of lithium for the beam", above=0, source=NOT_GIVEN
    )
    resolution: float = quantity(
        "m", "height of a row of the picture", default=25e-6, above=0, source="cao2023"
    )

    def transmission(self, length: float) -> float:
        """Part that passes a length of lithium [m]."""
        return math.exp(-self.attenuation * length)

    def equations(self) -> list[tuple[str, str]]:
        """That of the transmission."""
        return [("neutrons", self.equation)]
