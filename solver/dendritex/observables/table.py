"""The observables of a run, measured together: one row of the time series, and the listings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dolfinx import fem

from dendritex.memory import Memory, Part
from dendritex.model.cell import Cell
from dendritex.model.charge import AssembledBalance
from dendritex.model.step_report import NO_STEP, StepReport
from dendritex.observables.balances import Balances
from dendritex.observables.base import Moment, Observable, Row
from dendritex.observables.dead_lithium import DeadLithium
from dendritex.observables.dendrite import Dendrite
from dendritex.observables.filling import Filling
from dendritex.observables.interface_rates import InterfaceRates
from dendritex.observables.leakage_current import ElectrodeCurrents
from dendritex.observables.ledger import Ledger
from dendritex.observables.mechanics import StressInLithium
from dendritex.observables.paths import Paths
from dendritex.observables.piece_listings import PieceListings
from dendritex.observables.probes import Probes
from dendritex.observables.scene import Scene
from dendritex.observables.short_circuit import ShortCircuit
from dendritex.observables.solver_effort import SolverEffort
from dendritex.profile import timed

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
