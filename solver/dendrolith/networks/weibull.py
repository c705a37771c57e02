"""Weibull statistics of critical currents by censored maximum likelihood.

    P_f(J; A) = 1 − exp[−(A/A₀)(J/J₀)^m]
    1/m + mean_failed ln J = Σ A J^m ln J / Σ A J^m,     J₀^m = Σ A J^m / (A₀ r)

The sums run over all r failed and all censored specimens.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import logsumexp

from dendrolith.core.errors import ConfigError
from dendrolith.networks.families import WEIBULL, fit, log_likelihood
from dendrolith.networks.graph import BoolArray, FloatArray
from dendrolith.networks.observations import Observations, distribution_function, observations

ENDS = (2.5, 97.5)  # %, of an interval
DROP = 1.9207  # of ln L at the ends of a 95 % interval, χ² with one degree of freedom
HALVINGS = 60
WIDEST = 12.0  # ln of the factor within which ends of an interval are looked for
SHAPES = 6.0  # ln of the factor within which m is looked for at a given J₀
SCALES, MARGIN = 40.0, 1e-3  # of m ln J₀: looked for so far below upper ends, and beyond them

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class WeibullFit:
    """Shape m, scale J₀ at the reference area, and ln L."""

    shape: float
    scale: float
    log_likelihood: float

    def failure(self, current: FloatArray) -> FloatArray:
        """P_f(J) at the reference area."""
        return -np.expm1(-((current / self.scale) ** self.shape))


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Parametric bootstrap of a fit.

    Attributes:
        shape, scale: 95 % intervals.
        bias: mean of m of the samples over the m that they were drawn with.
        probability: of an Anderson–Darling statistic at least as large, if Weibull holds.
    """

    shape: Interval
    scale: Interval
    bias: float
    probability: float

    def at_least(self, shape: Interval, scale: Interval) -> Bootstrap:
        """The same with intervals that hold others."""
        ends = _hull(self.shape, shape), _hull(self.scale, scale)
        return Bootstrap(*ends, self.bias, self.probability)


def fit_weibull(data: Observations, near: WeibullFit | None = None) -> WeibullFit:
    """Maximum likelihood.

    Args:
        data: the critical currents.
        near: a fit of similar data, to begin with.

    Raises:
        ConfigError: fewer than two different failures.
    """
    refuse_too_few(data)
    if data.stepped:
        start = None if near is None else np.log([near.shape, near.scale])
        found = fit(WEIBULL, data, start)
        shape, scale = np.exp(found.theta)
        return WeibullFit(float(shape), float(scale), found.log_likelihood)
    logs, failed = data.per_specimen(np.log(data.lower)), data.per_specimen(data.failed)
    area = data.per_specimen(data.area)
    m, log_scale = (float(part[0]) for part in solve_score(logs[None], failed[None], area[None]))
    return WeibullFit(m, math.exp(log_scale), _likelihood(math.log(m), log_scale, data))


def refuse_too_few(data: Observations) -> None:
    """A shape needs two different failures, and bounds that one jump of P_f does not fit all.

    Raises:
        ConfigError: there are fewer, or m = ∞ is the likeliest.
    """
    if data.failures < 2 or np.unique(data.middle[data.failed]).size < 2:
        raise ConfigError(
            f"{data.failures:.0f} short circuits among {data.total:.0f} specimens, "
            f"{np.unique(data.middle[data.failed]).size} different currents: a Weibull "
            "distribution needs two different ones; test more specimens or higher currents"
        )
    if (jump := data.lower.max()) <= data.upper.min():
        raise ConfigError(
            f"every specimen may have failed at {jump:.4g}: the steps meet there, so that m "
            "has no upper bound; raise the current in finer steps, or test more specimens"
        )


