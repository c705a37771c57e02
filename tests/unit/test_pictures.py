"""Pictures are drawn where they can be, and never stop a run."""

from dataclasses import replace

import numpy as np
import pytest

from dendrolith.core.look import head
from dendrolith.results import pictures
from dendrolith.results.pictures import Snapshot, draw_if_possible
from dendrolith.studies.pfhub.study import PFHub
from dendrolith.studies.plating.show import SHOW

pytestmark = pytest.mark.serial

ROW = {
    "time [s]": 1.0, "dt [s]": 0.1, "ionic_current [A/m^2]": 5.0, "tip_height [m]": 1e-6,
    "electronic_current [A/m^2]": 1e-3, "lithium_in_electrolyte [mol/m^2]": 1e-3,
    "dead_lithium [mol/m^2]": 0.0,
}  # fmt: skip


def snapshot() -> Snapshot:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) * 1e-6
    cells = np.array([[0, 1, 2], [0, 2, 3]])
    xi, rho = np.array([1.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, -1.0, -1.0])
    fields = {"xi": xi, "rho": rho, "label": xi + rho, "phi_el": -xi}
    return Snapshot(points, cells, fields, 1.0, show=SHOW)


def test_pictures_of_what_is_there(tmp_path):
    draw_if_possible(tmp_path, snapshot(), [ROW, {**ROW, "time [s]": 2.0}], "title")
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {"label.png", "phi_el.png", "timeseries.png", "overview.png"}


def test_concentration_has_its_picture(tmp_path):
    made = snapshot()
    made.fields["c_ion"] = np.array([0.2, 0.6, 1.0, 0.4])
    draw_if_possible(tmp_path, made, [ROW], "title")
    assert (tmp_path / "c_ion.png").stat().st_size > 1000


@pytest.mark.parametrize("size", [9, 11])
def test_a_long_title_is_not_cut_and_no_formula(size):
    import matplotlib.pyplot as plt

    for width in (4.5, 6, 10):
        figure = plt.figure(figsize=(width, 3), layout="constrained")
        head(figure, r"Anode at $\frac{ of its Height " * 8 + "\nt = 4 s", size)
        figure.canvas.draw()
        (title,) = figure.texts
        assert title.get_window_extent().x0 >= 0
        assert title.get_window_extent().x1 <= figure.bbox.x1
        assert title.get_text().endswith("\nt = 4 s")
        plt.close(figure)


def test_a_chart_without_its_first_curve_is_left_out():
    import matplotlib.pyplot as plt

    charts = [chart for chart in SHOW.charts["series"] if chart.title.startswith(("Volt", "Ion"))]
    assert len(charts) == 2
    figure = pictures.draw_series([{**ROW, "cell_voltage [V]": 0.1}], "title", charts)
    assert [axes.get_ylabel() for axes in figure.axes if axes.lines] == ["ionic current [A/m²]"]
    plt.close(figure)


def test_nothing_to_draw_is_no_error(tmp_path):
    draw_if_possible(tmp_path, None, [ROW], "title")
    draw_if_possible(tmp_path, snapshot(), [], "title")
    assert not list(tmp_path.iterdir())


def test_failing_to_draw_only_warns(tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("no fonts")

    monkeypatch.setattr(pictures, "draw_all", broken)
    draw_if_possible(tmp_path, snapshot(), [ROW], "title")
    assert "no fonts" in caplog.text
    assert "results are complete" in caplog.text


def test_curves_on_each_other_and_a_single_sample_are_seen():
    import matplotlib.pyplot as plt

    chart = SHOW.charts["series"][0]
    chart = replace(chart, curves=(("a [1]", "a"), ("b [1]", "b")), log=False)
    rows = [{"time [s]": 0.0, "dt [s]": 1.0, "a [1]": 1.0, "b [1]": 1.0}]
    figure = pictures.draw_series(rows, "title", [chart])
    first, second = figure.axes[0].lines
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() == "."
    figure = pictures.draw_series([*rows, {**rows[0], "time [s]": 1.0}], "title", [chart])
    assert figure.axes[0].lines[0].get_marker() == "None"
    plt.close("all")


def test_a_logarithmic_axis_names_more_than_a_decade():
    import matplotlib.pyplot as plt

    rows = [{"time [s]": t, "dt [s]": dt} for t, dt in ((0.0, 1.4), (1.0, 20.0))]
    figure = pictures.draw_series(rows, "title", [pictures.TIME_STEP])
    figure.canvas.draw()
    named = [label for label in figure.axes[0].get_yticklabels(which="both") if label.get_text()]
    assert len(named) >= 3
    plt.close(figure)


def test_lengths_of_the_benchmark_are_pure_numbers():
    import matplotlib.pyplot as plt

    square = Snapshot(
        200e6 * snapshot().points, snapshot().cells, {"c": np.ones(4)}, 1.0, show=PFHub.shows
    )
    figure, axes = plt.subplots()
    pictures.draw_field(figure, axes, square, "c")
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim()) == ("x", "y", (0, 200))
    plt.close(figure)
