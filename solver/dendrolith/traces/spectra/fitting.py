"""Fits of a circuit to one spectrum, or to those before and after a bridge at once.

Least squares of (Z − fit)/|Z| in the logarithms of the parameters, exponents as they are, from
several starts. What a fit cannot tell it refuses: where the columns of the Jacobian, each scaled to
length 1, are nearly dependent. Intervals are those of the profile likelihood, wider where
neighbouring residuals are alike; what a circuit does wrong throughout they do not hold.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, least_squares
from scipy.stats import chi2, qmc

from dendrolith.physics.equivalent_circuit import BRIDGES, EquivalentCircuit
from dendrolith.traces.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]

LARGEST_CONDITION = 1e6  # of the scaled Jacobian; beyond, parameters cannot be told apart
NO_EFFECT = 1e-7  # of the largest effect of a parameter
STARTS = 12
ACCURACY = 1e-4  # of |Z|: no spectrum is trusted to more, those of models included
MISFIT = 0.02  # of |Z|: beyond, a circuit does not describe a spectrum
CONFIDENCE = 0.95
BRIDGE_RANGE = 1e6  # over the resistance of the cell: beyond, a bridge is none
_LEAST_N, _LARGEST_N = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """A spectrum and the circuit that it is to obey; `own` parameters are its alone."""

    spectrum: Spectrum
    circuit: EquivalentCircuit
    own: frozenset[str] = frozenset()

    def name(self, parameter: str) -> str:
        """What a parameter is called among those of all parts."""
        return f"{parameter} ({self.spectrum.name})" if parameter in self.own else parameter


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit at its best.

    Attributes:
        parts: what was fitted.
        values: parameter → value.
        deviation: parameter → standard deviation of its logarithm, of exponents of the value.
        condition: of the scaled Jacobian.
        confused: the parameters that cannot be told apart, where it is too large.
        misfit: root of the mean of |Z − fit|²/|Z|² [1].
        count: real numbers that were fitted.
        independent: how many of them the residuals are worth: fewer where neighbours are alike,
            as where a circuit does not quite describe a spectrum.
    """

    parts: tuple[Part, ...]
    values: Mapping[str, float]
    deviation: Mapping[str, float]
    condition: float
    confused: tuple[str, ...]
    misfit: float
    count: int
    independent: float

    @property
    def tells(self) -> bool:
        """The spectra tell the parameters apart."""
        return self.condition <= LARGEST_CONDITION

    @property
    def criterion(self) -> float:
        """Bayesian information criterion, less is better [1]."""
        return self.count * math.log(_scatter(self.misfit)) + len(self.values) * math.log(
            self.count
        )


def fit(parts: Sequence[Part], starts: Sequence[Mapping[str, float]] = ()) -> Fit:
    """Fit circuits that share their parameters but for their own.

    Args:
        parts: spectra and circuits.
        starts: values to begin with; those that they lack, and without any all, are spread.
    """
    names = list(dict.fromkeys(p.name(n) for p in parts for n in p.circuit.names))
    residual, guesses = _residual(parts, names), _guesses(parts, names, starts)
    best = min((_descend(residual, names, guess) for guess in guesses), key=lambda found: found[1])
    return _described(parts, names, residual, best[0])


def _descend(
    residual: Callable[[FloatArray], FloatArray], names: list[str], guess: FloatArray
) -> tuple[FloatArray, float]:
    low, high = _bounds(names)
    inside = np.clip(guess, low + 1e-9, high - 1e-9)
    found = least_squares(
        residual, inside, bounds=(low, high), x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14,
        max_nfev=200,
    )  # fmt: skip
    return found.x, 2 * float(found.cost)


def _bounds(names: list[str]) -> tuple[FloatArray, FloatArray]:
    exponents = [name.startswith("n_") for name in names]
    low = [_LEAST_N if e else math.log(1e-20) for e in exponents]
    return np.array(low), np.array([_LARGEST_N if e else math.log(1e20) for e in exponents])


def _values(names: Sequence[str], x: FloatArray) -> dict[str, float]:
    pairs = zip(names, x, strict=True)
    return {n: float(v) if n.startswith("n_") else math.exp(v) for n, v in pairs}


def _unknowns(names: Sequence[str], values: Mapping[str, float]) -> FloatArray:
    return np.array([values[n] if n.startswith("n_") else math.log(values[n]) for n in names])


