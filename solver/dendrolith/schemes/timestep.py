"""Choice of the time step: it never sees a mesh."""

from __future__ import annotations

from dataclasses import dataclass, field

from dendrolith.core.checkpoint_data import Memory, numbers_of, set_numbers
from dendrolith.core.errors import StepTooSmall
from dendrolith.studies.plating.schema import TimeControl

GROWTH = 1.3
CUTBACK = 0.5
SAFETY = 0.9


@dataclass(slots=True)
class StepControl:
    """Proposes steps that change ξ by about `max_change` and hit milestones exactly.

    Attributes:
        limits: bounds from the declared time control.
        scheme_limit: largest step the scheme allows [s].
        order: of the scheme, for the estimated error.
        dt: step wanted next, before milestones [s].
    """

    limits: TimeControl
    scheme_limit: float
    order: int = 1
    dt: float = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def longest(self) -> float:
        """Largest step ever proposed [s]."""
        return min(self.limits.max_step, self.scheme_limit)

    def propose(self, time: float, milestone: float) -> tuple[float, bool]:
        """Next step [s] and whether it ends on the milestone; avoids a sliver before one."""
        remaining = milestone - time
        if self.dt >= remaining * (1 - 1e-9):
            return remaining, True
        if self.dt > remaining / 2:
            return remaining / 2, False
        return self.dt, False

    def accepted(self, dt: float, change: float, error: float = 0.0) -> None:
        """Learn from an accepted step of length `dt` that changed ξ by `change`.

        Args:
            dt: its length [s].
            change: largest |Δξ| [1].
            error: estimated error of ξ [1]; 0: not known.
        """
        wanted = GROWTH * self.dt
        if change > 0:
            wanted = min(wanted, SAFETY * dt * self.limits.max_change / change)
        if error > 0:
            ratio = (self.limits.error_tolerance / error) ** (1 / (self.order + 1))
            wanted = min(wanted, SAFETY * dt * ratio)
        self.dt = min(max(wanted, self.limits.min_step), self.longest)

    def remember(self) -> Memory:
        """The step wanted next."""
        return numbers_of(self, ("dt",))

    def recall(self, memory: Memory) -> None:
        """Take it back, within the present limits."""
        set_numbers(self, ("dt",), memory)
        self.dt = min(self.dt, self.longest)

    def shorten(self, dt: float) -> None:
        """Try `dt` [s] next: something is to be hit within the step just tried."""
        self.dt = dt

    def restart(self) -> None:
        """Begin again with the first step: what drives the cell has changed."""
        self.dt = min(self.limits.first_step, self.longest)

    def rejected(self, dt: float, why: str) -> None:
        """Shrink after a failed step of length `dt`.

        Raises:
            StepTooSmall: nothing smaller is allowed.
        """
        self.dt = CUTBACK * dt
        if self.dt < self.limits.min_step:
            raise StepTooSmall(
                f"the time step fell to {self.dt:.1e} s, below time.min_step = "
                f"{self.limits.min_step:.1e} s; last failure: {why}"
            )
