"""What a run leaves behind while it goes on: time series, fields, status, progress, pictures."""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dolfinx import fem
from petsc4py import PETSc

from dendritex.errors import StepTooSmall, is_interrupt
from dendritex.model.cell import Cell
from dendritex.results.fields import FieldOutput
from dendritex.results.pictures import Snapshot, draw_if_possible
from dendritex.results.progress import Progress
from dendritex.results.run_directory import RunDirectory
from dendritex.results.series import TimeSeries


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
    rows: list[dict[str, float]]
    steps: int = 0
    rejected: int = 0
    wall: float = 0.0
    state: str = "running"
    failure: str = ""

    @property
    def time(self) -> float:
        """Simulated time reached [s]."""
        return self.rows[-1]["time [s]"] if self.rows else 0.0


class Recorder:
    """Writes a run into its directory; every file is complete after each step.

    Use it as a context: `StepTooSmall` ends the run in order, with its results and its cause kept;
    anything else passes on after the cause is noted.

    Args:
        directory: where the files go.
        cell: the cell.
        columns: of the time series.
        stresses: nodal stress fields by name, kept up to date by their owner.
        quiet: show no progress.
    """

    def __init__(
        self,
        directory: RunDirectory,
        cell: Cell,
        columns: list[str],
        stresses: Mapping[str, fem.Function],
        *,
        quiet: bool,
    ) -> None:
        self._directory, self._config = directory, cell.config
        comm = cell.cell_mesh.comm
        self._started = clock.monotonic()
        directory.write_inputs(cell.config, dict(PETSc.Options().getAll()))
        self._series = TimeSeries(comm, directory.path / "timeseries.csv", columns)
        self._output = FieldOutput(directory.path / "fields", cell, stresses)
        self._progress = Progress(comm, cell.config.time.end, quiet=quiet)
        self._finished = False
        self.outcome = Outcome(directory.path, self._series.rows)

    def __enter__(self) -> Recorder:
        self._directory.write_status(self.outcome)
        return self

    def fields(self, time: float) -> None:
        """Write the fields at `time` [s] (collective)."""
        self._output.write(time)

    def step(
        self, number: int, row: dict[str, float], *, rejected: int, milestone: bool, finishes: bool
    ) -> None:
        """Keep an accepted step: its row and, at a milestone, its fields (collective)."""
        self.outcome.steps = number
        self.outcome.rejected += rejected
        self._series.append(row)
        self._progress.update(row)
        if milestone:
            self.fields(row["time [s]"])
        self._directory.write_status_now_and_then(self.outcome)
        self._finished = finishes

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self._progress.close()
        self._series.close()
        outcome = self.outcome
        if error is None:
            outcome.state = "done" if self._finished else "stopped"
        elif isinstance(error, StepTooSmall):
            outcome.state, outcome.failure = "failed", str(error)
            outcome.rejected += error.rejected
        else:
            # perhaps on this rank alone: nothing collective any more, the caller ends the job
            outcome.state = "interrupted" if is_interrupt(error) else "failed"
            outcome.failure = f"{type(error).__name__}: {error}"
            self._directory.write_status(outcome)
            return False
        self._close()
        return True

    def _close(self) -> None:
        """Write what remains and draw the pictures (collective)."""
        outcome = self.outcome
        self._output.close(outcome.time)
        outcome.wall = clock.monotonic() - self._started
        self._directory.write_status(outcome)
        snapshot = Snapshot.join(self._output.scalars, outcome.time)
        title = self._config.title or "dendritex"
        draw_if_possible(self._directory.path, snapshot, outcome.rows, title)