def _residual(
    parts: Sequence[Part], names: Sequence[str], held: Mapping[str, float] | None = None
) -> Callable[[FloatArray], FloatArray]:
    """(Z − fit)/|Z| of all parts, real and imaginary, as a function of the unknowns."""

    def residual(x: FloatArray) -> FloatArray:
        values, found = {**(held or {}), **_values(names, x)}, []
        for part in parts:
            own = {n: values[part.name(n)] for n in part.circuit.names}
            Z = part.spectrum.impedance
            off = (part.circuit.impedance(part.spectrum.omega, own) - Z) / np.abs(Z)
            found += [off.real, off.imag]
        off_all: FloatArray = np.concatenate(found)
        return np.nan_to_num(off_all, nan=1e6, posinf=1e6, neginf=-1e6)

    return residual


def _guesses(
    parts: Sequence[Part], names: list[str], starts: Sequence[Mapping[str, float]]
) -> list[FloatArray]:
    """Where to begin: low-discrepancy points over what the spectra span."""
    spectrum = parts[0].spectrum
    Z, omega = spectrum.impedance, spectrum.omega
    size = float(np.abs(Z).max())
    low = {"R": 1e-2 * float(Z.real.min()), "R_ion": 0.2 * float(Z.real.min()), "R_e": 0.1 * size}
    high = {"R": size, "R_ion": float(Z.real.min()), "R_e": 100 * size}
    points = qmc.Halton(len(names), scramble=False).random(STARTS + 1)[1:]
    guesses = []
    for number, point in enumerate(points):
        values: dict[str, float] = {}
        for name, share in zip(names, point, strict=True):
            plain, kind = name.split(" ")[0], name.split("_")[0]
            if kind == "n":
                values[name] = 0.7 + 0.3 * share
                continue
            key = plain if plain in low else "R"
            R = low[key] * (high[key] / low[key]) ** share
            rate = omega.min() * (omega.max() / omega.min()) ** share
            tied = {"Q": 1 / (rate * size), "C": 1 / (omega.min() * size), "tau": 1 / rate}
            values[name] = tied.get(kind, R)
        given = starts[number % len(starts)] if starts else {}
        guesses.append(_unknowns(names, {**values, **given}))
    return guesses


def _described(
    parts: Sequence[Part],
    names: list[str],
    residual: Callable[[FloatArray], FloatArray],
    x: FloatArray,
) -> Fit:
    """Values, deviations and what cannot be told apart."""
    off = residual(x)
    J, count = _jacobian(residual, x), len(off)
    misfit = math.sqrt(2 * float(off @ off) / count)
    lengths = np.linalg.norm(J, axis=0)
    felt = lengths > NO_EFFECT * lengths.max()  # what has no effect has a bound, no confusion
    _, singular, right = np.linalg.svd(J[:, felt] / lengths[felt], full_matrices=False)
    singular = np.maximum(singular, 1e-15 * singular[0])
    condition, weak = float(singular[0] / singular[-1]), np.abs(right[-1])
    kept = [name for name, has_effect in zip(names, felt, strict=True) if has_effect]
    confused = tuple(n for n, w in zip(kept, weak, strict=True) if w > 0.2 * weak.max())
    of_each = np.full(len(x), math.inf)
    independent = count * _independence(off, parts)
    alike = count / independent
    variance = alike * _scatter(misfit) / 2 * np.diag((right.T / singular**2) @ right)
    of_each[felt] = np.sqrt(variance) / lengths[felt]
    deviation = dict(zip(names, of_each.tolist(), strict=True))
    values = _values(names, x)
    told = confused if condition > LARGEST_CONDITION else ()
    return Fit(tuple(parts), values, deviation, condition, told, misfit, count, independent)


def _jacobian(residual: Callable[[FloatArray], FloatArray], x: FloatArray) -> FloatArray:
    """Central differences of the fourth order."""
    columns, h = [], 1e-3
    for step in h * np.eye(len(x)):
        near = residual(x + step) - residual(x - step)
        far = residual(x + 2 * step) - residual(x - 2 * step)
        columns.append((8 * near - far) / (12 * h))
    return np.column_stack(columns)


def _independence(off: FloatArray, parts: Sequence[Part]) -> float:
    """(1 − r)/(1 + r), r the correlation of residuals of neighbouring frequencies, not below 0."""
    sizes = np.repeat([len(part.spectrum.frequency) for part in parts], 2)
    branches = np.split(off, np.cumsum(sizes)[:-1])
    alike = sum(float(branch[1:] @ branch[:-1]) for branch in branches)
    r = max(alike / max(float(off @ off), 1e-300), 0.0)
    return (1 - r) / (1 + r)


