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
from dataclasses import dataclass
from typing import Any

from dendritex.config.schedule import CURRENT, VOLTAGE
from dendritex.declare import count, quantity
from dendritex.observables.running_floor import RunningFloor

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


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What decides, each with its source.

    Onset, hard, noise, window, lasting, excursions and glitch were set before any trace was tried;
    theory.md says why, and what was settled on trials.
    """

    current_onset: float = quantity(
        "1", "leakage over its floor at which an excursion begins, and by which it falls again",
        default=3.0, above=1, source="cao2023, Fig. 4D",
    )  # fmt: skip
    current_hard: float = quantity(
        "1", "leakage over its floor of a hard short", default=100.0, above=1,
        source="cao2023, Fig. 4D",
    )  # fmt: skip
    voltage_onset: float = quantity(
        "1", "part of the voltage that is lost where an excursion begins", default=0.02, above=0,
        below=1, source="3 RT/F of a cell of 3.8 V, cao2023, Fig. 2B",
    )  # fmt: skip
    voltage_hard: float = quantity(
        "1", "part of the voltage that is lost in a hard short", default=0.5, above=0, below=1,
        source="more of the current is electronic than ionic: control.until.short",
    )  # fmt: skip
    noise: float = quantity(
        "1", "standard deviations of the noise that an excursion exceeds", default=5.0, above=0,
        source="one false alarm in 3e6 samples of Gaussian noise",
    )  # fmt: skip
    window: float = quantity(
        "1", "part of the elapsed time over which the floor is taken", default=0.125, above=0,
        at_most=1, source="a rise by 1000 over the whole trace is slow",
    )  # fmt: skip
    lasting: float = quantity(
        "1", "how much longer than any excursion that recovered a hard short is", default=2.0,
        above=0, source="else a trace that ends inside an excursion would be hard",
    )  # fmt: skip
    excursions: int = count("excursions that recover in a soft short", default=2, at_least=1)
    warm_up: int = count("samples before the first excursion", default=10, at_least=1)
    glitch: int = count(
        "samples at the end of a trace that are not yet a hard short", default=2, at_least=0
    )

    def varied(self) -> list[Thresholds]:
        """Each continuous threshold halved and doubled, those of a voltage as odds d − 1."""
        names = ("onset", "hard")
        varied = [
            {f"current_{name}": 1 + factor * (getattr(self, f"current_{name}") - 1),
             f"voltage_{name}": _scaled_odds(getattr(self, f"voltage_{name}"), factor)}
            for name in names for factor in (0.5, 2.0)
        ] + [
            {name: factor * getattr(self, name)}
            for name in ("noise", "window", "lasting") for factor in (0.5, 2.0)
        ]  # fmt: skip
        return [dataclasses.replace(self, **changes) for changes in varied]


# A simulation has no glitches: one step beyond the threshold is a short.
SIMULATED = Thresholds(glitch=0)


def _scaled_odds(lost: float, factor: float) -> float:
    odds = factor * lost / (1 - lost)
    return odds / (1 + odds)


@dataclass(frozen=True, slots=True)
class Event:
    """One excursion.

    Attributes:
        onset: when the depth crossed its threshold, interpolated between two samples [s].
        depth: largest depth: peak current over the floor, floor over the lowest voltage [1].
        recovery: when it had recovered, interpolated [s]; None: not before the end.
        duration: from onset to recovery or to the last sample [s].
    """

    onset: float
    depth: float
    recovery: float | None
    duration: float

    def __str__(self) -> str:
        until = "to the end" if self.recovery is None else f"until {self.recovery:.6g} s"
        return (
            f"from {self.onset:.6g} s {until} ({self.duration:.3g} s): {self.depth:.3g} times the "
            "floor"
        )


@dataclass(slots=True)
class Excursion:
    """One that is open: its onset, largest depth, samples so far."""

    onset: float
    peak: float
    samples: int = 1


class ShortCircuitTrace:
    """The state machine; feed it one sample after the other, stage by stage.

    quiet → excursion: the depth reaches the onset, over the floor and over where it last fell to;
    excursion → quiet: it is below the hard depth, and a current has fallen from its peak by the
    factor of the onset or to midway between floor and onset, a voltage regained half of its loss.
    While an excursion is open, and as long as the depth stays above the onset, the floor is frozen.

    Attributes:
        depth: of the last sample.
    """

    def __init__(self, thresholds: Thresholds, kind: str = CURRENT) -> None:
        self.thresholds, self.depth = thresholds, 1.0
        self._recovered, self._longest, self._was_hard = 0, 0.0, False
        self._clear(kind)

    def _clear(self, kind: str) -> None:
        self._kind = kind
        self._floor = RunningFloor(self.thresholds.window)
        self._open: Excursion | None = None
        self._valley, self._largest, self._samples = GROUND[kind], 0.0, 0
        self._last: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        """None, soft or hard, were this the end of the trace."""
        if self._was_hard or self._is_hard():
            return HARD
        return SOFT if self._recovered >= self.thresholds.excursions else NONE

    def begin(self, kind: str) -> Event | None:
        """Begin a stage with a floor of its own; returns what the last one left open."""
        left = self.left_open()
        self._was_hard = self._was_hard or self._is_hard()
        self._clear(kind)
        return left

    def left_open(self) -> Event | None:
        """The excursion that is open."""
        if self._open is None or self._last is None:
            return None
        return Event(self._open.onset, self._open.peak, None, self._last[0] - self._open.onset)

    def feed(self, time: float, value: float) -> Event | None:
        """Take a sample; a gap (NaN) says nothing. Returns an excursion that has recovered."""
        if not (math.isfinite(time) and math.isfinite(value)):
            return None
        self._largest = max(self._largest, abs(value))
        if self._samples == 0:
            self._floor.feed(time, value)
        scale = self._scale()
        self.depth = self._depth_of(value, scale)
        self._valley = min(self._valley, self._lowest(scale))
        recovered = None
        if self._open is not None:
            recovered = self._go_on(time, value, scale)
        elif self._samples >= self.thresholds.warm_up:
            onset = self._onset(self._valley, scale)
            if self.depth >= onset:
                crossing = self._crossing(time, value, self._signal_at(onset, scale))
                self._open = Excursion(crossing, self.depth)
        if self._open is None and self._samples > 0 and self._is_quiet(scale):
            self._floor.feed(time, value)
        self._samples += 1
        self._last = (time, value)
        return recovered

    def _go_on(self, time: float, value: float, scale: float) -> Event | None:
        """Inside an excursion: the event, if it has recovered."""
        now = self._open
        assert now is not None
        level = self._recovery(now, scale)
        if self.depth > level:
            now.peak, now.samples = max(now.peak, self.depth), now.samples + 1
            return None
        recovery = self._crossing(time, value, self._signal_at(level, scale))
        event = Event(now.onset, now.peak, recovery, recovery - now.onset)
        self._recovered += 1
        self._longest = max(self._longest, event.duration)
        self._open, self._valley = None, self._lowest(scale)
        return event

    def _is_hard(self) -> bool:
        if self._open is None or self._last is None:
            return False
        lasted = self._last[0] - self._open.onset
        return (
            self._open.peak >= self._hard()
            and self._open.samples > self.thresholds.glitch
            and lasted >= self.thresholds.lasting * self._longest
        )

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
            "kind": self._kind, "depth": self.depth, "recovered": self._recovered,
            "longest": self._longest, "was_hard": self._was_hard, "valley": self._valley,
            "largest": self._largest, "samples": self._samples,
            "last": None if self._last is None else list(self._last),
            "open": None if self._open is None else list(dataclasses.astuple(self._open)),
            "began": self._floor.began if self._floor.blocks else None,
            "blocks": [list(block) for block in self._floor.blocks],
            "inside": list(self._floor.inside),
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._clear(state["kind"])
        self.depth, self._recovered = state["depth"], state["recovered"]
        self._longest, self._was_hard = state["longest"], state["was_hard"]
        self._valley, self._largest = state["valley"], state["largest"]
        self._samples = state["samples"]
        self._last = None if state["last"] is None else (state["last"][0], state["last"][1])
        self._open = None if state["open"] is None else Excursion(*state["open"])
        if state["began"] is not None:
            self._floor.began = state["began"]
        self._floor.blocks = [list(block) for block in state["blocks"]]
        self._floor.inside = list(state["inside"])
        self._floor.refresh()
