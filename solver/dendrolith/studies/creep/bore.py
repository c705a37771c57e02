"""The slot between rod and bore: how wide it is over the height, and what fills it."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import SolverDiverged

FloatArray = npt.NDArray[np.float64]

ITERATIONS, CONVERGED = 50, 1e-15  # of Newton's method on the height that a volume fills


@dataclass(frozen=True)
class Bore:
    """A bore r = R + g(z), g linear between heights and constant beyond them.

    Attributes:
        radius: R of the rod, in any unit of length.
        z: (n,) rising heights above the electrolyte.
        gap: (n,) g there, above 0.
        depth: of a strip whose half is r > 0; None: it is round.
    """

    radius: float
    z: FloatArray
    gap: FloatArray
    depth: float | None = None

    @classmethod
    def straight(cls, radius: float, gap: float, depth: float | None = None) -> Bore:
        """A bore of one width."""
        return cls(radius, np.zeros(1), np.array([gap]), depth)

    @property
    def around(self) -> float:
        """What an integral over (r, z) is of the whole: 2π with r dr dz, or both halves' depth."""
        return 2 * np.pi if self.depth is None else 2 * self.depth

    @property
    def rod_area(self) -> float:
        """Cross-section A of the rod."""
        return float(np.pi * self.radius**2 if self.depth is None else self.around * self.radius)

    def width(self, z: FloatArray) -> FloatArray:
        """G at heights."""
        return np.asarray(np.interp(z, self.z, self.gap))

    def width_at(self, z: float) -> float:
        """G at a height."""
        return float(np.interp(z, self.z, self.gap))

    def slope(self, z: FloatArray) -> FloatArray:
        """∂g/∂z at heights; at a bend, that above it."""
        if len(self.z) == 1:
            return np.zeros_like(z)
        slopes = np.concatenate([[0.0], np.diff(self.gap) / np.diff(self.z), [0.0]])
        return np.asarray(slopes[np.searchsorted(self.z, z, side="right")])

    def area_at(self, z: float) -> float:
        """Cross-section A_s at a height."""
        if self.depth is not None:
            return self.around * self.width_at(z)
        return float(np.pi * ((self.radius + self.width_at(z)) ** 2 - self.radius**2))

    def _between(self, low: float, high: float) -> float:
        """Volume between two heights with none of `z` in between; Simpson's rule is exact."""
        areas = (self.area_at(z) for z in (low, (low + high) / 2, high))
        return (high - low) / 6 * float(np.dot([1, 4, 1], list(areas)))

    @functools.cached_property
    def _volumes(self) -> FloatArray:
        """(n,) volume from 0 up to each of `z`."""
        ends = np.concatenate([[0.0], self.z])
        parts = [self._between(a, b) for a, b in itertools.pairwise(ends.tolist())]
        return np.asarray(np.cumsum(parts))

    def volume(self, z: float) -> float:
        """Volume of the slot from the electrolyte, height 0, up to a height."""
        below = int(np.searchsorted(self.z, z, side="right")) - 1
        if below < 0:
            return self._between(0.0, z)
        return float(self._volumes[below]) + self._between(float(self.z[below]), z)

    def above(self, r: FloatArray, z: FloatArray) -> float:
        """Volume of the slot above a line from rod to bore, up to where the line ends.

        Args:
            r: (n,) radii along the line.
            z: (n,) heights along the line.
        """
        if self.depth is not None:
            return float(self.around * (np.diff(z) @ ((r[1:] + r[:-1]) / 2 - self.radius)))
        mean = (r[1:] ** 2 + r[1:] * r[:-1] + r[:-1] ** 2) / 3
        return float(np.pi * (np.diff(z) @ (mean - self.radius**2)))

    def height(self, volume: float, guess: float) -> float:
        """The height that a volume fills.

        Raises:
            SolverDiverged: none is found.
        """
        z = guess
        for _ in range(ITERATIONS):
            step = (self.volume(z) - volume) / self.area_at(z)
            z -= step
            if abs(step) <= CONVERGED * abs(z):
                return z
        if abs(step) <= 1e3 * CONVERGED * abs(z):  # round-off
            return z
        raise SolverDiverged("volume of lithium", "no height holds it")

    def scaled(self, unit: float) -> Bore:
        """The bore with lengths in a `unit` [m]."""
        z, gap = np.asarray(self.z / unit), np.asarray(self.gap / unit)
        depth = None if self.depth is None else self.depth / unit
        return Bore(self.radius / unit, z, gap, depth)
