"""A reference electrode: where it reads the potential of the ions, without drawing a current."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from dendrolith.core.declare import flag, quantity, section
from dendrolith.core.sections import Section
from dendrolith.domain.place import Place, between, outside

RINGS = 4  # of points in a patch
SAMPLES = 101  # points of a line
AROUND = 24  # points around a wire
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferenceElectrode(Section):
    """A point, a line or a patch of the electrolyte, the mean over it; or a floating wire."""

    equation: ClassVar[str] = "E_anode = −φ_ref,  E_counter = V − φ_ref,  φ_ref = ⟨φ_ion⟩ + E_eq"
    of_a_wire: ClassVar[str] = "E_anode = −φ_ref,  E_counter = V − φ_ref,  φ_ref = φ_el of the wire"

    at: Place = section("the point, the begin of the line or the middle of the patch")
    to: Place | None = section("where a line ends (absent: no line)", default=None)
    radius: float | None = quantity(
        "m", "of a patch, a disc in the plane of x and y, or of a wire", default=None, above=0
    )
    wire: bool = flag(
        "a wire of lithium along z that touches nothing: it reads its own potential", default=False
    )

    def equations(self) -> list[tuple[str, str]]:
        """Of what it reads."""
        return [("reference", self.of_a_wire if self.wire else self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "reference electrode"

    def points(self) -> list[tuple[float, float, float]]:
        """Where it reads, all with the same weight [m]."""
        at = self.at.coordinates
        if self.to is not None:
            steps = [k / (SAMPLES - 1) for k in range(SAMPLES)]
            return [between(self.at, self.to, step) for step in steps]
        if self.radius is None or self.wire:
            return [at]
        found = [at]
        for ring in range(1, RINGS + 1):  # six more points a ring share the disc evenly
            for k in range(6 * ring):
                angle, r = math.pi * k / (3 * ring), self.radius * ring / (RINGS + 0.5)
                found.append((at[0] + r * math.cos(angle), at[1] + r * math.sin(angle), at[2]))
        return found

    def outline(self, clearance: float = 0.0) -> list[tuple[float, float, float]]:
        """Points around a wire, at a distance from its surface [m]; none without a wire."""
        if not self.wire or self.radius is None:
            return []
        (x, y, z), r = self.at.coordinates, self.radius + clearance
        angles = [2 * math.pi * k / AROUND for k in range(AROUND)]
        return [(x + r * math.cos(angle), y + r * math.sin(angle), z) for angle in angles]

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) from the surface of the wire [m] at points (2 or 3, n), negative inside."""
        assert self.radius is not None, "conflicts() comes first"
        middle_x, middle_y, _ = self.at.coordinates
        apart: FloatArray = np.hypot(x[0] - middle_x, x[1] - middle_y) - self.radius
        return apart

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """It lies in the cell, and has one shape."""
        if self.to is not None and self.radius is not None:
            return [("radius", "does nothing beside to: a line has none")]
        if self.wire and self.radius is None:
            return [("radius", "is missing: that of the wire")]
        places = {"at": self.at} if self.to is None else {"at": self.at, "to": self.to}
        found = outside(places, config.geometry.extents)
        beyond = self.radius is not None and any(
            not 0 <= x <= size
            for point in (*self.points(), *self.outline())
            for x, size in zip(point, config.geometry.extents, strict=False)
        )
        return [*found, ("radius", "reaches beyond the cell")] if beyond and not found else found
