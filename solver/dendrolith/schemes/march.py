"""The march: from accepted step to accepted step."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.errors import BrokenOff, SolverDiverged, StepTooSmall
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import LONG, Report
from dendrolith.schemes.timestep import Limits, StepControl

logger = logging.getLogger(__name__)

# Change of a field, and estimated error, over the wanted ones, beyond which a step is taken back.
CHANGE_TOLERATED, ERROR_TOLERATED = 1.5, 2.0
_KEPT = ("time", "number", "_outputs", "_switches")


@dataclass(frozen=True, slots=True)
class Step:
    """An accepted step.

    Attributes:
        number: counted from 1.
        time, dt: its end and length [s].
        milestone: it ends on an output time, at a switch of the control or at the end.
        report: what it did.
        rejected: attempts taken back before it succeeded.
        stage: number of the control stage it belongs to, from 0.
        finishes: the time or the control ends with it.
    """

    number: int
    time: float
    dt: float
    milestone: bool
    report: Report
    rejected: int
    stage: int = 0
    finishes: bool = False


class March:
    """Steps from one accepted state to the next; iterate over it to come to the end.

    A step that fails, is not finite or changes too much is taken back on all ranks and tried
    again smaller. Output times, switches and the end are hit exactly: the k-th output is k × every.

    Args:
        problem: what is advanced.
        limits: of the step and of the run.
        every: interval of the output times [s].

    Attributes:
        time: reached [s].
        number: accepted steps.
    """

    def __init__(self, problem: Problem, limits: Limits, every: float) -> None:
        self._problem, self._limits, self._every = problem, limits, every
        self._steps = StepControl(limits, problem.longest_step, problem.order)
        self.time, self.number = 0.0, 0
        self._outputs, self._switches = 1, False

    @property
    def finished(self) -> bool:
        """The time or the control has ended."""
        return self.time >= self._limits.end or self._problem.control.finished

    def __iter__(self) -> Iterator[Step]:
        while not self.finished and self.number < self._limits.max_steps:
            yield self.step()

    def start(self) -> None:
        """Find the fields at t = 0.

        Raises:
            StepTooSmall: there is no balance.
        """
        try:
            self._problem.start(self._limits.first_step)
        except SolverDiverged as error:
            raise StepTooSmall(f"no balance at the very start: {error}") from error

    def step(self) -> Step:
        """Take one accepted step.

        Raises:
            StepTooSmall: no step above the smallest one succeeds; the state is the last accepted.
            BrokenOff: the run is to stop; the state is the last accepted.
            ValueError: the fields were changed since the last step.
        """
        self._problem.check_untouched()
        # the last step still belonged to the stage that it ended: observers have seen it by now
        if self._switches:
            self._switch()
        self._steps.limit(self._problem.longest_step)
        control, rejected = self._problem.control, 0
        while True:
            milestone, switch = self._next_milestone()
            dt, hits = self._steps.propose(self.time, milestone)
            report = self._try(dt, rejected)
            if report is not None:
                break
            rejected += 1
        self._steps.accepted(dt, report.change, report.error)
        self.time = milestone if hits else self.time + dt
        self.number += 1
        stage = control.number
        ended = control.accepted(self.time, dt, on_time=hits and milestone == switch)
        self._switches = ended and not control.finished
        self._outputs += int(math.isclose(self.time, self._outputs * self._every, rel_tol=1e-9))
        return Step(
            self.number, self.time, dt, hits or ended, report, rejected, stage, self.finished
        )

    def _next_milestone(self) -> tuple[float, float]:
        """The time to hit next, and that of the next switch: the same where they meet [s]."""
        output = min(self._outputs * self._every, self._limits.end)
        if math.isclose(output, self._limits.end, rel_tol=1e-9):
            output = self._limits.end  # no sliver between the last output and the end
        switch = self._problem.control.next_switch(self.time)
        if math.isclose(switch, output, rel_tol=1e-9):
            return output, output  # no sliver between them either
        return min(output, switch), switch

    def _try(self, dt: float, rejected: int) -> Report | None:
        """One attempt, accepted or taken back: what it did, or None if it was taken back."""
        problem, steps, began = self._problem, self._steps, time.monotonic()
        try:
            report = problem.advance(dt)
            _check(report, self._limits, problem.what)
        except SolverDiverged as failure:
            problem.reject()
            level = logging.INFO if time.monotonic() - began > LONG else logging.DEBUG
            logger.log(level, "t = %.6g s: step of %.3g s taken back: %s", self.time, dt, failure)
            try:
                steps.rejected(dt, str(failure))
            except StepTooSmall as too_small:
                too_small.rejected = rejected + 1
                raise
            return None
        except BrokenOff:
            problem.reject()
            raise
        shorter = problem.control.shorter(dt)
        if shorter is not None:
            problem.reject()
            steps.shorten(shorter)
            return None
        problem.accept()
        return report

    def _switch(self) -> None:
        """Go on with the next stage, with a small step and without a history."""
        self._switches = False
        self._problem.reset_history()
        self._steps.reset_history()
        control = self._problem.control
        stage = control.switch()
        logger.info("t = %.6g s: stage %d, %s", self.time, control.number, stage)

    def save(self) -> CheckpointData:
        """Where the march is, and all that its problem keeps."""
        parts = {
            "march": numbers_of(self, _KEPT),
            "steps": self._steps.save(),
            "control": self._problem.control.save(),
            "problem": self._problem.save(),
        }
        return CheckpointData.join(parts)

    def restore(self, data: CheckpointData) -> None:
        """Go on from there (collective)."""
        set_numbers(self, _KEPT, data.part("march"))
        self._steps.restore(data.part("steps"))
        self._problem.control.restore(data.part("control"), switches=self._switches)
        self._problem.restore(data.part("problem"))


def _check(report: Report, limits: Limits, what: str) -> None:
    """Refuse a change or an error beyond what is tolerated.

    Raises:
        SolverDiverged: the step must be taken back.
    """
    if report.change > CHANGE_TOLERATED * limits.max_change:
        by = f", most of it by {report.by}" if report.by else ""
        raise SolverDiverged(what, f"would change by {report.change:.2g} in one step{by}")
    if report.error > ERROR_TOLERATED * limits.error_tolerance:
        raise SolverDiverged(what, f"the error would be {report.error:.2g} in one step")
