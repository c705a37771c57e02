"""Where in the plane of density and topology which of the two decides.

    V(S)  = cross-validated R² of ln CCD by the group S, quadratic ridge regression
    φ_T   = ½ [V(T) + V(MT) − V(M)],   φ_M likewise                                (Shapley)
    Δ     = (φ_T − φ_M)/(φ_T + φ_M) ∈ [−1, 1]

M holds the descriptors of density, T those of topology, each by its first principal scores. A
window is the set of samples nearest to a centre in the plane of the ranks. A window is undecided
where the bootstrap band of Δ holds 0, or where V(MT) < 0.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dendrolith.networks.graph import FloatArray, IntArray

SCORES = 5  # principal scores of a group at most
RIDGE = 1.0  # for standardised columns
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
        at_density: E[Var(ln CCD | density)] over Var(ln CCD).
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
    m, t = principal_scores(groups.density), principal_scores(groups.topology)
    size = min(size, len(m))
    ranks = [np.argsort(np.argsort(s[:, 0], kind="stable")) / (len(s) - 1) for s in (m, t)]
    found = []
    for i, j in np.ndindex(*grid):
        centre = ((i + 0.5) / grid[0], (j + 0.5) / grid[1])
        distance = sum(
            ((rank - c) ** 2 for rank, c, n in zip(ranks, centre, grid, strict=True) if n > 1),
            start=np.zeros(len(m)),
        )
        rows = np.sort(np.argsort(distance, kind="stable")[:size])
        rng = np.random.default_rng(np.random.SeedSequence([seed, i, j]))
        found.append(_window(m[rows], t[rows], groups.target[rows], centre, rng, draws))
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


def explained(m: FloatArray, t: FloatArray, y: FloatArray, fold: IntArray) -> FloatArray:
    """V(M), V(T), V(MT), none below 0.

    Args:
        m: (n, ·) scores of density.
        t: (n, ·) scores of topology.
        y: (n,) target.
        fold: (n,) part that a sample is held out in.
    """
    return np.array([_held_out(_quadratic(x), y, fold) for x in (m, t, np.hstack([m, t]))])


def shapley(value: FloatArray) -> tuple[float, float]:
    """φ_M and φ_T of V(M), V(T), V(MT)."""
    v_m, v_t, both = value
    return float(0.5 * (v_m + both - v_t)), float(0.5 * (v_t + both - v_m))


def dominance(value: FloatArray) -> float:
    """Δ; 0 where nothing is explained."""
    phi_m, phi_t = (max(phi, 0.0) for phi in shapley(value))
    return (phi_t - phi_m) / (phi_t + phi_m) if phi_t + phi_m > 0 else 0.0


def variance_at_density(density: FloatArray, y: FloatArray) -> float:
    """E[Var(y | density)]/Var(y), the density in bins of equal counts."""
    parts = np.array_split(np.argsort(density, kind="stable"), BINS)
    inside = sum(len(part) * float(y[part].var()) for part in parts) / len(y)
    return inside / float(y.var())


def _window(
    m: FloatArray,
    t: FloatArray,
    y: FloatArray,
    centre: tuple[float, float],
    rng: np.random.Generator,
    draws: int,
) -> Window:
    fold = rng.permutation(len(y)) % FOLDS
    value = explained(m, t, y, fold)
    again = []
    for _ in range(draws):
        rows = rng.integers(len(y), size=len(y))  # copies of a sample stay in its fold
        again.append(dominance(explained(m[rows], t[rows], y[rows], fold[rows])))
    low, high = np.percentile(again, (2.5, 97.5)) if draws else (-1.0, 1.0)
    return Window(
        (float(np.median(m[:, 0])), float(np.median(t[:, 0]))),
        centre,
        len(y),
        (float(value[0]), float(value[1]), float(value[2])),
        dominance(value),
        (float(low), float(high)),
        variance_at_density(m[:, 0], y),
    )


def _quadratic(x: FloatArray) -> FloatArray:
    """Columns, their squares and products, standardised, with a constant."""
    i, j = np.triu_indices(x.shape[1])
    columns = np.hstack([x, x[:, i] * x[:, j]])
    spread = columns.std(axis=0)
    columns = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack([np.ones(len(x)), columns])


def _held_out(design: FloatArray, y: FloatArray, fold: IntArray) -> float:
    """Cross-validated R² of ridge regression; sums of the other parts, no refit of the scaling."""
    gram = [design[fold == k].T @ design[fold == k] for k in range(FOLDS)]
    moment = [design[fold == k].T @ y[fold == k] for k in range(FOLDS)]
    penalty = RIDGE * np.eye(design.shape[1])
    penalty[0, 0] = 0.0
    left = 0.0
    for k in range(FOLDS):
        solved = np.linalg.solve(sum(gram) - gram[k] + penalty, sum(moment) - moment[k])
        left += float(np.sum((y[fold == k] - design[fold == k] @ solved) ** 2))
    return max(0.0, 1.0 - left / float(np.sum((y - y.mean()) ** 2)))
