"""Weibull statistics against scipy, closed forms and simulated samples; tables of all kinds."""

import json
import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import CensoredData, weibull_min

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.networks import weibull_report
from dendrolith.networks.ccd_table import read_currents
from dendrolith.networks.families import RIVALS, WEIBULL, fit, log_likelihood
from dendrolith.networks.figures import _weibull_points
from dendrolith.networks.observations import distribution_function, in_steps, observations
from dendrolith.networks.scaling import AREA, THICKNESS, size_effects
from dendrolith.networks.weibull import (
    anderson_darling,
    bootstrap,
    fit_weibull,
    profile_interval,
    solve_score,
)
from dendrolith.networks.weibull_report import report_weibull

pytestmark = pytest.mark.serial


def sample(n, m=1.5, scale=0.4, limit=math.inf, step=0.0, seed=0):
    """Critical currents as a test sees them."""
    current = scale * np.random.default_rng(seed).weibull(m, n)
    lower = np.floor(current / step) * step if step else current
    upper = lower + step if step else current
    cut = current > limit
    return np.where(cut, limit, lower), np.where(cut, math.inf, upper)


@pytest.mark.parametrize("limit", [math.inf, 0.6])
def test_maximum_likelihood_agrees_with_scipy(limit):
    lower, upper = sample(40, limit=limit)
    found = fit_weibull(observations(lower, upper))
    cut = np.isinf(upper)
    m, _, scale = weibull_min.fit(CensoredData(uncensored=lower[~cut], right=lower[cut]), floc=0)
    assert found.shape == pytest.approx(m, rel=1e-4)
    assert found.scale == pytest.approx(scale, rel=1e-4)
    # the score equation and the search give the same
    assert np.exp(fit(WEIBULL, observations(lower, upper)).theta) == pytest.approx(
        [found.shape, found.scale], rel=1e-5
    )


def test_intervals_agree_with_scipy():
    lower, upper = sample(60, limit=0.7, step=0.05)
    found = fit_weibull(observations(lower, upper))
    cut = np.isinf(upper)
    inside = np.column_stack([lower, upper])[~cut]
    m, _, scale = weibull_min.fit(CensoredData(interval=inside, right=lower[cut]), floc=0)
    assert found.shape == pytest.approx(m, rel=1e-4)
    assert found.scale == pytest.approx(scale, rel=1e-4)


@pytest.mark.parametrize(("n", "bias"), [(10, 1.17), (20, 1.08), (50, 1.03)])
def test_bias_of_the_shape(n, bias):
    logs = np.log(np.random.default_rng(1).weibull(2.0, (4000, n)))
    shapes, _ = solve_score(logs, np.ones(logs.shape, dtype=bool), np.ones((1, n)))
    assert shapes.mean() / 2.0 == pytest.approx(bias, abs=0.015)
    if n == 10:
        found = fit_weibull(observations(np.exp(logs[0])))
        drawn = bootstrap(observations(np.exp(logs[0])), found, 400, seed=1)
        assert drawn.bias == pytest.approx(bias, abs=0.05)


def test_bootstrap_intervals_have_no_bias():
    """In 95 % m̂ lies between m times two known numbers, so m lies between m̂ over them; J₀ alike."""
    n, random = 10, np.random.default_rng(2)
    logs = np.log(random.weibull(1.0, (4000, n)))
    m, log_scale = solve_score(logs, np.ones(logs.shape, dtype=bool), np.ones((1, n)))
    low, high = np.percentile(m, (2.5, 97.5))  # 0.70 and 1.9, of m = 1
    least, most = np.percentile(m * log_scale, (2.5, 97.5))
    data = observations(0.4 * random.weibull(3.0, n))
    found = fit_weibull(data)
    drawn = bootstrap(data, found, 400, seed=1)
    assert drawn.shape == pytest.approx((found.shape / high, found.shape / low), rel=0.1)
    logs_of_ends = found.shape * np.log(np.array(drawn.scale) / found.scale)
    assert logs_of_ends == pytest.approx((-most, -least), abs=0.15)


def test_profile_intervals_cover():
    """95 % of them hold the truth: 100 intervals, four standard errors of 50."""
    hits = 0
    for seed in range(50):
        data = observations(*sample(20, m=2.0, limit=0.5, seed=seed))
        (low, high), (least, most) = profile_interval(data, fit_weibull(data))
        hits += (low < 2.0 < high) + (least < 0.4 < most)
    assert abs(hits / 100 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 50)


