"""Sure independence screening and sparsifying operator (SISSO): short formulas for a target.

    screening    the k features with the largest |correlation| with a residual of the ten best laws
                 so far, once a dimension
    selection    the best pair of all of them:  R² = (b_i² + b_j² − 2 b_i b_j g)/(1 − g²)

b are correlations with the target and g between two features. A triple adds a third feature to the
best 300 of the pool. A law is accepted only if another pool and most bootstrap samples find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dendrolith.networks.features import Features, grow, standardised
from dendrolith.networks.graph import FloatArray, IntArray

COLLINEAR = 1e-6  # least 1 − g² of two features
TRIPLES = 300  # features of which all triples are tried
ALIKE = 0.999  # |correlation| from which on two features are one choice
KEPT = 20  # rivals of a dimension
RESIDUALS = 10  # laws of a dimension whose residuals the next one screens with
EXACT = 1e-10  # norm of a residual that leaves nothing to explain


@dataclass(frozen=True, slots=True)
class Law:
    """A linear model of few features.

    Attributes:
        features: their numbers.
        coefficients: of them, after the constant.
        errors: standard errors of the coefficients.
        score: R² in the samples that it was found with.
        text: as people read it.
    """

    features: tuple[int, ...]
    coefficients: FloatArray
    errors: FloatArray
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Samples:
    """Primaries and target.

    Attributes:
        names: symbols of the primaries.
        dimensions: exponent of length of their units.
        primaries: (n, p).
        target: (n,).
    """

    names: Sequence[str]
    dimensions: Sequence[float]
    primaries: FloatArray
    target: FloatArray

    def part(self, rows: IntArray) -> Samples:
        """Some of the samples."""
        return Samples(self.names, self.dimensions, self.primaries[rows], self.target[rows])

    def features(self) -> Features:
        """All formulas."""
        return grow(self.names, self.dimensions, self.primaries)


def search(features: Features, target: FloatArray, dimension: int, pool: int) -> list[Law]:
    """The best laws of a dimension, best first.

    Args:
        features: candidates.
        target: (n,).
        dimension: number of features of a law, 1 to 3.
        pool: features kept by each screening.
    """
    choices = _search(standardised(features.values), target, dimension, pool)
    return [_law(features, target, chosen) for chosen in choices]


def _search(
    unit: FloatArray, target: FloatArray, dimension: int, pool: int
) -> list[tuple[int, ...]]:
    """Numbers of the features of the best laws."""
    y = target - target.mean()
    y = y / np.linalg.norm(y)
    residuals: FloatArray = y[:, None]
    kept: IntArray = np.empty(0, dtype=np.int64)
    best: list[tuple[int, ...]] = []
    for size in range(1, dimension + 1):
        near = np.abs(unit.T @ residuals).max(axis=1)
        top = np.argsort(-near, kind="stable")[: min(pool, near.size)]
        kept = np.concatenate([kept, top[~np.isin(top, kept)]])
        chosen = unit[:, kept]
        best = [tuple(int(kept[k]) for k in law) for law in _best(chosen, y, size)]
        left = [_residual(unit[:, law], y) for law in best[:RESIDUALS]]
        if np.linalg.norm(left[0]) < EXACT:
            break
        residuals = np.column_stack([part / np.linalg.norm(part) for part in left])
    return best


def _residual(basis: FloatArray, y: FloatArray) -> FloatArray:
    return np.asarray(y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0])


def _best(unit: FloatArray, y: FloatArray, size: int) -> list[tuple[int, ...]]:
    b = unit.T @ y
    if size == 1:
        return [(int(k),) for k in np.argsort(-np.abs(b), kind="stable")[:KEPT]]
    if size == 2:
        return _pairs(unit.T @ unit, b)
    # the features of good pairs and those that correlate best
    front = np.argsort(-np.abs(b), kind="stable")
    ranked = [k for pair in _pairs(unit.T @ unit, b, 10 * TRIPLES) for k in pair]
    ranked += [int(k) for k in front]
    some = np.array(list(dict.fromkeys(ranked))[:TRIPLES])
    return [tuple(int(some[k]) for k in law) for law in _triples(unit[:, some], y)]


def _pair_scores(gram: FloatArray, b: FloatArray) -> FloatArray:
    """(k, k) R² of all pairs, −1 below the diagonal and for collinear ones."""
    rest = 1.0 - gram**2
    good = np.triu(rest > COLLINEAR, k=1)
    square = b**2
    score = square[:, None] + square[None] - 2.0 * b[:, None] * b[None] * gram
    return np.where(good, score / np.where(good, rest, 1.0), -1.0)


def _pairs(gram: FloatArray, b: FloatArray, kept: int = KEPT) -> list[tuple[int, ...]]:
    return [*_largest(_pair_scores(gram, b), kept)]


def _largest(scores: FloatArray, kept: int) -> list[tuple[int, int]]:
    """Rows and columns of the largest of (k, k) scores, largest first."""
    score = scores.ravel()
    kept = min(kept, score.size)
    top = np.argpartition(-score, kept - 1)[:kept]
    top = top[np.lexsort((top, -score[top]))]
    return [(int(i), int(j)) for i, j in zip(*np.divmod(top, len(scores)), strict=True)]


def _triples(unit: FloatArray, y: FloatArray) -> list[tuple[int, ...]]:
    found = []
    for first in range(unit.shape[1] - 2):
        axis = unit[:, first]
        others = unit[:, first + 1 :] - np.outer(axis, axis @ unit[:, first + 1 :])
        length = np.linalg.norm(others, axis=0)
        good = length > np.sqrt(COLLINEAR)
        others[:, good] /= length[good]
        others[:, ~good] = 0.0
        b = others.T @ y
        score = _pair_scores(others.T @ others, b)
        score[~good], score[:, ~good] = -1.0, -1.0
        for i, j in _largest(score, KEPT):  # rivals may share the first feature
            law = (first, first + 1 + i, first + 1 + j)
            found.append(((axis @ y) ** 2 + score[i, j], law))
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    sound = sum(score >= 0 for score, _ in found[:KEPT])  # the others hold collinear features
    return [law for _, law in found[: max(sound, 1)]]


def _law(features: Features, target: FloatArray, chosen: tuple[int, ...]) -> Law:
    columns = features.values[:, chosen]
    design = np.column_stack([np.ones(len(target)), columns])
    scale = np.linalg.norm(design, axis=0)
    solved = np.linalg.lstsq(design / scale, target, rcond=None)[0] / scale
    left = target - design @ solved
    variance = left @ left / max(len(target) - len(solved), 1)
    inverse = np.linalg.pinv((design / scale).T @ (design / scale))
    errors = np.sqrt(variance * np.diag(inverse)) / scale
    score = 1.0 - left @ left / np.sum((target - target.mean()) ** 2)
    terms = [f"{c:+.4g} {features.text(k)}" for c, k in zip(solved[1:], chosen, strict=True)]
    return Law(chosen, solved, errors, float(score), f"{solved[0]:.4g} {' '.join(terms)}")


def cross_validated(samples: Samples, dimension: int, pool: int, folds: int, seed: int) -> float:
    """R² of samples that took no part: features are made and screened without them.

    Args:
        samples: all of them.
        dimension: of the laws.
        pool: of the searches.
        folds: number of parts.
        seed: of the parts.
    """
    order = np.random.default_rng(seed).permutation(len(samples.target))
    predicted: FloatArray = np.empty(len(order))
    for held in np.array_split(order, folds):
        training = samples.part(np.setdiff1d(order, held))
        features = training.features()
        law = search(features, training.target, dimension, pool)[0]
        values = [features.evaluate(k, samples.primaries[held]) for k in law.features]
        design = np.column_stack([np.ones(len(held)), *values])
        predicted[held] = design @ law.coefficients
    predicted = np.where(np.isfinite(predicted), predicted, samples.target.mean())
    left, whole = samples.target - predicted, samples.target - samples.target.mean()
    return float(1.0 - left @ left / (whole @ whole))


def chosen_again(
    features: Features, target: FloatArray, law: Law, pool: int, draws: int, seed: int
) -> float:
    """Share of bootstrap samples whose best law has the same features, or such that are alike.

    Args:
        features: of all samples.
        target: (n,).
        law: found in all of them.
        pool: of the search.
        draws: number of bootstrap samples.
        seed: of them.
    """
    rng = np.random.default_rng(seed)
    unit = standardised(features.values)
    same = 0
    for _ in range(draws):
        rows = rng.integers(len(target), size=len(target))
        values = features.values[rows]
        good = np.flatnonzero(values.std(axis=0) > 0)
        found = _search(standardised(values[:, good]), target[rows], len(law.features), pool)[0]
        same += are_alike(unit, law.features, tuple(int(good[k]) for k in found))
    return same / draws


def are_alike(unit: FloatArray, one: Sequence[int], two: Sequence[int]) -> bool:
    """Do two laws have the same features, up to correlations of 0.999?"""
    if len(one) != len(two):
        return False
    near = np.abs(unit[:, list(one)].T @ unit[:, list(two)]) > ALIKE
    return bool(near.any(axis=0).all() and near.any(axis=1).all())


def permutation_probability(
    features: Features, target: FloatArray, law: Law, pool: int, shuffles: int, seed: int
) -> float:
    """Probability of so good a law for a target that is shuffled."""
    rng = np.random.default_rng(seed)
    unit = standardised(features.values)
    better = 0
    for _ in range(shuffles):
        shuffled = rng.permutation(target)
        found = _search(unit, shuffled, len(law.features), pool)[0]
        better += _law(features, shuffled, found).score >= law.score
    return (better + 1) / (shuffles + 1)
