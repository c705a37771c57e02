"""What the charge balance cost in a step, and whether its kinetics were bounded."""

from __future__ import annotations

from dendrolith.observables.base import Moment, Observable


class SolverEffort(Observable):
    """Newton and Krylov iterations of the accepted attempt; 1 where exponentials are bounded.

    A fall-back is a system that the chosen solver failed on and that was solved directly.
    """

    columns = (
        "newton_iterations [1]",
        "krylov_iterations [1]",
        "fallback_solves [1]",
        "bounded_kinetics [1]",
    )

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """The counts and the flag."""
        return (
            float(moment.report.newton_iterations),
            float(moment.report.krylov_iterations),
            float(moment.report.fallback_solves),
            float(moment.report.bounded_kinetics),
        )