def solve_score(
    logs: FloatArray, failed: BoolArray, area: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Shape and ln of the scale of many samples at once, by bisection in ln m.

    Args:
        logs: (b, n) ln J.
        failed: (b, n) true where that is a failure.
        area: (1, n) or (b, n) over the reference area.
    """
    number = failed.sum(axis=1)
    mean = np.where(failed, logs, 0.0).sum(axis=1) / number
    top = logs.max(axis=1, keepdims=True)
    low: FloatArray = np.full(len(logs), math.log(1e-3))
    high: FloatArray = np.full(len(logs), math.log(1e4))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        m = np.exp(middle)
        weights = area * np.exp(m[:, None] * (logs - top))
        rises = 1.0 / m + mean - (weights * logs).sum(axis=1) / weights.sum(axis=1) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    m = np.exp(0.5 * (low + high))
    weights = area * np.exp(m[:, None] * (logs - top))
    return m, top[:, 0] + np.log(weights.sum(axis=1) / number) / m


def profile_interval(data: Observations, found: WeibullFit) -> tuple[Interval, Interval]:
    """95 % intervals of m and of J₀ by the profile likelihood."""
    best = (math.log(found.shape), math.log(found.scale))
    reach = (best[0] - SHAPES, best[0] + SHAPES)

    def over_scale(log_m: float) -> float:
        return _best(lambda s: _likelihood(log_m, s, data), _scales(data, math.exp(log_m)))

    def over_shape(log_scale: float) -> float:
        return _best(lambda m: _likelihood(m, log_scale, data), reach)

    level = found.log_likelihood - DROP
    return (
        _ends(lambda log_m: over_scale(log_m) - level, best[0]),
        _ends(lambda log_scale: over_shape(log_scale) - level, best[1]),
    )


def bootstrap(data: Observations, found: WeibullFit, draws: int, seed: int) -> Bootstrap:
    """Samples from the fit, censored and binned as the data are.

    Of complete samples the estimate of m over m, and m times the error of ln J₀, follow the same
    law whatever m and J₀ are: the intervals are those of these two, so that bias does not count.
    In steps of a current they do not, the less the coarser these are for m.
    Limits of samples are drawn from those of the data: the Kaplan–Meier distribution of the
    currents at which a test without a short circuit ended.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    n = int(data.total)
    area = data.per_specimen(data.area)
    statistic = anderson_darling(data, found)
    shapes, scales, larger = [], [], 0
    for _ in range(draws):
        current = found.scale * (rng.exponential(size=n) / area) ** (1.0 / found.shape)
        sample = _observed(data, current, _limits(data, rng, n), area)
        try:
            again = fit_weibull(sample, found)
        except ConfigError:  # nearly all censored: this draw says nothing
            continue
        shapes.append(again.shape)
        scales.append(again.scale)
        larger += anderson_darling(sample, again) >= statistic
    if len(shapes) < 2:
        raise ConfigError("too few failures for a bootstrap: nearly all specimens are censored")
    m, logs = np.array(shapes), np.log(np.array(scales) / found.scale)
    low, high = np.percentile(m, ENDS)
    below, above = np.percentile(m * logs, ENDS) / found.shape
    return Bootstrap(
        (float(found.shape**2 / high), float(found.shape**2 / low)),
        (float(found.scale * np.exp(-above)), float(found.scale * np.exp(-below))),
        float(m.mean()) / found.shape,
        (larger + 1) / (len(shapes) + 1),
    )


def anderson_darling(data: Observations, found: WeibullFit) -> float:
    """A² = n ∫ (F_n − F)² / [F(1−F)] dF up to the last failure or limit.

    F_n is the Kaplan–Meier estimate. Only specimens of the reference area are compared as they
    are; others through J A^{1/m}.
    """
    scale = data.area ** (1.0 / found.shape)
    moved = Observations(data.lower * scale, data.upper * scale, np.ones_like(scale), data.count)
    current, estimate = distribution_function(moved)
    u = found.failure(current)
    censored = moved.lower[~moved.failed]
    end = max(float(current[-1]), float(censored.max())) if censored.size else math.inf
    last = float(found.failure(np.array([end]))[0])
    edges = np.clip(np.concatenate([[0.0], u, [last]]), 1e-12, 1.0 - 1e-12)
    level = np.concatenate([[0.0], estimate])
    integral = (
        level**2 * np.diff(np.log(edges))
        - (1.0 - level) ** 2 * np.diff(np.log1p(-edges))
        - np.diff(edges)
    )
    return float(data.total * np.sum(integral))


def _likelihood(log_m: float, log_scale: float, data: Observations) -> float:
    return log_likelihood(WEIBULL, np.array([log_m, log_scale]), data)


def _scales(data: Observations, m: float) -> Interval:
    """Logarithms between which the likeliest J₀ of a shape lies: Σ A J^m/r of both ends of rows.

    With many censored specimens it moves far as m does.
    """
    above = np.where(data.failed, data.upper, data.lower)
    weight = data.area * data.count / data.failures
    with np.errstate(divide="ignore"):
        low, high = (logsumexp(m * np.log(J), b=weight) / m for J in (data.lower, above))
    margin = MARGIN / m
    return max(float(low), float(high) - SCALES / m) - margin, float(high) + margin


def _hull(one: Interval, other: Interval) -> Interval:
    return min(one[0], other[0]), max(one[1], other[1])


def _best(function: Callable[[float], float], bounds: Interval) -> float:
    found = minimize_scalar(
        lambda x: max(-1e300, -function(x)) if math.isfinite(function(x)) else 1e300,
        bounds=bounds,
        method="bounded",
        options={"xatol": 1e-7},
    )
    return -float(found.fun)


def _ends(excess: Callable[[float], float], best: float) -> Interval:
    """Where `excess` falls through 0 on both sides of its maximum; infinite where it does not."""
    ends = []
    for sign in (-1.0, 1.0):
        step = 0.05
        while (beyond := excess(best + sign * step)) > 0 and step < WIDEST:
            step = min(2.0 * step, WIDEST)
        if beyond > 0:
            ends.append(0.0 if sign < 0 else math.inf)
        else:
            ends.append(math.exp(brentq(excess, best, best + sign * step, xtol=1e-7)))
    return ends[0], ends[1]


def _limits(data: Observations, rng: np.random.Generator, n: int) -> FloatArray:
    """Currents at which tests without a short circuit end."""
    if data.failed.all():
        return np.full(n, math.inf)
    when = np.where(data.failed, data.upper, data.lower)
    turned = observations(
        data.per_specimen(when),
        data.per_specimen(np.where(data.failed, math.inf, when)),
    )
    current, probability = distribution_function(turned)
    place = np.searchsorted(probability, rng.random(n), side="right")
    return np.append(current, math.inf)[place]


def _observed(
    data: Observations, current: FloatArray, limit: FloatArray, area: FloatArray
) -> Observations:
    """What a test like that of the data sees of specimens."""
    lower, upper = current.copy(), current.copy()
    interval = data.failed & ~data.exact
    if interval.any():
        bounds = np.unique(np.concatenate([data.lower[interval], data.upper[interval]]))
        steps = np.unique(np.concatenate([[0.0], bounds]))
        # where others are known exactly, so is what lies beyond the steps
        mixed = bool((data.failed & data.exact).any())
        stepped = current <= steps[-1] if mixed else np.ones(current.size, dtype=bool)
        place = np.searchsorted(steps, current, side="left")
        lower = np.where(stepped, steps[np.maximum(place - 1, 0)], current)
        upper = np.where(stepped, np.append(steps, math.inf)[place], current)
    cut = current > limit
    lower, upper = np.where(cut, limit, lower), np.where(cut, math.inf, upper)
    return observations(lower, upper, area)
