"""How voltage and pressure go together, and what of it is evidence.

    v = V̇ / (I |U′|/Q),   w = ṗ/(κ I)          both 1 in a clean cell

Pearson's r of V and p is near 1 in every charge, for both rise. That of v and w is near 0 in a
clean one. A low r excludes nothing: the mean of w does, ⟨j_a⟩/I.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.traces.decouple.cell_facts import CellFacts
from dendrolith.traces.decouple.estimate import Charge, passed_charge

FloatArray = npt.NDArray[np.float64]

RESAMPLES, SEED = 400, 0
LAGS = 9  # tried to each side


@dataclass(frozen=True, slots=True)
class Correlation:
    """Of one charge.

    Attributes:
        plain: Pearson's r of voltage and pressure; no evidence [1].
        rates, low, high: r of the normalised rates, 95 % of a bootstrap of blocks [1].
        lag: of the pressure behind the voltage at which |r| is largest [s].
        mean_ratio: ∫ṗ/κ dt over the charge that passed, where the pressure does not stick [1].
    """

    plain: float
    rates: float
    low: float
    high: float
    lag: float
    mean_ratio: float


def correlation(charge: Charge, facts: CellFacts | None, slope: float) -> Correlation:
    """Correlate the voltage of a charge with its pressure.

    Args:
        charge: with a voltage.
        facts: of a cell whose U is not flat; without it r of the rates is NaN.
        slope: κ [Pa m²/C].
    """
    assert charge.voltage is not None
    told = ~charge.blind
    plain = _pearson(charge.voltage[~charge.sticks], charge.pressure[~charge.sticks])
    shown = np.asarray(charge.lines(charge.pressure).slope / slope, np.float64)
    ratio = np.where(told, shown / charge.current, np.nan)
    both = (passed_charge(charge.time, np.where(told, i, 0.0))[-1] for i in (shown, charge.current))
    plated, passed = (float(charged) for charged in both)
    mean = plated / passed if told.any() else math.nan
    if facts is None:
        return Correlation(plain, math.nan, math.nan, math.nan, math.nan, mean)
    voltage = charge.lines(charge.voltage)
    x, potential = facts.table()
    gradient = np.gradient(potential, x)
    rest = voltage.mean - facts.loss(charge.current)
    clean = charge.current * np.abs(np.interp(rest, potential, gradient)) / facts.capacity
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = voltage.slope / clean
    known = np.isfinite(speed) & np.isfinite(ratio)
    speed, ratio = speed[known], ratio[known]
    interval = float(np.median(np.diff(charge.time)))
    block = max(2, round(charge.window / interval))
    if speed.size < 2 * block:
        return Correlation(plain, math.nan, math.nan, math.nan, math.nan, mean)
    low, high = _interval(speed, ratio, block)
    return Correlation(
        plain, _pearson(speed, ratio), low, high, interval * _best_lag(speed, ratio, block), mean
    )


def _pearson(a: FloatArray, b: FloatArray) -> float:
    """Of two series [1]; NaN where one does not change."""
    changes = a.size > 0 and np.ptp(a) > 0 and np.ptp(b) > 0
    return float(np.corrcoef(a, b)[0, 1]) if changes else math.nan


def _interval(a: FloatArray, b: FloatArray, block: int) -> tuple[float, float]:
    """95 % of r when blocks as long as a window are drawn anew; NaN where nothing changes."""
    random = np.random.default_rng(SEED)
    number = max(2, a.size // block)
    starts = random.integers(0, max(1, a.size - block + 1), size=(RESAMPLES, number))
    rows = (starts[:, :, None] + np.arange(min(block, a.size))).reshape(RESAMPLES, -1)
    x, y = (s[rows] - s[rows].mean(axis=1, keepdims=True) for s in (a, b))
    size = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    if np.count_nonzero(size) < RESAMPLES / 2:
        return math.nan, math.nan  # one of them hardly changes
    r = (x * y).sum(axis=1)[size > 0] / size[size > 0]
    low, high = np.percentile(r, (2.5, 97.5))
    return float(low), float(high)


def _best_lag(a: FloatArray, b: FloatArray, block: int) -> int:
    """Samples that b lags behind a where they go together most."""
    lags = np.unique(np.linspace(-block, block, 2 * LAGS + 1).astype(int))
    found = []
    for k in lags:
        first, second = a[max(0, -k) : a.size - max(0, k)], b[max(0, k) : b.size + min(0, k)]
        found.append(abs(_pearson(first, second)))
    return int(lags[int(np.argmax(np.nan_to_num(found)))])
