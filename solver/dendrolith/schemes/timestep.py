"""Choice of the time step: it never sees a mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.declare import count, quantity
from dendrolith.core.errors import StepTooSmall

GROWTH = 1.3
CUTBACK = 0.5
SAFETY = 0.9


class Limits(Protocol):
    """Bounds of the step and of the run, from the input."""

    @property
    def end(self) -> float:
        """End of the run [s]."""
        ...

    @property
    def max_change(self) -> float:
        """Change of the controlled field that a step aims at [1]."""
        ...

    @property
    def error_tolerance(self) -> float:
        """Error of that field that a step aims at [1]."""
        ...

    @property
    def max_step(self) -> float:
        """Largest step [s]."""
        ...

    @property
    def min_step(self) -> float:
        """Smallest step before giving up [s]."""
        ...

    @property
    def first_step(self) -> float:
        """First step [s]."""
        ...

    @property
    def max_steps(self) -> int:
        """Largest number of steps."""
        ...


@dataclass(frozen=True, slots=True)
class TimeSteps:
    """Length of a run and control of its step, for studies that need no more than that."""

    end: float = quantity("s", "end of the run", above=0)
    max_change: float = quantity(
        "1",
        "change of the solution that a step aims at; above 1.5 times it is taken back",
        default=0.25,
        above=0,
        at_most=0.5,
    )
    error_tolerance: float = quantity(
        "1",
        "error that a step aims at, where its scheme has an estimate",
        default=1e-3,
        above=0,
        at_most=0.1,
    )
    max_step: float = quantity("s", "largest step", default=10.0, above=0)
    min_step: float = quantity("s", "smallest step before giving up", default=1e-8, above=0)
    first_step: float = quantity("s", "first step", default=1e-3, above=0)
    max_steps: int = count("largest number of steps", default=1_000_000, at_least=1)


@dataclass(slots=True)
class StepControl:
    """Proposes steps that change the controlled field by about `max_change` and hit milestones.

    Attributes:
        limits: bounds from the input.
        scheme_limit: largest step the scheme allows [s].
        order: of the scheme, for the estimated error.
        dt: step wanted next, before milestones [s].
    """

    limits: Limits
    scheme_limit: float
    order: int = 1
    dt: float = field(init=False)

    def __post_init__(self) -> None:
        self.reset_history()

    @property
    def longest(self) -> float:
        """Largest step ever proposed [s]."""
        return min(self.limits.max_step, self.scheme_limit)

    def limit(self, longest: float) -> None:
        """Take a largest step [s] from the scheme as it now is; not one below the smallest."""
        self.scheme_limit = max(longest, self.limits.min_step)
        self.dt = min(self.dt, self.longest)

    def propose(self, time: float, milestone: float) -> tuple[float, bool]:
        """Next step [s] and whether it ends on the milestone; avoids a sliver before one."""
        remaining = milestone - time
        if self.dt >= remaining * (1 - 1e-9):
            return remaining, True
        if self.dt > remaining / 2:
            return remaining / 2, False
        return self.dt, False

    def accepted(self, dt: float, change: float, error: float = 0.0) -> None:
        """Adapt to an accepted step.

        Args:
            dt: its length [s].
            change: largest change of the controlled field [1].
            error: its estimated error [1]; 0: not known.
        """
        wanted = GROWTH * self.dt
        if change > 0:
            wanted = min(wanted, SAFETY * dt * self.limits.max_change / change)
        if error > 0:
            ratio = (self.limits.error_tolerance / error) ** (1 / (self.order + 1))
            wanted = min(wanted, SAFETY * dt * ratio)
        self.dt = min(max(wanted, self.limits.min_step), self.longest)

    def save(self) -> CheckpointData:
        """The step wanted next."""
        return numbers_of(self, ("dt",))

    def restore(self, data: CheckpointData) -> None:
        """Take it back, within the present limits; that of the scheme is told before a step."""
        set_numbers(self, ("dt",), data)
        self.dt = min(self.dt, self.limits.max_step)

    def shorten(self, dt: float) -> None:
        """Try `dt` [s] next: something is to be hit within the step just tried."""
        self.dt = dt

    def reset_history(self) -> None:
        """Begin again with the first step: what drives the problem has changed."""
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
