"""Numbers, tables and charts of a report, from series of all kinds."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dendrolith.control.stages import CURRENT
from dendrolith.core.formats import format_number, length_unit, typeset
from dendrolith.results.report import charts
from dendrolith.results.report.animation import heading
from dendrolith.results.report.draw import spread
from dendrolith.results.report.pixels import pixels
from dendrolith.results.report.profile import draw_profile
from dendrolith.results.report.run_data import Run, names_apart, read_runs
from dendrolith.results.report.tables import differences, table
from dendrolith.results.status import UNKNOWN
from dendrolith.studies.plating.show import SHORT, SHOW
from dendrolith.studies.plating.study import Plating
from dendrolith.studies.press.study import BORE
from dendrolith.studies.register import load
from dendrolith.studies.terminal_charts import KEY_NUMBERS
from dendrolith.traces.reading import Segment
from dendrolith.traces.shorts.classification import Verdict, classify
from dendrolith.traces.shorts.thresholds import SIMULATED
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

TIME = np.linspace(0.0, 10.0, 11)


def a_run(tmp_path, name="one", facts=None, **columns) -> Run:
    names = {"tip": "tip_height [m]", "ionic": "ionic_current [A/m^2]",
             "leakage": "electronic_current [A/m^2]", "collector": "collector_current [A/m^2]",
             "short": SHORT, "heat": "joule_heat [W/m^2]"}  # fmt: skip
    series = {"time [s]": TIME, **{names[key]: values for key, values in columns.items()}}
    status = {**UNKNOWN, "state": "done", "time": 10.0, "steps": 11, **(facts or {})}
    return Run(tmp_path, name, status, series, None, "", Plating(), [], None, [])


def test_lengths_have_a_unit_that_fits():
    """Lengths of a cell are in µm; a model problem on a square of 200 is not."""
    assert [length_unit(size) for size in (56e-6, 8e-3, 5e-8, 0.1, 200.0)] == [
        (1e6, "µm"), (1e6, "µm"), (1e9, "nm"), (1e3, "mm"), (1.0, "m"),
    ]  # fmt: skip


def test_formulas_are_typeset():
    spelled = "div(sigma) = 0, d(xi)/dt = L_xi grad^2 mu, 5 x 3 um, lambda; maximum, phial"
    printed = "div(σ) = 0, d(ξ)/dt = L_ξ ∇² μ, 5 × 3 µm, λ; maximum, phial"
    assert typeset(spelled) == printed


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (82.3729, "82.37"), (-3.25, "−3.25"), (8.678e-4, "8.678 × 10⁻⁴"),
     (18536.4, "18536"), (-2e-16, "−2 × 10⁻¹⁶"), (3.2e7, "3.2 × 10⁷"), (float("nan"), "nan")],
)  # fmt: skip
def test_numbers_as_they_are_printed(value, text):
    assert format_number(value) == text


def test_key_numbers_of_what_is_there(tmp_path):
    rows = {row.name: row for row in table("key", [a_run(tmp_path, tip=TIME * 2e-6)])}
    assert rows["Tip height"].values == ["20"]
    assert rows["Tip height"].unit == "µm"
    assert rows["Mean velocity of the tip"].values == ["2"]
    assert "Cell voltage" not in rows
    assert "Short circuit" not in rows


def test_several_runs_share_a_table(tmp_path):
    with_tip, without = a_run(tmp_path, tip=TIME * 1e-6), a_run(tmp_path, "two")
    rows = {row.name: row.values for row in table("key", [with_tip, without])}
    assert rows["Tip height"] == ["10", "—"]
    assert differences([with_tip, without]) == []


def test_differences_have_units_and_words_of_an_input(tmp_path):
    cells = [
        dataclasses.replace(a_run(tmp_path), config=load(CONFIGS / "cells" / f"{name}.yaml"))
        for name in ("healthy", "hard_short")
    ]
    rows = {row.name: row for row in differences(cells)}
    assert rows["bridge.contact_resistance"].unit == "Ω m²"
    assert rows["control.1.until.short"].values == ["false", "—"]


def test_collector_closes_the_ledger(tmp_path):
    ionic, leakage = np.full(11, 5.0), np.full(11, 1.0)
    run = a_run(tmp_path, ionic=ionic, leakage=leakage, collector=np.linspace(6.0, 8.0, 11))
    rows = {row.name: row.values for row in table("ledger", [run])}
    assert rows["Collector less ionic less electronic, largest"] == ["0.25"]


def shorted(value) -> Verdict:
    """What a leakage shows."""
    time = np.linspace(0, 10, len(value))
    return classify([Segment(CURRENT, "leakage", "leakage", time, np.array(value))], SIMULATED)


def test_short_circuits_are_found_and_shaded(tmp_path):
    """One excursion that recovers, one that lasts; told with onset and confidence."""
    leakage = np.ones(200)
    leakage[80:90], leakage[150:] = 50.0, 1e6
    run = dataclasses.replace(a_run(tmp_path, ionic=TIME + 1), short_circuit=shorted(leakage))
    rows = {row.name: row.values for row in table("key", [run])}
    assert rows["Short circuit"] == ["hard from 7.487 s (confidence 1.00)"]
    (chart,) = charts.charts_of("series", [run], SHOW)
    drawn = charts.svg(chart.title, lambda axes: charts.plot(axes, chart, [run]))
    assert drawn.count("opacity: 0.22") == 2
    assert "opacity: 0.22" not in charts.svg(
        chart.title, lambda axes: charts.plot(axes, chart, [a_run(tmp_path, ionic=TIME + 1)])
    )
    quiet = dataclasses.replace(a_run(tmp_path), short_circuit=shorted(np.ones(200)))
    said = {row.name: row.values for row in table("key", [quiet])}
    assert said["Short circuit"] == ["none (confidence 1.00)"]


def test_a_run_has_the_same_colour_in_every_chart(tmp_path):
    """Fault: coloured by the lines of a chart, of which a run may have none."""
    runs = [a_run(tmp_path, name, ionic=TIME + 1, **tip)
            for name, tip in (("one", {}), ("two", {"tip": TIME}))]  # fmt: skip
    colours = {}
    for chart in charts.charts_of("series", runs, SHOW):
        drawn = charts.svg(chart.title, lambda axes, c=chart: charts.plot(axes, c, runs))
        colours[chart.title] = set(re.findall(r"--curve-\d", drawn))
    assert colours["Ionic current"] == {"--curve-1", "--curve-2"}
    assert colours["Tip height"] == {"--curve-2"}


def test_charts_take_their_looks_from_the_page(tmp_path):
    run = a_run(tmp_path, ionic=TIME + 1)
    (chart,) = charts.charts_of("series", [run], SHOW)
    drawn = charts.svg(chart.title, lambda axes: charts.plot(axes, chart, [run]))
    assert "var(--curve-1)" in drawn
    assert "currentColor" in drawn
    assert "#010203" not in drawn
    assert "DejaVu" not in drawn
    assert re.search(r"<svg [^>]*viewBox", drawn)
    assert not re.search(r"<svg [^>]*(width|height)=", drawn)
    assert (
        charts.describe(chart, [run]) == "Ionic current over time: Ionic current from 1 to 11 A/m²"
    )


def test_columns_of_later_versions_have_a_chart(tmp_path):
    (chart,) = charts.charts_of("further", [a_run(tmp_path, heat=TIME)], SHOW)
    assert (chart.title, chart.unit) == ("Joule heat", "W/m²")
    assert charts.charts_of("further", [a_run(tmp_path, tip=TIME, short=TIME * 0)], SHOW) == []


def test_axes_are_logarithmic_only_where_it_helps(tmp_path):
    import matplotlib.pyplot as plt

    for leakage, scale in (
        (10.0**-TIME, "log"), (TIME + 5.0, "linear"), (np.zeros(11), "linear"), (-TIME, "linear"),
    ):  # fmt: skip
        run = a_run(tmp_path, leakage=leakage)
        figure, axes = plt.subplots()
        charts.plot(axes, charts.charts_of("series", [run], SHOW)[0], [run])
        assert axes.get_yscale() == scale
        plt.close(figure)


def test_a_logarithmic_axis_shows_both_signs_and_all_of_the_time(tmp_path):
    """A leakage that turns with the current was left out, and with it the end of the run."""
    import matplotlib.pyplot as plt

    for leakage, name in (
        (np.where(TIME > 5, -1.0, 1.0) * 10.0**-TIME, "|electronic current|"),
        (np.where(TIME > 5, 0.0, 10.0**-TIME), "electronic current"),
    ):
        run = a_run(tmp_path, leakage=leakage)
        figure, axes = plt.subplots()
        charts.plot(axes, charts.charts_of("series", [run], SHOW)[0], [run])
        assert axes.get_yscale() == "log"
        assert axes.get_ylabel() == f"{name} [A/m²]"
        assert axes.get_xlim()[1] > TIME[-1]
        shown = axes.lines[0].get_ydata()
        np.testing.assert_array_equal(np.isfinite(shown), leakage != 0)
        plt.close(figure)


@pytest.mark.parametrize("last", [1.0, np.nan])
def test_rounding_does_not_fill_a_chart(tmp_path, last):
    import matplotlib.pyplot as plt

    values = 5.0 + 1e-12 * np.sin(TIME)
    values[-1] *= last
    run = a_run(tmp_path, ionic=values)
    figure, axes = plt.subplots()
    charts.plot(axes, charts.charts_of("series", [run], SHOW)[0], [run])
    assert axes.get_ylim() == pytest.approx((-0.2, 5.5))
    plt.close(figure)


def test_long_series_are_thinned_without_losing_a_peak():
    time = np.arange(100_000.0)
    values = np.zeros(time.size)
    values[77_777] = 5.0
    fewer, kept = charts.thinned(time, values)
    assert fewer.size <= charts.MOST_POINTS + 2
    assert fewer[np.argmax(kept)] == 77_777
    assert (fewer[0], fewer[-1]) == (0.0, 99_999.0)


def test_long_series_with_gaps_keep_what_lies_between_them():
    """As of a bridge that comes and goes: every second row is nan."""
    time = np.arange(100_000.0)
    values = np.where(time % 2 == 0, np.sin(time / 2e4), np.nan)
    _, kept = charts.thinned(time, values)
    assert np.isfinite(kept).mean() > 0.99
    assert np.nanmax(kept) == np.nanmax(values)


def test_times_are_spread():
    times = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert spread(times, 3) == [0.0, 2.0, 5.0]
    assert spread(times, 1) == [5.0]
    assert spread(times[:2], 4) == [0.0, 1.0]
    assert spread([], 4) == []


def test_half_a_row_is_no_damage(tmp_path):
    """A run may be writing it now; a row in the middle that is no row is told of."""
    path = tmp_path / "timeseries.csv"
    path.write_text("time [s],tip_height [m]\n1,2\n2,3\n3", encoding="utf-8")
    (run,) = read_runs([tmp_path])
    assert run.series["tip_height [m]"][-1] == 3.0
    assert not any("damaged" in line for line in run.missing)
    path.write_text("time [s],tip_height [m]\n1,2\n\0,?\n2\n4,5\n", encoding="utf-8")
    (run,) = read_runs([tmp_path])
    assert list(run.time) == [1.0, 4.0]
    assert any("2 rows" in line for line in run.missing)


def test_names_of_folders_are_no_formulas(tmp_path):
    r"""Beside others a run is called as its folder, whatever that is: $\frac{, _hidden."""
    runs = [a_run(tmp_path, name, ionic=TIME) for name in (r"$\frac{", "_hidden", "<b>&")]
    (chart,) = charts.charts_of("series", runs, SHOW)
    drawn = charts.svg(chart.title, lambda axes: charts.plot(axes, chart, runs)).replace(
        "\u200b", ""
    )
    for name in (r"$\frac{", "_hidden", "&lt;b&gt;&amp;"):
        assert name in drawn, name


def test_pictures_keep_their_shape():
    assert pixels(128e-6, 100e-6, 640) == (640, 500)
    assert pixels(10e-6, 100e-6, 640) == (80, 800)
    assert pixels(1e-3, 1e-6, 640) == (640, 1)


def test_ten_layers_are_drawn_for_the_last_time(tmp_path):
    run = a_run(tmp_path)
    assert draw_profile(*SHOW.profiles, [run]) is None
    header = ("time [s],layer [1],from [m],to [m],lithium_fraction [1],pore_fraction [1],"
              "filled_fraction [1]")  # fmt: skip
    rows = [f"{t},{k},{k}e-6,{k + 1}e-6,{t * k / 100},0.2,0.01" for t in (1, 2) for k in range(10)]
    half = "3,0,0e-6,1e"  # a row that the run is writing
    (run.path / "layers.csv").write_text("\n".join([header, *rows, half]), encoding="utf-8")
    title, words, drawing = draw_profile(*SHOW.profiles, [run])
    assert title == "Ten layers at 2 s"
    assert "lithium 0 at the foil, 0.18 at the counter electrode" in words
    assert "open pores" in drawing
    (run.path / "layers.csv").write_text(header + "\n2,0,0", encoding="utf-8")
    assert draw_profile(*SHOW.profiles, [run]) is None


def test_a_profile_has_units_that_fit(tmp_path):
    run = a_run(tmp_path)
    rows = ["time [s],from [m],to [m],gap [m]", "1,0,1e-3,5e-5", "1,1e-3,2e-3,2e-5", ""]
    (run.path / "bore.csv").write_text("\n".join(rows), encoding="utf-8")
    _, words, drawing = draw_profile(BORE, [run])
    assert "gap 50 µm pellet, 20 µm end of the tube" in words
    assert "gap [µm]" in drawing
    assert "1e−5" not in drawing


def test_an_efficiency_while_charging_is_not_known():
    (number,) = (number for number in KEY_NUMBERS if number.label == "Coulombic efficiency")
    for value, shown in ((0.0, None), (0.5, 50.0)):
        run = SimpleNamespace(series={"coulombic_efficiency [1]": np.array([value])})
        assert number.find(run) == shown


def test_a_film_says_what_it_shows():
    assert heading(SHOW, "label", 2.0) == "t = 2 s"  # layers have a legend
    assert heading(SHOW, "phi_el", 2.0) == "electronic potential, t = 2 s"


def test_drawing_loads_neither_mpi_nor_dolfinx():
    """The processes that draw know the study all the same."""
    code = (
        "import sys\n"
        "from dendrolith.results.report import draw, figures, report, render\n"
        "from dendrolith.results import open_run, status\n"
        "from dendrolith.results.study_of_run import STUDIES\n"
        "assert 'plating' in STUDIES\n"
        "print(sorted({'mpi4py.MPI', 'dolfinx', 'petsc4py'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/p0", "a/p10"], ["p0", "p10"]),
        (["a/run", "b/run"], ["a/run", "b/run"]),
        (["a/x/run", "b/x/run", "b/y/run"], ["a/x/run", "b/x/run", "b/y/run"]),
        (["a/run", "a/run"], ["a/run", "a/run"]),
    ],
)
def test_names_of_runs_are_as_short_as_tells_them_apart(paths, names):
    assert names_apart([Path(path) for path in paths]) == names
