"""A point of the domain, as an input names it."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import quantity


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the cell; x = 0 is the collector."""

    x: float = quantity("m", "from the collector", at_least=0)
    y: float = quantity("m", "from the bottom", at_least=0)
    z: float = quantity("m", "from the front, in 3-D", default=0.0, at_least=0)

    @property
    def coordinates(self) -> tuple[float, float, float]:
        """X, y, z [m]."""
        return self.x, self.y, self.z


def between(a: Place, b: Place, part: float) -> tuple[float, float, float]:
    """The point at a part of the way from one to the other [m]."""
    pairs = zip(a.coordinates, b.coordinates, strict=True)
    x, y, z = (p * (1 - part) + q * part for p, q in pairs)
    return x, y, z
