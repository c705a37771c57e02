"""Rates of a noisy series: the slope of a straight line through each window of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LEAST_SAMPLES = 5  # of a window
WINDOWS = 20  # a series holds at least so many


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines through the windows around each sample.

    Attributes:
        slope, mean: (..., n) of the line of each sample, and its value there.
        spread: (n,) Σ(t − t̄)² of a window [s²]: noise over its root is that of the slope.
    """

    slope: FloatArray
    mean: FloatArray
    spread: FloatArray


def local_lines(time: FloatArray, values: FloatArray, window: float) -> Lines:
    """Fit them by least squares; samples at the ends have the first and the last whole window.

    A window with less than `LEAST_SAMPLES` takes the nearest ones besides.

    Args:
        time: (n,) rising [s].
        values: (..., n) series of any unit.
        window: length [s].
    """
    t = time - time[0]
    centred = values - values.mean(axis=-1, keepdims=True)
    half = min(window, t[-1]) / 2
    middle = np.clip(t, half, t[-1] - half)
    low = np.searchsorted(t, middle - half, side="left")
    high = np.searchsorted(t, middle + half, side="right")

    place, n = np.arange(t.size), t.size
    low = np.minimum(low, np.clip(place - LEAST_SAMPLES // 2, 0, max(n - LEAST_SAMPLES, 0)))
    high = np.maximum(high, np.minimum(low + LEAST_SAMPLES, n))

    def window_sum(series: FloatArray) -> FloatArray:
        total = np.concatenate(
            [np.zeros((*series.shape[:-1], 1)), np.cumsum(series, axis=-1)], axis=-1
        )
        return np.asarray(total[..., high] - total[..., low])

    count = (high - low).astype(float)
    t_mean = window_sum(t) / count
    mean = window_sum(centred) / count
    spread = window_sum(t**2) - count * t_mean**2
    slope = (window_sum(t * centred) - t_mean * mean * count) / spread
    at = mean + slope * (t - t_mean)  # the line at the sample itself
    return Lines(slope, at + values.mean(axis=-1, keepdims=True), spread)


def window_for(noise: float, interval: float, wanted: float) -> float:
    """Length of the shortest window whose slope has a given standard deviation [s].

    σ = s √(12/(N(N² − 1)))/Δt with N samples.

    Args:
        noise: s, standard deviation of a sample.
        interval: Δt [s].
        wanted: σ, of the slope.
    """
    samples = max(LEAST_SAMPLES, math.ceil((12 * (noise / (wanted * interval)) ** 2) ** (1 / 3)))
    return float(samples * interval)


def slope_noise(noise: float, lines: Lines) -> FloatArray:
    """(n,) standard deviation of the slopes."""
    return np.asarray(noise / np.sqrt(lines.spread))
