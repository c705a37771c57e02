"""The verdict on a measured trace, and how sure it is.

The confidence is a product of doubts, each of which stands beside its reason; on synthetic traces
the share of right verdicts is at least as large (tests/traces prints both).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.core.formats import format_number
from dendrolith.traces.held import FloatArray, Segment
from dendrolith.traces.reading import Trace
from dendrolith.traces.shorts.classification import Verdict, classify
from dendrolith.traces.shorts.excursion import PATH
from dendrolith.traces.shorts.falls import DEPTH, EDGE, LEAST, LONG, NOISE, Fall, falls_of, smooth
from dendrolith.traces.shorts.finding import Finding, event_of
from dendrolith.traces.shorts.fraction import (
    LEVEL,
    Floor,
    Fractions,
    HalfCycle,
    fractions,
    half_cycles,
    shape_of,
)
from dendrolith.traces.shorts.full_beside import beside
from dendrolith.traces.shorts.full_cell import COLLAPSED, DIP, examine, is_full
from dendrolith.traces.shorts.full_verdict import of_full_cell
from dendrolith.traces.shorts.hard import HARD_LEFT, SURELY_HARD, hard_short
from dendrolith.traces.shorts.lost_contact import LOST_CONTACT, rose_before, without_lost_contact
from dendrolith.traces.shorts.path import verdict_of_path
from dendrolith.traces.shorts.state_machine import CLASSES, HARD, NONE, SOFT
from dendrolith.traces.shorts.thresholds import SIMULATED, Thresholds
from dendrolith.traces.shorts.witness import (
    against_current,
    declined_to,
    ends_low,
    healed,
    is_offset,
    is_steep,
    is_sudden,
    one_sided,
    restarts,
    sound_before,
    stands,
    starts_above,
    vary,
)

# A slow decline to this part is doubtful; to what a hard short surely leaves, a short.
DECLINED = 0.5
# A voltage under load below this [V], or a resistance below this [Ohm], is that of a bridged cell.
BRIDGED_VOLTAGE, BRIDGED_RESISTANCE, BEGIN = 1e-3, 1.0, 10  # BEGIN: samples, or a tenth
DECLINE = "a slow decline to {:.0f} % of the resistance: a short or a better contact"
# An instrument with readings below this part of the usual voltage resolves a hard short.
COARSE = 0.02
# Nothing is held where most controls last fewer samples: a half-cycle needs ten, less those that an
# instrument may lose. Those below a part of the largest are none: spectra are taken in rests.
HELD_FOR, LOADED = 8, 0.1
# Half-cycles in which a contact may form, and what is less than a fall that is over.
FORMING, STILL = 4, 0.95
# A trace that rises by this part of its fall swings, by temperature perhaps.
SWINGS = 0.6
# A sudden fall by this and beyond so many deviations of the noise is a doubt, if no short.
SMALL, SMALL_NOISE = 0.08, 5.0
# A resistance that grows by this from one half-cycle to the next opens.
OPENS = 4.0
# Noise of a median of three over that of a sample.
SMOOTHED = 0.75


@dataclass(frozen=True, slots=True)
class Limits:
    """What decides on a measured trace; parts are of what a cell without a short would have.

    Attributes:
        fall, fall_over_noise, fall_samples: depth of a fall, in deviations of the noise, samples.
        hard_left, surely_hard_left: resistance that a hard short leaves at most, and for sure.
        full_cell_left, full_cell_dip: voltage of a full cell that a hard short leaves, a dip takes.
    """

    fall: float = DEPTH
    fall_over_noise: float = NOISE
    fall_samples: int = LEAST
    hard_left: float = HARD_LEFT
    surely_hard_left: float = SURELY_HARD
    full_cell_left: float = COLLAPSED
    full_cell_dip: float = DIP


def verdict_of(trace: Trace) -> Verdict:
    """Classify a trace: by what is known of the electrons, else by what is left of the cell."""
    if trace.segments[0].kind == PATH:
        return verdict_of_path(trace.segments)
    if trace.simulated or trace.leakage:
        verdict = classify(trace.segments, SIMULATED if trace.simulated else Thresholds())
        return dataclasses.replace(verdict, notes=trace.notes)
    return judge(trace.segments, trace.notes, trace.trust)


def judge(segments: Sequence[Segment], notes: Sequence[str] = (), trust: float = 1.0) -> Verdict:
    """Classify a measured trace.

    Args:
        segments: its half-cycles, without rests.
        notes: what was said of the file.
        trust: largest confidence that the file allows.
    """
    kind = segments[0].kind
    size = sum(part.time.size for part in segments)
    known = sum(int((np.isfinite(p.time) & np.isfinite(p.value)).sum()) for p in segments)
    segments, zeros = _without_exact_zeros(segments)
    apart = kind == CURRENT and all(part.held is None for part in segments)
    found = max(
        (_find(kind, some) for some in (zip(segments) if apart else [segments])),
        key=lambda finding: CLASSES.index(finding.label),
    )
    found.doubts.append(min(1.0, known / 60) ** 0.5)
    if zeros:
        found.doubts.append(0.5)
        found.notes.append(zeros)
    return Verdict(
        found.label,
        round(min(found.confidence, trust), 2),
        kind,
        ", ".join(dict.fromkeys(part.signal for part in segments)),
        tuple(found.events),
        known,
        size - known,
        Limits(),
        (*notes, *found.notes),
    )


def _is_driven_about(segments: Sequence[Segment]) -> bool:
    """Does what is held change every few samples?"""
    levels = np.array([abs(part.held or 0.0) for part in segments])
    lengths = np.array([part.time.size for part in segments])
    return bool(np.mean(lengths[levels >= LOADED * levels.max()] < HELD_FOR) > 0.5)


def _find(kind: str, segments: Sequence[Segment]) -> Finding:
    cycles = half_cycles(segments)
    if not cycles:
        return Finding(NONE, [], [0.0])
    bridged = _bridged(kind, cycles)
    if bridged:
        return Finding(NONE, [], [0.0], [bridged])
    if kind == VOLTAGE and is_full(cycles):
        return of_full_cell(examine(cycles), beside(segments))
    cycles = half_cycles(segments, ramps=True)
    opposed = against_current(cycles, HARD_LEFT) if kind == VOLTAGE else []
    cycles = [cycle for cycle in cycles if not any(cycle is other for other in opposed)]
    if not cycles:
        return Finding(NONE, [], [0.0], ["the voltage stands against the current"])
    finding = _of_fractions(kind, fractions(cycles, driven_by_current=kind == VOLTAGE), cycles)
    if finding.label != HARD and _is_driven_about(segments):
        finding.doubts.append(0.5)
        finding.notes.append(
            "what is held changes all the time: the resistance at another current is another one"
        )
    if opposed:
        finding.doubts.append(0.3)
        finding.notes.append(
            f"in {len(opposed)} half-cycles the voltage stands against the current: a lead that "
            "is off, or the limit of the instrument; they were left out"
        )
    return finding


def _without_exact_zeros(segments: Sequence[Segment]) -> tuple[list[Segment], str]:
    """Voltages of exactly 0 under load as gaps, unless a coarse range reads them; with a note."""
    values = np.concatenate([part.value for part in segments])
    zeros = values == 0
    others = np.abs(values[np.isfinite(values) & ~zeros])
    usual = float(np.median(others)) if others.size else 0.0
    fine = others.size > 0 and others.min() > COARSE * usual
    if segments[0].kind != VOLTAGE or zeros.sum() < 3 or not fine:
        return list(segments), ""
    step = _step(others)
    if step > COARSE * usual:
        return list(segments), (
            f"{zeros.sum()} voltages are exactly 0: less than half of the step of the instrument, "
            f"{format_number(step)} V, or a lead that is off"
        )
    cleared = [
        dataclasses.replace(p, value=np.where(p.value == 0, np.nan, p.value)) for p in segments
    ]
    return cleared, (
        f"{zeros.sum()} voltages are exactly 0 and were left out: a lead that is off shows the same"
    )


def _step(sizes: FloatArray) -> float:
    """The step that all are multiples of; 0: none."""
    steps = np.diff(np.r_[0.0, np.unique(sizes)])
    step = float(steps[steps > 1e-6 * sizes.max()].min())
    whole = np.abs(sizes / step - np.round(sizes / step)) < 0.01
    return step if whole.all() else 0.0


def _bridged(kind: str, cycles: list[HalfCycle]) -> str:
    """A note, if the cell has next to no resistance from the start."""
    first = cycles[0]
    if kind != VOLTAGE or abs(first.held) == 1.0:
        return ""
    resistance = float(np.median(first.resistance[: max(BEGIN, first.time.size // 10)]))
    highest = max(float(np.quantile(c.resistance, LEVEL)) * abs(c.held) for c in cycles)
    if resistance > BRIDGED_RESISTANCE or highest > 5 * BRIDGED_VOLTAGE:
        return ""
    return (
        f"V/I = {resistance:.1g} Ohm from the start: no floor to compare with; "
        "the cell may have been shorted before the test"
    )


def _of_fractions(kind: str, found: Fractions, cycles: list[HalfCycle]) -> Finding:
    """None, soft or hard from the fractions that are left of the resistance."""
    y = smooth(found.left)
    depth = np.maximum(DEPTH, NOISE * SMOOTHED * found.noise)
    every = falls_of(y, depth, found.begin, found.length)
    seen = [fall for fall in every if not is_steep(fall, found)]
    own = [fall for fall in seen if stands(fall, found, cycles)]
    real = [fall for fall in own if kind != VOLTAGE or not is_offset(fall, found, cycles)]
    falls = [
        dataclasses.replace(fall, sudden=is_sudden(fall, found))
        for fall in real
        if not restarts(fall, found)
    ]
    finding = _of_falls(kind, found, cycles, y, falls)
    short = one_sided(found, seen, cycles) if finding.label == NONE else 0
    if short:
        note = f"{short} samples are low and hardly any high, as of no noise"
        finding = Finding(SOFT, finding.events, [0.8, *finding.doubts], [note, *finding.notes])
    doubt = _instead(found, len(seen) - len(own), len(real) - len(falls))
    if len(real) < len(own):
        doubt[
            "the voltage falls in one direction and rises in the other by as much: an offset, as "
            "of a reference that drifts, was left out"
        ] = 0.6
    if finding.label == NONE and len(seen) < len(every):
        doubt["a steep rise comes earlier in neighbours, and no fall was sought there"] = 0.85
    if finding.label != HARD:
        finding.doubts += doubt.values()
        finding.notes += doubt
    return finding


def _instead(found: Fractions, risen: int, paused: int) -> dict[str, float]:
    """Notes with their doubts: what may hide a short, or looks like one."""
    doubts: dict[str, float] = {}
    above, low = starts_above(found), ends_low(found)
    if above > 1:
        doubts[
            f"it begins {above:.2g} times above what follows: a short from then on has no floor "
            "to compare with"
        ] = 0.4 if above * HARD_LEFT > 1 else 0.8
    if low < 1:
        doubts[
            f"the trace ends in a fall to {100 * max(low, 0):.0f} %: too few samples to tell a "
            "short from a glitch"
        ] = 0.5 if low < DECLINED else 0.8
    if risen:
        doubts["neighbouring half-cycles rise: what seems to fall beside them was left out"] = 0.6
    if paused:
        doubts["the voltage builds up again after a pause, which was taken for a restart"] = 0.7
    return doubts


def _of_falls(
    kind: str, found: Fractions, cycles: list[HalfCycle], y: FloatArray, falls: list[Fall]
) -> Finding:
    """None, soft or hard from the falls of the resistance itself."""
    sudden = [fall for fall in falls if fall.sudden]
    slow = [fall for fall in falls if not fall.sudden]
    events = [event_of(kind, found.time, fall) for fall in falls]
    last = falls[-1] if falls and falls[-1].lasts else None
    declined = declined_to(cycles)
    if last and last.stays < HARD_LEFT:
        kept = without_lost_contact(cycles, sound_before(last, falls, found, cycles))
        if kept is None:
            return hard_short(kind, last, falls, found, cycles)
        rest = _of_fractions(kind, fractions(kept, driven_by_current=kind == VOLTAGE), kept)
        return Finding(rest.label, rest.events, [0.5, *rest.doubts], [LOST_CONTACT, *rest.notes])
    if declined < SURELY_HARD and kind == VOLTAGE and not rose_before(cycles):
        return Finding(HARD, events, [0.6], [DECLINE.format(100 * declined)])
    if len(sudden) == 1 and _is_formation(sudden[0], found):
        return Finding(NONE, events, [0.4], ["the first half-cycles fall: their contact may form"])
    if sudden:
        doubts = _doubts_of_soft(sudden, found.noise, _swings(y, found, sudden))
        soft = Finding(SOFT, events, doubts)
        if vary(sudden, found, cycles):
            soft.doubts.append(0.5)
            soft.notes.append("all falls lie between half-cycles, which change as much without one")
        return soft
    deep = [fall for fall in slow if fall.left < DECLINED]
    if deep:
        return Finding(SOFT, events, [0.6], ["the falls are slow: ageing may look the same"])
    small = falls_of(y, np.maximum(SMALL, SMALL_NOISE * found.noise), found.begin, found.length)
    nearly = any(fall.sudden and not is_steep(fall, found) for fall in small)
    return _no_short(cycles, declined, slow=bool(slow), nearly=nearly)


def _no_short(cycles: list[HalfCycle], declined: float, *, slow: bool, nearly: bool) -> Finding:
    """None, with what may have been a short all the same."""
    doubts, notes = [0.6 if slow else 1.0, 0.8 if nearly else 1.0], []
    if declined < DECLINED:
        doubts.append(0.4)
        notes.append(DECLINE.format(100 * declined))
    least = healed(cycles)
    if least < DECLINED:
        doubts.append(0.5)
        notes.append(f"a slow decline to {100 * least:.0f} % that heals: a short or temperature")
    if _dips_alike(cycles):
        doubts.append(0.6)
        notes.append("every half-cycle dips at the same time, which was taken for its shape")
    if _opens(cycles):
        doubts.append(0.5)
        notes.append("the resistance jumps up: the cell may have been shorted before")
    doubts.append(0.85 if len(cycles) < 3 else 1.0)
    return Finding(NONE, [], doubts, notes)


def _is_formation(fall: Fall, found: Fractions) -> bool:
    """Does a fall go on from one of the first half-cycles, ever slower, and leave much?"""
    early = np.unique(found.begin[: fall.first + 1]).size <= FORMING
    quarter = max((fall.samples) // 4, 1)
    first = float(np.median(found.left[fall.first : fall.first + quarter]))
    return early and fall.lasts and fall.stays > HARD_LEFT and fall.stays < STILL * first


def _dips_alike(cycles: list[HalfCycle]) -> bool:
    """Does the shape that half-cycles share fall and recover, later than after a reversal?"""
    for way in (True, False):
        quiet = [n for n, c in enumerate(cycles) if c.quiet and c.rises == way]
        if quiet and _dips(shape_of(cycles, quiet[len(quiet) // 2])):
            return True
    return False


def _dips(shape: FloatArray) -> bool:
    """Does a shape fall suddenly and recover, later than after a reversal?"""
    falls = falls_of(smooth(Floor().over(shape)), DEPTH)
    return any(f.sudden and not f.lasts and f.first > 0.1 * shape.size for f in falls)


def _opens(cycles: list[HalfCycle]) -> bool:
    """Does the resistance jump up between two half-cycles?"""
    levels = [(cycle.level, cycle.held) for cycle in cycles if cycle.level > 0]
    return any(
        now > OPENS * before and now * abs(i) > OPENS * before * abs(j)
        for (before, j), (now, i) in itertools.pairwise(levels)
    )


def _swings(y: FloatArray, found: Fractions, falls: list[Fall]) -> float:
    """How far above the floor the resistance rises, as no short does.

    At the time of a fall other half-cycles seem high, for it is among their neighbours.
    """
    phase = np.arange(y.size) - found.begin
    high = y.copy()
    for fall in falls:
        if fall.samples < LONG * found.length[fall.first]:
            first, last = phase[fall.first] - EDGE, phase[fall.last] + EDGE
            high[(phase >= first) & (phase <= last)] = 1.0
    return float(np.lib.stride_tricks.sliding_window_view(high, LEAST).min(axis=1).max()) - 1


def _doubts_of_soft(falls: list[Fall], noise: FloatArray, swings: float) -> list[float]:
    """Number, depth over noise, and length of the falls."""
    best = max(falls, key=lambda f: (1 - f.left) * min(f.samples, 8))
    depth = 1 - best.left
    return [
        0.6 if swings > SWINGS * depth / max(best.left, 0.1) else 1.0,
        1.0 if len(falls) > 1 else 0.85,
        1.0 if depth > 0.35 else 0.75,
        1.0 if depth > 6 * noise[best.first] else 0.8,
        1.0 if best.samples > 4 else 0.85,
        1.0 if any(not f.lasts for f in falls) else 0.85,
        0.8 if falls[-1].lasts and falls[-1].stays < 2 * HARD_LEFT else 1.0,
    ]
