"""What a fall of a fraction may be instead of a short: neighbours that rise, a pause, a lost lead.

A fraction compares a half-cycle with its neighbours. So it falls also where they rise, by a contact
that is lost for a while. A short is a fall of the resistance of its own.
"""

from __future__ import annotations

import numpy as np

from dendrolith.traces.held import deviation
from dendrolith.traces.shorts.falls import (
    DEPTH,
    EDGE,
    LEAST,
    NOISE,
    REGAINED,
    Fall,
)
from dendrolith.traces.shorts.fraction import FOLLOWS, Fractions, HalfCycle, near

# A pause is longer than so many of the usual intervals; rows that an instrument loses are fewer.
PAUSE = 5.0
# Half-cycles of one current differ by less than this part.
ALIKE = 0.05
# The part of a trace, from its begin, that shows the noise of its instrument: shorts come later.
EARLY = 0.4


def stands(fall: Fall, found: Fractions, cycles: list[HalfCycle]) -> bool:
    """Has the resistance fallen itself, in one half-cycle at least, by half of what x has lost?

    It is compared with the samples before in its half-cycle, with the half-cycle before the fall of
    the same direction, and with the lowest of the neighbours at the same time since their begin.
    """
    rows = np.arange(fall.first, fall.last + 1)
    places, counts = np.unique(found.cycle[rows], return_counts=True)
    long = places[counts >= min(LEAST, counts.max())]
    return any(_stands(fall, found, cycles, int(place)) for place in long)


def _stands(fall: Fall, found: Fractions, cycles: list[HalfCycle], place: int) -> bool:
    """The same in one half-cycle."""
    rows = np.flatnonzero(found.cycle == place)
    earlier, later = rows[rows < fall.first], rows[rows > fall.last]
    inside = rows[(rows >= fall.first) & (rows <= fall.last)]
    begin, end = found.time[fall.first], found.time[fall.last]
    before = [o for o in near(cycles, place, -1) if o.time[0] < begin]
    after = [o for o in near(cycles, place, 1) if o.time[0] > end]
    usual = [float(np.median(before[0].resistance))] if before else []
    if earlier.size >= LEAST:
        usual.append(float(np.median(found.resistance[earlier])))
    elif not before and later.size >= LEAST:
        usual.append(float(np.median(found.resistance[later])))
    since = found.time[inside] - cycles[place].time[0] + cycles[place].since[0]
    alike = [float(np.median(np.interp(since, o.since, o.resistance))) for o in (*before, *after)]
    usual += [min(alike)] if alike else []
    left = float(np.median(found.left[inside]))
    now = float(np.median(found.resistance[inside]))
    return not usual or now < (1 - REGAINED * (1 - left)) * max(usual)


def restarts(fall: Fall, found: Fractions) -> bool:
    """Does a fall begin at a gap in time, and recover within its half-cycle?"""
    begin = int(found.begin[fall.first])
    end = begin + int(found.length[fall.first])
    near_it = np.arange(max(fall.first - EDGE, begin), min(fall.first + EDGE, end - 1))
    if fall.lasts or fall.last >= end - 1 or near_it.size == 0:
        return False
    steps = np.diff(found.time)
    usual = float(np.quantile(steps[begin : end - 1], 0.9, method="lower"))
    return bool((steps[near_it] > PAUSE * usual).any())


def starts_above(found: Fractions) -> float:
    """How many times above all that follows the very first samples are; 1: they are not."""
    first = found.left[:FOLLOWS]
    above = first > np.maximum(1 / (1 - DEPTH), 1 + NOISE * found.noise[: first.size])
    count = int(np.argmin(above)) if not above.all() else 0
    return float(np.median(first[:count])) if count else 1.0


def ends_low(found: Fractions) -> float:
    """What the last one or two samples leave, too few for a fall; 1: they have not fallen."""
    last = found.left[-LEAST:]
    low = last < 1 - np.maximum(DEPTH, NOISE * found.noise[-LEAST:])
    return float(last[low].min()) if low.size and low[-1] and not low.all() else 1.0


def one_sided(found: Fractions, falls: list[Fall], cycles: list[HalfCycle]) -> int:
    """How many samples are low, alone or in twos, where far fewer are high; 0: by chance perhaps.

    An instrument errs to either side, a bridge only lowers a voltage. The noise is that of the
    early part: what comes later is the cell's.
    """
    early = cycles[: max(1, int(EARLY * len(cycles)))]
    noise = [deviation(c.resistance) / max(abs(c.level), 1e-300) for c in early]
    depth = min(max(DEPTH, NOISE * float(np.median(noise))), 0.9)
    counted = np.ones(found.left.size, dtype=bool)
    for fall in falls:
        counted[fall.first : fall.last + 1] = False
    low = int((counted & (found.left < 1 - depth)).sum())
    high = int((counted & (found.left > 1 + depth)).sum())
    return low if low - high > NOISE * np.sqrt(low + high) else 0


def healed(cycles: list[HalfCycle]) -> float:
    """The least that slow changes left for a while, of what was before and came after [1].

    Thirds of half-cycles are compared with the same third of others at the same current.
    """
    least = 1.0
    done = np.zeros(len(cycles), dtype=bool)
    for n, first in enumerate(cycles):
        if done[n]:
            continue
        same = [abs(c.held - first.held) <= ALIKE * abs(first.held) for c in cycles]
        done |= same
        for third in range(3):
            parts = [
                np.array_split(c.resistance, 3)[third]
                for c, alike in zip(cycles, same, strict=True)
                if alike
            ]
            levels = np.array([float(np.median(part)) for part in parts if part.size])
            if levels.size > 2 and levels.min() > 0:
                before = np.maximum.accumulate(levels)
                after = np.maximum.accumulate(levels[::-1])[::-1]
                least = min(least, float((levels / np.minimum(before, after)).min()))
    return least


def follows_the_current(fall: Fall, found: Fractions, cycles: list[HalfCycle]) -> bool:
    """Is what is left of a voltage that of a bridge, I·R_e, beyond its noise?

    Where the current turns within the fall, the voltage has to turn with it. Where it does not, or
    where the file does not say so, neighbouring samples have to agree in sign and size.
    """
    rows = np.arange(fall.first, fall.last + 1)
    z = found.resistance[rows]
    if not np.ptp(z):
        return True
    ways = np.array([cycle.rises for cycle in cycles])[found.cycle[rows]]
    parts = [part for part in (z[ways], z[~ways]) if part.size >= LEAST]
    if len(parts) < 2:
        agree = float(np.mean(z[1:] * z[:-1]) / np.mean(z * z))
        return agree > NOISE / np.sqrt(z.size) or agree > 0.5
    mean = float(np.mean([part.mean() for part in parts]))
    error = float(np.sqrt(sum(part.var() / part.size for part in parts))) / len(parts)
    return mean > NOISE * error


def against_current(cycles: list[HalfCycle], part: float) -> list[HalfCycle]:
    """Half-cycles whose voltage opposes the current, by a part of the first: no passive cell."""
    usual = part * abs(float(np.median(cycles[0].resistance)))
    found = []
    for cycle in cycles:
        error = deviation(cycle.resistance) / np.sqrt(cycle.resistance.size)
        if float(np.median(cycle.resistance)) < -max(usual, NOISE * error):
            found.append(cycle)
    return found
