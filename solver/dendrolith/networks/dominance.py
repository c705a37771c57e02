"""Where in the plane of density and topology which of the two decides.

    V(S)  = cross-validated R² of ln CCD by the group S, quadratic ridge regression
    φ_T   = ½ [V(T) + V(MT) − V(M)],   φ_M likewise                                (Shapley)
    Δ     = (φ_T − φ_M)/(φ_T + φ_M) ∈ [−1, 1]

M holds the descriptors of density, T those of topology; a regression has them and their squares,
that of both the products of their first principal scores too. The penalty follows from generalised
cross-validation within the training part. A window is the set of samples nearest to a centre in the
plane of the ranks of the first scores. It is undecided where the bootstrap band of Δ holds 0, or
where V(MT) < 0.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dendrolith.networks.graph import FloatArray, IntArray

SCORES = 3  # principal scores of a group, whose products with those of the other enter
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)  # over the number of samples, for standardised columns
FOLDS = 5
LEAST = 0.1  # V(MT) below which nothing is decided
DRAWS = 100
BINS = 8  # of density for the law of total variance
DENSITY, TOPOLOGY, UNDECIDED = "density", "topology", "undecided"


@dataclass(frozen=True, slots=True)
class Window:
    """One place of the map.

    Attributes:
        place: density and topology score at its middle (medians of its samples).
        centre: ranks at its middle, 0 to 1.
        size: number of samples.
        explained: V(M), V(T), V(MT).
        dominance: Δ.
        band: 95 % of it.
        at_density: E[Var(ln CCD | density)] over Var(ln CCD); NaN where that is 0.
    """

    place: tuple[float, float]
    centre: tuple[float, float]
    size: int
    explained: tuple[float, float, float]
    dominance: float
    band: tuple[float, float]
    at_density: float

    @property
    def decided(self) -> str:
        """Which group dominates."""
        if self.explained[2] < LEAST or self.band[0] <= 0.0 <= self.band[1]:
            return UNDECIDED
        return TOPOLOGY if self.dominance > 0 else DENSITY


@dataclass(frozen=True, slots=True)
class Groups:
    """Descriptors of samples.

    Attributes:
        density, topology: (n, ·) descriptors.
        target: (n,) ln CCD.
    """

    density: FloatArray
    topology: FloatArray
    target: FloatArray


def dominance_map(
    groups: Groups, grid: tuple[int, int], size: int, seed: int, draws: int = DRAWS
) -> list[Window]:
    """All windows, by density, then by topology.

    Args:
        groups: the samples.
        grid: number of windows along density and topology; 1 takes no notice of that axis.
        size: samples of a window.
        seed: of the bootstrap.
        draws: bootstrap samples of a window.
    """
    m, t = groups.density, groups.topology
    scores = [principal_scores(columns) for columns in (m, t)]
    size = min(size, len(m))
    ranks = [np.argsort(np.argsort(s[:, 0], kind="stable")) / (len(s) - 1) for s in scores]
    found = []
    for i, j in np.ndindex(*grid):
        centre = ((i + 0.5) / grid[0], (j + 0.5) / grid[1])
        distance = sum(
            ((rank - c) ** 2 for rank, c, n in zip(ranks, centre, grid, strict=True) if n > 1),
            start=np.zeros(len(m)),
        )
        rows = np.sort(np.argsort(distance, kind="stable")[:size])
        rng = np.random.default_rng(np.random.SeedSequence([seed, i, j]))
        part = Groups(m[rows], t[rows], groups.target[rows])
        place = [s[rows, 0] for s in scores]
        found.append(_window(part, place, centre, rng, draws))
    return found


def principal_scores(columns: FloatArray) -> FloatArray:
    """(n, k) scores of standardised columns, k ≤ `SCORES`, unit variance.

    The first has the sign with which it grows with most of the columns.
    """
    spread = columns.std(axis=0)
    good = spread > 1e-12 * np.abs(columns).max(axis=0)
    z = (columns[:, good] - columns[:, good].mean(axis=0)) / spread[good]
    left, sizes, right = np.linalg.svd(z, full_matrices=False)
    kept = min(SCORES, int(np.count_nonzero(sizes > 1e-8 * sizes[0])))
    signs = np.where(right[:kept].sum(axis=1) < 0, -1.0, 1.0)
    return np.asarray(left[:, :kept] * signs * np.sqrt(len(z)))


def explained(groups: Groups, fold: IntArray) -> FloatArray:
    """V(M), V(T), V(MT), none below 0; all 0 where the target does not vary.

    Args:
        groups: the samples.
        fold: (n,) part that a sample is held out in.
    """
    if np.ptp(groups.target) == 0:  # all of them censored at the highest current
        return np.zeros(3)
    m, t = groups.density, groups.topology
    scores, others = principal_scores(m), principal_scores(t)
    products = (scores[:, :, None] * others[:, None]).reshape(len(m), -1)
    squares = [np.hstack([x, x**2]) for x in (_standard(m), _standard(t))]
    designs = (*squares, np.hstack([*squares, products]))
    return np.array([_held_out(_standard(x), groups.target, fold) for x in designs])


def shapley(value: FloatArray) -> tuple[float, float]:
    """φ_M and φ_T of V(M), V(T), V(MT)."""
    v_m, v_t, both = value
    return float(0.5 * (v_m + both - v_t)), float(0.5 * (v_t + both - v_m))


def dominance(value: FloatArray) -> float:
    """Δ; 0 where nothing is explained."""
    phi_m, phi_t = (max(phi, 0.0) for phi in shapley(value))
    return (phi_t - phi_m) / (phi_t + phi_m) if phi_t + phi_m > 0 else 0.0


def variance_at_density(density: FloatArray, y: FloatArray) -> float:
    """E[Var(y | density)]/Var(y), the density in bins of equal counts; NaN without a variance.

    Each bin has a mean of its own: so many degrees of freedom are gone, and 1 is no less than 1.
    """
    if np.ptp(y) == 0:
        return math.nan
    parts = np.array_split(np.argsort(density, kind="stable"), BINS)
    inside = sum(len(part) * float(y[part].var()) for part in parts) / (len(y) - BINS)
    return inside / float(y.var(ddof=1))


def _window(
    groups: Groups,
    place: list[FloatArray],
    centre: tuple[float, float],
    rng: np.random.Generator,
    draws: int,
) -> Window:
    y = groups.target
    fold = rng.permutation(len(y)) % FOLDS
    value = explained(groups, fold)
    again = []
    for _ in range(draws):
        rows = rng.integers(len(y), size=len(y))  # copies of a sample stay in its fold
        drawn = Groups(groups.density[rows], groups.topology[rows], y[rows])
        again.append(dominance(explained(drawn, fold[rows])))
    low, high = np.percentile(again, (2.5, 97.5)) if draws else (-1.0, 1.0)
    return Window(
        (float(np.median(place[0])), float(np.median(place[1]))),
        centre,
        len(y),
        (float(value[0]), float(value[1]), float(value[2])),
        dominance(value),
        (float(low), float(high)),
        variance_at_density(place[0], y),
    )


def _standard(x: FloatArray) -> FloatArray:
    """Columns of mean 0 and variance 1; constant ones are 0."""
    spread = x.std(axis=0)
    flat = spread <= 1e-12 * np.abs(x).max(axis=0)
    return np.asarray((x - x.mean(axis=0)) / np.where(flat, 1.0, spread) * ~flat)


def _held_out(design: FloatArray, y: FloatArray, fold: IntArray) -> float:
    """Cross-validated R² of ridge regression with a constant, which has no penalty."""
    left = 0.0
    for k in range(FOLDS):
        held = fold == k
        centre, mean = design[~held].mean(axis=0), float(y[~held].mean())
        solved = _ridge(design[~held] - centre, y[~held] - mean)
        left += float(np.sum((y[held] - mean - (design[held] - centre) @ solved) ** 2))
    return max(0.0, 1.0 - left / float(np.sum((y - y.mean()) ** 2)))


def _ridge(x: FloatArray, y: FloatArray) -> FloatArray:
    """Coefficients with the penalty of the least generalised cross-validation error.

    Columns and target have a mean of 0: one degree of freedom is gone.
    """
    n = len(y)
    sizes, vectors = np.linalg.eigh(x.T @ x)
    sizes = np.maximum(sizes, 0.0)
    moment = vectors.T @ (x.T @ y)
    best, chosen = np.inf, moment
    for penalty in PENALTIES:
        shrunk = moment / (sizes + penalty * n)
        left = y @ y - 2.0 * shrunk @ moment + shrunk**2 @ sizes
        freedom = 1.0 + np.sum(sizes / (sizes + penalty * n))
        error = left / (1.0 - freedom / n) ** 2
        if error < best:
            best, chosen = error, shrunk
    return np.asarray(vectors @ chosen)
