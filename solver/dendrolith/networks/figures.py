"""Figures of an ensemble: networks, distributions, laws, the map."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np

from dendrolith.core.formats import typeset
from dendrolith.core.look import COLOURS, LOOK, look
from dendrolith.networks.dominance import UNDECIDED, Window
from dendrolith.networks.graph import DefectGraph, FloatArray
from dendrolith.networks.observations import Observations, distribution_function
from dendrolith.networks.scaling import SizeEffect
from dendrolith.networks.weibull_report import WeibullReport

SOUND, CRACK, PORE = "#c9ced6", "#1b2430", "#8fb8de"
HIGHEST = 1.0 - 1e-9  # probability that a Weibull plot can show
UM = 1e6


def _subplots(rows: int, columns: int, size: tuple[float, float]) -> Any:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(LOOK)
    return plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")


def _logarithmic(axes: Any, which: str) -> None:
    """A logarithmic axis with 1, 2 and 5 of each decade named."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def draw_networks(graphs: Mapping[str, DefectGraph]) -> Any:
    """One network of each topology; the anode is on the left.

    Args:
        graphs: title → network.
    """
    from matplotlib.collections import LineCollection

    figure, panel = _subplots(1, len(graphs), (2.7 * len(graphs), 2.9))
    for axes, (title, graph) in zip(panel[0], graphs.items(), strict=True):
        start = graph.points[graph.edges[:, 0]]
        lines = np.stack([start, start + graph.vectors], axis=1) * UM
        for chosen, colour, width in ((~graph.is_open, SOUND, 0.6), (graph.is_open, CRACK, 1.6)):
            axes.add_collection(LineCollection(list(lines[chosen]), colors=colour, lw=width))
        for x, y, r in graph.pores * UM:
            axes.add_patch(mpl.patches.Circle((x, y), r, color=PORE, lw=0, zorder=3))
        axes.axvline(0, color=COLOURS[1], lw=3)
        axes.axvline(graph.thickness * UM, color="#5c6875", lw=3)
        axes.set(
            xlim=(-4, graph.thickness * UM + 4),
            ylim=(0, graph.width * UM),
            aspect="equal",
            title=title,
            xlabel="x [µm]",
        )
    panel[0, 0].set_ylabel("y [µm]")
    return figure


def _ordinate(failure: FloatArray) -> FloatArray:
    """ln[−ln(1 − P_f)], which over ln J is a straight line of slope m."""
    return np.asarray(np.log(-np.log1p(-failure)))


def _weibull_points(axes: Any, data: Observations, colour: str, label: str) -> None:
    """Kaplan–Meier: the middle of each step (Hazen); intervals have its top at their upper end."""
    current, probability = distribution_function(data)
    if data.exact[data.failed].all():
        probability = (probability + np.append(0.0, probability[:-1])) / 2
    good = (probability > 0) & (probability < HIGHEST)
    y = _ordinate(probability[good])
    axes.plot(current[good], y, ".", ms=3.5, color=colour, label=label)


def _weibull_line(
    axes: Any, current: FloatArray, failure: FloatArray, observed: FloatArray, style: dict[str, Any]
) -> None:
    """A fitted P_f(J), down to a little below the least one that was observed."""
    good = (failure > 0.3 * observed[0]) & (failure < HIGHEST)
    axes.plot(current[good], _ordinate(failure[good]), **style)


def _weibull_axes(axes: Any, unit: str) -> None:
    marks = np.array([0.001, 0.01, 0.05, 0.2, 0.5, 0.9, 0.99])
    _logarithmic(axes, "x")
    axes.set_yticks(_ordinate(marks), [f"{100 * mark:g} %" for mark in marks])
    title = "critical current density"
    axes.set_xlabel(f"{title} [{typeset(unit)}]" if unit else title)


