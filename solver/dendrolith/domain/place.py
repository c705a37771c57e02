"""A point of the domain, as an input names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from dendrolith.core.declare import quantity
from dendrolith.core.formats import in_um


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


def outside(places: Mapping[str, Place], extents: tuple[float, ...]) -> list[tuple[str, str]]:
    """Coordinates of places, by their keys, beyond the cell: (key, what is wrong).

    Args:
        places: key → place.
        extents: of the cell along each axis [m]; in a plane cell z must be 0.
    """
    sizes = (*extents, 0.0)[:3]
    return [
        (f"{key}.{axis}", f"is outside the cell, which ends at {in_um(size)}")
        for key, place in places.items()
        for axis, x, size in zip("xyz", place.coordinates, sizes, strict=True)
        if x > size
    ]


def repeated(through: tuple[Place, ...]) -> list[tuple[str, str]]:
    """Points of a chain `through` that are the one before: (key, what is wrong and the cure)."""
    return [
        (f"through.{n}", "is the point before it: leave it out")
        for n, (before, place) in enumerate(pairwise(through), start=1)
        if before == place
    ]


def between(a: Place, b: Place, part: float) -> tuple[float, float, float]:
    """The point at a part of the way from one to the other [m]."""
    pairs = zip(a.coordinates, b.coordinates, strict=True)
    x, y, z = (p * (1 - part) + q * part for p, q in pairs)
    return x, y, z
