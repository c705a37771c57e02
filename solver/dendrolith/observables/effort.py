"""What the solvers did in a step."""

from __future__ import annotations

from dendrolith.observables.base import Observable, StepView


class SolverEffort(Observable):
    """Counts of the accepted attempt, as the blocks report them: ``<count> [1]`` each.

    A fall-back is a system that the chosen solver failed on and that was solved directly.

    Args:
        counts: names in the report.
    """

    def __init__(self, counts: tuple[str, ...]) -> None:
        self._counts = counts
        self.columns = tuple(f"{count} [1]" for count in counts)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The counts."""
        return tuple(float(view.report.number(count)) for count in self._counts)
