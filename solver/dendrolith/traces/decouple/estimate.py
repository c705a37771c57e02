"""Hidden charge of a charge: what passed the terminals and plated no dense lithium.

    s = Δp/κ = (1 + w) q_a − w q_c                    pressure; κ from the clean part
    U(q_c) + δU + R [ċ + ω (I − ċ)] = V               voltage;  0 ≤ ω ≤ 1
    hidden = q − q_a,   leak = q − q_c,   buried = q_c − q_a

q    charge that passed [C/m²]                 q_a  dense lithium
q_c  taken out of the counter electrode        w    v_c/(V_m − v_c)

Leakage passes no R, lithium that reduces the counter electrode chemically passes neither: ω is
their unknown share. The bars are those of draws of δU, R and κ, the widest of any ω, of 0 and of 1,
with the noise of the pressure and what the window cannot follow. A pressure that sticks tells
nothing; beyond, it may be off by what passed meanwhile, for a sensor may go on where it stood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.traces.decouple.cell_facts import CellFacts, ModelErrors
from dendrolith.traces.decouple.observer import observe
from dendrolith.traces.local_lines import LEAST_SAMPLES, Lines, local_lines, slope_noise

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

DRAWS, SEED = 200, 0
SHARES = 3  # so often each draw: with any ω, with 0 and with 1
FREEDOM = 4  # degrees of freedom of the error of U
BAND = (2.5, 97.5)  # %, of the draws
BARS = 2.0  # standard deviations of noise


@dataclass(frozen=True, slots=True)
class Bars:
    """(n,) estimate, and where it lies in 95 of 100 cases; NaN where the signals do not tell."""

    value: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def unknown(cls, n: int) -> Bars:
        """Nothing is known of it."""
        return cls(*(np.full(n, np.nan) for _ in range(3)))

    def where(self, known: BoolArray) -> Bars:
        """These bars where they are `known`, unknown elsewhere."""
        return Bars(*(np.where(known, v, np.nan) for v in (self.value, self.low, self.high)))

    def wider(self, by: FloatArray) -> Bars:
        """These bars with (n,) more on each side."""
        return Bars(self.value, self.low - by, self.high + by)

    @classmethod
    def of(cls, values: FloatArray, noise: FloatArray) -> Bars:
        """From (1 + d, n) an estimate above draws of it, and (n,) what is added to each side.

        The draws come `SHARES` times, each time for other ω: the bars hold for all.
        """
        value, drawn = values[0], np.split(values[1:], SHARES)
        ends = np.array([np.percentile(part, BAND, axis=0) for part in drawn])
        low, high = ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)
        below = np.hypot(np.maximum(value - low, 0.0), noise)
        above = np.hypot(np.maximum(high - value, 0.0), noise)
        return cls(value, value - below, value + above)


@dataclass(frozen=True, slots=True)
class Charge:
    """The signals of one charge.

    Attributes:
        time, current, pressure: (n,) [s], [A/m²], [Pa].
        voltage: (n,) [V]; None: it is not used.
        window: of the lines [s].
        clean: (n,) where nothing is hidden.
        noise: standard deviation of the pressure [Pa].
        sticks: (n,) where the pressure keeps a value as that of a sensor that sticks.
    """

    time: FloatArray
    current: FloatArray
    pressure: FloatArray
    voltage: FloatArray | None
    window: float
    clean: BoolArray
    noise: float
    sticks: BoolArray

    @property
    def blind(self) -> BoolArray:
        """(n,) where a window holds samples that stick: no rate of the pressure is known."""
        t = self.time - self.time[0]
        half = min(self.window, float(t[-1])) / 2
        middle = np.clip(t, half, t[-1] - half)  # of the window of each sample
        before = np.concatenate([[0], np.cumsum(self.sticks)])
        begin = np.searchsorted(t, middle - half, side="left")
        end = np.searchsorted(t, middle + half, side="right")
        return np.asarray(before[end] > before[begin])

    @property
    def missed(self) -> FloatArray:
        """(n,) what passed while the pressure stuck, between a sample and the clean part [C/m²]."""
        step = np.diff(self.passed, prepend=0.0)
        stuck = np.cumsum(np.where(self.sticks | np.roll(self.sticks, 1), step, 0.0))
        ends = stuck[self.clean][[0, -1]]
        return np.asarray(np.maximum(np.abs(stuck - ends[0]), np.abs(stuck - ends[1])))

    @property
    def passed(self) -> FloatArray:
        """(n,) q [C/m²]."""
        return passed_charge(self.time, self.current)

    def lines(self, values: FloatArray) -> Lines:
        """Those of a series in the windows of this charge."""
        return local_lines(self.time, values, self.window)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is hidden in a charge.

    Attributes:
        lithium_current: j_a [A/m²].
        hidden_current, hidden_charge: I − j_a, q − q_a [A/m²], [C/m²].
        leak_current, leak_charge: through metal, with the direct reduction.
        buried_charge: lithium that is neither dense nor in the counter electrode [C/m²].
    """

    lithium_current: Bars
    hidden_current: Bars
    hidden_charge: Bars
    leak_current: Bars
    leak_charge: Bars
    buried_charge: Bars


def passed_charge(time: FloatArray, current: FloatArray) -> FloatArray:
    """(n,) charge since the first of (n,) times [s] by (n,) currents [A/m²] [C/m²]."""
    mean = (current[1:] + current[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(mean * np.diff(time))])


