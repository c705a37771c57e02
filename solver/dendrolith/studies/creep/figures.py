"""Figures of a pressed cell, as 6B, 6F and 6G of Cao et al. 2023."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dendrolith.core.constants import HOUR
from dendrolith.studies.creep.claims import MM, MPA, UM

SIZE, DPI = 4.2, 110  # height of a row [inch]; dots per inch


def draw_bore(bore: Mapping[str, Any]) -> Any:
    """The bore under load and when the rods are lifted, over the height above the pellet.

    Args:
        bore: table ``bore`` of a press.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.5, SIZE), dpi=DPI, layout="constrained")
    times = sorted(set(bore["time"]))
    for time, style, name in ((times[-2], "--", "under load"), (times[-1], "-", "rods lifted")):
        here = bore["time"] == time
        middle = (bore["from"][here] + bore["to"][here]) / 2
        axes.plot(middle / MM, bore["gap"][here] / UM, style, label=name)
    axes.axvline(0, color="grey", lw=0.5)
    axes.set(xlabel="height above the pellet [mm]", ylabel="gap [µm]", title="6B: bore")
    axes.set_ylim(0, 1.05 * bore["gap"].max() / UM)
    axes.legend()
    return figure


def draw_charge(
    config: Any, series: Mapping[str, Any], tables: Mapping[str, Any]
) -> Iterator[tuple[str, Any, str]]:
    """Name, figure and caption of pressure, outline and, with tracers, marker lines.

    Args:
        config: input of the study `creep`.
        series: its time series.
        tables: its tables.
    """
    import matplotlib.pyplot as plt

    def panel() -> Any:
        return plt.subplots(figsize=(6.5, SIZE), dpi=DPI, layout="constrained")

    figure, axes = panel()
    _pressure(axes, config, series)
    yield "pressure", figure, "The charge in its frame: mean pressure on the rod."
    figure, axes = panel()
    _outline(axes, config, tables)
    yield "outline", figure, "Lithium beside the edge of the rod."
    if config.tracers is not None:
        figure, axes = panel()
        _markers(axes, config, tables["tracers"])
        yield "markers", figure, "Particles that were level at the start."


def _pressure(axes: Any, config: Any, series: Mapping[str, Any]) -> None:
    time = (series["time"] - config.frame.hold) / HOUR
    both = {"finite elements": "stack_pressure", "network": "network_pressure"}
    for style, (name, column) in zip(("-", "k:"), both.items(), strict=True):
        axes.plot(time, series[column] / MPA, style, label=name)
    most = max(series[column].max() for column in both.values()) / MPA
    axes.set(xlabel="time after the locking [h]", ylabel="pressure [MPa]", ylim=(0, 1.05 * most))
    axes.set_title("6F: pressure", loc="left")
    axes.legend()
    per_hour = config.plating_speed * HOUR / UM
    if per_hour > 0:
        top = axes.secondary_xaxis("top", (lambda t: t * per_hour, lambda d: d / per_hour))
        top.set_xlabel("plated [µm]", fontsize=9)


def _outline(axes: Any, config: Any, tables: Mapping[str, Any]) -> None:
    table = tables["outline"]
    times = sorted(set(table["time"]))
    locked = min(times, key=lambda time: abs(time - config.frame.hold))
    for time, style, name in ((locked, "k--", "at the locking"), (times[-1], "-", "at the end")):
        here = table["time"] == time
        axes.plot(table["r"][here] / MM, table["z"][here] / MM, style, label=name)
    R, gap = config.cell.radius / MM, float(table["r"].max()) / MM - config.cell.radius / MM
    axes.set(xlabel="r [mm]", ylabel="z [mm]", xlim=(R - 2 * gap - 0.1, R + 1.5 * gap))
    axes.set_title("6G: outline of lithium", loc="left")
    axes.legend(loc="upper left")


def _markers(axes: Any, config: Any, table: Mapping[str, Any]) -> None:
    """Rows of particles, which were level at the start."""
    for time, style in ((table["time"].min(), "--"), (table["time"].max(), "o-")):
        here, width = table["time"] == time, config.tracers.columns
        r, z = (table[name][here].reshape(-1, width) for name in ("r", "z"))
        for row, (x, y) in enumerate(zip(r, z, strict=True)):
            axes.plot(x / MM, y / UM, style, ms=3, lw=1, color=f"C{row}")
    axes.set(xlabel="r [mm]", ylabel="z [µm] (dashed: at the start)")
    axes.set_title("marker lines at the end", loc="left")
