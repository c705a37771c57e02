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

from dendrolith.control.stages import CURRENT
from dendrolith.traces.shorts.excursion import Event, Excursion
from dendrolith.traces.shorts.levels import GROUND, Levels
from dendrolith.traces.shorts.running_floor import KnownFloors, RunningFloor
from dendrolith.traces.shorts.thresholds import Thresholds

NONE, SOFT, HARD = "none", "soft", "hard"
CLASSES = (NONE, SOFT, HARD)


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
        known = self._floors.find(kind, held)
        self._held, self._carried = held, known is not None
        self._levels = Levels(self.thresholds, kind, known or RunningFloor(self.thresholds.window))
        self._open: Excursion | None = None
        self._valley, self._samples = GROUND[kind], 0
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
            self._floors.keep(self._levels.kind, self._held, self._levels.floor)
        self._clear(kind, held)
        return left

    def left_open(self) -> Event | None:
        """The excursion that is open."""
        if self._open is None or self._last is None:
            return None
        lasted = self._last[0] - self._open.onset
        return Event(self._open.onset, self._open.peak, None, lasted, self._levels.kind)

    def feed(self, time: float, value: float) -> Event | None:
        """Take a sample; a gap (NaN) says nothing. Returns an excursion that has recovered."""
        if not (math.isfinite(time) and math.isfinite(value)):
            return None
        levels = self._levels
        levels.largest = max(levels.largest, abs(value))
        if self._samples == 0:
            self._began = time
            if not self._carried:
                levels.floor.feed(time, value)
        self.depth = levels.depth(value)
        self._valley = min(self._valley, levels.lowest(self.depth))
        recovered, early = None, self._samples < self.thresholds.warm_up
        if self._open is not None:
            recovered = self._go_on(time, value)
        elif self._carried or not early:
            onset = levels.onset(self._valley)
            if self.depth >= onset:
                crossing = self._crossing(time, value, levels.signal_at(onset))
                self._open = Excursion(crossing, self.depth, at_start=early)
                self._open.take(time, self.depth, levels.size(self.depth))
        if self._open is None and self._samples > 0 and self._is_quiet():
            levels.floor.feed(time, value)
        self._samples += 1
        self._last = (time, value)
        return recovered

    def _go_on(self, time: float, value: float) -> Event | None:
        """Inside an excursion: the event, if it has recovered and was one."""
        now, levels = self._open, self._levels
        assert now is not None
        level = levels.recovery(now)
        if self.depth > level:
            now.take(time, self.depth, levels.size(self.depth))
            return None
        recovery = self._crossing(time, value, levels.signal_at(level))
        event = Event(now.onset, now.peak, recovery, recovery - now.onset, levels.kind)
        counts = not now.at_start and now.samples > self.thresholds.glitch
        if counts:
            self._recovered += 1
            self._was_partial = self._was_partial or self._is_partial()
            if now.peak >= levels.hard:
                self._longest = max(self._longest, event.duration)
        self._open, self._valley = None, levels.lowest(self.depth)
        return event if counts else None  # a stage may begin with a transient, a sample be a glitch

    def _lasted(self) -> float:
        """How long an excursion has been open that is no glitch; 0 without one [s]."""
        if self._open is None or self._last is None:
            return 0.0
        seen = self._open.samples > self.thresholds.glitch
        return self._last[0] - self._open.onset if seen else 0.0

    def _is_hard(self) -> bool:
        now = self._open
        if now is None or now.samples <= self.thresholds.glitch or now.peak < self._levels.hard:
            return False
        return self._lasted() >= self.thresholds.lasting * self._longest

    def _is_partial(self) -> bool:
        """Is a path open that has lasted for a window of its stage, and does not grow?"""
        now, lasted = self._open, self._lasted()
        if now is None or self._last is None or lasted == 0:
            return False
        levels = self._levels
        visible = levels.size(levels.onset(GROUND[levels.kind]))  # noise alone has no mean
        long = lasted >= self.thresholds.window * (self._last[0] - self._began)
        return long and now.mean >= visible and not now.grows()

    def _is_quiet(self) -> bool:
        """May the sample be one of the floor?"""
        unknown = self._samples < self.thresholds.warm_up and not self._carried
        return unknown or self.depth < self._levels.onset(GROUND[self._levels.kind])

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
            "kind": self._levels.kind,
            "held": self._held,
            "carried": self._carried,
            "depth": self.depth,
            "recovered": self._recovered,
            "longest": self._longest,
            "was_hard": self._was_hard,
            "was_partial": self._was_partial,
            "valley": self._valley,
            "largest": self._levels.largest,
            "samples": self._samples,
            "began": self._began if self._samples else None,
            "last": None if self._last is None else list(self._last),
            "open": None if self._open is None else list(dataclasses.astuple(self._open)),
            "floor": self._levels.floor.state(),
            "floors": self._floors.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._clear(state["kind"], state["held"])
        self.depth, self._recovered = state["depth"], state["recovered"]
        self._longest, self._was_hard = state["longest"], state["was_hard"]
        self._was_partial, self._carried = state["was_partial"], state["carried"]
        self._valley, self._samples = state["valley"], state["samples"]
        self._began = math.nan if state["began"] is None else state["began"]
        self._last = None if state["last"] is None else (state["last"][0], state["last"][1])
        self._open = None if state["open"] is None else Excursion(*state["open"])
        floor = RunningFloor.restored(self.thresholds.window, state["floor"])
        self._levels = Levels(self.thresholds, state["kind"], floor, state["largest"])
        self._floors = KnownFloors.restored(self.thresholds.window, state["floors"])
