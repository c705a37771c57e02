"""A law from descriptors: found by SISSO, then tried; with its rivals.

Accepted is a law that a pool five times as large leaves as it is, that four of five bootstrap
samples find again, and that predicts samples which took no part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dendrolith.networks.features import Features, standardised
from dendrolith.networks.graph import FloatArray
from dendrolith.networks.sisso import (
    Law,
    Samples,
    are_alike,
    chosen_again,
    cross_validated,
    permutation_probability,
    search,
)

DIMENSIONS = 2  # most features of a law
POOL, LARGER = 400, 5
FOLDS, BOOTSTRAPS, SHUFFLES = 10, 50, 200
STABLE = 0.8  # of the bootstrap samples
PREDICTIVE = 0.05  # CV R² below which there is no law
GAIN = 0.01  # of CV R² that one more feature must bring
SIGNIFICANT = 0.05
SPREAD_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Discovery:
    """A law and what is known of it.

    Attributes:
        law: the best one of the chosen dimension.
        candidates: number of formulas that were screened.
        held_out: CV R² of dimension 1, 2, …
        same_pool: the larger pool finds the same law.
        stability: share of bootstrap samples that find it.
        probability: of so good a law for a shuffled target.
        rivals: laws whose R² lies within the bootstrap error of the best.
        spread: standard deviation of R² of the law in bootstrap samples.
    """

    law: Law
    candidates: int
    held_out: list[float]
    same_pool: bool
    stability: float
    probability: float
    rivals: list[Law]
    spread: float

    @property
    def dimension(self) -> int:
        """Number of features."""
        return len(self.law.features)

    @property
    def accepted(self) -> bool:
        """Does the law pass all tests?"""
        return (
            self.same_pool
            and self.stability >= STABLE
            and self.held_out[self.dimension - 1] > PREDICTIVE
            and self.probability <= SIGNIFICANT
        )

    @property
    def verdict(self) -> str:
        """In words."""
        if self.held_out[self.dimension - 1] <= PREDICTIVE:
            return "no law: samples that took no part are not predicted"
        if not self.accepted:
            return "not accepted: " + ", ".join(
                reason
                for reason, holds in (
                    ("another pool finds another law", not self.same_pool),
                    (f"{self.stability:.0%} of the bootstraps find it", self.stability < STABLE),
                    (f"p = {self.probability:.3g}", self.probability > SIGNIFICANT),
                )
                if holds
            )
        return "accepted" + (
            f", but not distinguished from {len(self.rivals)} rivals" if self.rivals else ""
        )


def discover(
    samples: Samples,
    *,
    pool: int = POOL,
    bootstraps: int = BOOTSTRAPS,
    shuffles: int = SHUFFLES,
    seed: int = 1,
) -> Discovery:
    """Find a law and try it.

    Args:
        samples: primaries and target.
        pool: features kept by each screening.
        bootstraps: samples in which the law is looked for again.
        shuffles: of the target.
        seed: of all that is drawn.
    """
    features = samples.features()
    held_out = [
        cross_validated(samples, size, pool, FOLDS, seed) for size in range(1, DIMENSIONS + 1)
    ]
    size = 1
    while size < DIMENSIONS and held_out[size] > held_out[size - 1] + GAIN:
        size += 1
    laws = search(features, samples.target, size, pool)
    law, size = laws[0], len(laws[0].features)
    larger = search(features, samples.target, size, LARGER * pool)[0]
    unit = standardised(features.values)
    spread = _spread(features, samples.target, law, seed)
    return Discovery(
        law,
        features.values.shape[1],
        held_out,
        are_alike(unit, law.features, larger.features),
        chosen_again(features, samples.target, law, pool, bootstraps, seed),
        permutation_probability(features, samples.target, law, pool, shuffles, seed),
        [
            other
            for other in laws[1:]
            if other.score > law.score - spread
            and not are_alike(unit, law.features, other.features)
        ],
        spread,
    )


def _spread(features: Features, target: FloatArray, law: Law, seed: int) -> float:
    """Standard deviation of R² of a law, refitted in bootstrap samples."""
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(len(target)), features.values[:, law.features]])
    design /= np.linalg.norm(design, axis=0)
    scores = []
    for _ in range(SPREAD_DRAWS):
        rows = rng.integers(len(target), size=len(target))
        x, y = design[rows], target[rows]
        left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        scores.append(1.0 - left @ left / np.sum((y - y.mean()) ** 2))
    return float(np.std(scores))
