"""The scheme that the config asks for."""

from __future__ import annotations

from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.implicit import Implicit
from dendrolith.studies.plating.schema import SPLIT
from dendrolith.studies.plating.split import Split


def make_stepper(cell: Cell) -> Split | Implicit:
    """Split, backward Euler or BDF2, as `time.scheme` says."""
    return Split(cell) if cell.config.time.scheme == SPLIT else Implicit(cell)
