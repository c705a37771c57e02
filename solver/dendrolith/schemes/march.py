"""The march: from accepted step to accepted step."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dendrolith.control.sequence import Program, Reading
from dendrolith.core.checkpoint_data import Memory, numbers_of, set_numbers
from dendrolith.core.errors import SolverDiverged, StepTooSmall
from dendrolith.fields.state import ELECTRONIC, IONIC
from dendrolith.schemes.report import StepReport
from dendrolith.schemes.timestep import StepControl
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import AssembledBalance
from dendrolith.studies.plating.drive import Drive
from dendrolith.studies.plating.observables.leakage_current import counter_current

logger = logging.getLogger(__name__)

# A step may change ξ by this much more than wanted before it is taken back.
CHANGE_TOLERATED = 1.5
# The same for the estimated error.
ERROR_TOLERATED = 2.0
# A held current that needs more than this [V] cannot be carried; a held voltage is bounded alike.
LARGEST_VOLTAGE = 10.0
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

    def solve_start(self, dt: float) -> None:
        """Find stress and potentials of the first moment, as a step of `dt` [s] would."""
        ...

    def remember(self) -> Memory:
        """What must survive a restart."""
        ...

    def recall(self, memory: Memory) -> None:
        """Take it back."""
        ...


class March:
    """Steps from one accepted state to the next; iterate over it to come to the end.

    A step that fails, is not finite or changes ξ too much is taken back on all ranks and tried
    again smaller. Output times, switches and the end are hit exactly: the k-th output is k × every.

    Attributes:
        time: reached [s].
        number: accepted steps.
    """

    def __init__(self, stepper: Stepper) -> None:
        config = stepper.cell.config
        self._stepper, self._limits, self._every = stepper, config.time, config.output.every
        self._control = StepControl(config.time, stepper.longest_step, stepper.order)
        self._program = Program(config.control, config.time.min_step)
        self.time, self.number = 0.0, 0
        self._outputs, self._switches = 1, False

    @property
    def finished(self) -> bool:
        """The time or the schedule has ended."""
        return self.time >= self._limits.end or self._program.finished

    def __iter__(self) -> Iterator[Step]:
        while not self.finished and self.number < self._limits.max_steps:
            yield self.step()

    def step(self) -> Step:
        """Take one accepted step.

        Raises:
            StepTooSmall: no step above the smallest one succeeds; the state is the last accepted.
        """
        # the last step still belonged to the stage that it ended: observers have seen it by now
        if self._switches:
            self._switch()
        rejected = 0
        while True:
            milestone, switch = self._next_milestone()
            dt, hits = self._control.propose(self.time, milestone)
            reading, report = self._try(dt, rejected)
            if reading is not None and report is not None:
                break
            rejected += 1
        self._control.accepted(dt, report.change, report.error)
        self.time = milestone if hits else self.time + dt
        self.number += 1
        stage = self._program.number
        on_time = hits and milestone == switch
        ended = self._program.accepted(reading, self.time, dt, on_time=on_time)
        self._switches = ended and not self._program.finished
        self._outputs += int(math.isclose(self.time, self._outputs * self._every, rel_tol=1e-9))
        return Step(
            self.number, self.time, dt, hits or ended, report, rejected, stage, self.finished
        )

    def _next_milestone(self) -> tuple[float, float]:
        """The time to hit next, and that of the next switch: the same where they meet [s]."""
        output = min(self._outputs * self._every, self._limits.end)
        if math.isclose(output, self._limits.end, rel_tol=1e-9):
            output = self._limits.end  # no sliver between the last output and the end
        switch = self._program.next_switch(self.time)
        if math.isclose(switch, output, rel_tol=1e-9):
            return output, output  # no sliver between them either
        return min(output, switch), switch

    def _try(self, dt: float, rejected: int) -> tuple[Reading | None, StepReport | None]:
        """One attempt, accepted or taken back; what it found, or nothing if it was taken back."""
        stepper, control = self._stepper, self._control
        try:
            report = _attempt(stepper, dt, control)
        except SolverDiverged as failure:
            stepper.reject()
            logger.debug("t = %.6g s: step of %.3g s taken back: %s", self.time, dt, failure)
            try:
                control.rejected(dt, str(failure))
            except StepTooSmall as too_small:
                too_small.rejected = rejected + 1
                raise
            return None, None
        reading = _read(stepper)
        shorter = self._program.shorter(reading, dt)
        if shorter is not None:
            stepper.reject()
            control.shorten(shorter)
            return None, None
        stepper.accept()
        return reading, report

    def _switch(self) -> None:
        """Go on with the next stage, with a small step and no memory of the last one."""
        self._switches = False
        self._stepper.restart()
        self._control.restart()
        self._stepper.drive.hold(self._program.stage)
        stage = self._program.stage
        logger.info("t = %.6g s: stage %d, %s", self.time, self._program.number, stage)

    def remember(self) -> Memory:
        """Where the march is, and all that its stepper keeps."""
        return Memory.join({
            "march": numbers_of(self, _KEPT), "control": self._control.remember(),
            "program": self._program.remember(), "stepper": self._stepper.remember(),
        })  # fmt: skip

    def recall(self, memory: Memory) -> None:
        """Go on from there (collective)."""
        set_numbers(self, _KEPT, memory.part("march"))
        self._control.recall(memory.part("control"))
        self._program.recall(memory.part("program"))
        if not self._program.finished:
            # a switch that is still to come holds the next stage when it comes
            held = self._program.number - int(self._switches)
            self._stepper.drive.hold(self._program.stages[held])
        self._stepper.recall(memory.part("stepper"))


def march(stepper: Stepper) -> Iterator[Step]:
    """Advance the cell to the end of its time or schedule, yielding every accepted step.

    Raises:
        StepTooSmall: no step above the smallest one succeeds; the state is the last accepted one.
    """
    return iter(March(stepper))


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