def test_profile_interval_with_many_censored():
    """Of exact and censored currents J₀ follows from m: the profile of m is a closed form."""
    failed, censored = np.array([0.5, 0.7, 0.9]), 300
    J = np.concatenate([failed, np.ones(censored)])
    data = observations(J, np.where(J < 1, J, math.inf))
    found = fit_weibull(data)

    def drop(m):
        own, best = (
            3 * math.log(k) + k * np.log(failed).sum() - 3 * math.log(np.sum(J**k))
            for k in (m, found.shape)
        )
        return best - own

    (low, high), (least, most) = profile_interval(data, found)
    assert drop(low) == pytest.approx(1.9207, rel=1e-4)  # 0.649 and 6.74
    assert drop(high) == pytest.approx(1.9207, rel=1e-4)
    assert least < found.scale < most < math.inf


def test_weakest_link_in_area():
    """J₀ ∝ A^{−1/m} within 3 %, m constant; and by one fit of all areas."""
    random, all_currents, all_areas = np.random.default_rng(2), [], []
    for area in (1, 4, 16, 64):
        current = 0.3 * random.weibull(2.5, (10000, area)).min(axis=1)
        found = fit_weibull(observations(current))
        assert found.scale == pytest.approx(0.3 * area ** (-1 / 2.5), rel=0.03)
        assert found.shape == pytest.approx(2.5, rel=0.03)
        all_currents.append(current[:500])
        all_areas.append(np.full(500, area))
    found = fit_weibull(observations(np.concatenate(all_currents), area=np.concatenate(all_areas)))
    assert found.scale == pytest.approx(0.3, rel=0.05)
    assert found.shape == pytest.approx(2.5, rel=0.05)


def test_thickness_does_not_follow_the_weakest_link():
    """Networks side by side stay near it; behind each other they come out stronger, not weaker."""
    effects = size_effects(1, samples=300)
    last = {along: [e for e in effects if e.along == along][-1] for along in (AREA, THICKNESS)}
    assert last[AREA].scale == pytest.approx(last[AREA].predicted, rel=0.1)
    assert last[THICKNESS].scale > 1.3 * last[THICKNESS].predicted


@pytest.mark.parametrize("family", RIVALS, ids=lambda family: family.name)
def test_a_family_is_a_distribution(family):
    """The density is −dS/dJ, and the fit is a maximum."""
    data = observations(*sample(50, m=3.0, limit=0.5))
    found = fit(family, data)
    grid = np.linspace(0.15, 0.6, 4001)
    log_f, log_s = family.logs(np.log(grid), found.theta)
    slope = -np.gradient(np.exp(log_s), grid)
    assert np.exp(log_f)[5:-5] == pytest.approx(slope[5:-5], rel=1e-3, abs=1e-4)
    for axis in range(len(found.theta)):
        for step in (-1e-2, 1e-2):
            moved = found.theta + step * np.eye(len(found.theta))[axis]
            assert log_likelihood(family, moved, data) <= found.log_likelihood + 1e-6


def test_the_right_family_wins():
    random = np.random.default_rng(3)
    log_normal = report_weibull(observations(np.exp(0.5 * random.standard_normal(300))), "")
    assert log_normal.rivals[0].family.name == "log-normal"
    assert "rejected" in log_normal.verdict
    weibull = report_weibull(observations(random.weibull(2.0, 300)), "")
    assert weibull.bootstrap.probability > 0.01
    assert weibull.rivals[0].family.name.startswith("Weibull")


@pytest.mark.slow
def test_probability_of_anderson_darling_is_uniform():
    """python -m pytest -m slow tests/unit/test_weibull.py

    Under Weibull, with censoring; Kolmogorov distance of 60 samples.
    """
    values = []
    for seed in range(60):
        data = observations(*sample(30, m=2.0, limit=0.5, seed=seed))
        values.append(bootstrap(data, fit_weibull(data), 60, seed=1).probability)
    order = np.sort(values)
    assert np.abs(order - (np.arange(60) + 0.5) / 60).max() < 1.63 / math.sqrt(60)


