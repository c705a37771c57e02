"""What observables are: named columns with one value each, tables with any number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dendrolith.fields.connected import Pieces
from dendrolith.observables.context import Scene
from dendrolith.schemes.report import StepReport
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import AssembledBalance
from dendrolith.studies.plating.schema import Config

Entry = float | str


@dataclass(frozen=True, slots=True)
class Moment:
    """All an observable may look at.

    Attributes:
        cell: the cell with its state after the step; its potentials are those of the step.
        pieces: connected lithium by the threshold of ξ, `LITHIUM` among them.
        balance: charge balance as last assembled.
        time, dt: end and length of the step [s].
        step: number of the step, 0 at the start.
        milestone: it ends on an output time.
        stage: number of the control stage, from 0.
        report: what the step did.
    """

    cell: Cell
    pieces: Mapping[float, Pieces]
    balance: AssembledBalance
    time: float
    dt: float
    step: int
    milestone: bool
    stage: int
    report: StepReport


@dataclass(frozen=True, slots=True)
class Listing:
    """A table with any number of rows a step, ``<name>.csv`` in the run directory.

    Attributes:
        name: of the table.
        columns: names, with units where the entries are numbers.
    """

    name: str
    columns: tuple[str, ...]


Row = Sequence[Entry]


class Observable:
    """Measures something after every accepted step; a new one overrides what it needs.

    What it keeps from step to step it declares by `remember` and `recall` (memory.py). All calls
    are collective, and every rank returns the same values.

    Args:
        scene: cell, finder of pieces and regions, shared by all observables.

    Attributes:
        columns: names of its values in the time series, ``name [unit]``.
        listings: tables of its own.
    """

    columns: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @classmethod
    def applies(cls, config: Config) -> bool:
        """Is there anything to measure in such a run?"""
        return True

    def start(self, moment: Moment) -> None:
        """Take the start of the run as reference."""

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """A value for each column."""
        return ()

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Row]]:
        """New rows by the name of their listing; once an accepted step."""
        return {}
