"""Time series as charts: what is drawn over time, in which unit, for the page and for papers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dendrolith.results.report.run_data import SHORT, TIME, FloatArray, Run, number

# Okabe and Ito: told apart with every kind of colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
STYLES = ("-", "--", "-.", ":")  # lines where there are more than colours
RECOVERED, LASTING = "#e69f00", "#d55e00"  # excursions of the leakage or the voltage
WIDE = 1.0  # decades from which an axis may be logarithmic
MOST_POINTS = 1500  # of a line
# In a page the text, the lines of the frame and the curves take the colours of the theme.
_TEXT, _FRAME, _GRID = "#010203", "#040506", "#070809"


@dataclass(frozen=True, slots=True)
class Chart:
    """One diagram over time.

    Attributes:
        title: its heading.
        axis: what the axis shows.
        unit, factor: of the axis, and factor to it from the columns.
        curves: (column, name) of each line; columns that a run does not have are left out, and the
            whole chart without the first.
        log: logarithmic, where positive values are far apart.
        level: key of the input whose value is drawn as a line across.
    """

    title: str
    axis: str
    unit: str
    factor: float
    curves: tuple[tuple[str, str], ...]
    log: bool = False
    level: str = ""


# place, by which it is coloured; name; time and values
Line = tuple[int, str, tuple[FloatArray, FloatArray]]

SERIES = (
    Chart("Ionic current", "ionic current", "A/m²", 1.0, (("ionic_current [A/m^2]", "ionic"),)),
    Chart("Leakage current", "electronic current", "A/m²", 1.0,
          (("electronic_current [A/m^2]", "electronic"),), log=True),
    Chart("Depth of a short circuit", "signal over its floor", "1", 1.0,
          (("leakage_over_floor [1]", "depth"),), log=True),
    Chart("Cell voltage", "cell voltage", "mV", 1e3, (("cell_voltage [V]", "voltage"),)),
    Chart("Tip height", "tip height", "µm", 1e6, (("tip_height [m]", "tip"),)),
    Chart("Current density of the tip", "current density", "A/m²", 1.0,
          (("tip_current_density [A/m^2]", "F c dx/dt at the tip"),
           ("ionic_current [A/m^2]", "nominal"))),
    Chart("Lithium", "lithium", "mmol/m²", 1e3,
          (("lithium_in_electrolyte [mol/m^2]", "in electrolyte"),
           ("lithium_plated [mol/m^2]", "plated"))),
    Chart("Dead lithium", "dead lithium", "mmol/m²", 1e3,
          (("dead_lithium [mol/m^2]", "cut off"),
           ("electrically_dead_lithium [mol/m^2]", "electrically dead"),
           ("dead_lithium_0.3 [mol/m^2]", "cut off at ξ = 0.3"),
           ("dead_lithium_0.7 [mol/m^2]", "cut off at ξ = 0.7"))),
    Chart("Pieces of lithium", "pieces", "1", 1.0,
          (("lithium_pieces [1]", "all"), ("dead_pieces [1]", "dead"))),
    Chart("Filled pores", "filled part of the pores", "1", 1.0,
          (("filled_pore_fraction [1]", "filled"),)),
    Chart("Preference for walls", "share on walls over theirs", "1", 1.0,
          (("wall_preference [1]", "preference"),)),
)  # fmt: skip
STRESS = (
    Chart("Stress in lithium", "stress in lithium", "MPa", 1e-6,
          (("pressure_in_lithium [Pa]", "largest pressure"),
           ("von_mises_in_lithium [Pa]", "largest von Mises"),
           ("stack_pressure [Pa]", "stack pressure")), level="elasticity.yield_strength"),
    Chart("Volume strain of lithium", "mean volume strain", "10⁻³", 1e3,
          (("volume_strain_in_lithium [1]", "volume strain"),)),
    Chart("Lithium beyond yield", "part of the lithium", "1", 1.0,
          (("beyond_yield [1]", "beyond yield"),)),
    Chart("Elastic force on lithium", "force on lithium", "kJ/m³", 1e-3,
          (("force_by_eigenstrain [J/m^3]", "eigenstrain"),
           ("force_by_electrolyte_modulus [J/m^3]", "electrolyte's modulus"),
           ("force_by_pore_modulus [J/m^3]", "pores' modulus"))),
)  # fmt: skip
LEDGER = (
    Chart("Currents that must balance", "current", "A/m²", 1.0,
          (("collector_current [A/m^2]", "collector"), ("ionic_current [A/m^2]", "ionic"),
           ("electronic_current [A/m^2]", "electronic"))),
    Chart("Lithium by owner", "lithium", "mmol/m²", 1e3,
          (("lithium_of_dendrites [mol/m^2]", "dendrites"),
           ("lithium_of_counter [mol/m^2]", "counter electrode"),
           ("lithium_isolated [mol/m^2]", "isolated"))),
    Chart("Lithium by place", "lithium", "mmol/m²", 1e3,
          (("lithium_in_solid [mol/m^2]", "in the solid"),
           ("lithium_on_walls [mol/m^2]", "on walls"),
           ("lithium_in_pores [mol/m^2]", "in pores"))),
    Chart("Reaction current by owner", "reaction current", "A/m²", 1.0,
          (("reaction_current_of_anode [A/m^2]", "anode"),
           ("reaction_current_of_counter [A/m^2]", "counter electrode"),
           ("reaction_current_isolated [A/m^2]", "isolated, net"),
           ("bipolar_current [A/m^2]", "isolated, through"))),
    Chart("Errors of the ledger", "relative error", "1", 1.0,
          (("charge_error [1]", "charge, of a step"),
           ("inventory_error [1]", "inventory, since the start")), log=True),
)  # fmt: skip
SOLVER = (
    Chart("Time step", "time step", "s", 1.0, (("dt [s]", "dt"),), log=True),
    Chart("Iterations of a step", "iterations", "1", 1.0,
          (("newton_iterations [1]", "Newton"), ("krylov_iterations [1]", "Krylov"))),
    Chart("Solves by the fallback", "solves", "1", 1.0, (("fallback_solves [1]", "solves"),)),
)  # fmt: skip
GROUPS = {"series": SERIES, "stress": STRESS, "ledger": LEDGER, "solver": SOLVER}
_SHOWN_OTHERWISE = {TIME, SHORT}


def charts_of(group: str, runs: list[Run]) -> list[Chart]:
    """The charts of a group that some run has columns for; with several runs one curve each."""
    columns = set().union(*(run.series for run in runs))
    charts = GROUPS[group] if group in GROUPS else tuple(_further(columns))
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


def _further(columns: set[str]) -> Iterator[Chart]:
    """Columns that no other chart shows: those of later versions have their place too."""
    known = {name for group in GROUPS.values() for chart in group for name, _ in chart.curves}
    for column in sorted(columns - known - _SHOWN_OTHERWISE):
        name, _, unit = column.partition(" [")
        words = name.replace("_", " ")
        title = words[0].upper() + words[1:]
        yield Chart(title, words, unit.rstrip("]") or "1", 1.0, ((column, words),))


def describe(chart: Chart, runs: list[Run]) -> str:
    """A chart in words, for those who do not see it."""
    said = []
    for _, label, values in _lines(chart, runs):
        first, last = (number(float(values[1][place])) for place in (0, -1))
        said.append(f"{label or chart.title} from {first} to {last} {chart.unit}")
    return f"{chart.title} over time: {'; '.join(said)}"


def _lines(chart: Chart, runs: list[Run]) -> Iterator[Line]:
    """Each line; a run has the same place, and so colour, in every chart."""
    for of_run, run in enumerate(runs):
        for of_curve, (column, name) in enumerate(chart.curves):
            if column in run.series:
                values = chart.factor * run.series[column]
                label = run.name if len(runs) > 1 else name if len(chart.curves) > 1 else ""
                place = of_run if len(runs) > 1 else of_curve
                yield place, label, thinned(run.time, values)


def _levels(chart: Chart, runs: list[Run]) -> set[float]:
    """Values of the input that the chart is to be held against."""
    if not chart.level:
        return set()
    section, _, name = chart.level.partition(".")
    parts = [getattr(run.config, section, None) for run in runs]
    return {chart.factor * getattr(part, name) for part in parts if part is not None}


def thinned(time: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The least and the greatest of each of many small parts: the same picture, fewer points."""
    if time.size <= MOST_POINTS:
        return time, values
    kept = {0, time.size - 1}
    for part in np.array_split(np.arange(time.size), MOST_POINTS // 2):
        kept |= {int(part[np.argmin(values[part])]), int(part[np.argmax(values[part])])}
    chosen = np.array(sorted(kept))
    return time[chosen], values[chosen]


def _decades(lines: list[Line]) -> float:
    """From the least positive value to the greatest."""
    positive = np.concatenate([values[values > 0] for _, _, (_, values) in lines])
    return float(np.log10(positive.max() / positive.min())) if positive.size else 0.0


def plot(axes: Any, chart: Chart, runs: list[Run]) -> None:
    """Draw a chart into axes: lines, shaded short circuits, units."""
    lines = list(_lines(chart, runs))
    log = chart.log and _decades(lines) > WIDE
    for place, label, (time, values) in lines:
        shown = np.where(values > 0, values, np.nan) if log else values
        axes.plot(time, shown, label=_plain(label), **look(place))
    if log:
        axes.set_yscale("log")
    elif _is_flat(lines):
        size = max(float(np.abs(values).max()) for _, _, (_, values) in lines) or 1.0
        below = any(values.min() < 0 for _, _, (_, values) in lines)
        axes.set_ylim(-1.1 * size if below else -0.04 * size, 1.1 * size)  # a zero is to be seen
    if len(runs) == 1 and runs[0].short_circuit is not None:
        for event in runs[0].short_circuit.events:
            colour = LASTING if event.recovery is None else RECOVERED
            end = event.onset + event.duration
            axes.axvspan(event.onset, end, color=colour, alpha=0.22, linewidth=0)
    for level in _levels(chart, runs):
        axes.axhline(level, color=_FRAME, linestyle=":", linewidth=1.2)
    axes.set_xlabel("time [s]")
    axes.set_ylabel(chart.axis if chart.unit == "1" else f"{chart.axis} [{chart.unit}]")
    axes.margins(x=0.01)
    if len(lines) > 1:
        axes.legend(frameon=False)


def look(place: int) -> dict[str, str]:
    """Colour and dashes of a line: those that lie on top of each other can still be told apart."""
    return {"color": COLOURS[place % len(COLOURS)], "linestyle": STYLES[place % len(STYLES)]}


def _is_flat(lines: list[Line]) -> bool:
    """All but constant: what rounding leaves is not to fill the chart."""
    every = np.concatenate([values for _, _, (_, values) in lines])
    return bool(np.ptp(every) <= 1e-6 * np.abs(every).max())


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
        **dict.fromkeys(text, _TEXT), **dict.fromkeys(frame, _FRAME), "grid.color": _GRID,
        "svg.fonttype": "none", "svg.hashsalt": title, "font.size": 9,
        "axes.grid": True, "grid.linewidth": 0.5,
        "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.6,
    }  # fmt: skip
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
