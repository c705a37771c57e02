"""Shorts in the voltage of a full cell: dips against the way of a charge, and what is not reached.

A charge rises and a discharge falls, each along the open-circuit potential. A short is seen where
the voltage turns against that way and comes back, where a charge stops short of the end that other
charges reach, and where little is left of the voltage that other half-cycles have at that time.
"""

from __future__ import annotations

import itertools
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
class Branch:
    """A charge or a discharge.

    Attributes:
        cycle: the half-cycle.
        raw: (n,) its voltage [V].
        volts: (n,) the same smoothed, positive on the side where the cell usually is [V].
        charges: the voltage rises, for it is a charge.
    """

    cycle: HalfCycle
    raw: FloatArray
    volts: FloatArray
    charges: bool


@dataclass(frozen=True, slots=True)
class FullCell:
    """What was found in the half-cycles of a full cell.

    Attributes:
        time: (n,) of all samples [s].
        left: (n,) voltage over what others have at that time of a half-cycle [1].
        dips: turns of the voltage against its way that come back.
        stalls: beginnings of charges that stop short of where others went on [s].
        judged_alone: fewer than two charges, or a current without signs.
        flat: the first charge ends without a rise.
        given_back: part of the charge before it that each discharge gives back, in order [1].
        exhausted: the last collapse began in a discharge that no other precedes.
    """

    time: FloatArray
    left: FloatArray
    dips: list[tuple[Event, Fall]]
    stalls: list[float]
    judged_alone: bool
    flat: bool
    given_back: tuple[float, ...]
    exhausted: bool


