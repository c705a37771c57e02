"""Excursions of a trace from its floor: those that are open, and what is told of one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dendrolith.control.stages import CURRENT

LEFT = "voltage_left [1]"  # column: voltage over what the electrodes have at rest
PATH = "path"  # kind of what a simulation knows: p of path.py
# Floor over voltage from which on a voltage has come to 0 or passed it.
PASSED_ZERO = 1e6


@dataclass(frozen=True, slots=True)
class Event:
    """One excursion.

    Attributes:
        onset: when the depth crossed its threshold, interpolated between two samples [s].
        depth: largest depth: peak current over the floor, floor over the lowest voltage [1].
        recovery: when it had recovered, interpolated [s]; None: not before the end.
        duration: from onset to recovery or to the last sample [s].
        kind: what the signal is, `CURRENT`, `VOLTAGE` or `PATH`; of a path the depth is the largest
            share of the ionic current that electrons carried.
    """

    onset: float
    depth: float
    recovery: float | None
    duration: float
    kind: str = CURRENT

    @property
    def how_far(self) -> str:
        """The depth in words."""
        if self.kind == PATH:
            return f"path of electrons up to {self.depth:.3g}"
        if self.kind == CURRENT:
            return f"{self.depth:.3g} times the floor"
        if self.depth >= PASSED_ZERO:
            return "the voltage came to 0 or passed it"
        return f"down to {100 / self.depth:.3g} % of the floor"

    def __str__(self) -> str:
        until = "to the end" if self.recovery is None else f"until {self.recovery:.6g} s"
        return f"from {self.onset:.6g} s {until} ({self.duration:.3g} s): {self.how_far}"


@dataclass(slots=True)
class Excursion:
    """One that is open.

    Attributes:
        onset: [s].
        peak: largest depth so far [1].
        at_start: it began with its stage, on the floor of an earlier one: it may be a transient.
        samples: how many it has.
        last: time of the latest [s].
        size, since, since_2, size_since: ∫ of how far the signal is from its floor, of the time
            since the onset and of their products over time, for a straight line.
    """

    onset: float
    peak: float
    at_start: bool
    samples: int = 0
    last: float = math.nan
    size: float = 0.0
    since: float = 0.0
    since_2: float = 0.0
    size_since: float = 0.0

    def take(self, time: float, depth: float, size: float) -> None:
        """One more sample, for as long as has passed since the one before or the onset."""
        since = time - self.onset
        passed = time - self.last if self.samples else since
        self.peak, self.samples, self.last = max(self.peak, depth), self.samples + 1, time
        self.size += passed * size
        self.since += passed * since
        self.since_2 += passed * since * since
        self.size_since += passed * size * since

    @property
    def mean(self) -> float:
        """How far the signal has been from its floor, on average; 0 with no time passed."""
        lasted = self.last - self.onset
        return self.size / lasted if lasted > 0 else 0.0

    def grows(self) -> bool:
        """Has it grown, along a straight line, by more than half of its mean while it lasted?"""
        lasted = self.last - self.onset
        spread = lasted * self.since_2 - self.since**2
        if spread <= 0:
            return False
        slope = (lasted * self.size_since - self.since * self.size) / spread
        return slope * lasted > 0.5 * self.mean
