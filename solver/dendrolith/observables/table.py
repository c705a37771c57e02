"""The observables of a run, measured together: one row of the time series, and the listings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dolfinx import fem

from dendrolith.core.checkpoint_data import Memory, Part
from dendrolith.core.profile import timed
from dendrolith.observables.base import Moment, Observable, Row
from dendrolith.observables.context import Scene
from dendrolith.observables.effort import SolverEffort
from dendrolith.observables.paths import Paths
from dendrolith.observables.piece_listings import PieceListings
from dendrolith.observables.probes import Probes
from dendrolith.schemes.report import NO_STEP, StepReport
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import AssembledBalance
from dendrolith.studies.plating.observables.balances import Balances
from dendrolith.studies.plating.observables.dead_lithium import DeadLithium
from dendrolith.studies.plating.observables.dendrite import Dendrite
from dendrolith.studies.plating.observables.filling import Filling
from dendrolith.studies.plating.observables.interface_rates import InterfaceRates
from dendrolith.studies.plating.observables.leakage_current import ElectrodeCurrents
from dendrolith.studies.plating.observables.ledger import Ledger
from dendrolith.studies.plating.observables.short_circuit import ShortCircuit
from dendrolith.studies.plating.observables.stress_in_lithium import StressInLithium

# In the order of their columns. A new one is a file with a class, and a line here.
OBSERVABLES: tuple[type[Observable], ...] = (
    ElectrodeCurrents,
    Balances,
    Ledger,
    DeadLithium,
    Dendrite,
    Filling,
    ShortCircuit,
    SolverEffort,
    StressInLithium,
    PieceListings,
    Paths,
    InterfaceRates,
    Probes,
)

Values = dict[str, float]
Listed = dict[str, Sequence[Row]]


class ObservableTable:
    """All observables of a cell.

    Attributes:
        columns: names of a row, ``name [unit]``.
        listings: columns of every listing, by its name.
    """

    def __init__(self, cell: Cell) -> None:
        self._scene = Scene.of(cell)
        self._observables = [kind(self._scene) for kind in OBSERVABLES if kind.applies(cell.config)]
        self.columns = [
            "time [s]",
            "dt [s]",
            "stage [1]",
            *(column for observable in self._observables for column in observable.columns),
        ]
        self.listings: Mapping[str, Sequence[str]] = {
            listing.name: listing.columns
            for observable in self._observables
            for listing in observable.listings
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
        report: StepReport = NO_STEP,
    ) -> Moment:
        """Collect what the observables look at, connected lithium among it (collective)."""
        cell = self._scene.cell
        with timed("observables"):
            pieces = self._scene.finder.find(cell.state.xi.x.array)
        return Moment(
            cell=cell, balance=balance, pieces=pieces, time=time, dt=dt, step=step,
            milestone=milestone, stage=stage, report=report,
        )  # fmt: skip

    def start(self, moment: Moment) -> None:
        """Take the start of the run as reference (collective)."""
        for observable in self._observables:
            observable.start(moment)

    def remember(self) -> Memory:
        """What observables keep from step to step."""
        return Memory.join({type(part).__name__: part.remember() for part in self._parts()})

    def recall(self, memory: Memory) -> None:
        """Take it back (collective)."""
        for part in self._parts():
            part.recall(memory.part(type(part).__name__))

    def _parts(self) -> list[Part]:
        """Those that keep something."""
        return [observable for observable in self._observables if isinstance(observable, Part)]

    def stress_fields(self) -> dict[str, fem.Function]:
        """Nodal stress fields as of the last solve; empty without elasticity."""
        return self._scene.stress.fields if self._scene.stress is not None else {}

    def measure(self, moment: Moment) -> Values:
        """One row of the time series (collective)."""
        values: list[float] = [moment.time, moment.dt, moment.stage]
        with timed("observables"):
            for observable in self._observables:
                values.extend(observable(moment))
        return dict(zip(self.columns, values, strict=True))

    def listed(self, moment: Moment) -> Listed:
        """New rows of the listings, by name; once an accepted step, in order (collective)."""
        rows: Listed = {}
        with timed("listings"):
            for observable in self._observables:
                rows.update(observable.rows(moment))
        return rows
