"""Weibull statistics of a table of critical currents, as text and for programs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dendrolith.networks.families import RIVALS, Fitted, fit
from dendrolith.networks.observations import Observations, in_steps
from dendrolith.networks.weibull import (
    Bootstrap,
    Interval,
    WeibullFit,
    bootstrap,
    fit_weibull,
    profile_interval,
)

DISTINGUISHED = 2.0  # difference in AIC from which on one distribution is preferred
SIGNIFICANT = 0.05
# bootstrap samples up to so many specimens
DRAWS = ((200, 500), (100_000, 200), (math.inf, 20))
# Of more specimens each is known to a step of ln J, so that equal ones count together.
MOST_EXACT, STEP = 100_000, 1e-3


@dataclass(frozen=True, slots=True)
class WeibullReport:
    """All that is known of the distribution of a table.

    Attributes:
        data: the table.
        unit: of the currents.
        weibull: the fit.
        shape, scale: 95 % intervals by the profile likelihood.
        bootstrap: intervals, of steps at least those of the profile; bias and goodness of fit.
        rivals: fits of all families, by rising AIC.
        area: that J₀ and the median belong to [m²]; None: all specimens are alike.
    """

    data: Observations
    unit: str
    weibull: WeibullFit
    shape: Interval
    scale: Interval
    bootstrap: Bootstrap
    rivals: list[Fitted]
    area: float | None = None

    @property
    def unbiased(self) -> float:
        """Shape m over its bias."""
        return self.weibull.shape / self.bootstrap.bias

    @property
    def verdict(self) -> str:
        """Is it Weibull? By goodness of fit, then by AIC."""
        best = self.rivals[0]
        behind = {rival.family.name: rival.aic - best.aic for rival in self.rivals}
        if self.bootstrap.probability < SIGNIFICANT:
            return (
                f"Weibull is rejected (Anderson-Darling, p = {self.bootstrap.probability:.3g}); "
                f"least AIC: {best.family.name}"
            )
        near = [name for name, gap in behind.items() if gap < DISTINGUISHED and name != "Weibull"]
        if behind["Weibull"] >= DISTINGUISHED:
            return f"Weibull is not rejected, but {best.family.name} has a lower AIC"
        if near:
            return f"Weibull is not rejected; not distinguished from {', '.join(near)}"
        return "Weibull, preferred to all rivals"

    def as_dict(self) -> dict[str, Any]:
        """For programs; an unbounded end is None."""
        boot = self.bootstrap
        return {
            "specimens": self.data.total,
            "failures": self.data.failures,
            "unit": self.unit,
            "shape": self.weibull.shape,
            "shape_unbiased": self.unbiased,
            "shape_profile": _finite(self.shape),
            "shape_bootstrap": _finite(boot.shape),
            "scale": self.weibull.scale,
            "scale_profile": _finite(self.scale),
            "scale_bootstrap": _finite(boot.scale),
            "area": self.area,
            "bias": boot.bias,
            "anderson_darling_probability": boot.probability,
            "aic": {rival.family.name: rival.aic for rival in self.rivals},
            "verdict": self.verdict,
        }

    def __str__(self) -> str:
        boot, found = self.bootstrap, self.weibull
        total, failures = self.data.total, self.data.failures
        median = found.scale * math.log(2.0) ** (1.0 / found.shape)
        best, areas = self.rivals[0].aic, [] if self.area is None else [self.area]
        return "\n".join(
            [
                f"{total:.0f} specimens, {failures:.0f} short circuits, "
                f"{total - failures:.0f} censored",
                f"  shape m    {found.shape:.4g}   profile {_range(self.shape)}   "
                f"bootstrap {_range(boot.shape)}",
                f"             {self.unbiased:.4g} without bias (m comes out "
                f"{boot.bias:.3g} times too large on average)",
                f"  scale J0   {found.scale:.4g} {self.unit}   profile {_range(self.scale)}   "
                f"bootstrap {_range(boot.scale)}",
                f"  median     {median:.4g} {self.unit}",
                *(f"             both of {1e4 * area:.4g} cm^2, the median area" for area in areas),
                f"  {self.verdict}",
                f"  Anderson-Darling by bootstrap: p = {boot.probability:.3g}",
                "  distribution                   AIC - least",
                *(f"    {r.family.name:<28} {r.aic - best:.1f}" for r in self.rivals),
            ]
        )


def report_weibull(
    data: Observations, unit: str, seed: int = 1, area: float | None = None
) -> WeibullReport:
    """Fit, intervals, bias, goodness and rivals.

    Args:
        data: the critical currents.
        unit: of them.
        seed: of the bootstrap.
        area: median area [m²]; None: all specimens are alike.

    Raises:
        ConfigError: fewer than two different failures.
    """
    data = in_steps(data, STEP) if data.total > MOST_EXACT else data
    found = fit_weibull(data)
    shape, scale = profile_interval(data, found)
    draws = next(number for largest, number in DRAWS if data.total <= largest)
    drawn = bootstrap(data, found, draws, seed)
    if data.stepped:
        drawn = drawn.at_least(shape, scale)
    rivals = sorted((fit(family, data) for family in RIVALS), key=lambda rival: rival.aic)
    return WeibullReport(data, unit, found, shape, scale, drawn, rivals, area)


def _finite(ends: Interval) -> list[float | None]:
    return [end if math.isfinite(end) else None for end in ends]


def _range(ends: Interval) -> str:
    return f"{ends[0]:.3g} to {ends[1]:.3g}"
