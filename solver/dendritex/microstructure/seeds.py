"""Initial lithium: the foil and its protrusions, as a signed distance and as ξ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendritex.config.schema import Geometry, Protrusions

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InitialLithium:
    """Foil of given thickness with evenly spaced semi-elliptic protrusions."""

    geometry: Geometry
    protrusions: Protrusions | None

    def distance(self, x: FloatArray) -> FloatArray:
        """Signed distance to the lithium surface [m] at points (2 or 3, n), negative inside."""
        d: FloatArray = x[0] - self.geometry.lithium_thickness
        for centre in self.centres():
            d = np.minimum(d, self._ellipse_distance(x, centre))
        return d

    def centres(self) -> list[float]:
        """Heights y of the protrusions [m]."""
        if self.protrusions is None:
            return []
        pitch = self.geometry.height / self.protrusions.count
        return [(k + 0.5) * pitch for k in range(self.protrusions.count)]

    def _ellipse_distance(self, x: FloatArray, centre: float) -> FloatArray:
        """First-order distance to an ellipse: exact on it, right gradient beside it."""
        assert self.protrusions is not None
        a, b = self.protrusions.height, self.protrusions.width / 2
        dx, dy = x[0] - self.geometry.lithium_thickness, x[1] - centre
        F = np.sqrt((dx / a) ** 2 + (dy / b) ** 2)
        slope = np.sqrt((dx / a**2) ** 2 + (dy / b**2) ** 2)
        return np.where(slope > 0, F * (F - 1) / np.where(slope > 0, slope, 1.0), -min(a, b))

    def order_parameter(self, x: FloatArray, interface_width: float) -> FloatArray:
        """ξ = ½[1 − tanh(2d/δ)] [1]."""
        xi: FloatArray = 0.5 * (1 - np.tanh(2 * self.distance(x) / interface_width))
        return xi
