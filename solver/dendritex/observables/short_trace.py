"""Short circuits in a trace: none, soft or hard, sample by sample.

The trace is a leakage (electronic) current at fixed voltage, or the cell voltage at fixed current.
Both are read as a depth d over the running floor f,

    current  d = |j|/f          voltage  d = f/V = 1 + I_el/I_ion in a symmetric cell,

and a state machine counts what leaves the floor and comes back. The floor is causal and knows no
unit: a median over the last part of the elapsed time. solver/theory.md has the derivation.
Sources: Cao et al. 2023, 10.1002/adfm.202307998 (hard and soft shorts, Fig. 2B, 4D, S4); Xu et al.
2026, 10.1016/j.jechem.2026.02.014 (soft shorts with three electrodes).
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from dendritex.config.schedule import CURRENT, VOLTAGE
from dendritex.observables.excursion import Event, Excursion
from dendritex.observables.running_floor import KnownFloors, RunningFloor
from dendritex.observables.short_thresholds import Thresholds

NONE, SOFT, HARD = "none", "soft", "hard"
CLASSES = (NONE, SOFT, HARD)

# What few samples add to doubt: 5σ(1 + 10/n) is Student's t within a fifth from ten samples on.
FEW = 10.0
# How far the lowest of a thousand samples lies below their mean, in standard deviations.
LOWEST = 3.0
# How near zero a sample of nothing but noise is as seldom as that.
NEAR_ZERO = 0.0017
# Size of a signal on its floor: over the floor for a current, the part lost for a voltage.
GROUND = {CURRENT: 1.0, VOLTAGE: 0.0}
# Smallest floor of a current, relative to the largest one so far; smallest voltage, to its floor.
RESOLUTION = {CURRENT: 1e-12, VOLTAGE: 1e-6}


class ShortCircuitTrace:
    """The state machine; feed it one sample after the other, stage by stage.

    quiet → excursion: the depth reaches the onset, over the floor and over where it last fell to;
    excursion → quiet: it is below the hard depth, and a current has fallen from its peak by the
    factor of the onset or to midway between floor and onset, a voltage regained half of its loss.
    While an excursion is open, and as long as the depth stays above the onset, the floor is frozen.
    Hard: a deep one that is open at the end. Soft: several that recovered, or a path in part that
    lasts without growing.

    Attributes:
        depth: of the last sample.
    """

    def __init__(self, thresholds: Thresholds, kind: str = CURRENT) -> None:
        self.thresholds, self.depth = thresholds, 1.0
        self._recovered, self._longest = 0, 0.0
        self._was_hard, self._was_partial = False, False
        self._floors = KnownFloors()
        self._clear(kind)

    def _clear(self, kind: str, held: float | None = None) -> None:
        self._kind, self._held = kind, held
        known = self._floors.find(kind, held)
        self._carried = known is not None
        self._floor = known or RunningFloor(self.thresholds.window)
        self._open: Excursion | None = None
        self._valley, self._largest, self._samples = GROUND[kind], 0.0, 0
        self._began = math.nan
        self._last: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        """None, soft or hard, were this the end of the trace."""
        if self._was_hard or self._is_hard():
            return HARD
        partial = self._was_partial or self._is_partial()
        return SOFT if partial or self._recovered >= self.thresholds.excursions else NONE

    def begin(self, kind: str, held: float | None = None) -> Event | None:
        """Begin a stage; returns what the last one left open.

        Args:
            kind: what the signal is.
            held: what is held instead, with its sign, in any unit; a stage at a value that was held
                before goes on from the floor it had then. None: not known.
        """
        left = self.left_open()
        self._was_hard = self._was_hard or self._is_hard()
        self._was_partial = self._was_partial or self._is_partial()
        if self._samples > self.thresholds.warm_up:
            self._floors.keep(self._kind, self._held, self._floor)
        self._clear(kind, held)
        return left

    def left_open(self) -> Event | None:
        """The excursion that is open."""
        if self._open is None or self._last is None:
            return None
        lasted = self._last[0] - self._open.onset
        return Event(self._open.onset, self._open.peak, None, lasted, self._kind)

    def feed(self, time: float, value: float) -> Event | None:
        """Take a sample; a gap (NaN) says nothing. Returns an excursion that has recovered."""
        if not (math.isfinite(time) and math.isfinite(value)):
            return None
        self._largest = max(self._largest, abs(value))
        if self._samples == 0:
            self._began = time
            if not self._carried:
                self._floor.feed(time, value)
        scale = self._scale()
        self.depth = self._depth_of(value, scale)
        self._valley = min(self._valley, self._lowest(scale))
        recovered = None
        if self._open is not None:
            recovered = self._go_on(time, value, scale)
        elif self._carried or self._samples >= self.thresholds.warm_up:
            onset = self._onset(self._valley, scale)
            if self.depth >= onset:
                crossing = self._crossing(time, value, self._signal_at(onset, scale))
                at_start = self._samples < self.thresholds.warm_up
                self._open = Excursion(crossing, self.depth, at_start)
                self._open.take(time, self.depth, self._size())
        if self._open is None and self._samples > 0 and self._is_quiet(scale):
            self._floor.feed(time, value)
        self._samples += 1
        self._last = (time, value)
        return recovered

    def _go_on(self, time: float, value: float, scale: float) -> Event | None:
        """Inside an excursion: the event, if it has recovered and was one."""
        now = self._open
        assert now is not None
        level = self._recovery(now, scale)
        if self.depth > level:
            now.take(time, self.depth, self._size())
            return None
        recovery = self._crossing(time, value, self._signal_at(level, scale))
        event = Event(now.onset, now.peak, recovery, recovery - now.onset, self._kind)
        counts = not now.at_start and now.samples > self.thresholds.glitch
        if counts:
            self._recovered += 1
            self._was_partial = self._was_partial or self._is_partial()
            if now.peak >= self._hard():
                self._longest = max(self._longest, event.duration)
        self._open, self._valley = None, self._lowest(scale)
        return event if counts else None  # a stage may begin with a transient, a sample be a glitch

    def _lasted(self) -> float:
        """How long an excursion has been open that is no glitch; 0 without one [s]."""
        if self._open is None or self._last is None:
            return 0.0
        seen = self._open.samples > self.thresholds.glitch
        return self._last[0] - self._open.onset if seen else 0.0

    def _is_hard(self) -> bool:
        now = self._open
        if now is None or now.samples <= self.thresholds.glitch or now.peak < self._hard():
            return False
        return self._lasted() >= self.thresholds.lasting * self._longest

    def _is_partial(self) -> bool:
        """Is a path open that has lasted for a window of its stage, and does not grow?"""
        now, lasted = self._open, self._lasted()
        if now is None or self._last is None or lasted == 0:
            return False
        whole = self._last[0] - self._began
        return lasted >= self.thresholds.window * whole and not now.grows()

    def _size(self) -> float:
        """How far the signal is from its floor: over it for a current, the part lost else."""
        return self.depth - 1 if self._kind == CURRENT else 1 - 1 / self.depth

    def _scale(self) -> float:
        """The floor, never below what noise and resolution allow to see."""
        floor = max(abs(self._floor.level), self._floor.spread)
        return max(floor, RESOLUTION[CURRENT] * self._largest) or 1.0

    def _depth_of(self, value: float, scale: float) -> float:
        if self._kind == CURRENT:
            return abs(value) / scale
        if self._floor.level == 0:  # nothing to lose
            return 1.0
        least = max(self._floor.spread, RESOLUTION[VOLTAGE] * scale)
        return scale / max(math.copysign(value, value * self._floor.level), least)

    def _signal_at(self, depth: float, scale: float) -> float:
        """Size of the signal at a depth."""
        return depth * scale if self._kind == CURRENT else scale / depth

    def _is_quiet(self, scale: float) -> bool:
        """May the sample be one of the floor?"""
        few = self._samples < self.thresholds.warm_up
        return few or self.depth < self._onset(GROUND[self._kind], scale)

    def _lowest(self, scale: float) -> float:
        """How low the signal may be, if this sample is among the lowest of a thousand.

        Over the floor for a current, the part lost for a voltage.
        """
        size = self.depth if self._kind == CURRENT else 1 - 1 / self.depth
        return max(size + LOWEST * self._floor.spread / scale, GROUND[self._kind])

    def _onset(self, valley: float, scale: float) -> float:
        """Depth that counts over where the signal last was: by the threshold and beyond noise."""
        least = max(valley - LOWEST * self._floor.spread / scale, GROUND[self._kind])
        visible = valley + self._noise(scale)
        if self._kind == CURRENT:
            return max(self.thresholds.current_onset * least, visible)
        lost = max(self.thresholds.voltage_onset + least, visible)
        return 1 / (1 - lost) if lost < 1 else math.inf

    def _noise(self, scale: float) -> float:
        """What noise may look like, over the floor; more while few samples are known."""
        sigmas = self.thresholds.noise * (1 + FEW / max(self._floor.samples, 1.0))
        return sigmas * self._floor.spread / scale

    def _hard(self) -> float:
        limits = self.thresholds
        return limits.current_hard if self._kind == CURRENT else 1 / (1 - limits.voltage_hard)

    def _recovery(self, now: Excursion, scale: float) -> float:
        """Depth to which an excursion has to fall.

        Beyond noise too: its peak and its lowest sample are extremes of as many as it has.
        """
        spread = self._floor.spread / scale
        noise = self._noise(scale) + math.sqrt(2 * math.log(1 + now.samples)) * spread
        if self._kind == CURRENT:
            onset = self.thresholds.current_onset
            quiet = max(now.peak - noise, 1 - LOWEST * spread, NEAR_ZERO * spread)
            wanted = min(max(now.peak / onset, (1 + onset) / 2), quiet)
        else:
            lost = 1 - 1 / now.peak
            wanted = 1 / (1 - min(lost / 2, max(lost - noise, -LOWEST * spread)))
        return min(wanted, self._hard())

    def _crossing(self, time: float, value: float, level: float) -> float:
        """When the size of the signal passed `level`, between the last sample and this one."""
        if self._last is None:
            return time
        before, now = abs(self._last[1]) - level, abs(value) - level
        part = before / (before - now) if before != now else 1.0
        return self._last[0] + min(max(part, 0.0), 1.0) * (time - self._last[0])

    def state(self) -> dict[str, Any]:
        """What JSON can hold of it: a machine that `restore`s it goes on to the last bit."""
        return {
            "kind": self._kind, "held": self._held, "carried": self._carried, "depth": self.depth,
            "recovered": self._recovered, "longest": self._longest, "was_hard": self._was_hard,
            "was_partial": self._was_partial, "valley": self._valley, "largest": self._largest,
            "samples": self._samples, "began": self._began if self._samples else None,
            "last": None if self._last is None else list(self._last),
            "open": None if self._open is None else list(dataclasses.astuple(self._open)),
            "floor": self._floor.state(), "floors": self._floors.state(),
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._clear(state["kind"], state["held"])
        self.depth, self._recovered = state["depth"], state["recovered"]
        self._longest, self._was_hard = state["longest"], state["was_hard"]
        self._was_partial, self._carried = state["was_partial"], state["carried"]
        self._valley, self._largest = state["valley"], state["largest"]
        self._samples = state["samples"]
        self._began = math.nan if state["began"] is None else state["began"]
        self._last = None if state["last"] is None else (state["last"][0], state["last"][1])
        self._open = None if state["open"] is None else Excursion(*state["open"])
        self._floor = RunningFloor.restored(self.thresholds.window, state["floor"])
        self._floors = KnownFloors.restored(self.thresholds.window, state["floors"])
