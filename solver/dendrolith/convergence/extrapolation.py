"""The limit of a number as runs are refined, and a bar that says how well it is known.

    f(s) = f∞ + C sᵖ    s = 1, 1/r, 1/r², …    e₁ = f₁ − f₀,  e₂ = f₂ − f₁  of the three finest
    p = ln(e₁/e₂)/ln r         f∞ = f₂ + e₂/(rᵖ − 1)        bar |f∞ − f₂|

r  ratio of the refinement [1]      p  observed order [1]      q  order of the schemes [1]

The order counts where e₁ and e₂ have one sign and p is at least ½. Above q it is taken for q, and
the bar is what q makes of e₁. A fourth run widens the bar to what it has changed the limit by.
Where no order is seen the limit is the finest value, and the bar is three times the spread of the
three finest. Where the values do not settle either, even that may be too small. Two runs take q for
granted, and three times its correction for the bar. It is not less than any part of the error that
is known alone: parts that cancel need not shrink alike. Sources: roache1994 for the bar of two
runs, eca2014 for the bounds of the order and for spreads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

LEAST_ORDER = 0.5
ALIKE = 1e-6  # of the largest value: differences below it are those of the solvers
CAUTION = 3.0  # times a correction or a spread that no order bears out

OBSERVED, CAPPED, ASSUMED = "observed", "capped", "assumed"
ALTERNATES, UNSETTLED, SAME, SINGLE = "alternates", "unsettled", "same", "single"
IN_WORDS = {
    OBSERVED: "order observed",
    CAPPED: "the values approach each other faster than the schemes: their order is taken",
    ASSUMED: "two values show no order: that of the schemes is taken, the bar is wide",
    ALTERNATES: "no order observed, the values go up and down: the bar is three times their spread",
    UNSETTLED: "no order observed, nothing settles: even three times the spread may be small",
    SAME: "the values are equal to the accuracy of the solvers",
    SINGLE: "one value shows nothing",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sequence of runs says of its limit.

    Attributes:
        limit: f∞.
        bar: ±, in the unit of the values; NaN for a single value.
        kind: how it was found, a key of `IN_WORDS`.
        order: p as it was observed; None where it was not.
        used: the order that the limit was made with; None without one.
    """

    limit: float
    bar: float
    kind: str
    order: float | None = None
    used: float | None = None

    def covering(self, parts: Iterable[float | None]) -> Estimate:
        """The same with a bar not below any of some errors; None: not known."""
        known = (abs(part) for part in parts if part is not None)
        return replace(self, bar=max(self.bar, *known, 0.0))


def extrapolate(values: Sequence[float], ratio: float, formal: float) -> Estimate:
    """The limit of values of runs, each `ratio` times finer than the one before.

    Args:
        values: (n,) from coarse to fine, at least one.
        ratio: r, above 1.
        formal: q, the order of the schemes.
    """
    if len(values) == 1:
        return Estimate(values[0], math.nan, SINGLE)
    finest = values[-3:]
    spread, last = max(finest) - min(finest), values[-1]
    if spread <= ALIKE * max(map(abs, finest)):
        return Estimate(last, spread, SAME)
    if len(values) == 2:
        correction = (last - values[0]) / (ratio**formal - 1)
        bar = CAUTION * abs(correction)
        return Estimate(last + correction, bar, ASSUMED, used=formal)
    found = _of_three(finest, ratio, formal)
    if found.used is None or len(values) == 3:
        return found
    before = extrapolate(values[:-1], ratio, formal)
    bar = max(found.bar, abs(found.limit - before.limit))
    return Estimate(found.limit, bar, found.kind, found.order, found.used)


def _of_three(values: Sequence[float], ratio: float, formal: float) -> Estimate:
    """The limit of three values that differ."""
    first, second = values[1] - values[0], values[2] - values[1]
    spread, last = max(values) - min(values), values[2]
    if first * second < 0:
        kind = ALTERNATES if abs(second) <= abs(first) else UNSETTLED
        return Estimate(last, CAUTION * spread, kind)
    if abs(second) >= abs(first) * ratio**-LEAST_ORDER:
        return Estimate(last, CAUTION * spread, UNSETTLED)
    order = math.log(first / second) / math.log(ratio) if second else math.inf
    used = min(order, formal)
    kind = OBSERVED if order <= formal else CAPPED
    limit = last + second / (ratio**used - 1)
    bar = abs(first) / (ratio**used * (ratio**used - 1))
    return Estimate(limit, bar, kind, order, used)


def part_of_error(change: float, refinement: float, order: float) -> float:
    """Error of a run, where making one thing finer by `refinement` changes its value by `change`.

    Args:
        change: finer less coarse.
        refinement: ratio, above 1.
        order: of that error.
    """
    factor = float(refinement**order)
    return -change * factor / (factor - 1)