def excess_of_shared(together: Fit, apart: Sequence[Fit]) -> float:
    """Probability that scatter alone makes a fit of spectra together so much worse than apart."""
    square = sum(one.count * one.misfit**2 for one in apart) / together.count
    independent = sum(one.independent for one in apart)
    ratio = math.log(_scatter(together.misfit) / _scatter(math.sqrt(square)))
    more = sum(len(one.values) for one in apart) - len(together.values)
    return float(chi2.sf(independent * ratio, more))


def _scatter(misfit: float) -> float:
    """Variance of |Z − fit|/|Z|, not below what spectra are trusted to [1]."""
    return misfit**2 + ACCURACY**2


# ---------------------------------------------------------------------- the bridge


@dataclass(frozen=True, slots=True)
class Interval:
    """What a fit says of one parameter: its value and the ends of its interval.

    Attributes:
        value: at the best fit.
        low, high: ends of the profile likelihood; 0 and inf where they are open.
    """

    value: float
    low: float
    high: float


def profile(found: Fit, name: str, reach: float) -> Interval:
    """The interval of a parameter, all others fitted anew at each of its values.

    Args:
        found: the best fit.
        name: of the parameter.
        reach: the interval is open if it goes on so far from the value, or beyond |Z|.
    """
    low, high = (_edge(found, name, sign, math.log(reach)) for sign in (-1, 1))
    return Interval(found.values[name], low, high)


def _edge(found: Fit, name: str, sign: int, reach: float) -> float:
    """Where the likelihood has fallen by what is allowed; 0 or inf where it has not by `reach`."""
    size = max(float(np.abs(part.spectrum.impedance).max()) for part in found.parts)
    best = min(math.log(found.values[name]), math.log(size) + reach)
    others = [n for n in found.values if n != name]
    guesses = [_unknowns(others, found.values)]  # the last is the nearest
    allowed = float(chi2.ppf(CONFIDENCE, 1))

    @functools.cache  # a descent from another guess ends a little elsewhere
    def excess(log_value: float) -> float:
        residual = _residual(found.parts, others, {name: math.exp(log_value)})
        guess, cost = _descend(residual, others, guesses[-1])
        guesses.append(guess)
        misfit = math.sqrt(2 * cost / found.count)
        ratio = math.log(_scatter(misfit) / _scatter(found.misfit))
        return found.independent * ratio - allowed

    if excess(best) > 0:
        return math.exp(best)
    inner, step = best, 1e-4
    while step <= reach:
        outer = best + sign * step
        if excess(outer) > 0:
            return math.exp(float(brentq(excess, inner, outer, xtol=1e-5)))
        inner, step = outer, 2 * step
    return 0.0 if sign < 0 else math.inf


def unbridged(spectrum: Spectrum, arcs: Sequence[int], ends: Sequence[str]) -> Fit:
    """The circuit of a cell without a bridge, fitted: arcs are added while that pays.

    Args:
        spectrum: of the cell.
        arcs: numbers of arcs to choose from, rising.
        ends: low-frequency ends to choose from.
    """
    best: list[Fit] = []
    for number in arcs:
        fits = [fit([Part(spectrum, EquivalentCircuit(number, end))]) for end in ends]
        sound = [found for found in fits if found.tells] or fits
        next_one = min(sound, key=lambda found: found.criterion)
        if best and not (next_one.tells and next_one.criterion < best[-1].criterion):
            break
        best.append(next_one)
    return best[-1]


def bridged(
    before: Fit, after: Spectrum, own: frozenset[str] = frozenset(), kind: str = "resistor"
) -> Fit:
    """Both spectra at once: the cell shared but for `own` parameters, the bridge after.

    Args:
        before: fit of the cell before.
        after: its spectrum with the bridge.
        own: parameters of the cell that may differ after.
        kind: of the bridge, a key of `BRIDGES`.
    """
    (part,) = before.parts
    circuit = EquivalentCircuit(part.circuit.arcs, part.circuit.end, kind)
    second = Part(after, circuit, own)
    cell = {**before.values, **{second.name(n): before.values[n] for n in own}}
    size = abs(complex(after.impedance[-1]))
    bridges = np.geomspace(1e-2, 1e4, STARTS) * size
    starts = [{**cell, BRIDGES[kind][0]: float(R)} for R in bridges]
    return fit([part, second], starts)


def bridged_alone(after: Spectrum, circuit: EquivalentCircuit) -> Fit:
    """One spectrum by a circuit with a bridge."""
    return fit([Part(after, circuit)])
