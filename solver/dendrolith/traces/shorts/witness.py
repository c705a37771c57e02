"""What a fall of a fraction may be instead of a short: neighbours that rise, a pause, a lost lead.

A fraction compares a half-cycle with its neighbours. So it falls also where they rise, by a contact
that is lost for a while. A short is a fall of the resistance of its own.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from dendrolith.traces.held import deviation
from dendrolith.traces.shorts.falls import DEPTH, EDGE, LEAST, NOISE, REGAINED, SUDDEN, Fall
from dendrolith.traces.shorts.fraction import FOLLOWS, LEVEL, Fractions, HalfCycle, near

# A pause is longer than so many of the usual intervals; rows that an instrument loses are fewer.
PAUSE = 5.0
# Half-cycles of one current differ by less than this part.
ALIKE = 0.05
# A half-cycle rises steeply to this part of what it had.
STEEP = 2.0
# Half-cycles vary by themselves if one differs from the last by this part of a fall (logarithms).
VARY = 0.25
# So many half-cycles, the nearest, show what is usual.
AROUND = 12
# Samples so many deviations away are none of the noise.
OUTLIER = 5.0
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
    """Has the resistance fallen itself, in the half-cycle at this place?"""
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


def is_steep(fall: Fall, found: Fractions) -> bool:
    """Does the resistance rise to twice what its half-cycle had, without having fallen below it?

    The end of a stripping rises steeply, in each half-cycle at a time of its own.
    """
    begin = int(found.begin[fall.first])
    end = begin + int(found.length[fall.first])
    if fall.last >= end or fall.first - begin < LEAST:
        return False
    usual = float(np.median(found.resistance[begin : fall.first]))
    least = float(np.median(found.resistance[fall.first : fall.last + 1]))
    later = found.resistance[fall.first : end]
    top = float(np.minimum(later[1:], later[:-1]).max())
    return least > (1 - DEPTH) * usual and top > STEEP * usual


def is_sudden(fall: Fall, found: Fractions) -> bool:
    """Is a fall sudden in the resistance too, as far as it begins or ends within a half-cycle?

    Where a half-cycle rises slowly out of a fall the floor comes down at once, and so x goes up.
    """
    inside = found.cycle[fall.last] == found.cycle[min(fall.last + 1, found.cycle.size - 1)]
    within = fall.first - int(found.begin[fall.first]) >= EDGE
    if not fall.sudden or fall.lasts or within or not inside:
        return fall.sudden
    begin = int(found.begin[fall.last])
    end = min(fall.last + 1 + EDGE, begin + int(found.length[fall.last]))
    low = found.resistance[max(fall.last + 1 - EDGE, begin) : fall.last + 1]
    high = found.resistance[fall.last + 1 : end]
    usual = float(np.median(high / found.left[fall.last + 1 : end]))
    before = found.resistance[max(fall.last - FOLLOWS, fall.first) : fall.last + 1]
    slow = float(np.median(np.diff(before)))
    rise = float(high.max() - low.min()) - (low.size + high.size - 1) * slow
    return bool(rise > SUDDEN * (1 - fall.left) * usual)


def within(fall: Fall, found: Fractions) -> bool:
    """Does the resistance itself fall or recover suddenly within a half-cycle?"""
    least = SUDDEN * (1 - fall.left)
    for at, sign in ((fall.first, 1.0), (fall.last + 1, -1.0)):
        if at >= found.cycle.size:
            continue
        begin = int(found.begin[at])
        rows = np.arange(at - EDGE, min(at + EDGE, begin + int(found.length[at])))
        if rows[0] < begin:
            continue
        change = [
            sign * (float(np.median(part[:EDGE])) - float(np.median(part[EDGE:])))
            for part in (found.left[rows], found.resistance[rows])
        ]
        some = rows[found.left[rows] != 0]
        if some.size == 0:
            continue
        size = float(np.median(np.abs(found.resistance[some] / found.left[some])))
        if change[0] > least and change[1] > least * size:
            return True
    return False


def vary(falls: list[Fall], found: Fractions, cycles: list[HalfCycle]) -> bool:
    """Do falls begin and end between half-cycles alone, which change by as much without one?

    A temperature may do so. What a half-cycle has is compared with the one before of its direction.
    """
    if any(within(fall, found) for fall in falls):
        return False
    steps = np.zeros(len(cycles))
    last: dict[bool, float] = {}
    for n, cycle in enumerate(cycles):
        if cycle.level > 0:
            steps[n] = abs(np.log(cycle.level / last.get(cycle.rises, cycle.level)))
            last[cycle.rises] = cycle.level
    edges = np.array([[found.cycle[fall.first], found.cycle[fall.last] + 1] for fall in falls])
    others = np.delete(steps, [n for n in (*edges.flat, *(edges + 1).flat) if n < steps.size])
    deepest = min(fall.left for fall in falls)
    return bool(others.max(initial=0.0) > VARY * -np.log(max(deepest, 1e-3)))


def is_offset(fall: Fall, found: Fractions, cycles: list[HalfCycle]) -> bool:
    """Does the voltage fall in one direction and rise in the other by as much?

    V = I R + d: an offset d, as of a reference that drifts, leaves the mean of V/I over both
    directions. A short that leaves x of one half-cycle alone leaves (1 + x)/2 of it, one of both
    less; the limit is halfway to 1. What is sudden within a half-cycle is no slow offset.
    """
    if within(fall, found):
        return False
    means = np.array([_of_both_directions(cycles, n) for n in range(len(cycles))])
    rows = np.arange(fall.first, fall.last + 1)
    places, counts = np.unique(found.cycle[rows], return_counts=True)
    sound = np.isfinite(means) & ~np.isin(np.arange(means.size), places)
    for place in places[counts >= min(LEAST, counts.max())]:
        near_it = np.flatnonzero(sound)
        near_it = near_it[np.argsort(np.abs(near_it - place), kind="stable")][:AROUND]
        inside = rows[found.cycle[rows] == place]
        left = float(np.median(found.left[inside]))
        if not np.isfinite(means[place]) or near_it.size == 0:
            return False
        usual = float(np.quantile(means[near_it], LEVEL))
        if left < 1 and means[place] < (3 + left) / 4 * usual:
            return False
    return True


def _of_both_directions(cycles: list[HalfCycle], place: int) -> float:
    """Mean of V/I of a half-cycle and of those beside it in the other direction; NaN without."""
    own = cycles[place]
    others = [
        float(np.median(other.resistance))
        for other in (*cycles[max(place - 1, 0) : place], *cycles[place + 1 : place + 2])
        if other.rises != own.rises and abs(other.held + own.held) <= ALIKE * abs(own.held)
    ]
    return float(np.median(own.resistance) + np.mean(others)) / 2 if others else np.nan


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
    early part: what comes later is the cell's. It is the same part of all signals, or the same.
    What is high beside its neighbours in time too counts as high, and so for low: fractions also
    rise where dips of other half-cycles lower what they are compared with.
    """
    early = cycles[: max(1, int(EARLY * len(cycles)))]
    sizes = np.array([max(abs(c.level), 1e-300) for c in cycles])
    held = np.array([abs(c.held) for c in cycles])
    own = np.array([deviation(c.resistance) for c in early])
    part = float(np.median(own / sizes[: own.size]))
    signal = float(np.median(own * held[: own.size]))
    noise = np.maximum(part, signal / np.maximum(sizes * held, 1e-300))
    depth = np.clip(NOISE * noise, DEPTH, 0.9)[found.cycle]
    counted = np.ones(found.left.size, dtype=bool)
    for fall in falls:
        counted[fall.first : fall.last + 1] = False
    level = np.concatenate(
        [
            median_filter(found.resistance[found.cycle == n], FOLLOWS, mode="nearest")
            for n in np.unique(found.cycle)
        ]
    )
    beside = found.resistance / np.where(level > 0, level, np.inf)
    low = int((counted & (np.maximum(found.left, beside) < 1 - depth)).sum())
    high = int((counted & (np.minimum(found.left, beside) > 1 + depth)).sum())
    return low if low - high > NOISE * np.sqrt(low + high) else 0