def weibull_plot(found: WeibullReport) -> Any:
    """Failure probability on axes on which a Weibull distribution is a straight line."""
    figure, panel = _subplots(1, 1, (5.2, 3.8))
    axes = panel[0, 0]
    _weibull_points(axes, found.data, CRACK, "Kaplan-Meier")
    current, probability = distribution_function(found.data)
    grid = np.geomspace(current[0] / 1.5, current[-1] * 1.2, 300)
    for place, rival in enumerate(found.rivals):
        style = {**look(place), "lw": 1.0, "label": rival.family.name}
        _weibull_line(axes, grid, rival.failure(grid), probability, style)
    _weibull_axes(axes, found.unit)
    axes.set_ylabel("short circuits")
    axes.legend(frameon=False, fontsize=7)
    shape, scale = found.weibull.shape, found.weibull.scale
    axes.set_title(f"m = {shape:.3g}, J0 = {scale:.3g} {typeset(found.unit)}")
    return figure


def weibull_panels(cells: Mapping[str, Mapping[str, WeibullReport]], unit: str) -> Any:
    """A panel for each density, a line for each topology.

    Args:
        cells: density → topology → report.
        unit: of the currents.
    """
    figure, panel = _subplots(1, len(cells), (3.3 * len(cells), 3.3))
    for axes, (density, found) in zip(panel[0], cells.items(), strict=True):
        for (name, report), colour in zip(found.items(), itertools.cycle(COLOURS), strict=False):
            _weibull_points(axes, report.data, colour, f"{name}, m = {report.weibull.shape:.2g}")
            current, probability = distribution_function(report.data)
            grid = np.geomspace(current[0], current[-1], 100)
            style = {"color": colour, "lw": 0.9}
            _weibull_line(axes, grid, report.weibull.failure(grid), probability, style)
        _weibull_axes(axes, unit)
        axes.set_title(density)
        axes.legend(frameon=False, fontsize=7, loc="upper left")
    panel[0, 0].set_ylabel("short circuits")
    return figure


def quantile_bars(cells: Mapping[str, Mapping[str, FloatArray]], unit: str) -> Any:
    """5, 25, 50, 75 and 95 % of the critical currents of each cell.

    Args:
        cells: density → topology → currents.
        unit: of them.
    """
    figure, panel = _subplots(1, 1, (7.0, 3.4))
    axes = panel[0, 0]
    names = list(next(iter(cells.values())))
    for i, found in enumerate(cells.values()):
        for k, (name, colour) in enumerate(zip(names, itertools.cycle(COLOURS), strict=False)):
            x = i + 0.8 * ((k + 0.5) / len(names) - 0.5)
            low, lower, middle, upper, high = np.percentile(found[name], [5, 25, 50, 75, 95])
            axes.plot([x, x], [low, high], color=colour, lw=1.2)
            axes.plot(
                [x, x],
                [lower, upper],
                color=colour,
                lw=6,
                solid_capstyle="butt",
                label=name if i == 0 else None,
            )
            axes.plot(x, middle, "o", color="white", ms=3)
    _logarithmic(axes, "y")
    axes.set_xticks(range(len(cells)), list(cells))
    axes.set_xlim(-0.5, len(cells) - 0.5)
    axes.set_ylabel(f"critical current density [{typeset(unit)}]")
    axes.legend(frameon=False, fontsize=7, ncols=2)
    return figure


def dry_windows(windows: Mapping[str, FloatArray]) -> Any:
    """Distribution of the time from the first dry path to the short circuit.

    Args:
        windows: topology → times [s].
    """
    figure, panel = _subplots(1, 1, (5.2, 3.2))
    axes = panel[0, 0]
    for (name, times), colour in zip(windows.items(), itertools.cycle(COLOURS), strict=False):
        minutes = np.sort(times[times > 0]) / 60.0
        share = (np.arange(minutes.size) + 1) / max(minutes.size, 1)
        axes.plot(minutes, share, color=colour, lw=1.2, label=name)
    _logarithmic(axes, "x")
    axes.set_xlabel("short circuit after the first dry path [min]")
    axes.set_ylabel("share of networks")
    axes.legend(frameon=False, fontsize=7)
    return figure


