"""Formulas of primary quantities: two rungs of operators, with units.

    rung 1   x + y, |x − y|, x y, x/y, x², √x, 1/x, ln x, e^{−x} of the primaries
    rung 2   x y, x/y and the functions of one variable of all that are there by then

Sums need equal units; ln and exp need pure numbers. The outermost rung has no sums: the linear
model brings them. Formulas whose standardised values agree are one, the simplest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dendrolith.networks.graph import BoolArray, FloatArray, IntArray

SAME = 1e-8  # difference of standardised values per √(number of samples)
FLAT = 1e-9  # relative standard deviation of what does not vary
SUM, DIFFERENCE, PRODUCT, QUOTIENT, SQUARE, ROOT, INVERSE, LOG, DECAY, PRIMARY = range(10)
TEXT = {
    SUM: "({} + {})",
    DIFFERENCE: "|{} - {}|",
    PRODUCT: "{} {}",
    QUOTIENT: "{}/({})",
    SQUARE: "({})^2",
    ROOT: "sqrt({})",
    INVERSE: "1/({})",
    LOG: "ln({})",
    DECAY: "exp(-{})",
}
UNARY = (SQUARE, ROOT, INVERSE, LOG, DECAY)
POWER = {SQUARE: 2.0, ROOT: 0.5, INVERSE: -1.0, LOG: 1.0, DECAY: 1.0}


@dataclass(frozen=True, slots=True)
class Features:
    """Formulas and their values in a set of samples.

    Attributes:
        names: of the primaries.
        rules: (f, 3) operator and the numbers of what it is applied to, −1 where there is none.
        dimensions: (f,) exponent of length of the unit.
        values: (n, f).
    """

    names: tuple[str, ...]
    rules: IntArray
    dimensions: FloatArray
    values: FloatArray

    def text(self, feature: int) -> str:
        """The formula."""
        rule, first, second = self.rules[feature]
        if rule == PRIMARY:
            return self.names[int(first)]
        return str(TEXT[int(rule)]).format(*(self.text(k) for k in (first, second) if k >= 0))

    def evaluate(self, feature: int, primaries: FloatArray) -> FloatArray:
        """The formula in other samples; NaN where it has no value there.

        Args:
            feature: its number.
            primaries: (n, p).
        """
        rule, first, second = self.rules[feature]
        if rule == PRIMARY:
            return primaries[:, first]
        one = self.evaluate(first, primaries)
        return _apply(int(rule), one, self.evaluate(second, primaries) if second >= 0 else one)


def _apply(rule: int, x: FloatArray, y: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        if rule in (SUM, DIFFERENCE):
            return x + y if rule == SUM else np.abs(x - y)
        if rule in (PRODUCT, QUOTIENT):
            return x * y if rule == PRODUCT else x / y
        functions = {SQUARE: np.square, ROOT: np.sqrt, INVERSE: np.reciprocal, LOG: np.log}
        return np.asarray(functions[rule](x) if rule in functions else np.exp(-x))


def grow(
    names: Sequence[str], dimensions: Sequence[float], primaries: FloatArray, rungs: int = 2
) -> Features:
    """All formulas of so many rungs.

    Args:
        names: symbols of the primaries.
        dimensions: exponent of length of each unit.
        primaries: (n, p) values.
        rungs: how often operators are applied.
    """
    count = len(names)
    start = np.column_stack([np.full(count, PRIMARY), np.arange(count), np.full(count, -1)])
    found = Features(
        tuple(names), start, np.asarray(dimensions, dtype=float), np.asarray(primaries, dtype=float)
    )
    found = _take(found, _varies(found.values))
    for rung in range(1, rungs + 1):
        found = _simplest(_next_rung(found, sums=rung < rungs))
    return found


def _next_rung(found: Features, *, sums: bool) -> Features:
    """What is there, then all that one operator makes of it."""
    values, dims = found.values, found.dimensions
    i, j = np.triu_indices(values.shape[1], k=1)
    pure = np.flatnonzero(dims == 0)
    everything = np.arange(values.shape[1])
    parts = [(rule, pure if rule in (LOG, DECAY) else everything, None) for rule in UNARY]
    pairs: list[tuple[int, IntArray, IntArray | None]] = [
        (PRODUCT, i, j),
        (QUOTIENT, i, j),
        (QUOTIENT, j, i),
    ]
    if sums:
        alike = dims[i] == dims[j]
        pairs += [(SUM, i[alike], j[alike]), (DIFFERENCE, i[alike], j[alike])]
    rules, dimensions, columns = [found.rules], [dims], [values]
    for rule, one, two in [*parts, *pairs]:
        made = _apply(rule, values[:, one], values[:, one if two is None else two])
        good = _varies(made)
        none = np.full(one.size, -1)
        rules.append(
            np.column_stack([np.full(one.size, rule), one, none if two is None else two])[good]
        )
        dimensions.append(_dimension(rule, dims[one], dims[one if two is None else two])[good])
        columns.append(made[:, good])
    return Features(
        found.names, np.concatenate(rules), np.concatenate(dimensions), np.hstack(columns)
    )


def _dimension(rule: int, x: FloatArray, y: FloatArray) -> FloatArray:
    if rule in (PRODUCT, QUOTIENT):
        return x + y if rule == PRODUCT else x - y
    return x * POWER.get(rule, 1.0)


def _varies(values: FloatArray) -> BoolArray:
    """Columns that are finite and not constant."""
    with np.errstate(all="ignore"):
        spread, size = values.std(axis=0), np.abs(values).max(axis=0)
        good = np.isfinite(spread) & np.isfinite(size) & (spread > FLAT * size) & (spread > 0)
    return np.asarray(good)


def standardised(values: FloatArray) -> FloatArray:
    """(n, f) with mean 0 and norm 1 of each column."""
    centred = values - values.mean(axis=0)
    return np.asarray(centred / np.linalg.norm(centred, axis=0))


def _simplest(found: Features) -> Features:
    """One formula of those that agree up to sign, scale and an added number: the first."""
    unit = standardised(found.values)
    probes = np.random.default_rng(0).standard_normal((2, len(unit)))
    shadow = probes @ unit
    shadow *= np.sign(shadow[0])
    order = np.lexsort((np.arange(shadow.shape[1]), np.round(shadow[0] / SAME)))
    near = np.all(np.abs(np.diff(shadow[:, order], axis=1)) < 2 * SAME, axis=0)
    group = np.concatenate([[0], np.cumsum(~near)])
    first = np.full(group[-1] + 1, len(order))
    np.minimum.at(first, group, order)
    keep = np.zeros(len(order), dtype=bool)
    keep[first] = True
    keep[: _parents(found)] = True  # formulas refer to them by number
    return _take(found, keep)


def _parents(found: Features) -> int:
    """Number of formulas that others are made of: they come first and are unlike already."""
    return int(found.rules[found.rules[:, 0] != PRIMARY, 1:].max(initial=-1)) + 1


def _take(found: Features, keep: BoolArray) -> Features:
    return Features(found.names, found.rules[keep], found.dimensions[keep], found.values[:, keep])
