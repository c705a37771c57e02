"""Pictures of traces, spectra, networks, pressed cells: nothing is cut, nothing hides another."""

from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest

from dendrolith.control.stages import VOLTAGE
from dendrolith.networks import claims, figures
from dendrolith.studies.creep.figures import _pressure
from dendrolith.traces.picture import draw_trace
from dendrolith.traces.reading import Segment, Trace
from dendrolith.traces.shorts.excursion import PATH, Event
from dendrolith.traces.spectra.picture import nyquist
from dendrolith.traces.spectra.spectrum import Spectrum

pytestmark = pytest.mark.serial

mpl.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


@pytest.fixture
def axes():
    figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
    yield axes
    plt.close(figure)


def test_a_long_name_of_a_file_is_not_cut_and_one_sample_is_seen(tmp_path, monkeypatch):
    seen = []

    def look_at(figure, *_):
        figure.canvas.draw()
        box = figure.texts[0].get_window_extent()
        seen.append((box.x0 >= 0, box.x1 <= figure.bbox.x1))
        seen.append([line.get_marker() for line in figure.axes[0].lines])

    monkeypatch.setattr(mpl.figure.Figure, "savefig", look_at)
    one = Segment(VOLTAGE, "V", "V", np.array([0.0]), np.array([0.1]))
    gaps = Segment(VOLTAGE, "V", "V", np.arange(4.0), np.array([1.0, np.nan, 1.0, 1.0]))
    draw_trace(tmp_path / "a.png", Trace(Path("a"), [one, gaps], False), [], 120 * "cell" + ".csv")
    assert seen == [(True, True), [".", "."]]


def test_an_excursion_is_told_in_the_same_words_everywhere():
    event = Event(1.0, 2.0, None, 3.0, VOLTAGE)
    assert event.how_far == "down to 50 % of the floor"
    assert event.how_far in str(event)
    assert Event(1.0, 0.4, None, 3.0, PATH).how_far == "path of electrons up to 0.4"


def test_equal_spectra_are_told_apart_and_marked_once(axes):
    frequency = np.geomspace(1e6, 1e-3, 91)
    z = 1.0 + 1.0 / (1.0 + 1e-3j * frequency)
    nyquist(axes, [Spectrum(name, frequency, z) for name in ("before", "after")])
    lines = [line for line in axes.lines if line.get_linestyle() != "None"]
    assert len({line.get_linestyle() for line in lines}) == 2
    places = [text.xy for text in axes.texts]
    assert len(places) == len(set(places)) > 1
    axes.figure.canvas.draw()
    frame = axes.get_window_extent()
    assert all(text.get_window_extent().y1 <= frame.y1 for text in axes.texts)


def test_the_pressure_of_a_charge_leaves_room_above(axes):
    config = SimpleNamespace(frame=SimpleNamespace(hold=0.0), plating_speed=0.0)
    pressure = np.array([10e6, 9.95e6, 10.5e6])
    series = {"time": np.arange(3.0), "stack_pressure": pressure, "network_pressure": pressure}
    _pressure(axes, config, series)
    assert axes.get_ylim() == pytest.approx((0, 1.05 * 10.5))


def test_sizes_along_which_the_weakest_link_says_the_same_are_both_seen():
    effects = [
        SimpleNamespace(along=along, factor=factor, scale=1.0, predicted=1.0 / factor)
        for along in ("area", "thickness")
        for factor in (1, 2)
    ]
    figure = figures.size_effect_plot(effects)
    links = [line for line in figure.axes[0].lines if "weakest" in line.get_label()]
    assert len({line.get_linestyle() for line in links}) == 2
    plt.close(figure)


def test_bars_of_a_single_density_stand_together():
    values = np.arange(1.0, 10.0)
    figure = figures.quantile_bars({"4 %": {"random": values, "clustered": values}}, "mA/cm^2")
    assert figure.axes[0].get_xlim() == (-0.5, 0.5)
    plt.close(figure)


def test_more_topologies_than_colours_are_all_drawn():
    values = np.arange(1.0, 10.0)
    cells = {"4 %": {f"topology {k}": values for k in range(7)}}
    figure = figures.quantile_bars(cells, "mA/cm^2")
    assert len(figure.axes[0].get_legend().get_texts()) == 7
    plt.close(figure)


def test_a_claim_without_a_cell_has_no_numbers():
    law = SimpleNamespace(toughness_scatter=0.1, flaw_scatter=0.3)
    found = SimpleNamespace(cells={}, overall=SimpleNamespace(verdict="not rejected"))
    _, _, out, verdict = claims._weibull(SimpleNamespace(electrolyte=law), found)
    assert out == "All cells together: not rejected"
    assert verdict == "not tested: no cell has a fit"
