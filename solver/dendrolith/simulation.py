"""One run: config → study → problem → march → observe → write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from dendrolith.core.compiled import prepare_cache
from dendrolith.core.parallel import Collective, free_what_was_dropped
from dendrolith.core.profile import timed
from dendrolith.core.stop import StopWatch
from dendrolith.observables.base import StepView
from dendrolith.observables.measured_march import MeasuredMarch, view_of
from dendrolith.observables.table import ObservableTable, Values
from dendrolith.results.recorder import Outcome, Recorder
from dendrolith.results.run_directory import RunDirectory
from dendrolith.schemes.march import March, Step
from dendrolith.studies.register import study_of

if TYPE_CHECKING:
    from dolfinx import fem


class Simulation(Collective):
    """Everything of one run, built and ready to march (collective).

    Attributes:
        config, comm: the input and the communicator.
        setup: what the study makes of it.
        problem: fields, blocks and control; `problem.state` holds what is solved for.
        march: from step to step.
        table: the observables.
        steps: what `march` goes through.

    Args:
        config: what `dendrolith.load` returns.
        comm: communicator of the ranks that share the run.

    Raises:
        ConfigError: `config` is no input of a study, or what it names cannot be made.
    """

    def __init__(self, config: Any, comm: MPI.Comm = MPI.COMM_WORLD) -> None:
        self.config, self.comm = config, comm
        with timed("set-up of the run"):
            prepare_cache(comm)
            self.setup = study_of(config).setup(config, comm)
            self.problem = self.setup.problem
            self.march = March(self.problem, config.time, config.output.every)
            self.table = ObservableTable(self.setup.observables)
            self.steps = MeasuredMarch(self.march, self.table)

    def start(self) -> StepView:
        """Find the fields at t = 0, which is the observables' reference; returns its view.

        Raises:
            StepTooSmall: there is no balance.
        """
        return self.steps.start()

    def fields(self) -> Mapping[str, fem.Function]:
        """The fields by name, as files and tables have them: potentials against the counter."""
        return self.setup.fields()

    def measure(self, step: Step) -> Values:
        """The observables after the last accepted step: a value for each column ``name [unit]``.

        Raises:
            ValueError: the fields are those of another step, or freed.
        """
        return self.steps.measure(step)

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
            directory, self.config, self.setup, self.march, self.table, watch, quiet=quiet
        )
        with watch, recorder:  # a signal while files are closed must not end the process
            if not (directory.goes_on and recorder.resume()):
                recorder.begin()
                recorder.start(self.table.rows(self.start()))
            self.problem.watch(watch.look)
            for step in self.march:
                view = view_of(step)
                values, rows = self.table.measure(view), self.table.rows(view)
                if recorder.step(step, values, rows):
                    break
        return recorder.outcome

    def destroy(self) -> None:
        """Free the matrices and solvers (collective); what the fields hold can still be read."""
        if self.steps.free():
            self.problem.close()
            free_what_was_dropped(self.comm)


def march(simulation: Simulation) -> Iterator[Step]:
    """Start a simulation and yield every accepted step, for a script that looks at the state.

    `simulation.measure(step)` gives the observables, `simulation.fields()` the fields; nothing is
    written. A loop that was left is gone on with by another one, from the last accepted step.

    Raises:
        StepTooSmall: no step above the smallest one succeeds; the state is the last accepted one.
        ValueError: the simulation is freed, or was stopped within a step, as by Ctrl-C; or its
            fields were changed between two steps.
    """
    yield from simulation.steps
