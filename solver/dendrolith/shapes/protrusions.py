"""A foil with protrusions: input and signed distance."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.core.declare import count, flag, quantity
from dendrolith.domain.extents import BoxGeometry
from dendrolith.shapes.ellipsoid import ellipsoid_distance

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Protrusions:
    """Semi-elliptic lithium nuclei (in 3-D of revolution), evenly spaced on the foil."""

    count: int = count("number of protrusions", at_least=1, zero_is_absence=True)
    height: float = quantity("m", "height of a protrusion above the foil", above=0)
    width: float = quantity("m", "width of a protrusion at its base", above=0)
    bridge: bool = flag(
        "they reach the counter electrode: a cell that is shorted from the start", default=False
    )

    def grid(self, box: BoxGeometry) -> tuple[int, ...]:
        """Numbers of protrusions along the height and, in 3-D, along the depth.

        In 3-D the factors of `count` whose pitches are most alike.
        """
        if box.dim == 2:
            return (self.count,)
        divisors = [n for n in range(1, math.isqrt(self.count) + 1) if self.count % n == 0]
        pairs = [(n, self.count // n) for n in divisors]
        grids = sorted({*pairs, *(pair[::-1] for pair in pairs)})
        return min(grids, key=lambda grid: pitch_ratio(box, grid))

    def pitches(self, box: BoxGeometry) -> tuple[float, ...]:
        """Distances of neighbouring protrusions along the height and, in 3-D, the depth [m]."""
        grid = self.grid(box)
        return tuple(extent / n for extent, n in zip(box.face, grid, strict=True))


def pitch_ratio(box: BoxGeometry, grid: tuple[int, ...]) -> float:
    """Largest over smallest pitch of a grid of protrusions [1]; 1 in 2-D."""
    pitches = [extent / n for extent, n in zip(box.face, grid, strict=True)]
    return max(pitches) / min(pitches)


@dataclass(frozen=True, slots=True)
class Foil:
    """A foil on the left side with evenly spaced semi-ellipsoidal protrusions (2-D: elliptic).

    Attributes:
        thickness: of the foil [m].
        box: what it lies in; where its sides are periodic, protrusions have images beyond them.
        protrusions: what stands on the foil; None for a flat one.
    """

    thickness: float
    box: BoxGeometry
    protrusions: Protrusions | None

    def distance(self, x: FloatArray) -> FloatArray:
        """(n,) signed distance to the surface [m] at points (2 or 3, n), negative inside."""
        d: FloatArray = x[0] - self.thickness
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
        grid, pitches = self.protrusions.grid(self.box), self.protrusions.pitches(self.box)
        return [
            [(k + 0.5) * pitch for k in range(n)] for n, pitch in zip(grid, pitches, strict=True)
        ]

    def _ellipsoid_distance(self, x: FloatArray, centre: tuple[float, ...]) -> FloatArray:
        """Distance to a protrusion about a grid line."""
        assert self.protrusions is not None
        a, b = self.protrusions.height, self.protrusions.width / 2
        along = x[0] - self.thickness
        across = np.sqrt(
            sum(
                self.box.apart(x[axis] - where, axis) ** 2
                for axis, where in enumerate(centre, start=1)
            )
        )
        return ellipsoid_distance(along, across, a, b)
