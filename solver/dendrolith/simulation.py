"""One run: config → study → problem → march → observe → write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from dendrolith.core.compiled import prepare_cache
from dendrolith.core.errors import ConfigError, StepTooSmall
from dendrolith.core.parallel import Collective, free_what_was_dropped
from dendrolith.core.profile import timed
from dendrolith.core.stop import StopWatch
from dendrolith.observables.base import StepView
from dendrolith.observables.table import ObservableTable, Values
from dendrolith.results.recorder import Outcome, Recorder
from dendrolith.results.run_directory import RunDirectory
from dendrolith.schemes.march import March, Step
from dendrolith.studies.register import STUDIES, study_of

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

    Args:
        config: what `dendrolith.load` returns.
        comm: communicator of the ranks that share the run.

    Raises:
        ConfigError: `config` is no input of a study, or what it names cannot be made.
    """

    def __init__(self, config: Any, comm: MPI.Comm = MPI.COMM_WORLD) -> None:
        _check_config(config)
        self.config, self.comm = config, comm
        self._started = self._freed = self._cut_off = False
        self._measured: tuple[Step | None, Values] = (None, {})
        with timed("set-up of the run"):
            prepare_cache(comm)
            self.setup = study_of(config).setup(config, comm)
            self.problem = self.setup.problem
            self.march = March(self.problem, config.time, config.output.every)
            self.table = ObservableTable(self.setup.observables)

    def start(self) -> StepView:
        """Find the fields at t = 0, which is the observables' reference.

        Returns:
            The view of t = 0.

        Raises:
            StepTooSmall: there is no balance.
            ValueError: it was freed.
        """
        self._check_not_freed()
        self.march.start()
        view = StepView(time=0.0, dt=0.0, milestone=True)
        self.table.start(view)
        self._started = True
        return view

    def steps(self) -> Iterator[Step]:
        """Start, or go on after the last accepted step, as `dendrolith.march` does.

        Each step is measured as it comes: some observables add up over all of them.
        """
        steps = iter(self.march)
        while (step := self._next(steps)) is not None:
            yield step

    def _next(self, steps: Iterator[Step]) -> Step | None:
        """Take and measure a step; None at the end."""
        self._check_not_freed()
        if self._cut_off:
            raise ValueError(
                "this simulation was stopped within a step: what was measured stays; make a new "
                "Simulation to go on, and leave a loop between two steps, by break"
            )
        self._cut_off = True
        if not self._started:
            self.start()
        try:
            step = next(steps, None)
        except (StepTooSmall, ValueError):  # the state is the last accepted one
            self._cut_off = False
            raise
        if step is not None:
            self.measure(step)
        self._cut_off = False
        return step

    def fields(self) -> Mapping[str, fem.Function]:
        """The fields by name, as files and tables have them: potentials against the counter."""
        return self.setup.fields()

    def measure(self, step: Step) -> Values:
        """The observables after the last accepted step.

        Returns:
            A value for each column ``name [unit]``, in SI; the same however often it is asked for.

        Raises:
            ValueError: the fields are those of another step, or freed.
        """
        measured, values = self._measured
        if step is not measured:
            self._check_not_freed()
            if step.number != self.march.number:
                raise ValueError(
                    f"step {step.number} cannot be measured: the fields are those of step "
                    f"{self.march.number}; measure each step before the next one"
                )
            values = self.table.measure(view_of(step))
            self._measured = (step, values)
        return dict(values)

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
            for step in self.march:
                view = view_of(step)
                values, rows = self.table.measure(view), self.table.rows(view)
                if recorder.step(step, values, rows):
                    break
        return recorder.outcome

    def destroy(self) -> None:
        """Free the matrices and solvers (collective); what the fields hold can still be read."""
        if self._freed:
            return
        self._freed = True
        self.problem.close()
        free_what_was_dropped(self.comm)

    def _check_not_freed(self) -> None:
        """Refuse what needs matrices and solvers that are no more.

        Raises:
            ValueError: they are freed.
        """
        if self._freed:
            raise ValueError(
                "this simulation is freed, as at the end of its `with`: fields and the last step "
                "can be read; to march or measure, do it inside, or make a new Simulation"
            )


def _check_config(config: Any) -> None:
    """Refuse what is no input of a study.

    Raises:
        ConfigError: it is a file, a dict or an input that another verb computes.
    """
    study = getattr(config, "study", None)
    if study is None:
        raise ConfigError(
            f"Simulation({type(config).__name__}): give what dendrolith.load(file or dict) returns"
        )
    if study not in STUDIES:
        raise ConfigError(f"Simulation: dendrolith {study} computes this input")


def view_of(step: Step) -> StepView:
    """All that observables look at after an accepted step."""
    return StepView(step.time, step.dt, step.number, step.milestone, step.stage, step.report)


def march(simulation: Simulation) -> Iterator[Step]:
    """Start a simulation and yield every accepted step, for a script that looks at the state.

    `simulation.measure(step)` gives the observables, `simulation.fields()` the fields; nothing is
    written. A loop that was left is gone on with by another one, from the last accepted step.

    Raises:
        StepTooSmall: no step above the smallest one succeeds; the state is the last accepted one.
        ValueError: the simulation is freed, or was stopped within a step, as by Ctrl-C; or its
            fields were changed between two steps.
    """
    yield from simulation.steps()