def correlation_bars(entries: Sequence[tuple[str, str, float]]) -> Any:
    """Rank correlation of each descriptor with the critical current.

    Args:
        entries: (name, group, Spearman's ρ), strongest last.
    """
    figure, panel = _subplots(1, 1, (5.6, 0.18 * len(entries) + 0.9))
    axes = panel[0, 0]
    groups = {"M": COLOURS[1], "T": COLOURS[0]}
    axes.barh(
        range(len(entries)),
        [rho for *_, rho in entries],
        color=[groups[group] for _, group, _ in entries],
    )
    axes.set_yticks(range(len(entries)), [name for name, *_ in entries], fontsize=7)
    axes.set_ylim(-0.6, len(entries) - 0.4)
    axes.axvline(0, color=CRACK, lw=0.6)
    axes.set_xlabel("Spearman's rank correlation with the critical current")
    for group, label in (("M", "density"), ("T", "topology")):
        axes.barh([0], [0], color=groups[group], label=label)
    axes.legend(frameon=False, fontsize=7)
    return figure


def law_scatter(predicted: FloatArray, observed: FloatArray, title: str) -> Any:
    """Observed over predicted ln CCD."""
    figure, panel = _subplots(1, 1, (4.2, 3.9))
    axes = panel[0, 0]
    axes.plot(predicted, observed, ".", ms=3, color=COLOURS[0], alpha=0.5, mew=0)
    ends = [min(predicted.min(), observed.min()), max(predicted.max(), observed.max())]
    axes.plot(ends, ends, color=CRACK, lw=0.8)
    axes.set(xlabel="ln CCD by the law", ylabel="ln CCD of the networks", aspect="equal")
    axes.set_title(title, fontsize=8, wrap=True)
    return figure


def dominance_picture(windows: Sequence[Window], grid: tuple[int, int]) -> Any:
    """Δ over the ranks of density and topology; undecided windows are hatched."""
    figure, panel = _subplots(1, 2, (8.4, 3.7))
    centres = [np.array([w.centre[axis] for w in windows]) for axis in (0, 1)]
    shown = (
        ([w.dominance for w in windows], "dominance Δ: −1 density, 1 topology", "RdBu", (-1, 1)),
        (
            [w.at_density for w in windows],
            "share of the variance of ln CCD left at fixed density",
            "viridis",
            (0, 1),
        ),
    )
    for axes, (values, label, colours, (low, high)) in zip(panel[0], shown, strict=True):
        table = np.reshape(values, grid).T
        image = axes.imshow(
            table,
            origin="lower",
            extent=(0, 1, 0, 1),
            cmap=colours,
            vmin=low,
            vmax=high,
            aspect="auto",
        )
        figure.colorbar(image, ax=axes, label=label)
        axes.set_xlabel("rank of the first score of density")
        axes.set_ylabel("rank of the first score of topology")
    width, height = 1.0 / grid[0], 1.0 / grid[1]
    for x, y, window in zip(*centres, windows, strict=True):
        if window.decided == UNDECIDED:
            panel[0, 0].add_patch(
                mpl.patches.Rectangle(
                    (x - width / 2, y - height / 2),
                    width,
                    height,
                    fill=False,
                    hatch="////",
                    lw=0,
                    edgecolor="#5c6875",
                )
            )
    return figure


def size_effect_plot(effects: Sequence[SizeEffect]) -> Any:
    """J₀ over the size, and what the weakest link predicts."""
    figure, panel = _subplots(1, 1, (4.6, 3.2))
    axes = panel[0, 0]
    for place, along in enumerate(dict.fromkeys(e.along for e in effects)):
        part = [effect for effect in effects if effect.along == along]
        factors = [effect.factor for effect in part]
        axes.plot(
            factors,
            [e.scale / part[0].scale for e in part],
            "o",
            color=COLOURS[place],
            label=f"{along}: networks",
        )
        axes.plot(
            factors,
            [e.predicted / part[0].scale for e in part],
            lw=1,
            label=f"{along}: weakest link",
            **look(place),
        )
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(xlabel="size over the smallest cell", ylabel="J0 over that of the smallest cell")
    axes.legend(frameon=False, fontsize=7)
    return figure
