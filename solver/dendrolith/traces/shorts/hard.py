"""A fall of the resistance that leaves little and lasts to the end, and what makes it doubtful."""

from __future__ import annotations

from dendrolith.control.stages import VOLTAGE
from dendrolith.traces.shorts.falls import Fall
from dendrolith.traces.shorts.finding import Finding, event_of
from dendrolith.traces.shorts.fraction import Fractions, HalfCycle
from dendrolith.traces.shorts.state_machine import HARD
from dendrolith.traces.shorts.witness import follows_the_current, sound_before

# What a hard short leaves at most of the resistance, and what it surely does.
HARD_LEFT, SURELY_HARD = 0.2, 0.12


def hard_short(
    kind: str, last: Fall, falls: list[Fall], found: Fractions, cycles: list[HalfCycle]
) -> Finding:
    """Hard by the last of the falls.

    Args:
        kind: what the signal is.
        last: the fall, one of `falls`.
        falls: all that the resistance itself has.
        found: the fractions that they are of.
        cycles: the half-cycles.
    """
    events = [event_of(kind, found.time, fall) for fall in falls]
    hard = Finding(HARD, events, _doubts_of_hard(last, falls))
    if kind == VOLTAGE and not follows_the_current(last, found, cycles):
        hard.doubts.append(0.4)
        hard.notes.append(
            "what is left does not turn with the current: a lead that is off looks the same"
        )
    if sound_before(last, falls, found, cycles) is not None:
        hard.doubts.append(0.4)
        hard.notes.append(
            "what is left is no less than the cell had before its resistance rose: a contact "
            "that was lost and is back looks the same"
        )
    return hard


def _doubts_of_hard(last: Fall, falls: list[Fall]) -> list[float]:
    """Depth, length, and how long deep falls lasted that recovered."""
    deep = [fall.samples for fall in falls if not fall.lasts and fall.left < HARD_LEFT]
    return [
        1.0 if last.stays < SURELY_HARD else 0.75,
        min(1.0, 0.5 + 0.05 * last.samples),
        1.0 if last.samples > 2 * max(deep, default=0) else 0.6,
        1.0 if last.first >= 8 else 0.7,
    ]
