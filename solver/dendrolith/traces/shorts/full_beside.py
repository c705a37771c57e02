"""Shorts of a full cell where no current is held: in rests, and at the held end of a charge.

A rest relaxes to the open-circuit potential, ever slower and by no more than charge and discharge
lie apart. A bridge discharges the cell all the time. At a held voltage the current of the cell
falls for good; a bridge adds V/R_e, so that it rises again, or stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dendrolith.control.stages import VOLTAGE
from dendrolith.traces.held import STEP, FloatArray, Segment, deviation
from dendrolith.traces.shorts.excursion import Event
from dendrolith.traces.shorts.falls import LEAST, falls_of, smooth
from dendrolith.traces.shorts.full_cell import COLLAPSED, CONSTANT, DIP_OF_NOISE, FEW

# A fall of a rest slows down if its second half is less than this part of the first.
SLOWS = 0.5
# A charge is complete at this part of its current: C/20 after 1C, as cyclers are set.
COMPLETE = 0.05
# A current has levelled off from its held value below this part of it.
LEVEL = 0.8
# Levels that a current passes as it falls by itself; a staircase has fewer.
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Beside:
    """What was found: a collapse in the last rest, leaks in others, currents that rise or stay."""

    collapsed: Event | None = None
    leaks: list[Event] = field(default_factory=list)
    rises: list[Event] = field(default_factory=list)
    relaxes: bool = False
    stays: bool = False


def beside(segments: Sequence[Segment]) -> Beside:
    """Look for shorts in the rests and the held voltages of a full cell."""
    collapsed, leaks, relaxes = _of_rests(segments)
    rises, stays = list[Event](), False
    for run in _runs(segments):
        some, level = _of_held_voltage(*run)
        rises += some
        stays = stays or level
    return Beside(collapsed, leaks, rises, relaxes, stays)


def _of_rests(segments: Sequence[Segment]) -> tuple[Event | None, list[Event], bool]:
    """A collapse at the end of the trace, rests that leak, and whether one relaxes by much."""
    middle = {way: _middle(segments, way) for way in (True, False)}
    apart = abs(middle[True] - middle[False])
    collapsed, leaks, relaxes = None, list[Event](), False
    for n, part in enumerate(segments):
        known = np.isfinite(part.rest_time) & np.isfinite(part.rest_value)
        time, volts = part.rest_time[known], np.abs(part.rest_value[known])
        if time.size < FEW:
            continue
        loaded = np.abs(part.value[np.isfinite(part.value)])[-LEAST:]
        if loaded.size == 0:
            continue
        before = float(np.median(loaded))
        begin, end = float(np.median(volts[:LEAST])), float(np.median(volts[-LEAST:]))
        half = float(np.interp((time[0] + time[-1]) / 2, time, smooth(volts)))
        depth, lasted = before / max(end, 1e-9), float(time[-1] - time[0])
        if end < COLLAPSED * before:
            ends = n == len(segments) - 1
            event = Event(float(time[0]), depth, None if ends else time[-1], lasted, VOLTAGE)
            collapsed = event if ends else collapsed
            leaks += [] if ends else [event]
        elif begin - end > apart:
            slows = half - end < SLOWS * (begin - half)
            relaxes = relaxes or slows
            leaks += [] if slows else [Event(float(time[0]), depth, time[-1], lasted, VOLTAGE)]
    return collapsed, leaks, relaxes


def _middle(segments: Sequence[Segment], way: bool) -> float:
    """The usual voltage in one direction of the current; NaN without any."""
    some = [
        np.nanmedian(np.abs(p.value))
        for p in segments
        if ((p.held or 0) > 0) == way and np.isfinite(p.value).any()
    ]
    return float(np.median(some)) if some else np.nan


def _runs(segments: Sequence[Segment]) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """Time, voltage and size of the current of what follows without a rest, in one direction."""
    runs: list[list[Segment]] = []
    for part in segments:
        last = runs[-1][-1] if runs else None
        if last is None or last.rest_time.size or (last.held or 0) * (part.held or 0) <= 0:
            runs.append([])
        runs[-1].append(part)
    found = []
    for run in runs:
        if all(part.control.size for part in run):
            time, volts, amps = (
                np.concatenate([getattr(part, name) for part in run])
                for name in ("time", "value", "control")
            )
            known = np.isfinite(time) & np.isfinite(volts) & np.isfinite(amps)
            found.append((time[known], np.abs(volts[known]), np.abs(amps[known])))
    return found


def _of_held_voltage(
    time: FloatArray, volts: FloatArray, amps: FloatArray
) -> tuple[list[Event], bool]:
    """Rises of the current at the held end of a charge, and whether it levels off."""
    if time.size < 2 * FEW:
        return [], False
    level = float(np.median(volts[-LEAST:]))
    varies = np.flatnonzero(np.abs(smooth(volts) - level) > CONSTANT / 2 * level)
    start = int(varies[-1]) + 1 if varies.size else 0
    held = float(np.median(amps[:start])) if start >= LEAST else float(amps[start:].max(initial=0))
    time, amps = time[start:], smooth(amps[start:])
    if time.size < 2 * FEW or held <= 0:
        return [], False
    lowest = int(np.argmin(amps))
    steps = np.unique(np.round(amps[: lowest + 1] / (STEP * held)))
    if steps.size < LEVELS or amps[lowest] > LEVEL * held:
        return [], False
    rise = amps - np.minimum.accumulate(amps)
    least = max(STEP * held, DIP_OF_NOISE * deviation(amps))
    events = []
    for fall in falls_of(np.asarray(1 - rise / least), 1.0):
        begin, end = float(time[fall.first]), float(time[fall.last])
        depth = 1 + float((rise[fall.first : fall.last + 1]).max()) / max(float(amps.min()), 1e-30)
        events.append(Event(begin, depth, None if fall.lasts else end, end - begin, "current"))
    last = amps[-(amps.size // 3) :]
    third = max(last.size // 3, 1)
    first, final = float(np.median(last[:third])), float(np.median(last[-third:]))
    stays = COMPLETE * held < final < LEVEL * held and first - final < STEP * final
    return events, stays
