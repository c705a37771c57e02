"""Depth of a sample over the floor, and the depths at which excursions begin, end, and are hard."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.traces.shorts.excursion import PASSED_ZERO, Excursion
from dendrolith.traces.shorts.running_floor import RunningFloor
from dendrolith.traces.shorts.thresholds import Thresholds

# What few samples add to doubt: 5σ(1 + 10/n) is Student's t within a fifth from ten samples on.
FEW = 10.0
# How far the lowest of a thousand samples lies below their mean, in standard deviations.
LOWEST = 3.0
# How near zero a sample of nothing but noise is as seldom as that.
NEAR_ZERO = 0.0017
# Size of a signal on its floor: over the floor for a current, the part lost for a voltage.
GROUND = {CURRENT: 1.0, VOLTAGE: 0.0}
# Smallest floor of a current, relative to the largest one so far; smallest voltage, to its floor.
RESOLUTION = {CURRENT: 1e-12, VOLTAGE: 1 / PASSED_ZERO}


@dataclass(slots=True)
class Levels:
    """What a sample is measured against, with the present floor.

    Attributes:
        thresholds: those of the state machine.
        kind: what the signal is, `CURRENT` or `VOLTAGE`.
        floor: the running floor of the stage.
        largest: largest size of the signal so far.
    """

    thresholds: Thresholds
    kind: str
    floor: RunningFloor
    largest: float = 0.0

    @property
    def scale(self) -> float:
        """The floor, never below what noise and resolution allow to see."""
        floor = max(abs(self.floor.level), self.floor.spread)
        return max(floor, RESOLUTION[CURRENT] * self.largest) or 1.0

    @property
    def spread(self) -> float:
        """Standard deviation of a sample, over the floor."""
        return self.floor.spread / self.scale

    def depth(self, value: float) -> float:
        """Of a sample."""
        scale = self.scale
        if self.kind == CURRENT:
            return abs(value) / scale
        if self.floor.level == 0:  # nothing to lose
            return 1.0
        least = max(self.floor.spread, RESOLUTION[VOLTAGE] * scale)
        return scale / max(math.copysign(value, value * self.floor.level), least)

    def signal_at(self, depth: float) -> float:
        """Size of the signal at a depth."""
        return depth * self.scale if self.kind == CURRENT else self.scale / depth

    def size(self, depth: float) -> float:
        """How far the signal is from its floor: over it for a current, the part lost else."""
        return depth - 1 if self.kind == CURRENT else 1 - 1 / depth

    def lowest(self, depth: float) -> float:
        """How low the signal may be, if this sample is among the lowest of a thousand.

        Over the floor for a current, the part lost for a voltage.
        """
        ground = GROUND[self.kind]
        return max(ground + self.size(depth) + LOWEST * self.spread, ground)

    def onset(self, valley: float) -> float:
        """Depth that counts over where the signal last was: by the threshold and beyond noise."""
        least = max(valley - LOWEST * self.spread, GROUND[self.kind])
        visible = valley + self._noise()
        if self.kind == CURRENT:
            return max(self.thresholds.current_onset * least, visible)
        lost = max(self.thresholds.voltage_onset + least, visible)
        return 1 / (1 - lost) if lost < 1 else math.inf

    def _noise(self) -> float:
        """What noise may look like, over the floor; more while few samples are known."""
        sigmas = self.thresholds.noise * (1 + FEW / max(self.floor.samples, 1.0))
        return sigmas * self.spread

    @property
    def hard(self) -> float:
        """Depth of a hard short."""
        limits = self.thresholds
        return limits.current_hard if self.kind == CURRENT else 1 / (1 - limits.voltage_hard)

    def recovery(self, now: Excursion) -> float:
        """Depth to which an excursion has to fall.

        Beyond noise too: its peak and its lowest sample are extremes of as many as it has.
        """
        spread = self.spread
        noise = self._noise() + math.sqrt(2 * math.log(1 + now.samples)) * spread
        if self.kind == CURRENT:
            onset = self.thresholds.current_onset
            quiet = max(now.peak - noise, 1 - LOWEST * spread, NEAR_ZERO * spread)
            wanted = min(max(now.peak / onset, (1 + onset) / 2), quiet)
        else:
            lost = self.size(now.peak)
            wanted = 1 / (1 - min(lost / 2, max(lost - noise, -LOWEST * spread)))
        return min(wanted, self.hard)
