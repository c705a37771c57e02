"""Several diagrams in one PNG, each drawn by a function into axes of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from dendrolith.core.errors import ConfigError
from dendrolith.core.look import LOOK

COLUMNS = 3
SIZE = (3.3, 2.5)  # of a panel [inches]

Panel: TypeAlias = tuple[str, Callable[[Any], None]]  # title, and what draws into axes


def save_panels(path: Path, panels: Sequence[Panel]) -> None:
    """Draw diagrams side by side; without one no file is written.

    Raises:
        ConfigError: the file cannot be written.
    """
    if not panels:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    with mpl.rc_context({**LOOK, "axes.spines.top": False, "axes.spines.right": False}):
        figure, grid = plt.subplots(
            rows,
            columns,
            figsize=(SIZE[0] * columns, SIZE[1] * rows),
            layout="constrained",
            squeeze=False,
        )
        for axes, (title, draw) in zip(grid.flat, panels, strict=False):
            draw(axes)
            axes.set_title(title, parse_math=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_axis_off()
        try:
            figure.savefig(path)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be drawn: {error.strerror or error}") from None
        finally:
            plt.close(figure)
