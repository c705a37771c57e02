"""One run: config → mesh → microstructure → cell → march → observe → write."""

from __future__ import annotations

from collections.abc import Iterator

from mpi4py import MPI

from dendrolith.core.compiled import prepare_cache
from dendrolith.core.errors import SolverDiverged, StepTooSmall
from dendrolith.core.parallel import Collective, free_what_was_dropped
from dendrolith.core.profile import timed
from dendrolith.core.stop import StopWatch
from dendrolith.domain.box import create_box
from dendrolith.observables.base import Moment
from dendrolith.observables.table import ObservableTable, Values
from dendrolith.results.recorder import Outcome, Recorder
from dendrolith.results.run_directory import RunDirectory
from dendrolith.schemes.march import March, Step
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.schemes import make_stepper


class Simulation(Collective):
    """Everything of one run, built and ready to march (collective).

    Attributes:
        config, comm: the input and the communicator.
        cell: mesh, microstructure, equations; `cell.state` holds the fields.
        stepper, march: advance the state by one step; from step to step.
        table: the observables.
    """

    def __init__(self, config: Config, comm: MPI.Comm = MPI.COMM_WORLD) -> None:
        self.config, self.comm = config, comm
        with timed("set-up of the run"):
            prepare_cache(comm)
            self.cell = Cell(config, create_box(comm, config.geometry))
            initialise(self.cell)
            self.stepper = make_stepper(self.cell)
            self.march = March(self.stepper)
            self.table = ObservableTable(self.cell)

    def start(self) -> Moment:
        """Find the potentials and the stress at t = 0; its lithium is the observables' reference.

        Returns:
            The moment t = 0.

        Raises:
            StepTooSmall: there is no balance.
        """
        try:
            self.stepper.solve_start(self.config.time.first_step)
        except SolverDiverged as error:
            raise StepTooSmall(f"no balance at the very start: {error}") from error
        self.stepper.accept()
        moment = self.table.moment(self.stepper.balance, time=0.0, dt=0.0, milestone=True)
        self.table.start(moment)
        return moment

    def moment(self, step: Step) -> Moment:
        """All that observables look at after an accepted step."""
        return self.table.moment(
            self.stepper.balance, time=step.time, dt=step.dt, step=step.number,
            milestone=step.milestone, stage=step.stage, report=step.report,
        )  # fmt: skip

    def measure(self, step: Step) -> Values:
        """The observables after an accepted step: a value for each column ``name [unit]``."""
        return self.table.measure(self.moment(step))

    def run(
        self, directory: RunDirectory, *, quiet: bool = False, max_wall: float | None = None
    ) -> Outcome:
        """March to the end or until no step succeeds; files are closed and complete either way.

        Args:
            directory: where the results go; one that holds a run goes on from its last checkpoint.
            quiet: show no progress.
            max_wall: time allotted [s]; the run stops in time to leave a checkpoint.
        """
        watch = StopWatch(self.comm, max_wall)
        recorder = Recorder(
            directory, self.cell, {"march": self.march, "table": self.table}, self.table.columns,
            self.table.listings, self.table.stress_fields(), watch, quiet=quiet,
        )  # fmt: skip
        with watch, recorder:  # a signal while files are closed must not end the process
            if not (directory.goes_on and recorder.resume()):
                recorder.begin()
                recorder.start(self.table.listed(self.start()))
            for step in self.march:
                moment = self.moment(step)
                if recorder.step(
                    step.number, self.table.measure(moment), self.table.listed(moment),
                    rejected=step.rejected, milestone=step.milestone, finishes=step.finishes,
                ):  # fmt: skip
                    break
        return recorder.outcome

    def destroy(self) -> None:
        """Free the matrices and solvers (collective); what the fields hold can still be read."""
        self.stepper.destroy()
        free_what_was_dropped(self.cell.cell_mesh.comm)


def march(simulation: Simulation) -> Iterator[Step]:
    """Start a simulation and yield every accepted step, for a script that looks at the state.

    `simulation.measure(step)` gives the observables, `simulation.cell.state` the fields; nothing is
    written.

    Raises:
        StepTooSmall: no step above the smallest one succeeds; the state is the last accepted one.
    """
    simulation.start()
    yield from simulation.march