def declined_to(cycles: list[HalfCycle]) -> float:
    """What slow changes have left at the end of the highest resistance.

    Thirds of half-cycles are compared with the same third of others, for they have a shape. A
    single one is compared with itself.
    """
    if len(cycles) < 2:
        tenths = np.array_split(cycles[0].resistance, 10 if cycles[0].steady else 1)
        medians = [float(np.median(tenth)) for tenth in tenths if tenth.size]
        return medians[-1] / max(*medians, 1e-300) if len(medians) > 1 else 1.0
    parts = [np.array_split(c.resistance, 3) for c in cycles]
    levels = np.array([[float(np.median(third)) for third in some] for some in parts])
    return float(np.median(levels[-1] / np.maximum(levels.max(axis=0), 1e-300)))


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
    middle = float(np.median(z))
    spread = 1.4826 * float(np.median(np.abs(z - middle)))
    if spread > 0:  # an overload of one sample says nothing of the others
        z = np.clip(z, middle - OUTLIER * spread, middle + OUTLIER * spread)
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


def sound_before(
    last: Fall, falls: list[Fall], found: Fractions, cycles: list[HalfCycle]
) -> float | None:
    """The least resistance that the cell had before a fall that leaves half of that and more.

    That of the lowest half-cycle without falls, of a direction that the fall has; None if the fall
    leaves less.
    """
    sound = np.arange(found.left.size) < last.first
    for fall in falls:
        sound[fall.first : fall.last + 1] = False
    rows = np.arange((last.first + last.last + 1) // 2, last.last + 1)
    ways = np.array([cycle.rises for cycle in cycles])[found.cycle]
    alike = sound & np.isin(ways, ways[rows])
    places = found.cycle[alike]
    levels = [float(np.median(found.resistance[alike][places == n])) for n in np.unique(places)]
    left = float(np.median(found.resistance[rows]))
    least = min(levels, default=0.0)
    return least if 0.0 < REGAINED * least < left else None


def against_current(cycles: list[HalfCycle], part: float) -> list[HalfCycle]:
    """Half-cycles whose voltage opposes the current, by a part of the first: no passive cell."""
    usual = part * abs(float(np.median(cycles[0].resistance)))
    found = []
    for cycle in cycles:
        error = deviation(cycle.resistance) / np.sqrt(cycle.resistance.size)
        if float(np.median(cycle.resistance)) < -max(usual, NOISE * error):
            found.append(cycle)
    return found
