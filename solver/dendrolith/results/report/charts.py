"""Time series as charts: what is drawn over time, in which unit, for the page and for papers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dendrolith.core.formats import format_number, typeset
from dendrolith.core.look import COLOURS, lone, look, name_ticks
from dendrolith.observables.columns import TIME, split_column
from dendrolith.observables.show import Chart, Show, of_input
from dendrolith.results.pictures import TIME_STEP
from dendrolith.results.read_run import FloatArray
from dendrolith.results.report.run_data import Run

RECOVERED, LASTING = "#e69f00", "#d55e00"  # excursions of the leakage or the voltage
WIDE = 1.0  # decades from which an axis may be logarithmic
MOST_POINTS = 1500  # of a line
# In a page the text, the lines of the frame and the curves take the colours of the theme.
_TEXT, _FRAME, _GRID = "#010203", "#040506", "#070809"


# place, by which it is coloured; name; time and values
Line = tuple[int, str, tuple[FloatArray, FloatArray]]

SOLVER, FURTHER = "solver", "further"  # groups with charts of every run


def groups_of(show: Show) -> dict[str, tuple[Chart, ...]]:
    """Group → its charts; the solver's begins with the time step."""
    return {**show.charts, SOLVER: (TIME_STEP, *show.charts.get(SOLVER, ()))}


def charts_of(group: str, runs: list[Run], show: Show) -> list[Chart]:
    """The charts of a group that some run has columns for; with several runs one curve each."""
    columns = set().union(*(run.series for run in runs))
    charts = tuple(_further(columns, show)) if group == FURTHER else groups_of(show).get(group, ())
    present = []
    for chart in charts:
        if chart.curves[0][0] not in columns:
            continue
        curves = tuple(curve for curve in chart.curves if curve[0] in columns)
        apart = [(curve,) for curve in curves] if len(runs) > 1 else [curves]
        for some in filter(None, apart):
            title = chart.title if len(apart) == 1 else f"{chart.title}: {some[0][1]}"
            present.append(replace(chart, title=title, curves=some))
    return present


def _further(columns: set[str], show: Show) -> Iterator[Chart]:
    """Columns that no other chart shows: those of later versions have their place too."""
    known = {name for group in groups_of(show).values() for c in group for name, _ in c.curves}
    words = {reading.column for reading in show.status if reading.words}
    for column in sorted(columns - known - words - {TIME}):
        name, unit = split_column(column)
        name = name.replace("_", " ")
        yield Chart(name[0].upper() + name[1:], name, typeset(unit or "1"), 1.0, ((column, name),))


def describe(chart: Chart, runs: list[Run]) -> str:
    """A chart in words, for those who do not see it."""
    curves = []
    for _, label, values in _lines(chart, runs):
        first, last = (format_number(float(values[1][place])) for place in (0, -1))
        curves.append(f"{label or chart.title} from {first} to {last} {chart.unit}")
    return f"{chart.title} over time: {'; '.join(curves)}"


def _lines(chart: Chart, runs: list[Run]) -> Iterator[Line]:
    """Each line; a run has the same place, and so colour, in every chart."""
    for of_run, run in enumerate(runs):
        for of_curve, (column, name) in enumerate(chart.curves):
            if column in run.series:
                values = chart.factor * run.series[column]
                values = np.abs(values) if chart.absolute else values
                label = run.name if len(runs) > 1 else name if len(chart.curves) > 1 else ""
                place = of_run if len(runs) > 1 else of_curve
                yield place, label, thinned(run.time, values)


def _levels(chart: Chart, runs: list[Run]) -> set[float]:
    """Values of the input that the chart is to be held against."""
    found = [of_input(chart.level, chart.factor)(run) for run in runs if chart.level]
    return {value for value in found if isinstance(value, float)}


