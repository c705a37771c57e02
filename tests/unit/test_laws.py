"""Laws by SISSO and the map of dominance on data whose answer is known."""

import numpy as np
import pytest

from dendrolith.networks.discovery import discover
from dendrolith.networks.dominance import (
    DENSITY,
    TOPOLOGY,
    UNDECIDED,
    Groups,
    dominance,
    dominance_map,
    explained,
    principal_scores,
    shapley,
    variance_at_density,
)
from dendrolith.networks.features import grow
from dendrolith.networks.sisso import Samples, cross_validated, search

pytestmark = pytest.mark.serial

NAMES = list("kcstabd")
TRUE = ({"k/(c)", "sqrt(s) t"}, {"k/(c)", "t sqrt(s)"})


def recovery(seed, count, noise):
    """Samples of y = 1 − 1.5 k/c + 0.8 √s t among seven primaries; noise as share of its spread."""
    random = np.random.default_rng(seed)
    x = random.uniform(0.5, 3, (count, 7))
    k, c, s, t = x.T[:4]
    y = 1 - 1.5 * k / c + 0.8 * np.sqrt(s) * t
    return Samples(NAMES, [0.0] * 7, x, y + noise * y.std() * random.standard_normal(count))


def recovered(samples, pool):
    """The features are the true ones, and the coefficients within three standard errors."""
    features = samples.features()
    law = search(features, samples.target, 2, pool)[0]
    if {features.text(k) for k in law.features} not in TRUE:
        return False
    true = [1.0, *(-1.5 if features.text(k) == "k/(c)" else 0.8 for k in law.features)]
    return bool(np.all(np.abs(law.coefficients - true) <= 3 * law.errors + 1e-9))


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_law_is_recovered(noise):
    assert recovered(recovery(0, 300, noise), 400)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("pool", [400, 2000])
def test_six_of_six_laws_are_recovered(noise, pool):
    """python -m pytest -m slow tests/unit/test_laws.py."""
    assert all(recovered(recovery(seed, 300, noise), pool) for seed in range(6))


def test_formulas():
    """About 20 thousand of seven primaries; values, units and duplicates."""
    samples = recovery(1, 40, 0.0)
    features = samples.features()
    assert 15_000 < features.values.shape[1] < 30_000
    random = np.random.default_rng(0)
    for k in random.integers(features.values.shape[1], size=300):
        again = features.evaluate(int(k), samples.primaries)
        assert np.allclose(again, features.values[:, k])
    units = grow(["l", "p"], [1.0, 0.0], samples.primaries[:, :2])
    texts = {units.text(k) for k in range(units.values.shape[1])}
    assert not any("l + p" in text or "ln(l)" in text or "exp(-l)" in text for text in texts)
    assert {"ln(p)", "l p"} <= texts
    unit = units.values - units.values.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=0)
    same = np.abs(np.triu(unit.T @ unit, k=1)) > 1 - 1e-14
    assert not same[:, 30:].any()


def test_three_features():
    random = np.random.default_rng(2)
    x = random.uniform(0.5, 3, (80, 4))
    y = 2 * x[:, 0] * x[:, 1] - 3 * x[:, 2] + np.exp(-x[:, 3])
    features = grow(list("abcd"), [0.0] * 4, x, rungs=1)
    law = search(features, y, 3, 100)[0]
    assert law.score > 1 - 1e-10
    assert {features.text(k) for k in law.features} == {"a b", "c", "exp(-d)"}


def test_rivals_may_share_all_features_but_one():
    """A third feature that is nearly another one makes a rival as good, and it is named."""
    random = np.random.default_rng(0)
    x = random.standard_normal((200, 12))
    x[:, 5] = x[:, 4] + 0.1 * random.standard_normal(200)
    y = x[:, 0] + x[:, 1] + x[:, 4] + 0.3 * random.standard_normal(200)
    features = grow([f"x{k}" for k in range(12)], [0.0] * 12, x, rungs=0)
    best, rival = search(features, y, 3, 12)[:2]
    assert (sorted(best.features), sorted(rival.features)) == ([0, 1, 4], [0, 1, 5])
    assert best.score - rival.score < 0.01


