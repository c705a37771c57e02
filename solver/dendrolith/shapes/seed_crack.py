"""Cracks that are there from the start."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import sequence
from dendrolith.domain.extents import BoxGeometry
from dendrolith.domain.place import Place
from dendrolith.shapes.polyline import Polyline


@dataclass(frozen=True, slots=True)
class SeedCrack:
    """A chain of straight lines; a crack is one row of cells wide, which it breaks."""

    through: tuple[Place, ...] = sequence("ends and kinks of the crack")

    def line_in(self, box: BoxGeometry) -> Polyline:
        """The line as a shape without a width: its distance is that from the line."""
        return Polyline(tuple(point.coordinates for point in self.through), 0.0, box)