def is_full(cycles: list[HalfCycle]) -> bool:
    """Does the voltage keep its side while the current changes its own, or its size?"""
    early = cycles[: max(2, -(-len(cycles) // 3))]
    plus, minus = _sides(early)
    if plus and minus:
        up, down = float(np.median(plus)), float(np.median(minus))
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
    """First voltages of the half-cycles of positive, and of negative current [V]."""
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
    branches = _branches(cycles)
    left, sound = _all_left(branches)
    early = [branches[n].volts for n in sound or range(len(branches))][: max(2, len(branches) // 2)]
    swing = float(np.median([np.ptp(v) for v in early]))
    usual = float(np.median([np.median(v) for v in early]))
    charges = [branch for branch in branches if branch.charges]
    return FullCell(
        time=np.concatenate([cycle.time for cycle in cycles]),
        left=np.concatenate(left),
        dips=_dips(branches, usual, swing),
        stalls=[
            float(charge.cycle.time[0])
            for n, charge in enumerate(charges)
            if _stalls(charge, charges[:n], swing)
        ],
        judged_alone=len(charges) < 2 or unsigned,
        flat=bool(charges) and _last_rise(charges[0]) < FLAT * swing,
        given_back=_given_back(branches),
        exhausted=_is_exhausted(branches, left, sound),
    )


def _branches(cycles: list[HalfCycle]) -> list[Branch]:
    """Charges and discharges, by the direction of the current in which early ones rise."""
    raw = [cycle.resistance * cycle.held for cycle in cycles]
    volts = [smooth(values) for values in raw]
    side = np.sign(np.median(volts[0])) or 1.0
    volts = [side * v for v in volts]
    rises = sum(np.sign(c.held) * _way(c, v) for c, v in zip(cycles, volts, strict=True))
    way = 1.0 if rises >= 0 else -1.0
    triples = zip(cycles, raw, volts, strict=True)
    return [Branch(c, r, v, charges=way * c.held > 0) for c, r, v in triples]


def _dips(branches: list[Branch], usual: float, swing: float) -> list[tuple[Event, Fall]]:
    """Turns against the way of a branch, deeper than others have at that time.

    Args:
        branches: of the cell.
        usual: voltage of early ones [V].
        swing: that they go through [V].
    """
    noise = float(np.median([deviation(branch.raw) for branch in branches]))
    least = max(DIP * usual, DIP_OF_SWING * swing, DIP_OF_NOISE * noise)
    depths = [_against(branch.volts, charge=branch.charges) for branch in branches]
    dips = []
    for n, branch in enumerate(branches):
        excess = depths[n] - _shared(branches, depths, n)
        for fall in falls_of(np.asarray(1 - excess / least), 1.0):
            dips.append((_event(branch.cycle.time, branch.volts, excess, fall), fall))
    return dips


def _is_exhausted(branches: list[Branch], left: list[FloatArray], sound: list[int]) -> bool:
    """Did the last collapse begin in a discharge that no sound one precedes?"""
    falls = falls_of(np.concatenate(left), COLLAPSED)
    ends = np.cumsum([part.size for part in left])
    at = int(np.searchsorted(ends, falls[-1].first, side="right")) if falls else 0
    return not branches[at].charges and all(branches[m].charges for m in sound if m < at)


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


def _last_rise(charge: Branch) -> float:
    """What the voltage gains within the last part of a charge [V]; NaN of few samples.

    A plateau may end in a steep rise of few samples, as of iron phosphate.
    """
    since = charge.cycle.since
    last = charge.volts[since > (1 - LAST) * since[-1]]
    third = max(last.size // 3, 1)
    ends = max(float(np.median(last[-some:])) for some in (third, LEAST))
    return ends - float(np.median(last[:third])) if last.size >= FEW else np.nan


def _given_back(branches: list[Branch]) -> tuple[float, ...]:
    """Part of the charge before it that each discharge gives back, in order [1].

    Steps of one direction, as those of a titration or a held end, are one charge or discharge.
    """
    passed: list[tuple[bool, float]] = []
    for charges, steps in itertools.groupby(branches, lambda branch: branch.charges):
        parts = [abs(step.cycle.held) * float(step.cycle.since[-1]) for step in steps]
        passed.append((charges, sum(parts)))
    pairs = itertools.pairwise(passed)
    return tuple(given / taken for (charges, taken), (_, given) in pairs if charges and taken > 0)


def _against(volts: FloatArray, *, charge: bool) -> FloatArray:
    """(n,) how far the voltage lies below what it was in a charge, will be in a discharge [V]."""
    if charge:
        return np.asarray(np.maximum.accumulate(volts) - volts)
    return np.asarray(np.maximum.accumulate(volts[::-1])[::-1] - volts)


def _shared(branches: list[Branch], depths: list[FloatArray], place: int) -> FloatArray:
    """(n,) the depth that the nearest branches of this direction show at the same time [V]."""
    own, alike = branches[place].cycle.since, branches[place].charges
    others = [n for n in range(len(branches)) if n != place and branches[n].charges == alike]
    if len(others) < 2:
        return np.zeros(own.size)
    near = sorted(others, key=lambda n: abs(n - place))[:5]
    drawn = [np.interp(own, branches[n].cycle.since, depths[n], right=0.0) for n in near]
    return np.asarray(np.min(drawn, axis=0) if len(near) == 2 else np.median(drawn, axis=0))


def _left(branches: list[Branch], sound: list[int], n: int) -> FloatArray:
    """(n,) voltage over that of the first sound branches of this direction at the same time [1].

    Without one a charge is compared with what it has reached, and a discharge with the usual
    voltage of the branches that are sound: a cell without a short has its open-circuit potential
    whichever way the current flows.
    """
    own, volts = branches[n].cycle.since, branches[n].volts
    first = [branches[m] for m in sound if branches[m].charges == branches[n].charges][:3]
    if first:
        drawn = np.max([np.interp(own, ref.cycle.since, ref.volts) for ref in first], axis=0)
        top = max(float(ref.volts.max()) for ref in first)
        return np.asarray(np.where(drawn > 0.2 * top, volts / np.maximum(drawn, 1e-9), 1.0))
    highest = np.maximum.accumulate(np.maximum(volts, 1e-9))
    if sound or n:
        usual = [float(np.median(branches[m].volts)) for m in sound]
        usual = usual or [float(branch.volts.max()) for branch in branches[:n]]
        highest = np.maximum(highest, max(usual))
    return np.asarray(volts / highest)


def _all_left(branches: list[Branch]) -> tuple[list[FloatArray], list[int]]:
    """What is left in each branch, and which are sound: no reference is one that collapses."""
    left: list[FloatArray] = []
    sound: list[int] = []
    for n, branch in enumerate(branches):
        found = _left(branches, sound, n)
        falls = falls_of(found, COLLAPSED)
        if not any(branches[m].charges == branch.charges for m in sound):
            falls = [fall for fall in falls if _is_collapse(fall, charge=branch.charges)]
            low = [np.arange(fall.first, fall.last + 1) for fall in falls]
            kept = np.isin(np.arange(found.size), np.concatenate([*low, np.empty(0)]))
            reached = np.maximum.accumulate(np.maximum(branch.volts, 1e-9))
            found = np.where(kept, found, branch.volts / reached if branch.charges else 1.0)
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


def _stalls(charge: Branch, earlier: list[Branch], swing: float) -> bool:
    """Does a charge rise no further, short of where `earlier` ones ended, or after it had risen?"""
    since, volts = charge.cycle.since, charge.volts
    rise = _last_rise(charge)
    if not earlier:
        ending = since > (1 - LAST) * since[-1]
        fell = float(volts[~ending].max() - np.median(volts[ending]))
        noise = deviation(charge.raw[: volts.size // 3])
        return rise < FLAT * swing and fell > max(DIP_OF_NOISE * noise, 0.003 * volts.max())
    ends = float(np.median([_reached(other.volts) for other in earlier[:3]]))
    long = since[-1] > 0.8 * float(np.median([other.cycle.since[-1] for other in earlier]))
    short = ends - volts.max() > max(LACKS * swing, DIP_OF_NOISE * deviation(charge.raw))
    return bool(long and short and rise < FLAT * swing)
