"""The scheme that the config asks for."""

from __future__ import annotations

from dendritex.config.schema import SPLIT
from dendritex.model.cell import Cell
from dendritex.stepping.implicit import Implicit
from dendritex.stepping.split import Split


def make_stepper(cell: Cell) -> Split | Implicit:
    """Split, backward Euler or BDF2, as `time.scheme` says."""
    return Split(cell) if cell.config.time.scheme == SPLIT else Implicit(cell)
