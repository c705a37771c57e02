"""What a short leaves of a cell's resistance, over a measured trace.

Under a held current the signal is the voltage, under a held voltage the current; both give the
resistance z = V/I. The reference R is that of the cell without a short,

    x = z / (R f),

with the median R of the neighbouring half-cycles of the same direction at the same time since
their begin, those left out that have fallen, and a floor f of z/R that follows all that is slow.
What all half-cycles do alike is in R and leaves no mark in x; ageing and temperature are in f.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from dendrolith.control.stages import CURRENT
from dendrolith.traces.held import FloatArray, Segment, deviation

# More samples than these are averaged in blocks.
MOST_SAMPLES = 20_000
# The level of a half-cycle is a quantile of it; one that falls below this part is a short's.
LEVEL, FALLEN = 0.75, 0.72
# The two directions of a cell, or of an instrument with an offset, may differ by this part.
UNEQUAL = 0.5
# A voltage that falls below this part of the last although the current has risen is a short's.
LOST = 0.9
# The shape of a half-cycle is the median of so many neighbours on either side.
NEIGHBOURS = 3
# Below this part of its level a shape says nothing: the cell rests there.
RESTING = 0.3
# Samples that a floor follows; a sample this far below is none of it, nor one so far above that
# not as many follow.
FOLLOWS, QUIET, RAISED = 7, 0.8, 30
# Below so many samples a half-cycle does not tell its noise: most bends may be those of one dip.
FEW = 20
# A control ramps where most of its samples differ by this factor; this part of it tells little.
RAMPS, SLIGHT = 1.5, 0.05
# The largest step of a current that a Tafel law is taken to bend.
LARGEST_STEP = 2.1


@dataclass(slots=True)
class HalfCycle:
    """Samples under one control, averaged in blocks where there are many.

    Attributes:
        time: (n,) [s].
        since: (n,) since its begin [s].
        resistance: (n,) [Ohm], or in units of the first where one of V, I is not known.
        held: what is held.
        level: a high quantile of the resistance.
        quiet: whether that is the level of a cell without a short.
        steady: whether what is held stands: a resistance may fall with the current of a ramp.
    """

    time: FloatArray
    since: FloatArray
    resistance: FloatArray
    held: float
    level: float = 0.0
    quiet: bool = True
    steady: bool = True

    @property
    def rises(self) -> bool:
        """Its direction."""
        return self.held >= 0


def half_cycles(segments: Sequence[Segment], *, ramps: bool = False) -> list[HalfCycle]:
    """Those of a trace that have three samples or more; gaps are left out.

    Args:
        segments: the trace.
        ramps: V/I of each sample where what is held ramps; not in a full cell, whose current
            falls at a held voltage.
    """
    total = sum(part.time.size for part in segments)
    found = []
    for part in segments:
        held = 1.0 if part.held is None or part.held == 0 else part.held
        control = _ramp(part, held) if ramps else np.full(part.time.size, held)
        known = np.isfinite(part.time) & np.isfinite(part.value) & np.isfinite(control)
        time, value, control = part.time[known], part.value[known], control[known]
        if time.size < 3:
            continue
        size = max(1, min(-(-total // MOST_SAMPLES), time.size // 10))
        time, value, control = (_blocks(series, size) for series in (time, value, control))
        if part.kind == CURRENT:
            value = value * np.sign(held) if part.held is not None else np.abs(value)
            least = 1e-9 * np.abs(value).max(initial=0.0) or 1.0
            resistance = np.abs(control) / np.maximum(value, least)
        else:
            resistance = value / control
        since, steady = time - part.time[known][0], np.allclose(control, held, rtol=1e-9)
        found.append(HalfCycle(time, since, resistance, held, steady=steady))
    sizes = [float(np.median(np.abs(cycle.resistance))) for cycle in found]
    most = float(np.median(sizes)) if sizes else 0.0  # no half-cycle outvotes the others
    if sum(float(np.clip(c.resistance, -most, most).sum()) for c in found) < 0:  # the other sign
        for cycle in found:
            cycle.resistance = -cycle.resistance
    return found


def _ramp(part: Segment, held: float) -> FloatArray:
    """(n,) what is held at each sample where it ramps, NaN where little is; else its median."""
    size = np.abs(part.control)
    if part.held is None or size.size != part.time.size or not np.isfinite(size).all():
        return np.full(part.time.size, held)
    low, high = np.quantile(size, (0.1, 0.9))
    if high < RAMPS * low:
        return np.full(part.time.size, held)
    slight = size <= SLIGHT * size.max()
    if part.kind == CURRENT:  # a short may take all of the voltage
        flows = np.abs(part.value)
        slight &= ~(flows > SLIGHT * np.nanmax(flows, initial=0.0))
    return np.where(slight, np.nan, part.control)


def _blocks(values: FloatArray, size: int) -> FloatArray:
    """Means of so many samples each; a rest of fewer is one more."""
    if size == 1:
        return values
    starts = np.arange(0, values.size, size)
    return np.asarray(np.add.reduceat(values, starts) / np.diff(np.r_[starts, values.size]))


@dataclass(frozen=True, slots=True)
class Fractions:
    """What is left of the resistance, sample by sample.

    Attributes:
        time: (n,) [s].
        left, noise: (n,) fractions x, and the standard deviation of their noise.
        begin, length: (n,) first sample of the half-cycle of each, and samples of it.
        resistance, cycle: (n,) z itself [Ohm], and the number of the half-cycle.
    """

    time: FloatArray
    left: FloatArray
    noise: FloatArray
    begin: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    resistance: FloatArray
    cycle: npt.NDArray[np.int64]


def fractions(cycles: list[HalfCycle], *, driven_by_current: bool) -> Fractions:
    """What is left of the resistance in all half-cycles.

    Args:
        cycles: the half-cycles; their levels are set.
        driven_by_current: a current is held, so that its steps may bend z (Tafel).
    """
    _find_quiet(cycles, driven_by_current=driven_by_current)
    floor = Floor()
    times, found, own = [], [], []
    for place, cycle in enumerate(cycles):
        shape = shape_of(cycles, place)
        known = shape > RESTING * float(np.quantile(shape, LEVEL))
        relative = cycle.resistance[known] / shape[known]
        if place and driven_by_current and relative.size:
            floor.step(cycles[place - 1], cycle, relative)
        times.append(cycle.time[known])
        own.append(cycle.resistance[known])
        found.append(floor.over(relative, cycle.resistance[known]))
    sizes = [part.size for part in found]
    return Fractions(
        np.concatenate(times),
        np.concatenate(found),
        np.repeat(_noise(found, cycles), sizes),
        np.repeat(np.cumsum([0, *sizes[:-1]]), sizes),
        np.repeat(sizes, sizes),
        np.concatenate(own),
        np.repeat(np.arange(len(cycles)), sizes),
    )


def _noise(left: list[FloatArray], cycles: list[HalfCycle]) -> list[float]:
    """The noise of each half-cycle; that of few samples is no larger than is usual.

    Usual is that of the fractions, or that of the signal, whose part falls as the current rises.
    """
    own = np.array([deviation(part) for part in left])
    sizes = np.array([max(abs(c.level * c.held), 1e-300) for c in cycles])
    usual = np.maximum(np.median(own), np.median(own * sizes) / sizes)
    few = np.array([part.size < FEW for part in left])
    return [float(noise) for noise in np.where(few, np.minimum(own, usual), own)]


def _find_quiet(cycles: list[HalfCycle], *, driven_by_current: bool) -> None:
    """Mark the half-cycles that are well below the last without a short."""
    last: dict[bool, HalfCycle] = {}
    for cycle in cycles:
        cycle.level = float(np.quantile(cycle.resistance, LEVEL))
        before = last.get(cycle.rises, last.get(not cycle.rises))
        if before is not None and before.level > 0:
            ratio = cycle.level / before.level
            bends = driven_by_current and _bends(before.held, cycle.held, ratio)
            least = FALLEN if cycle.rises in last else UNEQUAL
            cycle.quiet = ratio >= least or bends
        if cycle.quiet:
            last[cycle.rises] = cycle


def _bends(before: float, now: float, ratio: float) -> bool:
    """May z fall by this ratio as the current rises, the voltage rising with it?"""
    rise = abs(now / before)
    return 1.0 < rise <= LARGEST_STEP and ratio * rise >= LOST


def shape_of(cycles: list[HalfCycle], place: int) -> FloatArray:
    """(n,) R of a half-cycle from its neighbours without a short; a level where it has none."""
    own = cycles[place]
    alike = [
        other
        for other in (*near(cycles, place, -1), *near(cycles, place, 1))
        if other.since[-1] > 0.5 * own.since[-1] or not own.quiet
    ]
    if not alike:
        others = [cycle.level for cycle in cycles if cycle.quiet and cycle is not own]
        return np.full(own.since.size, others[0] if others else own.level)
    drawn = np.array([np.interp(own.since, o.since, o.resistance, right=o.level) for o in alike])
    return np.asarray(drawn.max(axis=0) if len(alike) == 2 else np.median(drawn, axis=0))


def near(cycles: list[HalfCycle], place: int, way: int) -> list[HalfCycle]:
    """The nearest quiet ones of the same direction on one side."""
    found: list[HalfCycle] = []
    at = place + way
    while 0 <= at < len(cycles) and len(found) < NEIGHBOURS:
        if cycles[at].quiet and cycles[at].rises == cycles[place].rises:
            found.append(cycles[at])
        at += way
    return found


@dataclass(slots=True)
class Floor:
    """Median of the last samples of a series that are near it: it follows all that is slow.

    Attributes:
        last: those samples.
        raised: how many samples in a row have been above; many are a new floor.
        lowest: the least resistance itself that was followed in the half-cycle before.
    """

    last: list[float] = field(default_factory=list)
    raised: list[float] = field(default_factory=list)
    lowest: float = np.inf

    def over(self, values: FloatArray, own: FloatArray | None = None) -> FloatArray:
        """(n,) further samples over the floor.

        Args:
            values: (n,) fractions of what they are compared with.
            own: (n,) the resistance itself. Where fractions rise and it does not, what they are
                compared with has fallen, and the floor stays.
        """
        x = np.ones(values.size)
        z = median_filter(values if own is None else own, FOLLOWS, mode="nearest")
        lowest = np.inf
        if not self.last:
            self.last = [float(value) for value in values[:FOLLOWS]]
            lowest = float(z[:FOLLOWS].min(initial=np.inf))
        level = statistics.median(self.last) if self.last else 1.0
        for k, value in enumerate(map(float, values)):
            x[k] = value / level if level > 0 else 1.0
            if x[k] > 1 / QUIET:
                least = min(lowest, self.lowest)
                if math.isfinite(least) and z[k] < math.sqrt(x[k]) * least:
                    continue
                self.raised.append(value)
                if len(self.raised) < RAISED:
                    continue
                self.last = self.raised[-FOLLOWS:]
            elif x[k] > QUIET:
                self.last = [*self.last[1 - FOLLOWS :], value]
                lowest = min(lowest, float(z[k]))
            else:
                self.raised = []
                continue
            self.raised = []
            level = statistics.median(self.last)
        self.lowest = lowest
        return x

    def step(self, before: HalfCycle, now: HalfCycle, relative: FloatArray) -> None:
        """Begin again at a step of the current that bends z and leaves the voltage rising."""
        if not self.last:
            return
        level = float(np.median(relative[:FOLLOWS]))
        usual = statistics.median(self.last)
        if usual > 0 and before.quiet and now.quiet and level < QUIET * usual:
            end = float(np.median(before.resistance[-FOLLOWS:]))
            begin = float(np.median(now.resistance[:FOLLOWS]))
            if end > 0 and _bends(before.held, now.held, begin / end):
                self.last = [float(value) for value in relative[:FOLLOWS]]