def test_noise_is_no_law():
    """In-sample R² is not 0; held out it is."""
    random = np.random.default_rng(3)
    x = random.uniform(0.5, 3, (120, 5))
    samples = Samples(NAMES[:5], [0.0] * 5, x, random.standard_normal(120))
    assert search(samples.features(), samples.target, 2, 200)[0].score > 0.05
    assert cross_validated(samples, 2, 200, 10, 1) <= 0.05
    found = discover(samples, pool=100, bootstraps=3, shuffles=5)
    assert not found.accepted
    assert "no law" in found.verdict


@pytest.mark.slow
def test_a_law_is_accepted_and_noise_is_not():
    """python -m pytest -m slow tests/unit/test_laws.py."""
    found = discover(recovery(0, 300, 0.1), shuffles=40)
    assert found.accepted
    assert found.held_out[1] > 0.95
    assert not found.rivals
    random = np.random.default_rng(4)
    x = random.uniform(0.5, 3, (300, 7))
    noise = Samples(NAMES, [0.0] * 7, x, random.standard_normal(300))
    assert cross_validated(noise, 1, 400, 10, 1) <= 0.05
    assert cross_validated(noise, 2, 400, 10, 1) <= 0.05


def switched(count=4000, seed=0):
    """y = −T for D < ½, −D beyond."""
    random = np.random.default_rng(seed)
    d, t = random.random(count), random.random(count)
    y = np.where(d < 0.5, -t, -d) + 0.05 * random.standard_normal(count)
    return Groups(d[:, None], t[:, None], y)


def test_dominance_changes_sides():
    """The sign is right in every window more than a width from the border; one seed, one map."""
    windows = dominance_map(switched(), (5, 1), 800, seed=1, draws=30)
    found = [window.dominance for window in windows]
    assert min(found[:2]) > 0.95
    assert max(found[3:]) < -0.95
    assert -0.95 < found[2] < 0.95
    decided = [window.decided for window in windows]
    assert decided[:2] == [TOPOLOGY] * 2
    assert decided[3:] == [DENSITY] * 2
    assert windows[0].at_density > 0.9 > 0.5 > windows[-1].at_density
    assert dominance_map(switched(), (5, 1), 800, seed=1, draws=30) == windows


def test_a_map_in_the_plane():
    windows = dominance_map(switched(), (6, 6), 400, seed=1, draws=10)
    for window in windows:
        if abs(window.centre[0] - 0.5) > 0.33:
            assert np.sign(window.dominance) == (1 if window.centre[0] < 0.5 else -1)


def test_nothing_to_explain_is_undecided():
    random = np.random.default_rng(5)
    groups = Groups(random.random((500, 2)), random.random((500, 3)), random.random(500))
    assert {w.decided for w in dominance_map(groups, (2, 1), 400, 1, 20)} == {UNDECIDED}


def test_what_is_explained_depends_on_no_unit():
    """Another unit of a current adds a number to its logarithm."""
    random = np.random.default_rng(3)
    m, t = random.standard_normal((2, 200, 2))
    y = 0.3 * m[:, 0] + 0.15 * t[:, 0] + 0.3 * random.standard_normal(200)
    fold = np.arange(200) % 5
    one, other = (explained(Groups(m, t, y + added), fold) for added in (0.0, np.log(10.0)))
    assert other == pytest.approx(one, rel=1e-9)


def test_shapley_shares():
    assert shapley(np.array([0.2, 0.5, 0.6])) == pytest.approx((0.15, 0.45))
    assert dominance(np.array([0.2, 0.5, 0.6])) == pytest.approx(0.5)
    assert dominance(np.zeros(3)) == 0


def test_principal_scores_and_variance():
    random = np.random.default_rng(6)
    x = random.random(1000)
    columns = np.column_stack([x, 2 * x + 1, -0.001 * random.random(1000), np.full(1000, 3.0)])
    scores = principal_scores(columns)
    assert scores.shape == (1000, 2)
    assert abs(np.corrcoef(scores[:, 0], x)[0, 1]) == pytest.approx(1, abs=1e-3)
    assert scores.std(axis=0) == pytest.approx(1)
    assert variance_at_density(x, x) == pytest.approx(1 / 64, rel=0.2)
    assert variance_at_density(x, random.random(1000)) == pytest.approx(1, abs=0.05)
    # of few samples too: 0.91 where the means of the bins are not counted
    few = [variance_at_density(*random.random((2, 80))) for _ in range(500)]
    assert np.mean(few) == pytest.approx(1, abs=0.01)
