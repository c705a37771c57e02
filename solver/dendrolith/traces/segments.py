"""The segments of a measured trace: which quantity is the signal, and where its control changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.traces.held import (
    BREAKDOWN,
    FloatArray,
    Segment,
    held_of,
    is_driven,
    signs_of,
    stages_of,
    steps_of,
    without_overloads,
)
from dendrolith.traces.offset import offset_of_ramp

BoolArray = npt.NDArray[np.bool_]

OTHER = {CURRENT: VOLTAGE, VOLTAGE: CURRENT}
NAMELESS = {CURRENT: ("current", "current [A]"), VOLTAGE: ("voltage", "voltage [V]")}
# A trace that has no current is never surer than this; less so where it never changes its side.
ALONE, ONE_SIDED = 0.85, 0.75
# A current with no values below this part of its largest, on the other side, has no sign.
UNSIGNED = 0.05
# Words and letters for the state of a cell.
DISCHARGE = re.compile(
    r"(?i)d|d[_ -].*|dis.*|.*d[_-]?chg.*|.*disch.*|entl.*|ent|.*放电.*|cc ?d|dch|ela"
)
CHARGE = re.compile(
    r"(?i)c|c[_ -].*|ch|cha|chg.*|charge.*|.*[ _-]chg.*|.*[ _-]?charge.*|lad.*|.*充电.*|cc ?c"
)


OFFSET = (
    "the voltage passes 0 on a line while the current ramps: an offset of {:.3g} V was left out"
)
OF_STATES = "the current has one sign only: it discharges where the state column says so"


class Undecided(Exception):
    """It cannot be seen which quantity is held."""


def segments_of(
    time: FloatArray,
    voltage: FloatArray | None,
    current: FloatArray | None,
    *,
    signal: str | None = None,
    names: Mapping[str, tuple[str, str]] = NAMELESS,
    cuts: BoolArray | None = None,
    states: Sequence[str] | None = None,
) -> tuple[list[Segment], list[str], float]:
    """The segments of a measured trace, what the user should know, and the largest confidence.

    Args:
        time: (n,) not falling [s].
        voltage: (n,) [V]; None if there is none.
        current: (n,) [A] or per area or mass; None if there is none.
        signal: `VOLTAGE` or `CURRENT`, where the user says it.
        names: kind → title and label of its column.
        cuts: (n,) further places where a stage begins.
        states: (n,) state of the cell in words, for the sign of the current.

    Raises:
        Undecided: it cannot be seen which of the two is held.
    """
    notes: list[str] = []
    trust = 1.0
    cuts = np.zeros(time.size, dtype=bool) if cuts is None else cuts
    if voltage is not None and current is not None:
        signal, value, held, notes = _of_both(voltage, current, signal, states)
    elif current is not None:
        if signal is None and is_driven(current):
            raise Undecided
        signal, value, held = CURRENT, current, np.full(time.size, np.nan)
    else:
        assert voltage is not None
        signal, value, held = VOLTAGE, voltage, signs_of(voltage)
        trust = ALONE if np.ptp(held) else ONE_SIDED
        notes.append(
            "the file has no current: reversals are taken from the voltage, and a rest looks "
            "like a short"
        )
    title, label = names[signal]
    stages = stages_of(signal, time, value, held, cuts)
    ends = [*(int(rows[0]) for rows, _ in stages[1:]), time.size]
    parts = []
    for (rows, level), end in zip(stages, ends, strict=False):
        rest = slice(int(rows[-1]) + 1, end)
        beside = {"control": held[rows], "rest_time": time[rest], "rest_value": value[rest]}
        parts.append(Segment(signal, title, label, time[rows], value[rows], level, **beside))
    return parts, notes, trust


def _of_both(
    voltage: FloatArray, current: FloatArray, signal: str | None, states: Sequence[str] | None
) -> tuple[str, FloatArray, FloatArray, list[str]]:
    """Which of the two is the signal, its values, what is held, and what the user should know.

    A current that is no cause of the voltage may rise for a moment by a short.

    Raises:
        Undecided: it cannot be seen which is held.
    """
    calm, overloads = without_overloads(current)
    offset = offset_of_ramp(voltage, calm) if has_no_signs(calm) else 0.0
    voltage = voltage - offset
    held, notes = _signed(voltage, calm, states)
    if offset:
        notes.append(OFFSET.format(offset))
    if signal is None:
        controlled = held_of(voltage, held)
        if controlled is None:
            raise Undecided
        signal = OTHER[controlled]
    if signal == VOLTAGE:
        return signal, voltage, held, notes + ([_overload_note(overloads)] if overloads else [])
    return signal, np.where(calm * held < 0, -current, current), voltage, notes


def _overload_note(count: int) -> str:
    return (
        f"{count} of the currents {'is' if count == 1 else 'are'} far above all that last: taken "
        "for an overload, or a line that was cut, and for the current before"
    )


def leakage_segments(
    time: FloatArray,
    leakage: FloatArray,
    voltage: FloatArray | None,
    names: tuple[str, str],
    cuts: BoolArray,
) -> list[Segment]:
    """The segments of a leakage; one that makes the voltage break down is not cut there."""
    held = np.full(time.size, np.nan) if voltage is None else voltage
    steps = steps_of(held)
    size, volts = np.abs(leakage), np.abs(held)
    falls = np.flatnonzero(steps[1:] & (volts[1:] < volts[:-1])) + 1
    broken = falls[size[falls] > BREAKDOWN * size[falls - 1]]
    if broken.size:
        steps[broken[0] :] = False
    parts = np.split(np.arange(time.size), np.flatnonzero((cuts | steps)[1:]) + 1)
    levels = [held[part][np.isfinite(held[part])] for part in parts]
    return [
        Segment(
            CURRENT, *names, time[p], leakage[p], float(np.median(level)) if level.size else None
        )
        for p, level in zip(parts, levels, strict=True)
        if p.size
    ]


def signs_of_states(states: Sequence[str]) -> FloatArray | None:
    """(n,) 1 or −1 by the words of a state column; None if they do not name both ways."""
    signs = {s: -1.0 if DISCHARGE.fullmatch(s) else 1.0 for s in set(states)}
    charged = any(CHARGE.fullmatch(s) and signs[s] > 0 for s in signs)
    return np.array([signs[s] for s in states]) if charged and min(signs.values()) < 0 else None


def has_no_signs(current: FloatArray) -> bool:
    """Is a current nowhere clearly below zero?"""
    largest = float(np.nanmax(np.abs(current), initial=0.0))
    return not np.nanmin(current, initial=0.0) < -UNSIGNED * largest


def _signed(
    voltage: FloatArray, current: FloatArray, states: Sequence[str] | None
) -> tuple[FloatArray, list[str]]:
    """A current without signs takes them from the state of the cell, or from its voltage."""
    if not has_no_signs(current):
        return current, []
    signs = signs_of_states(states) if states is not None else None
    if signs is not None:
        return current * signs, [OF_STATES]
    sides = signs_of(voltage)
    if not np.ptp(sides):
        return current, []
    return current * sides, ["the current has one sign only: it turns where the voltage does"]
