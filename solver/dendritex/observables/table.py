"""The observables of a run, measured together: one row of the time series."""

from __future__ import annotations

from dolfinx import fem

from dendritex.memory import Memory, Part
from dendritex.mesh.gather import GatheredMesh
from dendritex.model.cell import Cell
from dendritex.model.charge import AssembledBalance
from dendritex.observables.balances import Balances
from dendritex.observables.base import Moment, Observable
from dendritex.observables.dead_lithium import DeadLithium
from dendritex.observables.dendrite import Dendrite
from dendritex.observables.leakage_current import ElectrodeCurrents
from dendritex.observables.lithium_pieces import find_pieces
from dendritex.observables.mechanics import StressInLithium
from dendritex.observables.short_circuit import ShortCircuit
from dendritex.observables.solver_effort import SolverEffort

Row = dict[str, float]


class ObservableTable:
    """All observables of a cell.

    Attributes:
        columns: names of a row, ``name [unit]``.
    """

    def __init__(self, cell: Cell, gathered: GatheredMesh) -> None:
        self._cell, self._gathered = cell, gathered
        self._edges = gathered.edges()
        self._balances = Balances()
        self._mechanics = StressInLithium(cell) if cell.mechanics is not None else None
        self._observables: list[Observable] = [
            ElectrodeCurrents(),
            self._balances,
            DeadLithium(cell, gathered),
            Dendrite(cell, gathered),
            ShortCircuit(),
            SolverEffort(),
        ]
        if self._mechanics is not None:
            self._observables.append(self._mechanics)
        self.columns = [
            "time [s]",
            "dt [s]",
            "stage [1]",
            *(column for observable in self._observables for column in observable.columns),
        ]

    def moment(
        self,
        balance: AssembledBalance,
        *,
        time: float,
        dt: float,
        stage: int = 0,
        newton: int = 0,
        krylov: int = 0,
        plated: float = 0.0,
        bounded: bool = False,
    ) -> Moment:
        """Collect what the observables look at (collective)."""
        xi = self._gathered.nodal(self._cell.state.xi)
        pieces = find_pieces(xi, self._gathered.points, self._edges) if xi is not None else None
        return Moment(
            cell=self._cell, balance=balance, xi=xi, pieces=pieces, time=time, dt=dt, stage=stage,
            plated=plated,
            newton_iterations=newton, krylov_iterations=krylov, bounded_kinetics=bounded,
        )  # fmt: skip

    def start(self, moment: Moment) -> None:
        """Take the initial lithium as reference; bring the stress fields up to date."""
        self._balances.start(moment)
        if self._mechanics is not None:
            self._mechanics.update()

    def remember(self) -> Memory:
        """What observables keep from step to step."""
        return Memory.join({
            type(part).__name__: part.remember() for part in self._observables
            if isinstance(part, Part)
        })  # fmt: skip

    def recall(self, memory: Memory) -> None:
        """Take it back (collective)."""
        for part in self._observables:
            if isinstance(part, Part):
                part.recall(memory.part(type(part).__name__))
        if self._mechanics is not None:
            self._mechanics.update()

    def stress_fields(self) -> dict[str, fem.Function]:
        """Nodal stress fields, up to date after `start` and `measure`; empty without elasticity."""
        return self._mechanics.fields if self._mechanics is not None else {}

    def measure(self, moment: Moment) -> Row:
        """One row (collective)."""
        values: list[float] = [moment.time, moment.dt, moment.stage]
        for observable in self._observables:
            values.extend(observable(moment))
        return dict(zip(self.columns, values, strict=True))
