"""Initial lithium: the foil and its protrusions, as a signed distance and as ξ."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.studies.plating.schema import Geometry, Protrusions

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InitialLithium:
    """Foil of given thickness with evenly spaced semi-ellipsoidal protrusions (2-D: elliptic)."""

    geometry: Geometry
    protrusions: Protrusions | None

    def distance(self, x: FloatArray) -> FloatArray:
        """Signed distance to the lithium surface [m] at points (2 or 3, n), negative inside."""
        d: FloatArray = x[0] - self.geometry.lithium_thickness
        for centre in itertools.product(*self._lines()):
            d = np.minimum(d, self._ellipsoid_distance(x, centre))
        return d

    def centres(self) -> list[float]:
        """Heights y of the (rows of) protrusions [m]."""
        return self._lines()[0]

    def _lines(self) -> list[list[float]]:
        """Coordinates y and, in 3-D, z of the grid lines on which protrusions stand [m]."""
        if self.protrusions is None:
            return [[]]
        grid, pitches = (
            self.protrusions.grid(self.geometry),
            self.protrusions.pitches(self.geometry),
        )
        return [
            [(k + 0.5) * pitch for k in range(n)] for n, pitch in zip(grid, pitches, strict=True)
        ]

    def _ellipsoid_distance(self, x: FloatArray, centre: tuple[float, ...]) -> FloatArray:
        """First-order distance to an ellipsoid: exact on it, right gradient beside it."""
        assert self.protrusions is not None
        a, b = self.protrusions.height, self.protrusions.width / 2
        along = x[0] - self.geometry.lithium_thickness
        across = np.sqrt(
            sum(
                self.geometry.apart(x[axis] - where, axis) ** 2
                for axis, where in enumerate(centre, start=1)
            )
        )
        F = np.sqrt((along / a) ** 2 + (across / b) ** 2)
        slope = np.sqrt((along / a**2) ** 2 + (across / b**2) ** 2)
        return np.where(slope > 0, F * (F - 1) / np.where(slope > 0, slope, 1.0), -min(a, b))

    def order_parameter(self, x: FloatArray, interface_width: float) -> FloatArray:
        """ξ = ½[1 − tanh(2d/δ)] [1]."""
        xi: FloatArray = 0.5 * (1 - np.tanh(2 * self.distance(x) / interface_width))
        return xi
