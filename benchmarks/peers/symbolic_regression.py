"""SISSO against gplearn, and the ridge regression of the map against gradient boosting.

    pip install gplearn scikit-learn
    python benchmarks/peers/symbolic_regression.py

The law is y = 1 − 1.5 k/c + 0.8 √s t among seven primaries, 300 samples, 10 % noise. Held-out R² is
that of 1000 samples without noise.
"""

from __future__ import annotations

import time

import numpy as np
from gplearn.genetic import SymbolicRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import cross_val_score

from dendrolith.networks.dominance import FOLDS, Groups, dominance, explained
from dendrolith.networks.features import grow
from dendrolith.networks.sisso import search

NAMES = list("kcstabd")
SEEDS = 6


def law(x: np.ndarray) -> np.ndarray:
    """The target without noise."""
    return 1 - 1.5 * x[:, 0] / x[:, 1] + 0.8 * np.sqrt(x[:, 2]) * x[:, 3]


def score(predicted: np.ndarray, exact: np.ndarray) -> float:
    """R²."""
    return 1 - np.sum((predicted - exact) ** 2) / np.sum((exact - exact.mean()) ** 2)


def recovery() -> None:
    """A line for each seed."""
    print("seed   SISSO R², s        gplearn R², s       law of gplearn")
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        x, fresh = random.uniform(0.5, 3, (300, 7)), random.uniform(0.5, 3, (1000, 7))
        y = law(x)
        y = y + 0.1 * y.std() * random.standard_normal(300)
        began = time.perf_counter()
        features = grow(NAMES, [0.0] * 7, x)
        found = search(features, y, 2, 400)[0]
        columns = [np.ones(1000), *(features.evaluate(k, fresh) for k in found.features)]
        ours = score(np.column_stack(columns) @ found.coefficients, law(fresh)), began
        ours = ours[0], time.perf_counter() - began
        began = time.perf_counter()
        peer = SymbolicRegressor(
            population_size=2000,
            generations=20,
            function_set=("add", "sub", "mul", "div", "sqrt"),
            parsimony_coefficient=1e-3,
            random_state=seed,
            feature_names=NAMES,
        ).fit(x, y)
        theirs = score(peer.predict(fresh), law(fresh)), time.perf_counter() - began
        print(
            f"{seed}      {ours[0]:.4f}, {ours[1]:4.1f}     {theirs[0]:.4f}, {theirs[1]:5.1f}     "
            f"{str(peer._program)[:70]}"
        )


def regressors() -> None:
    """V(M), V(T), V(MT) and Δ of a target that both groups decide."""
    random = np.random.default_rng(0)
    d, t = random.random((1200, 3)), random.random((1200, 3))
    y = -np.exp(d[:, 0]) * (1 + t[:, 1]) + 0.1 * random.standard_normal(1200)
    groups = d, t, np.hstack([d, t])
    boosted = np.array(
        [
            cross_val_score(GradientBoostingRegressor(random_state=0), x, y, cv=FOLDS).mean()
            for x in groups
        ]
    )
    ridge = explained(Groups(d, t, y), random.permutation(1200) % FOLDS)
    for name, value in (("quadratic ridge", ridge), ("gradient boosting", boosted)):
        print(f"{name:<18} V = {np.round(value, 3)}   dominance {dominance(value):+.3f}")


if __name__ == "__main__":
    recovery()
    regressors()
