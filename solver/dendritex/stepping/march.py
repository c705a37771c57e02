"""The march: a generator of accepted steps."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dendritex.errors import SolverDiverged, StepTooSmall
from dendritex.model.cell import Cell
from dendritex.model.charge import AssembledBalance
from dendritex.model.state import ELECTRONIC, IONIC
from dendritex.observables.leakage_current import counter_current
from dendritex.stepping.drive import Drive
from dendritex.stepping.program import Program, Reading
from dendritex.stepping.split import StepReport
from dendritex.stepping.timestep import StepControl

logger = logging.getLogger(__name__)

# A step may change ξ by this much more than wanted before it is taken back.
CHANGE_TOLERATED = 1.5
# The same for the estimated error.
ERROR_TOLERATED = 2.0
# A held current that needs more than this [V] cannot be carried; a held voltage is bounded alike.
LARGEST_VOLTAGE = 10.0


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
        finishes: the time or the schedule ends with it.
    """

    number: int
    time: float
    dt: float
    milestone: bool
    report: StepReport
    rejected: int
    stage: int = 0
    finishes: bool = False


class Stepper(Protocol):
    """A scheme that advances the state of a cell."""

    cell: Cell
    drive: Drive
    order: int

    @property
    def longest_step(self) -> float:
        """Largest step the scheme allows [s]."""
        ...

    @property
    def balance(self) -> AssembledBalance:
        """Charge balance as last assembled."""
        ...

    def attempt(self, dt: float) -> StepReport:
        """Advance the state by `dt` [s]."""
        ...

    def accept(self) -> None:
        """Keep the attempted step."""
        ...

    def reject(self) -> None:
        """Go back to the last accepted step."""
        ...

    def restart(self) -> None:
        """Forget the past: what drives the cell has changed."""
        ...


def march(stepper: Stepper) -> Iterator[Step]:
    """Advance the cell to the end of its time control or schedule, yielding every accepted step.

    A step that fails, is not finite or changes ξ too much is taken back on all ranks and tried
    again smaller. Output times, switches and the end are hit exactly: the k-th output is k × every.

    Raises:
        StepTooSmall: no step above the smallest one succeeds; the state is the last accepted one.
    """
    config = stepper.cell.config
    control = StepControl(config.time, stepper.longest_step, stepper.order)
    program = Program(config.control, config.time.min_step)
    every, end = config.output.every, config.time.end
    time, number, outputs, rejected = 0.0, 0, 1, 0
    while time < end and number < config.time.max_steps and not program.finished:
        output = min(outputs * every, end)
        if math.isclose(output, end, rel_tol=1e-9):
            output = end  # no sliver between the last output and the end
        switch = program.next_switch(time)
        together = math.isclose(switch, output, rel_tol=1e-9)  # no sliver between them either
        milestone = output if together else min(output, switch)
        dt, hits = control.propose(time, milestone)
        try:
            report = _attempt(stepper, dt, control)
        except SolverDiverged as failure:
            stepper.reject()
            rejected += 1
            logger.debug("t = %.6g s: step of %.3g s taken back: %s", time, dt, failure)
            try:
                control.rejected(dt, str(failure))
            except StepTooSmall as too_small:
                too_small.rejected = rejected
                raise
            continue
        reading = _read(stepper)
        shorter = program.shorter(reading, dt)
        if shorter is not None:
            stepper.reject()
            rejected += 1
            control.shorten(shorter)
            continue
        stepper.accept()
        control.accepted(dt, report.change, report.error)
        time = milestone if hits else time + dt
        number += 1
        stage = program.number
        on_time = hits and (together or milestone == switch)
        ended = program.accepted(reading, time, dt, on_time=on_time)
        # observers see the stage that the step belongs to: what drives the cell changes after them
        finishes = time >= end or program.finished
        yield Step(number, time, dt, hits or ended, report, rejected, stage, finishes)
        if ended and not program.finished:
            _switch(stepper, control, program, time)
        outputs += int(math.isclose(time, outputs * every, rel_tol=1e-9))
        rejected = 0


def _attempt(stepper: Stepper, dt: float, control: StepControl) -> StepReport:
    """One attempt; a change or an error beyond what is tolerated counts as a failure."""
    report = stepper.attempt(dt)
    voltage = float(stepper.cell.cell_voltage.value)
    if abs(voltage) > LARGEST_VOLTAGE:
        raise SolverDiverged(
            "the held current", f"would need {voltage:.3g} V: lithium or salt may be exhausted"
        )
    if report.change > CHANGE_TOLERATED * control.limits.max_change:
        raise SolverDiverged(
            "growth of lithium", f"xi would change by {report.change:.2g} in one step"
        )
    if report.error > ERROR_TOLERATED * control.limits.error_tolerance:
        raise SolverDiverged(
            "growth of lithium", f"the error of xi would be {report.error:.2g} in one step"
        )
    return report


def _read(stepper: Stepper) -> Reading:
    cell, balance = stepper.cell, stepper.balance
    area = cell.cell_mesh.electrode_area
    return Reading(
        voltage=float(cell.cell_voltage.value),
        ionic=counter_current(balance, IONIC) / area,
        electronic=counter_current(balance, ELECTRONIC) / area,
    )


def _switch(stepper: Stepper, control: StepControl, program: Program, time: float) -> None:
    """Go on with the next stage, with a small step and no memory of the last one."""
    stepper.restart()
    control.restart()
    stepper.drive.hold(program.stage)
    logger.info("t = %.6g s: stage %d, %s", time, program.number, program.stage)
