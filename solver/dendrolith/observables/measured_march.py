"""A march for scripts: each accepted step is measured once, and what cannot go on says so."""

from __future__ import annotations

from collections.abc import Iterator

from dendrolith.core.errors import BrokenOff, StepTooSmall
from dendrolith.observables.base import StepView
from dendrolith.observables.table import ObservableTable, Values
from dendrolith.schemes.march import March, Step


class MeasuredMarch:
    """A march and what is measured after each of its steps.

    Args:
        march: from step to step.
        table: the observables; some add up over all steps.
    """

    def __init__(self, march: March, table: ObservableTable) -> None:
        self._march, self._table = march, table
        self._started = self._freed = self._cut_off = False
        self._measured: tuple[Step | None, Values] = (None, {})

    def start(self) -> StepView:
        """Find the fields at t = 0, which is the observables' reference.

        Raises:
            StepTooSmall: there is no balance.
            ValueError: matrices and solvers are freed.
        """
        self._check_not_freed()
        self._march.start()
        view = StepView(time=0.0, dt=0.0, milestone=True)
        self._table.start(view)
        self._started = True
        return view

    def __iter__(self) -> Iterator[Step]:
        """Start, or go on after the last accepted step."""
        steps = iter(self._march)
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
        except (BrokenOff, StepTooSmall, ValueError):  # the state is the last accepted one
            self._cut_off = False
            raise
        if step is not None:
            self.measure(step)
        self._cut_off = False
        return step

    def measure(self, step: Step) -> Values:
        """The observables after the last accepted step, the same however often they are asked for.

        Raises:
            ValueError: the fields are those of another step, or freed.
        """
        measured, values = self._measured
        if step is not measured:
            self._check_not_freed()
            if step.number != self._march.number:
                raise ValueError(
                    f"step {step.number} cannot be measured: the fields are those of step "
                    f"{self._march.number}; measure each step before the next one"
                )
            values = self._table.measure(view_of(step))
            self._measured = (step, values)
        return dict(values)

    def free(self) -> bool:
        """From here on nothing is solved or measured; False where that was so already."""
        before, self._freed = self._freed, True
        return not before

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


def view_of(step: Step) -> StepView:
    """All that observables look at after an accepted step."""
    return StepView(step.time, step.dt, step.number, step.milestone, step.stage, step.report)
