"""What observables are: named columns with one value each, or tables with any number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dendritex.model.cell import Cell
from dendritex.model.charge import AssembledBalance
from dendritex.observables.lithium_pieces import Pieces

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
        newton_iterations, krylov_iterations: of the charge balance.
        fallback_solves: systems solved directly because the chosen solver failed.
        plated: ∫ i of the step [A, in 2-D A/m].
        bounded_kinetics: the exponentials are continued linearly at an interface.
    """

    cell: Cell
    pieces: Mapping[float, Pieces]
    balance: AssembledBalance
    time: float
    dt: float
    step: int
    milestone: bool
    stage: int
    newton_iterations: int
    krylov_iterations: int
    fallback_solves: int
    plated: float
    bounded_kinetics: bool


class Observable(Protocol):
    """Columns ``name [unit]`` and how to measure them. Calls are collective."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names with units."""
        ...

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Measure; every rank gets the same values."""
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """A table with any number of rows a step, ``<name>.csv`` in the run directory.

    Attributes:
        name: of the table.
        columns: names, with units where the entries are numbers.
    """

    name: str
    columns: tuple[str, ...]


class Lister(Protocol):
    """Listings and how to fill them. Calls are collective."""

    @property
    def listings(self) -> tuple[Listing, ...]:
        """The tables it fills."""
        ...

    def start(self, moment: Moment) -> None:
        """Take the start of the run as reference."""
        ...

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Sequence[Entry]]]:
        """New rows by the name of their listing, the same on all ranks; once an accepted step."""
        ...
