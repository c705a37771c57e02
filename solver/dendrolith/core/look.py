"""How all pictures look."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import numpy.typing as npt

LOOK = {"font.size": 9, "axes.titlesize": 9, "figure.dpi": 150}

# Okabe and Ito: told apart with every kind of colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
STYLES = ("-", "--", "-.", ":")  # lines where there are more than colours
LETTER = 0.7  # width of a letter over the size of its font, with room to spare


def look(place: int) -> dict[str, str]:
    """Colour and dashes of a line: those that lie on top of each other can still be told apart."""
    return {"color": COLOURS[place % len(COLOURS)], "linestyle": STYLES[place % len(STYLES)]}


def lone(values: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Marks of values between gaps, which a line does not show."""
    known = np.pad(np.isfinite(values), 1)
    places = np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:])
    return {"marker": ".", "markevery": places} if places.size else {}


def name_ticks(axis: Any) -> None:
    """Name ticks of a logarithmic axis between the decades, where it has less than two."""
    from matplotlib.ticker import LogFormatterSciNotation

    axis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(2, 0.5)))


def head(figure: Any, title: str, size: float) -> None:
    """Set a title in lines that fit into the figure, which would cut it; words, no formulas."""
    letters = int(72 * figure.get_figwidth() / (LETTER * size))
    lines = [part for line in title.splitlines() for part in textwrap.wrap(line, letters)]
    figure.suptitle("\n".join(lines), fontsize=size, parse_math=False)
