"""Stages as text, as a dictionary and as a picture."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from dendrolith.core.constants import HOUR
from dendrolith.core.errors import ConfigError
from dendrolith.core.look import LOOK, head
from dendrolith.traces.local_lines import local_lines
from dendrolith.traces.stages.labels import Stages
from dendrolith.traces.stages.rule import DISCHARGE, FOUR, ONE, REST, THREE, TWO, UNSURE

COLOURS = {
    ONE: "#d9e8d3",
    TWO: "#f5e6b8",
    THREE: "#e8b7bd",
    FOUR: "#cdd9ea",
    DISCHARGE: "#ececec",
    REST: "#ffffff",
    UNSURE: "#bbbbbb",
}


def text(found: Stages) -> str:
    """What people read."""
    lines = [
        f"{found.signals.path}: r from the {found.source}, windows of {found.window:.4g} s",
        f"  {'stage':<9}{'begin [h]':>10}{'end [h]':>9}{'r':>7}{'dV [V]':>9}{'dp [MPa]':>10}"
        f"{'confidence':>12}",
    ]
    for s in found.spans:
        lines.append(
            f"  {s.label:<9}{s.begin / HOUR:>10.3f}{s.end / HOUR:>9.3f}{_fixed(s.ratio, 2):>7}"
            f"{_fixed(s.voltage, 3):>9}{_fixed(s.pressure / 1e6, 3):>10}"
            f"{_fixed(s.confidence, 2):>12}"
        )
    return "\n".join([*lines, *(f"  note: {note}" for note in found.notes)])


def _fixed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "-"


def as_dict(found: Stages) -> dict[str, Any]:
    """For programs; in SI units, None where there is no number."""
    spans = [
        {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in dataclasses.asdict(span).items()
        }
        for span in found.spans
    ]
    return {
        "source": found.source,
        "window": found.window,
        "stages": spans,
        "notes": list(found.notes),
    }


def draw(path: Path, found: Stages) -> None:
    """Draw voltage, its rate and the change of the pressure; stages are shaded.

    Raises:
        ConfigError: the picture cannot be written.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(LOOK)
    signals = found.signals
    rows = 2 if signals.pressure is None else 3
    figure, axes = plt.subplots(
        rows, 1, figsize=(7, 1.0 + 1.9 * rows), sharex=True, layout="constrained"
    )
    draw_stages(list(axes), found)
    head(figure, str(signals.path), 9)
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be drawn: {error}") from None
    finally:
        plt.close(figure)


def draw_stages(axes: list[Any], found: Stages) -> None:
    """Draw into two axes, or three with the pressure: V, dV/dt, Δp over hours, stages shaded."""
    signals, hours = found.signals, found.signals.time / HOUR
    assert signals.voltage is not None
    axes[0].plot(hours, signals.voltage, color="0.15", lw=0.9)
    axes[0].set_ylabel("voltage [V]")
    rate = local_lines(signals.time, signals.voltage, found.window).slope
    axes[1].plot(hours, 1e3 * HOUR * rate, color="0.15", lw=0.9)
    axes[1].axhline(0.0, color="0.5", lw=0.6)
    usual = 1.5e3 * HOUR * float(np.nanpercentile(np.abs(rate), 95))
    axes[1].set(ylabel="dV/dt [mV/h]", ylim=(-usual, usual))
    if signals.pressure is not None:
        rise = (signals.pressure - signals.pressure[0]) / 1e6
        axes[2].plot(hours, rise, color="0.15", lw=0.7)
        axes[2].set_ylabel("Δp [MPa]")
    ends = [span.begin / HOUR for span in found.spans[1:]] + [hours[-1]]
    for number, panel in enumerate(axes):
        for span, end in zip(found.spans, ends, strict=True):
            begin = span.begin / HOUR
            panel.axvspan(begin, end, color=COLOURS[span.label], lw=0)
            if number == 0 and end - begin > 0.04 * (hours[-1] - hours[0]):
                name = "?" if span.label == UNSURE else span.label
                x = (begin + end) / 2
                panel.text(x, 1.02, name, transform=panel.get_xaxis_transform(), ha="center")
    axes[-1].set_xlabel("time [h]")
