"""Pictures of fields with Matplotlib, where PyVista cannot draw: planes only."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np

from dendrolith.core.errors import DendrolithError
from dendrolith.observables.show import Show
from dendrolith.results.pictures import Snapshot, paint
from dendrolith.results.read_fields import StoredFields
from dendrolith.results.report.pixels import pixels

_DPI = 100


class Plain:
    """An artist with Matplotlib.

    Args:
        width: of a picture [pixels].
    """

    def __init__(self, width: int) -> None:
        self._width = width
        mpl.use("Agg")

    def plane(self, snapshot: Snapshot, name: str, span: tuple[float, float], path: Path) -> None:
        """A field in the plane with its contour; the morphology as its layers."""
        import matplotlib.pyplot as plt

        extents = np.ptp(snapshot.points[:, :2], axis=0)
        width, height = pixels(extents[0], extents[1], self._width)
        figure = plt.figure(figsize=(width / _DPI, height / _DPI))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        paint(axes, snapshot, name, span)
        axes.set_xticks([])
        axes.set_yticks([])
        figure.savefig(path, dpi=_DPI)
        plt.close(figure)

    def view(self, fields: StoredFields, show: Show, path: Path) -> None:
        """Not with Matplotlib.

        Raises:
            DendrolithError: always.
        """
        raise DendrolithError(f"{path.name}: views in 3-D need PyVista")