def thinned(time: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The least and the greatest of each of many small parts: the same picture, fewer points."""
    if time.size <= MOST_POINTS:
        return time, values
    kept = {0, time.size - 1}
    known = ~np.isnan(values)  # argmin would take a nan, and a gap of one row the whole part
    least, most = np.where(known, values, np.inf), np.where(known, values, -np.inf)
    for part in np.array_split(np.arange(time.size), MOST_POINTS // 2):
        kept |= {int(part[np.argmin(least[part])]), int(part[np.argmax(most[part])])}
    chosen = np.array(sorted(kept))
    return time[chosen], values[chosen]


def _decades(lines: list[Line]) -> float:
    """From the least size of a value to the greatest."""
    sizes = np.abs(_known(lines))
    sizes = sizes[sizes > 0]
    return float(np.log10(sizes.max() / sizes.min())) if sizes.size else 0.0


def plot(axes: Any, chart: Chart, runs: list[Run]) -> None:
    """Draw a chart into axes: lines, shaded short circuits, units.

    A logarithmic axis has values of either sign by their size, and says so.
    """
    lines = list(_lines(chart, runs))
    log = chart.log and _decades(lines) > WIDE
    name = f"|{chart.axis}|" if log and (_known(lines) < 0).any() else chart.axis
    for place, label, (time, values) in lines:
        shown = np.where(values == 0, np.nan, np.abs(values)) if log else values
        axes.plot(time, shown, label=_plain(label), **lone(shown), **look(place))
        # all of the time, also where there is nothing to draw
        axes.update_datalim([(time[0], 0.0), (time[-1], 0.0)], updatey=False)
    if log:
        axes.set_yscale("log")
        name_ticks(axes.yaxis)
    elif (known := _known(lines)).size and _is_flat(known):
        size = float(np.abs(known).max()) or 1.0
        below = known.min() < 0
        axes.set_ylim(-1.1 * size if below else -0.04 * size, 1.1 * size)  # a zero is to be seen
    if len(runs) == 1 and runs[0].short_circuit is not None:
        for event in runs[0].short_circuit.events:
            colour = LASTING if event.recovery is None else RECOVERED
            end = event.onset + event.duration
            axes.axvspan(event.onset, end, color=colour, alpha=0.22, linewidth=0)
    for level in _levels(chart, runs):
        axes.axhline(level, color=_FRAME, linestyle=":", linewidth=1.2)
    axes.locator_params(axis="x", nbins=6)  # long numbers have room
    axes.set_xlabel(TIME)
    axes.set_ylabel(name if chart.unit == "1" else f"{name} [{chart.unit}]")
    axes.margins(x=0.01)
    if len(lines) > 1:
        axes.legend(frameon=False).set_in_layout(False)  # a long name takes no room from lines


def _known(lines: list[Line]) -> FloatArray:
    """All values that are numbers."""
    every = np.concatenate([values for _, _, (_, values) in lines])
    known: FloatArray = every[np.isfinite(every)]
    return known


def _is_flat(known: FloatArray) -> bool:
    """All but constant: what rounding leaves is not to fill the chart."""
    return bool(np.ptp(known) <= 1e-6 * np.abs(known).max())


def _plain(label: str) -> str | None:
    """Names of folders are names: no formulas; and Matplotlib hides what begins with _."""
    return "\u200b" + label.replace("$", r"\$") if label else None


def svg(title: str, draw: Callable[[Any], None]) -> str:
    """What `draw` draws into axes, as SVG that takes its colours and its font from the page."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    text = ("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor")
    frame = ("axes.edgecolor", "xtick.color", "ytick.color")
    style = {
        **dict.fromkeys(text, _TEXT),
        **dict.fromkeys(frame, _FRAME),
        "grid.color": _GRID,
        "svg.fonttype": "none",
        "svg.hashsalt": title,
        "font.size": 9,
        "axes.grid": True,
        "grid.linewidth": 0.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 1.6,
    }
    with mpl.rc_context(style):
        figure, axes = plt.subplots(figsize=(4.4, 2.8), layout="constrained")
        draw(axes)
        page = io.StringIO()
        figure.savefig(page, format="svg", transparent=True, metadata={"Date": None})
        plt.close(figure)
    return _themed(page.getvalue())


def _themed(drawing: str) -> str:
    """Only the drawing, its colours those of the theme, without a size of its own."""
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", drawing)
    drawing = drawing.replace(_TEXT, "currentColor").replace(_FRAME, "var(--frame)")
    drawing = drawing.replace(_GRID, "var(--grid)")
    for place, colour in enumerate(COLOURS):
        drawing = drawing.replace(colour, f"var(--curve-{place + 1})")
    drawing = re.sub(r' (width|height)="[\d.]+pt"', "", drawing, count=2)
    return drawing.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
