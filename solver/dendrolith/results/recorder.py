"""What a run leaves behind while it goes on: series, fields, checkpoints, status, pictures."""

from __future__ import annotations

import logging
import time as clock
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from petsc4py import PETSc

from dendrolith.core.checkpoint_data import (
    CheckpointData,
    Restorable,
    numbers_of,
    set_numbers,
)
from dendrolith.core.errors import (
    EXIT_STOPPED,
    BrokenOff,
    DendrolithError,
    OutputFailed,
    StepTooSmall,
    is_interrupt,
)
from dendrolith.core.profile import timed
from dendrolith.core.stop import GO_ON, STOP, StopWatch
from dendrolith.fields.output import Layout
from dendrolith.observables.columns import TIME
from dendrolith.observables.table import ObservableTable
from dendrolith.results.checkpoint import Checkpoints, lacking, none_is_sound
from dendrolith.results.fields import FieldOutput
from dendrolith.results.pictures import Snapshot, draw_if_possible
from dendrolith.results.progress import Progress
from dendrolith.results.run_directory import RunDirectory
from dendrolith.results.series import Listings, NewRows, TimeSeries
from dendrolith.schemes.march import March, Step
from dendrolith.studies.register import study_of
from dendrolith.studies.study import Setup

logger = logging.getLogger(__name__)

_KEPT = ("steps", "rejected", "wall")


@dataclass(slots=True)
class Outcome:
    """How far a run came and how it ended.

    Attributes:
        path, rows: the run directory and its time series.
        end: simulated time at which the run ends [s].
        steps, rejected: accepted steps, attempts taken back; those before a restart count.
        wall: seconds of work.
        checkpoint: step of the last checkpoint, 0 without one.
        state, failure: running, done, stopped (by max_steps), paused (with a checkpoint),
            interrupted or failed, and why.
    """

    path: Path
    rows: list[dict[str, float]] = field(default_factory=list)
    end: float = 0.0
    steps: int = 0
    rejected: int = 0
    wall: float = 0.0
    checkpoint: int = 0
    state: str = "running"
    failure: str = ""

    @property
    def time(self) -> float:
        """Simulated time reached [s]."""
        return self.rows[-1][TIME] if self.rows else 0.0


class Accepted:
    """A march as its last accepted step left it; one that is broken off leaves guesses behind."""

    def __init__(self, march: March) -> None:
        self._march, self._data = march, CheckpointData()

    def keep(self) -> None:
        """The march has just accepted a step."""
        self._data = self._march.save()

    def save(self) -> CheckpointData:
        """What was kept."""
        return self._data

    def restore(self, data: CheckpointData) -> None:
        """Let the march go on from there."""
        self._march.restore(data)
        self._data = data


