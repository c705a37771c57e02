"""Falls of what is left of a signal: where they are, how deep, how sudden, and what stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from dendrolith.traces.held import FloatArray, deviation

IntArray = npt.NDArray[np.int64]

# A fall has three samples and more beyond this depth, and beyond so many deviations of the noise.
DEPTH, NOISE, LEAST = 0.2, 4.0, 3
# It is over where half of it is regained.
REGAINED = 0.5
# A short is sudden: this part of a fall, or of its recovery, lies between neighbouring samples.
SUDDEN, EDGE = 0.5, 2
# A fall is long that takes this part of its half-cycle.
LONG = 0.5


@dataclass(frozen=True, slots=True)
class Fall:
    """Samples where a signal has fallen.

    Attributes:
        first, last: its first and last row.
        lasts: to the end of the signal.
        left, stays: the lowest fraction that it leaves, and the median of its last half.
        sudden: `SUDDEN` of it, or of its recovery, lies between neighbouring samples.
    """

    first: int
    last: int
    lasts: bool
    left: float
    stays: float
    sudden: bool

    @property
    def samples(self) -> int:
        """How many it has."""
        return self.last - self.first + 1


def smooth(values: FloatArray) -> FloatArray:
    """Median of three, which takes single samples out; of five where the noise is large."""
    noisy = deviation(values) > 0.03 and values.size > 200
    return np.asarray(median_filter(values, 5 if noisy else 3, mode="mirror"))


def falls_of(
    x: FloatArray,
    depth: FloatArray | float,
    begin: IntArray | None = None,
    length: IntArray | None = None,
) -> list[Fall]:
    """The falls of fractions (n,) by more than a depth.

    Args:
        x: the fractions, smoothed.
        depth: a number or (n,).
        begin: (n,) first sample of the half-cycle of each. A fall that comes with a step of the
            control is sudden by its recovery alone, unless it is long.
        length: (n,) samples of that half-cycle.
    """
    found: list[Fall] = []
    depth = np.broadcast_to(depth, x.shape)
    low = np.flatnonzero(x < 1 - depth)
    k = 0
    while k < low.size:
        first = int(low[k])
        last, least = first, float(x[first])
        while last + 1 < x.size and x[last + 1] < 1 - REGAINED * (1 - min(least, 1 - depth[first])):
            last += 1
            least = min(least, float(x[last]))
        if last - first + 1 >= LEAST:
            stepped = (
                begin is not None
                and length is not None
                and first - int(begin[first]) < EDGE
                and last - first < LONG * int(length[first])
            )
            found.append(_fall(x, first, last, least, stepped=stepped))
        k = int(np.searchsorted(low, last + 1))
    return found


def _fall(x: FloatArray, first: int, last: int, least: float, *, stepped: bool) -> Fall:
    half = x[(first + last + 1) // 2 : last + 1]
    edges = [0.0]
    if first > 0 and not stepped:
        near = slice(max(first - EDGE, 0), first)
        edges.append(float(x[near].max() - x[first : first + EDGE].min()))
    lasts = last == x.size - 1
    if not lasts:
        edges.append(
            float(x[last + 1 : last + 1 + EDGE].max() - x[last + 1 - EDGE : last + 1].min())
        )
    return Fall(
        first, last, lasts, least, float(np.median(half)), max(edges) > SUDDEN * (1 - least)
    )
