"""An offset of the voltage, shown where a current that keeps its side ramps through it.

    V = I R + d

A sound cell comes to V = 0 at I = −d/R then, as a shorted one does, and passes to the other side,
as no short makes it. Around that place V is a line over the current, and d is where I is 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from dendrolith.traces.held import FloatArray, noise_of

REACH = 2.0  # the line is sought up to this multiple of the current at which the voltage turns
RAMPS = 1.5  # the current ramps by this factor at least there
LEAST = 8  # samples on either side, and levels of the current
CLEAR = 1.0  # deviations of the noise by which their running median stands against the current
# Root mean square by which samples are off the line: in deviations of the noise, or in d.
STRAIGHT, OF_OFFSET = 3.0, 0.01


def offset_of_ramp(voltage: FloatArray, current: FloatArray) -> float:
    """The offset d [V]; 0 where the voltage does not pass 0 on a line over a ramp of the current.

    Args:
        voltage: (n,) [V].
        current: (n,) of one side, in any unit.
    """
    known = np.isfinite(voltage) & np.isfinite(current)
    V, size = voltage[known], np.abs(current[known])
    if V.size < 2 * LEAST:
        return 0.0
    middle = median_filter(V, 2 * LEAST + 1, mode="nearest")
    usual = np.sign(middle[np.argmax(np.abs(middle))])
    begin, end = _first_run(usual * middle < -CLEAR * noise_of(V))
    if end - begin < LEAST:
        return 0.0
    begin, end = _around(size <= REACH * size[begin:end].max(), begin)
    V, size = V[begin:end], size[begin:end]
    if min(np.count_nonzero(usual * V > 0), np.unique(size).size) < LEAST:
        return 0.0
    R, d = np.polyfit(size, V, 1)
    off = float(np.sqrt(np.mean((V - R * size - d) ** 2)))
    straight = off <= max(STRAIGHT * noise_of(V), OF_OFFSET * abs(d))
    return float(d) if straight and R * d < 0 and size.max() >= RAMPS * size.min() else 0.0


def _first_run(fits: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """First and one after last of the first `LEAST` or more in turn that fit; else 0 and 0."""
    edges = np.flatnonzero(np.diff(np.r_[False, fits, False].astype(np.int8))).reshape(-1, 2)
    long = edges[edges[:, 1] - edges[:, 0] >= LEAST]
    return (int(long[0, 0]), int(long[0, 1])) if long.size else (0, 0)


def _around(fits: npt.NDArray[np.bool_], place: int) -> tuple[int, int]:
    """First and one after last of the samples around a place that all fit."""
    others = np.flatnonzero(~fits)
    after = int(np.searchsorted(others, place))
    begin = int(others[after - 1]) + 1 if after else 0
    return begin, int(others[after]) if after < others.size else fits.size
