"""The march: a generator of accepted steps."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass

from dendritex.errors import SolverDiverged, StepTooSmall
from dendritex.stepping.split import Split, StepReport
from dendritex.stepping.timestep import StepControl

logger = logging.getLogger(__name__)

# A step may change ξ by this much more than wanted before it is taken back.
CHANGE_TOLERATED = 1.5


@dataclass(frozen=True, slots=True)
class Step:
    """An accepted step.

    Attributes:
        number: counted from 1.
        time, dt: its end and length [s].
        milestone: it ends on an output time.
        report: what it did.
        rejected: attempts taken back before it succeeded.
    """

    number: int
    time: float
    dt: float
    milestone: bool
    report: StepReport
    rejected: int


def march(split: Split) -> Iterator[Step]:
    """Advance the cell to the end of its time control, yielding every accepted step.

    A step that fails, is not finite or changes ξ too much is taken back on all ranks and tried
    again smaller. Output times and the end are hit exactly: the k-th milestone is k × every.

    Raises:
        StepTooSmall: no step above the smallest one succeeds; the state is the last accepted one.
    """
    lithium = split.cell.config.lithium_metal
    control = StepControl(split.cell.config.time, 1 / (lithium.L_xi * lithium.W))
    every, end = split.cell.config.output.every, split.cell.config.time.end
    time, number, outputs, rejected = 0.0, 0, 1, 0
    while time < end and number < split.cell.config.time.max_steps:
        milestone = min(outputs * every, end)
        if math.isclose(milestone, end, rel_tol=1e-9):
            milestone = end  # no sliver between the last output and the end
        dt, hits = control.propose(time, milestone)
        try:
            report = split.attempt(dt)
            allowed = CHANGE_TOLERATED * control.limits.max_change
            if report.change > allowed:
                raise SolverDiverged(
                    "growth of lithium", f"xi would change by {report.change:.2g} in one step"
                )
        except SolverDiverged as failure:
            split.reject()
            rejected += 1
            logger.debug("t = %.6g s: step of %.3g s taken back: %s", time, dt, failure)
            try:
                control.rejected(dt, str(failure))
            except StepTooSmall as too_small:
                too_small.rejected = rejected
                raise
            continue
        split.accept()
        control.accepted(dt, report.change)
        time = milestone if hits else time + dt
        number += 1
        outputs += int(hits and math.isclose(milestone, outputs * every, rel_tol=1e-9))
        yield Step(number, time, dt, hits, report, rejected)
        rejected = 0
