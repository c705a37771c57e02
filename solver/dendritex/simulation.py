"""One run: config → mesh → microstructure → cell → march → observe → write."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from pathlib import Path

from mpi4py import MPI
from petsc4py import PETSc

from dendritex.config.schema import Config
from dendritex.errors import DendritexError, StepTooSmall
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
from dendritex.stepping.march import march
from dendritex.stepping.split import Split


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        path: the run directory.
        rows: the time series.
        steps, rejected: accepted steps, attempts taken back.
        wall: seconds from start to end.
        failure: why the run gave up, None if it did not.
    """

    path: Path
    rows: list[Row]
    steps: int
    rejected: int
    wall: float
    failure: StepTooSmall | None


class Simulation:
    """Everything of one run, built and ready to march."""

    def __init__(self, config: Config, comm: MPI.Comm = MPI.COMM_WORLD) -> None:
        self.config, self.comm = config, comm
        self.cell = Cell(config, create_cell_mesh(comm, config.geometry))
        initialise(self.cell)
        self.split = Split(self.cell)
        self.gathered = GatheredMesh(self.cell.state.scalar_space)
        self.table = ObservableTable(self.cell, self.gathered)

    def run(self, directory: RunDirectory, *, quiet: bool = False) -> Outcome:
        """March to the end; whatever happens, files are closed and the status is written."""
        started = clock.monotonic()
        directory.write_inputs(self.config, dict(PETSc.Options().getAll()))
        directory.write_status("running")
        series = TimeSeries(self.comm, directory.path / "timeseries.csv", self.table.columns)
        output = FieldOutput(directory.path / "fields", self.cell, self.table.stress_fields())
        progress = Progress(self.comm, self.config.time.end, quiet=quiet)
        steps = rejected = 0
        failure: StepTooSmall | None = None
        state = "failed"
        try:
            self._write_start(output)
            for step in march(self.split):
                steps, rejected = step.number, rejected + step.rejected
                report = step.report
                moment = self.table.moment(
                    self.split.balance, time=step.time, dt=step.dt, plated=report.plated,
                    newton=report.newton_iterations, krylov=report.krylov_iterations,
                )  # fmt: skip
                series.append(self.table.measure(moment))
                progress.update(series.rows[-1])
                if step.milestone:
                    output.write(step.time)
                    directory.write_status("running", time=step.time, steps=steps)
            state = "done"
        except StepTooSmall as gave_up:
            failure = gave_up
        finally:
            progress.close()
            series.close()
            output.close()
            reached = series.rows[-1]["time [s]"] if series.rows else 0.0
            directory.write_status(
                state,
                time=reached,
                steps=steps,
                rejected=rejected,
                failure=str(failure or "") or None,
            )
        output.update()
        snapshot = Snapshot.gather(self.gathered, output.scalars, reached)
        draw_if_possible(directory.path, snapshot, series.rows, self.config.title or "dendritex")
        return Outcome(
            directory.path, series.rows, steps, rejected, clock.monotonic() - started, failure
        )

    def _write_start(self, output: FieldOutput) -> None:
        """Fields at t = 0, with the potentials and the stress that belong to them."""
        try:
            self.split.solve_fields(self.config.time.first_step)
        except DendritexError as error:
            raise StepTooSmall(f"no balance at the very start: {error}") from error
        self.split.accept()
        self.table.update_stress_fields()
        output.write(0.0)
        self.table.start(
            self.table.moment(self.split.balance, time=0.0, dt=0.0, newton=0, krylov=0, plated=0.0)
        )
