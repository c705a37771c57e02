"""Pieces of lithium in the electrolyte at the start: what an input says, and their shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dendrolith.core.declare import choice, quantity, section, sequence
from dendrolith.domain.extents import BoxGeometry
from dendrolith.domain.place import Place, repeated
from dendrolith.shapes.ellipsoid import Ellipsoid
from dendrolith.shapes.polyline import Polyline
from dendrolith.shapes.shape import Shape

ELLIPSE, SLIT, POLYLINE = "ellipse", "slit", "polyline"
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """Lithium that touches no electrode at the start; pieces that overlap are one."""

    shape: str = choice(
        (ELLIPSE, SLIT, POLYLINE),
        "ellipse (in 3-D of revolution about its axis); slit: straight, with round ends; polyline: "
        "a slit through several points",
    )
    width: float = quantity("m", "width across the axis", above=0)
    length: float | None = quantity(
        "m", "length along the axis, from end to end (ellipse, slit)", default=None, above=0
    )
    centre: Place | None = section("the middle (ellipse, slit)", default=None)
    angle: float | None = quantity(
        "rad", "of the axis to x, in the plane of x and y (ellipse, slit; default: 0)", default=None
    )
    through: tuple[Place, ...] = sequence("ends and kinks of the axis (polyline)", default=())

    @property
    def axis(self) -> Vector:
        """Unit vector along the axis."""
        angle = self.angle or 0.0
        return math.cos(angle), math.sin(angle), 0.0

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where it extends along x [m]."""
        half = self.width / 2
        if self.shape == ELLIPSE:
            middle, length = self._middle()
            half = math.hypot(length / 2 * self.axis[0], half * self.axis[1])
            return middle[0] - half, middle[0] + half
        x = [point[0] for point in self._line()]
        return min(x) - half, max(x) + half

    def shape_in(self, box: BoxGeometry) -> Shape:
        """Its signed distance in a box."""
        if self.shape == ELLIPSE:
            middle, length = self._middle()
            return Ellipsoid(middle, self.axis, length / 2, self.width / 2, box)
        return Polyline(self._line(), self.width / 2, box)

    def mistakes(self) -> list[tuple[str, str]]:
        """Keys that its shape lacks or does not have: (key, what is wrong and how to mend it)."""
        straight = {"length": self.length, "centre": self.centre, "angle": self.angle}
        if self.shape == POLYLINE:
            found = [
                (key, "does nothing with shape: polyline, which has its points in through")
                for key, value in straight.items()
                if value is not None
            ]
            if len(self.through) < 2:
                found.append(("through", "needs two points or more with shape: polyline"))
            return found + repeated(self.through)
        found = [
            (key, f"is required by shape: {self.shape}")
            for key in ("length", "centre")
            if straight[key] is None
        ]
        if self.through:
            found.append(("through", f"does nothing with shape: {self.shape}: use polyline"))
        if self.shape == SLIT and self.length is not None and self.length <= self.width:
            found.append(("length", "is not longer than width: use shape: ellipse"))
        return found

    def _middle(self) -> tuple[Vector, float]:
        """Centre and length [m] of what has them."""
        assert self.centre is not None
        assert self.length is not None
        return self.centre.coordinates, self.length

    def _line(self) -> tuple[Vector, ...]:
        """Ends and kinks of the axis [m]."""
        if self.shape == POLYLINE:
            return tuple(point.coordinates for point in self.through)
        (x, y, z), length = self._middle()
        half = (length - self.width) / 2
        dx, dy, _ = self.axis
        return (x - half * dx, y - half * dy, z), (x + half * dx, y + half * dy, z)
