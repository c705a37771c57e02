"""A contact that is lost for a while: the resistance rises suddenly, and is back as suddenly.

A fall from there is none of the cell. What is left of the trace without it is judged again.
"""

from __future__ import annotations

import numpy as np

from dendrolith.traces.held import BoolArray, FloatArray
from dendrolith.traces.shorts.falls import EDGE, REGAINED, SUDDEN, smooth
from dendrolith.traces.shorts.fraction import HalfCycle

LEAST = 3  # samples of a half-cycle
LOST_CONTACT = "the resistance rises suddenly and is back: a lost contact was left out"


def without_lost_contact(cycles: list[HalfCycle], sound: float | None) -> list[HalfCycle] | None:
    """The half-cycles without the samples far above a sound resistance; None if it has grown.

    Args:
        cycles: the half-cycles.
        sound: what the cell had before, and has again [Ohm]; None: it has less.
    """
    if sound is None:
        return None
    smoothed = [smooth(cycle.resistance) for cycle in cycles]
    raised = [part > sound / REGAINED for part in smoothed]
    if not _is_sudden(np.concatenate(smoothed), np.concatenate(raised), sound):
        return None
    kept = []
    for cycle, high in zip(cycles, raised, strict=True):
        low = ~high
        if low.sum() >= LEAST:
            rows = (cycle.time[low], cycle.since[low], cycle.resistance[low])
            kept.append(HalfCycle(*rows, cycle.held))
    return kept or None


def _is_sudden(resistance: FloatArray, raised: BoolArray, sound: float) -> bool:
    """Does the longest rise begin with most of itself between neighbouring samples?"""
    edges = np.flatnonzero(np.diff(np.r_[False, raised, False].astype(np.int8))).reshape(-1, 2)
    if not edges.size:
        return False
    first, end = edges[int(np.argmax(edges[:, 1] - edges[:, 0]))]
    if first < EDGE:
        return False
    jump = resistance[first : first + EDGE].max() - resistance[first - EDGE : first].min()
    return bool(jump > SUDDEN * (float(np.median(resistance[first:end])) - sound))


def rose_before(cycles: list[HalfCycle]) -> bool:
    """Had the cell, before its highest resistance, one that the end is half of and more?

    Then the resistance has risen and is back; a hard short leaves less than the cell ever had.
    """
    levels = np.array([float(np.median(cycle.resistance)) for cycle in cycles])
    before = levels[: int(np.argmax(levels))]
    return bool(before.size and levels[-1] > REGAINED * before.min() > 0)
