"""The observables of a run, measured together: one row of the time series, and the listings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dolfinx import fem

from dendritex.memory import Memory, Part
from dendritex.model.cell import Cell
from dendritex.model.charge import AssembledBalance
from dendritex.observables.balances import Balances
from dendritex.observables.base import Entry, Lister, Moment, Observable
from dendritex.observables.dead_lithium import DeadLithium
from dendritex.observables.dendrite import Dendrite
from dendritex.observables.leakage_current import ElectrodeCurrents
from dendritex.observables.lithium_pieces import PieceFinder
from dendritex.observables.mechanics import StressInLithium
from dendritex.observables.piece_listings import PieceListings
from dendritex.observables.probes import Probes
from dendritex.observables.short_circuit import ShortCircuit
from dendritex.observables.solver_effort import SolverEffort

Row = dict[str, float]
Listed = dict[str, Sequence[Sequence[Entry]]]


class ObservableTable:
    """All observables of a cell.

    Attributes:
        columns: names of a row, ``name [unit]``.
        listings: columns of every listing, by its name.
    """

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._finder = PieceFinder.of(cell)
        self._balances = Balances()
        self._mechanics = StressInLithium(cell) if cell.mechanics is not None else None
        self._observables: list[Observable] = [
            ElectrodeCurrents(),
            self._balances,
            DeadLithium(cell, self._finder),
            Dendrite(cell, self._finder),
            ShortCircuit(),
            SolverEffort(),
        ]
        if self._mechanics is not None:
            self._observables.append(self._mechanics)
        self._listers: list[Lister] = [
            PieceListings(cell, self._finder),
            Probes(cell, self.stress_fields()),
        ]
        self.columns = [
            "time [s]",
            "dt [s]",
            "stage [1]",
            *(column for observable in self._observables for column in observable.columns),
        ]
        self.listings: Mapping[str, Sequence[str]] = {
            listing.name: listing.columns for lister in self._listers for listing in lister.listings
        }

    def moment(
        self,
        balance: AssembledBalance,
        *,
        time: float,
        dt: float,
        step: int = 0,
        milestone: bool = False,
        stage: int = 0,
        newton: int = 0,
        krylov: int = 0,
        fallbacks: int = 0,
        plated: float = 0.0,
        bounded: bool = False,
    ) -> Moment:
        """Collect what the observables look at (collective)."""
        pieces = self._finder.find(self._cell.state.xi.x.array)
        return Moment(
            cell=self._cell, balance=balance, pieces=pieces, time=time, dt=dt, step=step,
            milestone=milestone, stage=stage, plated=plated,
            newton_iterations=newton, krylov_iterations=krylov, fallback_solves=fallbacks,
            bounded_kinetics=bounded,
        )  # fmt: skip

    def start(self, moment: Moment) -> None:
        """Take the initial lithium as reference; bring the stress fields up to date."""
        self._balances.start(moment)
        for lister in self._listers:
            lister.start(moment)
        if self._mechanics is not None:
            self._mechanics.update()

    def remember(self) -> Memory:
        """What observables keep from step to step."""
        return Memory.join({type(part).__name__: part.remember() for part in self._parts()})

    def recall(self, memory: Memory) -> None:
        """Take it back (collective)."""
        for part in self._parts():
            part.recall(memory.part(type(part).__name__))
        if self._mechanics is not None:
            self._mechanics.update()

    def _parts(self) -> list[Part]:
        """Those that keep something."""
        return [part for part in (*self._observables, *self._listers) if isinstance(part, Part)]

    def stress_fields(self) -> dict[str, fem.Function]:
        """Nodal stress fields, up to date after `start` and `measure`; empty without elasticity."""
        return self._mechanics.fields if self._mechanics is not None else {}

    def measure(self, moment: Moment) -> Row:
        """One row (collective)."""
        values: list[float] = [moment.time, moment.dt, moment.stage]
        for observable in self._observables:
            values.extend(observable(moment))
        return dict(zip(self.columns, values, strict=True))

    def listed(self, moment: Moment) -> Listed:
        """New rows of the listings, by name; once an accepted step, in order (collective)."""
        rows: Listed = {}
        for lister in self._listers:
            rows.update(lister.rows(moment))
        return rows
