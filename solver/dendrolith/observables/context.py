"""What observables share: the cell, its connected lithium, its regions, its stress at the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from dendrolith.fields.connected import PieceFinder
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.nodal_stress import NodalStress
from dendrolith.studies.plating.observables.regions import Regions


@dataclass(frozen=True, slots=True)
class Scene:
    """Made once a run.

    Attributes:
        cell: the cell.
        finder: finds connected lithium; knows edges and volumes of the nodes.
        regions: foil and electrolyte, walls, solid and pores.
        stress: nodal stress; None without elasticity.
    """

    cell: Cell
    finder: PieceFinder
    regions: Regions
    stress: NodalStress | None

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """That of a cell."""
        stress = cell.mechanics.nodal if cell.mechanics is not None else None
        return cls(cell, PieceFinder.of(cell), Regions(cell), stress)
