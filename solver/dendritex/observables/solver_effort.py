"""What the charge balance cost in a step."""

from __future__ import annotations

from dendritex.observables.base import Moment


class SolverEffort:
    """Newton and Krylov iterations of the accepted attempt."""

    columns = ("newton_iterations [1]", "krylov_iterations [1]")

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Both counts."""
        return float(moment.newton_iterations), float(moment.krylov_iterations)
