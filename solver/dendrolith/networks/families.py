"""Distributions of critical currents, and their maximum likelihood with censoring.

    log L = Σ exact ln f + Σ censored ln S + Σ intervals ln(S_lower − S_upper),   S(J; A) = S(J)^A

S^A is the weakest link in the area A.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr

from dendrolith.networks.graph import FloatArray
from dendrolith.networks.observations import Observations

LogFunction = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
LARGEST_EXPONENT = 700.0  # beyond it exp is no number any more
SMALLEST = 1e-300
NEAR = 0.1  # size of a simplex around parameters near the maximum


@dataclass(frozen=True, slots=True)
class Family:
    """A distribution with free parameters.

    Attributes:
        name: as tables print it.
        logs: (ln J, θ) → (ln f, ln S) at unit area, θ unbounded.
        start: ln J of the failures → first guess of θ.
    """

    name: str
    logs: LogFunction
    start: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A family fitted to data.

    Attributes:
        family: which.
        theta: its parameters.
        log_likelihood: at its maximum.
    """

    family: Family
    theta: FloatArray
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2.0 * len(self.theta) - 2.0 * self.log_likelihood

    def failure(self, current: FloatArray) -> FloatArray:
        """Failure probability at unit area."""
        with np.errstate(divide="ignore"):
            log_current = np.log(current)
        return -np.expm1(self.family.logs(log_current, self.theta)[1])


def log_likelihood(family: Family, theta: FloatArray, data: Observations) -> float:
    """Logarithm of the likelihood of the data."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_f, log_s = family.logs(np.log(data.lower), theta)
        after = data.area * family.logs(np.log(np.where(data.failed, data.upper, 1.0)), theta)[1]
        before = data.area * np.where(data.lower > 0, log_s, 0.0)
        exact = np.log(data.area) + log_f + (data.area - 1.0) * log_s
        interval = before + np.log(-np.expm1(np.minimum(after - before, 0.0)))
        terms = np.where(data.failed, np.where(data.exact, exact, interval), before)
        total = float(np.sum(data.count * terms))
    return total if math.isfinite(total) else -math.inf


def fit(family: Family, data: Observations, start: FloatArray | None = None) -> Fitted:
    """Maximum likelihood.

    Args:
        family: the distribution.
        data: the critical currents.
        start: parameters near the maximum; without them it is looked for twice, and closer.
    """

    def cost(theta: FloatArray) -> float:
        value = -log_likelihood(family, theta, data)
        return value if math.isfinite(value) else 1e300

    if start is not None:
        simplex = start + NEAR * np.vstack([np.zeros(start.size), np.eye(start.size)])
        options = {"xatol": 1e-5, "fatol": 1e-6, "initial_simplex": simplex}
        found = minimize(cost, start, method="Nelder-Mead", options=options)
        return Fitted(family, np.asarray(found.x), -float(found.fun))
    logs = np.log(np.maximum(data.middle, SMALLEST))
    logs = np.repeat(logs[data.failed], data.count[data.failed].astype(int))
    options = {"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000, "maxfev": 4000}
    found = minimize(cost, family.start(logs), method="Nelder-Mead", options=options)
    found = minimize(cost, found.x, method="Nelder-Mead", options=options)
    return Fitted(family, np.asarray(found.x), -float(found.fun))


def _weibull(log_j: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """θ = ln m, ln J₀."""
    m = np.exp(np.minimum(theta[0], LARGEST_EXPONENT))
    z = m * (log_j - theta[1])
    hazard = np.exp(np.minimum(z, LARGEST_EXPONENT))
    return theta[0] + z - log_j - hazard, -hazard


def _shifted_weibull(log_j: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """θ = ln(m − 1), ln J₀, ln of the threshold below which nothing fails.

    Below m = 1 the likelihood grows without bound when the threshold nears the weakest specimen.
    """
    threshold = np.exp(theta[2])
    above = np.exp(log_j) - threshold
    z = np.where(above > 0, np.log(np.where(above > 0, above, 1.0)), -np.inf)
    log_f, log_s = _weibull(
        np.where(above > 0, z, -LARGEST_EXPONENT), np.array([np.logaddexp(0.0, theta[0]), theta[1]])
    )
    return np.where(above > 0, log_f, -np.inf), np.where(above > 0, log_s, 0.0)


def _log_normal(log_j: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """θ = mean of ln J, ln of its standard deviation."""
    z = (log_j - theta[0]) * np.exp(-theta[1])
    return -0.5 * (z**2 + math.log(2 * math.pi)) - theta[1] - log_j, log_ndtr(-z)


def _gumbel(log_j: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gumbel of minima; θ = location, ln scale."""
    z = (np.exp(log_j) - theta[0]) * np.exp(-theta[1])
    hazard = np.exp(np.minimum(z, LARGEST_EXPONENT))
    return z - theta[1] - hazard, -hazard


def _exponential_tail(log_j: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Duxbury–Leath–Beale, H = c exp(−b/J); θ = ln c, ln b."""
    ratio = np.exp(np.minimum(theta[1] - log_j, LARGEST_EXPONENT))
    hazard = np.exp(np.minimum(theta[0] - ratio, LARGEST_EXPONENT))
    return theta[0] - ratio + theta[1] - 2.0 * log_j - hazard, -hazard


def _spread(logs: FloatArray) -> float:
    return max(float(np.std(logs)), 1e-3)


def _start_weibull(logs: FloatArray) -> FloatArray:
    return np.array([math.log(1.2 / _spread(logs)), float(np.mean(logs)) + 0.5 * _spread(logs)])


def _start_shifted(logs: FloatArray) -> FloatArray:
    log_m, scale = _start_weibull(logs)
    return np.array([math.log(max(math.expm1(log_m), 0.1)), scale, float(np.min(logs)) - 2.0])


def _start_log_normal(logs: FloatArray) -> FloatArray:
    return np.array([float(np.mean(logs)), math.log(_spread(logs))])


def _start_gumbel(logs: FloatArray) -> FloatArray:
    values = np.exp(logs)
    scale = max(float(np.std(values)) * math.sqrt(6.0) / math.pi, 1e-6 * float(np.mean(values)))
    return np.array([float(np.mean(values)) + 0.5772 * scale, math.log(scale)])


def _start_exponential(logs: FloatArray) -> FloatArray:
    middle = float(np.mean(logs))
    b = max(1.0 / _spread(logs), 1.0)
    return np.array([b, middle + math.log(b)])


WEIBULL = Family("Weibull", _weibull, _start_weibull)
RIVALS = (
    WEIBULL,
    Family("Weibull, three parameters", _shifted_weibull, _start_shifted),
    Family("log-normal", _log_normal, _start_log_normal),
    Family("Gumbel (minima)", _gumbel, _start_gumbel),
    Family("Duxbury–Leath–Beale", _exponential_tail, _start_exponential),
)