def test_anderson_darling_of_a_complete_sample():
    """The textbook sum over order statistics."""
    current = np.sort(np.random.default_rng(4).weibull(2.0, 25))
    data = observations(current)
    found = fit_weibull(data)
    u, k = found.failure(current), np.arange(1, 26)
    textbook = -25 - np.sum((2 * k - 1) / 25 * (np.log(u) + np.log1p(-u[::-1])))
    assert anderson_darling(data, found) == pytest.approx(textbook, rel=1e-6)


def test_kaplan_meier():
    lower, upper = np.array([1.0, 2, 2, 3, 4]), np.array([1, np.inf, 2, 3, np.inf])
    current, probability = distribution_function(observations(lower, upper))
    assert current.tolist() == [1, 2, 3]
    assert probability == pytest.approx([0.2, 0.4, 0.7])


TABLES = {
    "header": "specimen,CCD (mA/cm2),censored\na,0.3,no\nb,0.5,no\nc,0.9,yes\nd,0.7,no\n",
    "units": "J_c [A m^-2]\n3\n5\n>9\n7\n",
    "comma": "Probe;CCD / mA cm⁻²\na;0,3\nb;0,5\nc;>0,9\nd;0,7\n",
    "tabs": "ccd [uA/cm^2]\tcensored\n300\t0\n500\t0\n900\t1\n700\t0\n",
    "failures": "CCD (mA/cm2),failed\n0.3,1\n0.5,1\n0.9,0\n0.7,1\n",
    "how they ended": "CCD (mA/cm2),Status\n0.3,shorted\n0.5,failed\n0.9,survived\n0.7,shorted\n",
    "at least": "Cell,CCD (mA/cm2)\na,0.3\nb,0.5\nc,≥0.9\nd,0.7\n",
    "interval": "lower [mA/cm^2],ccd [mA/cm^2]\n0.25,0.3\n0.45,0.5\n0.9,inf\n0.65,0.7\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_people_write(tmp_path, name):
    file = tmp_path / "ccd.csv"
    file.write_text(TABLES[name], encoding="utf-8")
    table = read_currents(file)
    assert table.unit == "mA/cm^2"
    assert table.data.total == 4
    assert table.data.failures == 3
    assert sorted(table.data.upper[table.data.failed]) == pytest.approx([0.3, 0.5, 0.7])
    assert table.data.lower[~table.data.failed] == pytest.approx([0.9])


def test_a_plain_list_and_areas(tmp_path):
    file = tmp_path / "ccd.txt"
    file.write_text("0.3\n0.5\n0.7\n")
    assert read_currents(file).unit == ""
    file.write_text("ccd [mA/cm^2],area [cm^2]\n0.3,1\n0.5,1\n0.2,4\n")
    table = read_currents(file)
    assert sorted(table.data.area) == [1.0, 1.0, 4.0]
    assert table.reference_area == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "is empty"),
        ("ccd [mA/cm^2]\n", "no rows"),
        ("ccd [mA/cm^2]\n0.3\nx\n", "ccd.csv:3: 'x'"),
        ("ccd [mA/cm^2]\n0.3\n-0.4\n", "ccd.csv:3: a critical current must be above 0"),
        ("ccd [mA/cm^2]\n0.3\nnan\n", "ccd.csv:3"),
        ("ccd [V]\n0.3\n0.4\n", "wrong dimension"),
        ("a,b\n0.3,1\n0.4,2\n", "--column NAME"),
        ("ccd,area\n0.3,1\n0.4,0\n", "ccd.csv:3: the area"),
        ("ccd,censored\n0.3,0\n0.4,perhaps\n", "write yes or no"),
        ("ccd,area\n0.3,1\n0.4\n", "ccd.csv:3: has 1 cells"),
        ("ccd [mA/cm^2]\n0.3\n0.3\n>0.4\n", "two different"),
        ("cell,ccd\n1,0.3\n2,0.4\nmean,0.35\n", "ccd.csv:4: 'mean' is no specimen"),
        ("ccd,status\n0.3,short\n0.4,survived\n0.5,odd\n", "write survived or failed"),
        ("lower,ccd\n0.5,0.3\n0.3,0.4\n", "ccd.csv:2"),
    ],
)
def test_bad_tables_get_one_message(tmp_path, capsys, text, word):
    file = tmp_path / "ccd.csv"
    file.write_text(text)
    assert main(["weibull", str(file)]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said


def test_the_verb(tmp_path, capsys):
    file, picture = tmp_path / "ccd.csv", tmp_path / "ccd.png"
    file.write_text(TABLES["header"])
    assert main(["weibull", str(file), "--plot", str(picture)]) == 0
    assert "4 specimens, 3 short circuits, 1 censored" in capsys.readouterr().out
    assert picture.stat().st_size > 5000
    assert main(["weibull", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shape_profile"][0] < found["shape"] < found["shape_profile"][1]
    assert main(["weibull", str(file), "--column", "nix"]) == 2
    assert main(["weibull", str(tmp_path / "none.csv")]) == 2
    with pytest.raises(ConfigError):
        read_currents(tmp_path / "none.parquet")


def test_the_area_that_scale_and_median_belong_to(tmp_path, capsys):
    file = tmp_path / "ccd.csv"
    file.write_text("ccd [mA/cm^2],area [cm^2]\n0.3,0.5\n0.5,1\n0.2,4\n")
    assert main(["weibull", str(file)]) == 0
    assert "both of 1 cm^2, the median area" in capsys.readouterr().out
    file.write_text("ccd [mA/cm^2]\n0.3\n0.5\n0.2\n")
    assert main(["weibull", str(file)]) == 0
    assert "median area" not in capsys.readouterr().out


def test_a_few_steps_among_exact_currents():
    """Networks that a pore crosses fail in the first step; the others are known exactly."""
    rng = np.random.default_rng(5)
    exact = 2.0 * rng.weibull(4.0, 300)
    lower, upper = np.append(exact, [0.0, 0.0]), np.append(exact, [0.05, 0.05])
    found = report_weibull(observations(lower, upper), "mA/cm^2")
    assert found.shape[0] < found.weibull.shape < found.shape[1]
    assert found.bootstrap.shape[0] < found.weibull.shape < found.bootstrap.shape[1]
    assert found.data.total == 302


def test_steps_of_a_thousandth_change_no_fit():
    """Shape and scale, of failures and censored ones."""
    rng = np.random.default_rng(6)
    current = 2.0 * rng.weibull(4.0, 5000)
    failed = current < 2.3
    data = observations(np.minimum(current, 2.3), np.where(failed, current, np.inf))
    stepped = in_steps(data, 1e-3)
    assert stepped.total == data.total
    assert stepped.lower.size < data.lower.size / 2
    found, again = fit_weibull(data), fit_weibull(stepped)
    assert again.shape == pytest.approx(found.shape, rel=1e-3)
    assert again.scale == pytest.approx(found.scale, rel=1e-4)


@pytest.mark.parametrize(
    ("upper", "wanted"),
    [([1.0, 2, 3, 4], [1 / 8, 3 / 8, 5 / 8, 7 / 8]), ([2.0, 3, 4, 5], [1 / 4, 1 / 2, 3 / 4])],
    ids=["exact", "steps of a ramp"],
)
def test_points_of_a_plot(upper, wanted):
    """In the middle of their steps, the last one too; those of a ramp at the top."""
    axes = Figure().subplots()
    _weibull_points(axes, observations(np.arange(1.0, 5), np.array(upper)), "k", "")
    assert -np.expm1(-np.exp(axes.lines[0].get_ydata())) == pytest.approx(wanted)


def test_two_steps_that_meet_leave_a_shape_without_an_upper_bound():
    """Whatever m, some J₀ puts as many into each: no interval of m ends there."""
    lower = np.repeat([0.4, 0.8], [15, 16])
    with pytest.raises(ConfigError, match="the steps meet there"):
        fit_weibull(observations(lower, lower + 0.4))
    third = np.append(lower, 1.2)
    assert fit_weibull(observations(third, third + 0.4)).shape > 0


def test_intervals_of_coarse_steps_are_those_of_the_profile_at_least(monkeypatch):
    """Samples of a fit with a large m show less of it than those of a smaller one."""
    monkeypatch.setattr(weibull_report, "DRAWS", ((math.inf, 100),))
    lower = np.repeat([0.4, 0.8, 1.2], [2, 9, 2])
    found = report_weibull(observations(lower, lower + 0.4), "mA/cm^2")
    for drawn, profile in (
        (found.bootstrap.shape, found.shape), (found.bootstrap.scale, found.scale),
    ):  # fmt: skip
        assert drawn[0] <= profile[0] < profile[1] <= drawn[1]
