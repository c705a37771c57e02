"""One run: config → mesh → microstructure → cell → march → observe → write."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from pathlib import Path

from mpi4py import MPI
from petsc4py import PETSc

from dendritex.config.schema import Config
from dendritex.errors import SolverDiverged, StepTooSmall, is_interrupt
from dendritex.mesh.create import create_cell_mesh
from dendritex.mesh.gather import GatheredMesh
from dendritex.model.cell import Cell
from dendritex.model.initial import initialise
from dendritex.observables.table import ObservableTable, Row
from dendritex.results.fields import FieldOutput
from dendritex.results.pictures import Snapshot, draw_if_possible
from dendritex.results.progress import Progress
from dendritex.results.run_directory import RunDirectory
from dendritex.results.series import TimeSeries
from dendritex.stepping.march import Step, march
from dendritex.stepping.schemes import make_stepper


@dataclass(slots=True)
class Outcome:
    """How far a run came and how it ended.

    Attributes:
        path, rows: the run directory and its time series.
        steps, rejected: accepted steps, attempts taken back.
        wall: seconds from start to end.
        state, failure: running, done, stopped (by max_steps), interrupted or failed, and why.
    """

    path: Path
    rows: list[Row]
    steps: int = 0
    rejected: int = 0
    wall: float = 0.0
    state: str = "running"
    failure: str = ""

    @property
    def time(self) -> float:
        """Simulated time reached [s]."""
        return self.rows[-1]["time [s]"] if self.rows else 0.0


class Simulation:
    """Everything of one run, built and ready to march."""

    def __init__(self, config: Config, comm: MPI.Comm = MPI.COMM_WORLD) -> None:
        self.config, self.comm = config, comm
        self.cell = Cell(config, create_cell_mesh(comm, config.geometry))
        initialise(self.cell)
        self.stepper = make_stepper(self.cell)
        self.gathered = GatheredMesh(self.cell.state.scalar_space)
        self.table = ObservableTable(self.cell, self.gathered)

    def run(self, directory: RunDirectory, *, quiet: bool = False) -> Outcome:
        """March to the end or until no step succeeds; files are closed and complete either way."""
        started = clock.monotonic()
        directory.write_inputs(self.config, dict(PETSc.Options().getAll()))
        series = TimeSeries(self.comm, directory.path / "timeseries.csv", self.table.columns)
        output = FieldOutput(directory.path / "fields", self.cell, self.table.stress_fields())
        progress = Progress(self.comm, self.config.time.end, quiet=quiet)
        outcome, finished = Outcome(directory.path, series.rows), False
        directory.write_status(outcome)
        try:
            self._write_start(output)
            for step in march(self.stepper):
                outcome.steps, outcome.rejected = step.number, outcome.rejected + step.rejected
                series.append(self._measure(step))
                progress.update(series.rows[-1])
                if step.milestone:
                    output.write(step.time)
                directory.write_status_now_and_then(outcome)
                finished = step.finishes
            outcome.state = "done" if finished else "stopped"
        except StepTooSmall as gave_up:
            outcome.state, outcome.failure = "failed", str(gave_up)
            outcome.rejected += gave_up.rejected
        except BaseException as error:
            # perhaps on this rank alone: nothing collective any more, the caller ends the job
            outcome.state = "interrupted" if is_interrupt(error) else "failed"
            outcome.failure = f"{type(error).__name__}: {error}"
            directory.write_status(outcome)
            raise
        finally:
            progress.close()
            series.close()
        output.close(outcome.time)
        outcome.wall = clock.monotonic() - started
        directory.write_status(outcome)
        snapshot = Snapshot.join(output.scalars, outcome.time)
        draw_if_possible(directory.path, snapshot, series.rows, self.config.title or "dendritex")
        return outcome

    def _write_start(self, output: FieldOutput) -> None:
        """Fields at t = 0, with the potentials and the stress that belong to them."""
        try:
            self.stepper.solve_start(self.config.time.first_step)
        except SolverDiverged as error:
            raise StepTooSmall(f"no balance at the very start: {error}") from error
        self.stepper.accept()
        self.table.start(self.table.moment(self.stepper.balance, time=0.0, dt=0.0))
        output.write(0.0)

    def _measure(self, step: Step) -> Row:
        report = step.report
        moment = self.table.moment(
            self.stepper.balance, time=step.time, dt=step.dt, stage=step.stage,
            newton=report.newton_iterations, krylov=report.krylov_iterations,
            plated=report.plated, bounded=report.bounded_kinetics,
        )  # fmt: skip
        return self.table.measure(moment)
