"""Diagrams of a ladder: each observable over the size of what is refined, down to its limit."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from dendrolith.convergence.extrapolation import OBSERVED, SAME
from dendrolith.convergence.measure import Convergence, Observed
from dendrolith.core.formats import format_number, typeset
from dendrolith.core.look import COLOURS
from dendrolith.results.report.panels import Panel

MARKS = "s^vD"  # of what is refined apart
FLAT = 1e-6  # of the value: less is not to fill a diagram


def panels(found: Convergence) -> list[Panel]:
    """A diagram for each observable of which there is an estimate."""
    return [
        (observed.label, functools.partial(draw, observed=observed, found=found))
        for observed in found.observables
        if observed.estimate is not None and kept(observed)
    ]


def kept(observed: Observed) -> bool:
    """Does it change at all?"""
    return observed.estimate is not None and observed.estimate.kind != SAME


def in_words(observed: Observed) -> str:
    """A diagram for those who do not see it."""
    estimate = observed.estimate
    assert estimate is not None
    values = ", ".join(format_number(v) for v in observed.values if v is not None)
    bar = "" if math.isnan(estimate.bar) else f" ± {format_number(estimate.bar, 2)}"
    limit = f"{format_number(estimate.limit)}{bar}"
    return f"{observed.label} [{observed.unit}] from coarse to fine: {values}; limit {limit}"


def draw(axes: Any, observed: Observed, found: Convergence) -> None:
    """Values over the relative size, the curve of the observed order, the limit with its bar."""
    estimate = observed.estimate
    assert estimate is not None
    sizes = [rung.size for rung in found.rungs if rung.apart is None]
    known = [(s, v) for s, v in zip(sizes, observed.values, strict=True) if v is not None]
    x, y = zip(*known, strict=True)
    axes.plot(x, y, "o", color=COLOURS[0], label="refined together")
    if estimate.used is not None:
        s = np.linspace(0.0, max(x), 100)
        rise = (y[-1] - estimate.limit) / x[-1] ** estimate.used
        name = f"order {estimate.used:.2g}" + ("" if estimate.kind == OBSERVED else ", taken")
        curve = estimate.limit + rise * s**estimate.used
        axes.plot(s, curve, "--", color=COLOURS[0], linewidth=1.0, label=name)
    for place, (symbol, value) in enumerate(observed.apart.items()):
        if value is not None:
            look = {"color": COLOURS[2 + place], "marker": MARKS[place], "fillstyle": "none"}
            axes.plot([1.0], [value], linestyle="", label=f"{typeset(symbol)} alone", **look)
    bar = None if math.isnan(estimate.bar) else estimate.bar
    axes.errorbar([0.0], [estimate.limit], bar, fmt="o", color=COLOURS[1], capsize=3, label="limit")
    symbol = typeset(found.runs.ladder.together.symbol)
    axes.set_xlabel(f"{symbol} over the input's")
    axes.set_ylabel(observed.unit if observed.unit != "1" else "")
    axes.set_xlim(left=-0.05)
    axes.legend(frameon=False, fontsize=6.5)
