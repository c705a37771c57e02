"""A trace with its excursions, as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
import numpy as np

from dendrolith.control.stages import CURRENT
from dendrolith.core.errors import ConfigError
from dendrolith.core.look import LOOK, head, lone, name_ticks
from dendrolith.observables.columns import TIME as TIME_OF_RUNS
from dendrolith.traces.reading import Trace

COLOURS = {"trace": "#5b7fa6", "recovers": "#e0a526", "lasts": "#8b1e3f"}


class ShadedSpan(Protocol):
    """An excursion, as it is shaded."""

    @property
    def onset(self) -> float:
        """Its begin [s]."""
        ...

    @property
    def recovery(self) -> float | None:
        """Its end [s]; None: it does not recover."""
        ...

    @property
    def duration(self) -> float:
        """Its length so far [s]."""
        ...


def draw_trace(path: Path, trace: Trace, events: Iterable[ShadedSpan], title: str) -> None:
    """Draw a trace over time; excursions are shaded, those that do not recover darker.

    Raises:
        ConfigError: the picture cannot be written, for want of a place or of such a format.
    """
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(LOOK)
    kinds = list(dict.fromkeys(part.kind for part in trace.segments))
    figure, panel = plt.subplots(
        len(kinds),
        1,
        figsize=(7, 1.2 + 2.6 * len(kinds)),
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for kind, axes in zip(kinds, panel[:, 0], strict=True):
        parts = [part for part in trace.segments if part.kind == kind]
        for part in parts:
            axes.plot(
                part.time,
                np.abs(part.value) if kind == CURRENT else part.value,
                color=COLOURS["trace"],
                lw=0.9,
                **lone(part.value),
            )
        axes.set_ylabel(parts[0].label.replace("_", " "), parse_math=False)
        if kind == CURRENT and any(np.nanmax(np.abs(p.value), initial=0) > 0 for p in parts):
            axes.set_yscale("log")
            name_ticks(axes.yaxis)
    for axes in panel[:, 0]:
        for event in events:
            colour = COLOURS["lasts" if event.recovery is None else "recovers"]
            axes.axvspan(event.onset, event.onset + event.duration, color=colour, alpha=0.25, lw=0)
    panel[-1, 0].set_xlabel(TIME_OF_RUNS)
    head(figure, title, 9)
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be drawn: {error}") from None
    finally:
        plt.close(figure)
