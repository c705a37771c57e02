"""Diagrams of a sweep: their words, and legends that hide nothing."""

import math

import matplotlib as mpl
import pytest

from dendrolith.observables.show import Reading
from dendrolith.sweeps.charts import (
    Axis,
    _draw_lines,
    distributions,
    in_unit,
    most,
    response_curves,
)
from dendrolith.sweeps.report import _range

mpl.use("Agg")


def test_numbers_are_said_with_prefixes_or_powers():
    said = [in_unit(*value) for value in ((5e6, "Pa"), (0, "Pa"), (1.13e12, "Pa/m"), (3, ""))]
    assert said == ["5 MPa", "0 Pa", "1.13 × 10¹² Pa/m", "3"]


def test_an_axis_of_hours_is_one_of_seconds():
    """As everywhere; it was one of kiloseconds."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    Axis("time.end [s]").scale(axes, [3600.0, 7200.0], "x")
    Axis("elasticity.pressure [Pa]").scale(axes, [1e6, 5e6], "y")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time.end [s]", "elasticity.pressure [MPa]")
    plt.close(figure)


def test_a_legend_lies_above_its_lines():
    import matplotlib.pyplot as plt

    lines = {f"voltage {k} mV": {0.0: [k], 2e7: [k + 1.0]} for k in range(5)}
    figure, axes = plt.subplots(figsize=(4.4, 2.8), layout="constrained")
    _draw_lines(axes, Axis("elasticity.pressure [Pa]"), Reading("x", "x [m]", "m"), lines)
    figure.canvas.draw()
    legend, frame = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert legend.y0 >= frame.y1 - 1
    assert legend.x1 <= figure.bbox.x1
    plt.close(figure)


@pytest.mark.parametrize("length", [20, 29, 80])
def test_a_legend_of_long_names_is_not_cut_and_leaves_the_axes_their_room(length):
    import matplotlib.pyplot as plt

    lines = {f"{k} leak".ljust(length, "e"): {0.0: [k], 2e7: [k + 1.0]} for k in range(3)}
    figure, axes = plt.subplots(figsize=(4.4, 2.8), layout="constrained")
    _draw_lines(axes, Axis("elasticity.pressure [Pa]"), Reading("x", "x [m]", "m"), lines)
    figure.canvas.draw()
    assert axes.get_legend().get_window_extent().x1 <= figure.bbox.x1
    assert axes.get_window_extent().width > 0.75 * figure.bbox.width
    plt.close(figure)


def test_what_is_no_number_has_no_place():
    """A point that has no such value, or an infinite one, is left out; the others are drawn."""
    rows = [{"a [1]": float(k), "x [V]": float(k)} for k in range(10)]
    for row, value in zip(rows, (math.nan, math.inf), strict=False):
        row["x [V]"] = value
    readings = [Reading("x", "x [V]", "V")]
    ((_, words, _),) = distributions(rows, readings)
    assert words == "Distribution of x of 8 points, median 5.5"
    ((_, words, _),) = response_curves(rows, ["a [1]"], readings)
    assert words == "x from 2 to 9 V over a"


def test_what_null_leaves_out_is_said():
    """A leak of 5 Ω m² or none: the lines have names, and the page the unit."""
    leak = "circuit.leakage_resistance [Ohm m^2]"
    rows = [
        {leak: value, "a [1]": float(k), "x [V]": k + (value or 0.0)}
        for value in (None, 5.0)
        for k in range(2)
    ]
    ((_, _, drawn), *_) = response_curves(rows, ["a [1]", leak], [Reading("x", "x [V]", "V")])
    assert "no leakage_resistance" in drawn
    assert "leakage_resistance 5 Ω m²" in drawn
    assert "None" not in drawn
    assert _range(rows, leak) == ("circuit.leakage_resistance", "5 Ohm m^2, absent")
    assert _range([{leak: 5.0}, {leak: 8.0}], leak)[1] == "5 Ohm m^2 to 8 Ohm m^2, 2 values"


def test_of_several_classes_at_a_place_most_count_and_of_a_tie_the_worst():
    assert most(["none", "none", "hard"]) == "none"
    assert most(["none", "hard", "soft", "soft", "hard"]) == "hard"