def slope_of(charge: Charge) -> tuple[float, float]:
    """κ from the clean part, and its standard deviation by the noise [Pa m²/C]."""
    q, p = charge.passed[charge.clean], charge.pressure[charge.clean]
    spread = q - q.mean()
    return float(spread @ p / (spread @ spread)), float(charge.noise / np.sqrt(spread @ spread))


def estimate(
    charge: Charge, facts: CellFacts, slope: float, slope_noise_: float, errors: ModelErrors
) -> Estimate:
    """What is hidden in a charge.

    Args:
        charge: its signals.
        facts: of the cell.
        slope: κ [Pa m²/C].
        slope_noise_: its standard deviation by the noise.
        errors: of the cell file.
    """
    random = np.random.default_rng(SEED)
    q, total, n = charge.passed, charge.current, charge.time.size
    part = math.hypot(errors.slope, slope_noise_ / slope)
    drawn = np.tile(1 + part * random.standard_normal((DRAWS, 1)), (SHARES, 1))
    factors = slope * np.maximum(np.concatenate([[[1.0]], drawn]), 0.1)
    lines = charge.lines(charge.pressure)
    told = ~charge.blind
    start = charge.clean & told if (charge.clean & told).any() else charge.clean
    plated = q[start].mean() + (lines.mean - lines.mean[start].mean()) / factors
    rate = lines.slope / factors
    of_rate = BARS * slope_noise(charge.noise, lines) + _unresolved(charge, charge.pressure)
    slow = BARS * errors.pressure / slope
    of_rate = np.asarray(of_rate / slope + slow / charge.window, np.float64)
    samples = max(charge.window / _interval(charge), 1.0)
    of_level = np.full(n, math.hypot(BARS * charge.noise / slope / math.sqrt(samples), slow))
    known = told & told[start].any()
    leak_current = leak_charge = buried = Bars.unknown(n)
    if charge.voltage is not None:
        taken, seen = _taken(charge, facts, errors, random)
        speed = charge.lines(taken).slope
        # w/(1 + w) = v_c/V_m; without a U the pressure stands alone
        weight = np.where(seen, facts.counter_volume / facts.lithium_volume, 0.0)
        plated, rate = plated + weight * (taken - plated), rate + weight * (speed - rate)
        of_leak = _unresolved(charge, taken[0])
        leak_current = Bars.of(total - speed, of_leak).where(seen)
        leak_charge = Bars.of(q - taken, np.zeros(n)).where(seen)
        buried = Bars.of(taken - plated, of_level).wider(charge.missed).where(seen & known)
    return Estimate(
        Bars.of(rate, of_rate).where(told),
        Bars.of(total - rate, of_rate).where(told),
        Bars.of(q - plated, of_level).wider(charge.missed).where(known),
        leak_current,
        leak_charge,
        buried,
    )


def _interval(charge: Charge) -> float:
    return float(np.median(np.diff(charge.time)))


def _unresolved(charge: Charge, values: FloatArray) -> FloatArray:
    """(n,) what a window hides of a slope: how far one of twice the length is off, nearby."""
    wide = local_lines(charge.time, values, 2 * charge.window)
    near = np.abs(charge.lines(values).slope - wide.slope)
    return running_maximum(charge, near)


def running_maximum(charge: Charge, values: FloatArray) -> FloatArray:
    """(n,) the largest value within half a window to both sides."""
    reach = max(1, round(charge.window / _interval(charge) / 2))
    padded = np.pad(values, reach, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=-1))


def _taken(
    charge: Charge, facts: CellFacts, errors: ModelErrors, random: np.random.Generator
) -> tuple[FloatArray, BoolArray]:
    """(1 + d, n) q_c from the voltage above draws of it [C/m²], and (n,) where U reaches it.

    The mean over the clean part is given.
    """
    assert charge.voltage is not None
    x, potential = facts.table()
    short = LEAST_SAMPLES * _interval(charge)
    V = local_lines(charge.time, charge.voltage, short).mean
    any_share, each = random.uniform(size=(DRAWS, 1)), (SHARES, 1)
    share = np.concatenate([any_share, np.zeros_like(any_share), np.ones_like(any_share)])
    factor = np.maximum(1 + errors.resistance * random.standard_normal((DRAWS, 1)), 0.1)
    factor, curves = np.tile(factor, each), potential + _smooth_curves(x, errors, random)
    curves = np.tile(curves, each)
    cells = [  # the cell of the file is the first
        np.concatenate([first, others])
        for first, others in (
            ([[0.5]], share),
            ([[1.0]], factor),
            (potential[None], curves),
        )
    ]
    taken = observe(charge.time, charge.current, V, facts, *cells)
    there = (taken - charge.passed)[:, charge.clean].mean(axis=1, keepdims=True)
    rest = V - facts.loss(charge.current)
    seen = (rest > potential[0]) & (rest < potential[-1])
    seen[: int(np.argmax(charge.clean))] = False  # lithium nucleates, currents settle
    return taken - there, seen


def _smooth_curves(x: FloatArray, errors: ModelErrors, random: np.random.Generator) -> FloatArray:
    """(d, m) errors of U at (m,) x: smooth, and of Student's t: their size is a guess."""
    coarse = np.linspace(x[-1], x[0], 41)
    distance = (coarse[:, None] - coarse) / errors.correlation
    values, vectors = np.linalg.eigh(np.exp(-(distance**2) / 2))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    sizes = errors.potential * np.sqrt(FREEDOM / random.chisquare(FREEDOM, (DRAWS, 1)))
    draws = sizes * random.standard_normal((DRAWS, coarse.size)) @ root.T
    return np.array([np.interp(x, coarse, draw) for draw in draws])
