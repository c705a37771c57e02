"""Shorts in the voltage of a full cell: dips against the way of a charge, and what is not reached.

A charge rises and a discharge falls, each along the open-circuit potential. A short is seen where
the voltage turns against that way and comes back, where a charge stops short of the end that other
charges reach, and where little is left of the voltage that other half-cycles have at that time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dendrolith.control.stages import VOLTAGE
from dendrolith.traces.held import FloatArray, deviation
from dendrolith.traces.shorts.excursion import Event
from dendrolith.traces.shorts.falls import EDGE, LEAST, Fall, falls_of, smooth
from dendrolith.traces.shorts.fraction import HalfCycle

# A dip is deeper than this part of the voltage, of the swing, and than the noise (deviations).
DIP, DIP_OF_SWING, DIP_OF_NOISE = 0.012, 0.05, 5.0
# Above this voltage [V] a half-cycle that stands alone is taken for one of a full cell.
FULL = 1.2
# Half-cycles whose voltages differ by less than this part of their mean are one side of a cell.
ONE_SIDE = 0.6
# Mean over half of that difference below which a cell is not surely a full one.
NEAR = 2.0
# A voltage is held that varies by less than this part.
CONSTANT = 0.004
# Of a charge: the last part that is flat, its rise over the swing, and what it lacks of others.
LAST, FLAT, LACKS = 0.2, 0.04, 0.12
# Part of a charge that the end takes which it has reached.
ENDS = 0.02
# Less than this part of its voltage is left of a cell that has collapsed.
COLLAPSED = 0.5
# Samples that such a part needs, and parts of a half-cycle whose rises tell its direction.
FEW, PARTS = 6, 12


@dataclass(frozen=True, slots=True)
class FullCell:
    """What was found: fractions of the voltage of others, dips [V], and charges that stall.

    Besides: whether a charge that no other precedes ends without a rise, and the least part of its
    charge that a discharge gives back. `exhausted`: the last collapse began in a discharge that no
    other precedes.
    """

    time: FloatArray
    left: FloatArray
    dips: list[tuple[Event, Fall]]
    stalls: list[float]
    judged_alone: bool
    flat: bool
    given_back: float
    exhausted: bool = False


def is_full(cycles: list[HalfCycle]) -> bool:
    """Does the voltage keep its side while the current changes its own, or its size?"""
    early = cycles[: max(2, -(-len(cycles) // 3))]
    plus, minus = _sides(early)
    if plus and minus:
        up, down = float(np.mean(plus)), float(np.mean(minus))
        full = _one_sided(up, down)
        # where it is near, a short may have lowered one side: the largest of all tell
        if full and abs(up + down) < NEAR * abs(up - down):
            plus, minus = _sides(cycles)
            full = _one_sided(max(plus), min(minus))
        return full
    sizes = [abs(c.held) for c in early]
    volts = _begins(early)
    small, large = int(np.argmin(sizes)), int(np.argmax(sizes))
    if sizes[large] > 1.5 * sizes[small]:
        return abs(volts[small]) > ONE_SIDE * abs(volts[large]) and abs(volts[small]) > FULL
    return float(np.median(np.abs(volts))) > FULL


def _begins(cycles: list[HalfCycle]) -> list[float]:
    """The voltage in the first quarter of each half-cycle [V]: a short comes later."""
    begins = [c.resistance[: max(c.resistance.size // 4, LEAST)] for c in cycles]
    return [float(np.median(z)) * c.held for z, c in zip(begins, cycles, strict=True)]


def _sides(cycles: list[HalfCycle]) -> tuple[list[float], list[float]]:
    """The same of half-cycles of positive and of negative current."""
    volts = _begins(cycles)
    plus = [v for v, c in zip(volts, cycles, strict=True) if c.held > 0]
    return plus, [v for v, c in zip(volts, cycles, strict=True) if c.held < 0]


def _one_sided(plus: float, minus: float) -> bool:
    """Are voltages of both directions of the current those of one side of a cell?"""
    mean, half = abs(plus + minus) / 2, abs(plus - minus) / 2
    return mean > ONE_SIDE * half and mean > 0.05


def examine(cycles: list[HalfCycle]) -> FullCell:
    """Look for shorts in the half-cycles of a full cell."""
    cycles = _without_held_voltage(cycles)
    unsigned = _set_signs(cycles)
    volts = [smooth(c.resistance * c.held) for c in cycles]
    side = np.sign(np.median(volts[0])) or 1.0
    volts = [side * v for v in volts]
    charges = _charges(cycles, volts)
    left, sound = _all_left(cycles, volts, charges)
    early = [volts[n] for n in sound or range(len(volts))][: max(2, len(volts) // 2)]
    swing = float(np.median([np.ptp(v) for v in early]))
    noise = [deviation(c.resistance * c.held) for c in cycles]
    usual = float(np.median([np.median(v) for v in early]))
    least = max(DIP * usual, DIP_OF_SWING * swing, DIP_OF_NOISE * float(np.median(noise)))
    depths = [_against(v, charge) for v, charge in zip(volts, charges, strict=True)]
    dips = []
    for n, depth in enumerate(depths):
        excess = depth - _shared(cycles, depths, charges, n)
        for fall in falls_of(np.asarray(1 - excess / least), 1.0):
            dips.append((_event(cycles[n].time, volts[n], excess, fall), fall))
    stalls = [
        float(cycles[n].time[0])
        for n in range(len(cycles))
        if charges[n] and _stalls(cycles, volts, charges, n, swing, noise)
    ]
    whole = np.concatenate([c.time for c in cycles])
    alone = charges.count(True) < 2 or unsigned
    first = charges.index(True) if True in charges else 0
    ends_flat = charges[first] and _last_rise(cycles[first], volts[first]) < FLAT * swing
    back = _given_back(cycles, charges)
    all_left = np.concatenate(left)
    fallen = falls_of(all_left, COLLAPSED)[-1:]
    ends = np.cumsum([v.size for v in volts])
    at = int(np.searchsorted(ends, fallen[0].first, side="right")) if fallen else 0
    exhausted = not charges[at] and all(charges[m] for m in sound if m < at)
    return FullCell(whole, all_left, dips, stalls, alone, ends_flat, back, exhausted)


def _event(time: FloatArray, volts: FloatArray, excess: FloatArray, fall: Fall) -> Event:
    deepest = fall.first + int(np.argmax(excess[fall.first : fall.last + 1]))
    lowest = max(float(volts[deepest]), 1e-9)
    begin, end = float(time[fall.first]), float(time[fall.last])
    depth = (lowest + float(excess[deepest])) / lowest
    return Event(begin, depth, None if fall.lasts else end, end - begin, VOLTAGE)


def _without_held_voltage(cycles: list[HalfCycle]) -> list[HalfCycle]:
    """Without the ends of charges at a held voltage, where the current falls."""
    kept = cycles[:1]
    last = cycles[0]
    for cycle in cycles[1:]:
        volts = cycle.resistance * cycle.held
        follows = cycle.rises == last.rises and abs(cycle.held) < abs(last.held)
        if not (follows and np.ptp(smooth(volts)) < CONSTANT * abs(float(np.median(volts)))):
            kept.append(cycle)
        last = cycle
    return kept


def _set_signs(cycles: list[HalfCycle]) -> bool:
    """Currents without signs: a half-cycle along which the voltage falls is a discharge."""
    volts = [np.abs(cycle.resistance * cycle.held) for cycle in cycles]
    rises = []
    for v in volts:
        part = max(v.size // 20, 1)
        rises.append(float(np.median(v[-part:]) - np.median(v[:part])))
    least = DIP * float(np.median([np.median(v) for v in volts[:3]]))
    signed = len({cycle.rises for cycle in cycles}) > 1
    if signed or not max(rises) > least or not min(rises) < -least:
        return False
    for cycle, rise in zip(cycles, rises, strict=True):
        if rise < -least:
            cycle.held, cycle.resistance = -cycle.held, -cycle.resistance
    return True


def _charges(cycles: list[HalfCycle], volts: list[FloatArray]) -> list[bool]:
    """Which half-cycles rise, by the direction that rises in the early ones."""
    rises = sum(np.sign(c.held) * _way(c, v) for c, v in zip(cycles, volts, strict=True))
    way = 1.0 if rises >= 0 else -1.0
    return [way * c.held > 0 for c in cycles]


def _way(cycle: HalfCycle, volts: FloatArray) -> float:
    """What the voltage goes through [V], less than 0 where it falls, before it collapses.

    An open-circuit potential is continuous: where half of the swing lies between neighbours the
    cell's own voltage ends, but for a step within the first samples. A bridge goes nowhere.
    """
    steps = np.abs(np.diff(volts))
    at = int(np.argmax(steps)) + 1 if steps.size else 0
    live = volts[:at] if at >= FEW and steps[at - 1] > 0.5 * np.ptp(volts) else volts
    since = cycle.since[: live.size]
    drawn = np.interp(np.linspace(since[0], since[-1], PARTS + 1), since, live)
    most = np.sign(np.diff(drawn)).sum()
    way = np.sign(most if abs(most) > PARTS / 2 else live[-1] - live[0])
    return float(way * np.ptp(drawn))


def _last_rise(cycle: HalfCycle, volts: FloatArray) -> float:
    """What the voltage gains within the last part of a charge [V]; NaN of few samples.

    A plateau may end in a steep rise of few samples, as of iron phosphate.
    """
    last = volts[cycle.since > (1 - LAST) * cycle.since[-1]]
    third = max(last.size // 3, 1)
    ends = max(float(np.median(last[-some:])) for some in (third, LEAST))
    return ends - float(np.median(last[:third])) if last.size >= FEW else np.nan


def _given_back(cycles: list[HalfCycle], charges: list[bool]) -> float:
    """The least part of the charge before it that a discharge gives back [1]; 1 without a pair."""
    passed = [abs(c.held) * float(c.since[-1]) for c in cycles]
    pairs = zip(passed, passed[1:], charges, charges[1:], strict=False)
    return min((out / into for into, out, up, on in pairs if up and not on), default=1.0)


def _against(volts: FloatArray, charge: bool) -> FloatArray:
    """(n,) how far the voltage lies below what it was in a charge, will be in a discharge [V]."""
    if charge:
        return np.asarray(np.maximum.accumulate(volts) - volts)
    return np.asarray(np.maximum.accumulate(volts[::-1])[::-1] - volts)


def _shared(
    cycles: list[HalfCycle], depths: list[FloatArray], charges: list[bool], place: int
) -> FloatArray:
    """(n,) the depth that the other half-cycles of this direction show at the same time."""
    own = cycles[place].since
    others = [n for n in range(len(cycles)) if n != place and charges[n] == charges[place]]
    if len(others) < 2:
        return np.zeros(own.size)
    near = sorted(others, key=lambda n: abs(n - place))[:5]
    drawn = [np.interp(own, cycles[n].since, depths[n], right=0.0) for n in near]
    return np.asarray(np.min(drawn, axis=0) if len(near) == 2 else np.median(drawn, axis=0))


def _left(
    cycles: list[HalfCycle], volts: list[FloatArray], charges: list[bool], sound: list[int], n: int
) -> FloatArray:
    """(n,) voltage over that of the first sound half-cycles of this direction at the same time.

    Without one a charge is compared with what it has reached, and a discharge with the usual
    voltage of the half-cycles that are sound: a cell without a short has its open-circuit
    potential whichever way the current flows.
    """
    first = [m for m in sound if charges[m] == charges[n]][:3]
    if first:
        own = cycles[n].since
        drawn = np.max([np.interp(own, cycles[m].since, volts[m]) for m in first], axis=0)
        top = max(float(volts[m].max()) for m in first)
        return np.asarray(np.where(drawn > 0.2 * top, volts[n] / np.maximum(drawn, 1e-9), 1.0))
    highest = np.maximum.accumulate(np.maximum(volts[n], 1e-9))
    if sound or n:
        usual = [float(np.median(volts[m])) for m in sound] or [float(v.max()) for v in volts[:n]]
        highest = np.maximum(highest, max(usual))
    return np.asarray(volts[n] / highest)


def _all_left(
    cycles: list[HalfCycle], volts: list[FloatArray], charges: list[bool]
) -> tuple[list[FloatArray], list[int]]:
    """What is left in each half-cycle, and which are sound: no reference is one that collapses."""
    left: list[FloatArray] = []
    sound: list[int] = []
    for n in range(len(cycles)):
        found = _left(cycles, volts, charges, sound, n)
        falls = falls_of(found, COLLAPSED)
        if not any(charges[m] == charges[n] for m in sound):
            falls = [fall for fall in falls if _is_collapse(fall, charge=charges[n])]
            low = [np.arange(fall.first, fall.last + 1) for fall in falls]
            kept = np.isin(np.arange(found.size), np.concatenate([*low, np.empty(0)]))
            reached = np.maximum.accumulate(np.maximum(volts[n], 1e-9))
            found = np.where(kept, found, volts[n] / reached if charges[n] else 1.0)
        left.append(found)
        if not falls:
            sound.append(n)
    return left, sound


def _is_collapse(fall: Fall, *, charge: bool) -> bool:
    """Is a fall below half no end of a discharge, nor a charge that begins after one?

    A discharge that goes to its end falls ever faster; a short is sudden, and stays.
    """
    if charge:
        return fall.lasts or fall.first >= EDGE
    return fall.sudden or fall.first < EDGE


def _reached(volts: FloatArray) -> float:
    """What a charge has reached for some samples: a steep end may lie between two of them [V]."""
    count = min(max(LEAST, int(ENDS * volts.size)), volts.size)
    return float(np.partition(volts, -count)[-count])


def _stalls(
    cycles: list[HalfCycle],
    volts: list[FloatArray],
    charges: list[bool],
    place: int,
    swing: float,
    noise: list[float],
) -> bool:
    """Does a charge rise no further, short of where others ended, or after it had risen?"""
    own, v = cycles[place], volts[place]
    ending = own.since > (1 - LAST) * own.since[-1]
    rise = _last_rise(own, v)
    others = [n for n in range(place) if charges[n]]
    if not others:
        fell = float(v[~ending].max() - np.median(v[ending]))
        first = deviation((own.resistance * own.held)[: v.size // 3])
        return rise < FLAT * swing and fell > max(DIP_OF_NOISE * first, 0.003 * v.max())
    ends = float(np.median([_reached(volts[n]) for n in others[:3]]))
    long = own.since[-1] > 0.8 * float(np.median([cycles[n].since[-1] for n in others]))
    short = ends - v.max() > max(LACKS * swing, DIP_OF_NOISE * noise[place])
    return bool(long and short and rise < FLAT * swing)