class Recorder:
    """Writes a run into its directory; every file is complete after each step.

    Use it as a context: `StepTooSmall` and `BrokenOff` end the run in order, with its results and
    its cause kept; anything else passes on after the cause is noted.

    Args:
        directory: where the files go.
        config: the input.
        setup: what is written, and by which numbers.
        march: that and the `table` keep state between steps.
        table: columns of the time series and of the tables.
        watch: when to checkpoint and stop.
        quiet: show no progress.
    """

    def __init__(
        self,
        directory: RunDirectory,
        config: Any,
        setup: Setup,
        march: March,
        table: ObservableTable,
        watch: StopWatch,
        *,
        quiet: bool,
    ) -> None:
        self._directory, self._config, self._watch = directory, config, watch
        comm = self._comm = setup.problem.comm
        self._accepted = Accepted(march)
        parts: dict[str, Restorable] = {"march": self._accepted, "table": table, "record": self}
        self._parts = parts
        layout = setup.layouts[0] if setup.layouts else Layout()
        self._checkpoints = Checkpoints(comm, directory.path / "checkpoints", layout)
        self._series = TimeSeries(comm, directory.path / "timeseries.csv", table.columns)
        self._tables = Listings(comm, directory.path, table.tables)
        self._output = FieldOutput(comm, directory.path / "fields", setup.output, layout)
        self._show = study_of(config).shows
        self._progress = Progress(comm, config.time.end, self._show.progress, quiet=quiet)
        self._began = self._kept_at = clock.monotonic()
        self._march, self._under_way = march, False
        self.outcome = Outcome(directory.path, self._series.rows, end=config.time.end)

    def __enter__(self) -> Self:
        return self

    # ------------------------------------------------------------------ what survives

    def save(self) -> CheckpointData:
        """Rows of the series and of the tables, attempts taken back, seconds of work."""
        kept = numbers_of(self.outcome, _KEPT)
        kept.numbers["tables"] = dict(self._tables.counts)
        return kept

    def restore(self, data: CheckpointData) -> None:
        """Cut series and tables to those of the checkpoint."""
        set_numbers(self.outcome, _KEPT, data)
        self._series.cut(self.outcome.steps)
        self._tables.cut(data.numbers["tables"])

    def resume(self) -> bool:
        """Go on from the newest checkpoint that verifies; False if there is none (collective).

        Raises:
            ConfigError: there are checkpoints, and none of them verifies, or it lacks something.
        """
        found, folder = self._checkpoints.newest(), self._directory.path / "checkpoints"
        if found is None:
            if self._checkpoints.any_finished():
                raise none_is_sound(folder)
            return False
        self.outcome.checkpoint, data = found
        for name, part in self._parts.items():
            try:
                part.restore(data.part(name))
            except KeyError as missing:
                error = lacking(folder, self.outcome.checkpoint, name, missing)
                error.alone = self._comm.size > 1  # perhaps: others may wait amid the restart
                raise error from missing
        self._write_inputs()  # a run that is refused leaves those of the run so far
        self._output.go_on(self.outcome.time)
        self._under_way = True
        logger.info("  resumed    at step %d, t = %.6g s", self.outcome.steps, self.outcome.time)
        self._directory.write_status(self.outcome)
        return True

    def _write_inputs(self) -> None:
        self._directory.write_inputs(self._config, dict(PETSc.Options().getAll()))

    def _checkpoint(self) -> None:
        """Write a checkpoint of the last accepted step (collective)."""
        outcome = self.outcome
        if outcome.checkpoint == outcome.steps:
            return
        now = clock.monotonic()
        outcome.wall, self._began = outcome.wall + now - self._began, now
        data = CheckpointData.join({name: part.save() for name, part in self._parts.items()})
        with timed("checkpoints"):
            written = self._checkpoints.write_if_possible(outcome.steps, data)
        if written:
            outcome.checkpoint = outcome.steps
        self._kept_at = clock.monotonic()

    # ------------------------------------------------------------------ while it goes on

    def begin(self) -> None:
        """Tables without rows, and a status, for a run from the start (collective)."""
        self._write_inputs()
        self._under_way = True
        self._series.begin()
        self._tables.begin()
        self._directory.write_status(self.outcome)

    def start(self, rows: NewRows) -> None:
        """Write fields and tables at t = 0 (collective)."""
        self._tables.append(rows)
        self._output.write(0.0)

    def step(self, step: Step, row: dict[str, float], rows: NewRows) -> bool:
        """Keep an accepted step; True if the run is to stop here (collective)."""
        outcome = self.outcome
        outcome.steps = step.number
        outcome.rejected += step.rejected
        self._accepted.keep()
        with timed("tables"):
            self._series.append(row)
            self._tables.append(rows)
        self._progress.update(row)
        if step.milestone:
            self._output.write(step.time)
        self._directory.write_status_now_and_then(outcome)
        due = clock.monotonic() - self._kept_at > self._config.checkpoint.every
        wanted = self._watch.verdict(self._checkpoints.slowest, due=due)
        if wanted != GO_ON and not step.finishes:
            self._checkpoint()
        return wanted == STOP

    # ------------------------------------------------------------------ the end

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self._progress.close()
        outcome = self.outcome
        if error is not None and not isinstance(error, StepTooSmall | BrokenOff):
            self._break_off(error)
            return False
        if isinstance(error, StepTooSmall):
            advice = study_of(self._config).advice(self._config)
            outcome.state, outcome.failure = "failed", "; ".join([str(error), *advice])
            outcome.rejected += error.rejected
        else:
            self._name_the_end()
        try:
            self._close()
        except (OutputFailed, KeyboardInterrupt) as failure:
            self._break_off(failure)
            raise
        self._directory.release()
        return True

    def _break_off(self, error: BaseException) -> None:
        """Note why, perhaps on this rank alone; what is collective only where all ranks know."""
        outcome = self.outcome
        outcome.state, outcome.failure = _state_and_cause(error)
        if self._under_way:
            self._directory.write_status(outcome)
        if isinstance(error, OutputFailed) and outcome.checkpoint:
            error.exit_code = EXIT_STOPPED
        together = isinstance(error, DendrolithError) and not error.alone
        if together:  # left to the end of the process, each rank would close at another time
            self._output.abandon()
        if together or self._comm.size == 1:  # else others may still write
            self._directory.release()

    def _name_the_end(self) -> None:
        outcome = self.outcome
        if self._march.finished:  # also where nothing was left to do
            outcome.state = "done"
        elif self._watch.reason:
            outcome.state, outcome.failure = "paused", self._watch.reason
        else:
            outcome.state = "stopped"

    def _close(self) -> None:
        """Write what remains and draw the pictures (collective)."""
        outcome = self.outcome
        self._checkpoint()
        self._output.close(outcome.time)
        outcome.wall += clock.monotonic() - self._began
        self._directory.write_status(outcome)
        with timed("pictures"):
            snapshot = self._snapshot()
            title = self._config.title or "dendrolith"
            draw_if_possible(self._directory.path, snapshot, outcome.rows, title)

    def _snapshot(self) -> Snapshot | None:
        """The fields as last written, on rank 0; None elsewhere."""
        return Snapshot.join(self._output.scalars, self.outcome.time, self._show, self._comm)


def _state_and_cause(error: BaseException) -> tuple[str, str]:
    """Of a run that broke off; of an interrupt PETSc tells as of an error of its own."""
    if is_interrupt(error):
        return "interrupted", "by Ctrl-C"
    return "failed", f"{type(error).__name__}: {error}"
