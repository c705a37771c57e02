"""None, soft or hard of a full cell, and how sure that is."""

from __future__ import annotations

import numpy as np

from dendrolith.control.stages import VOLTAGE
from dendrolith.traces.shorts.falls import falls_of
from dendrolith.traces.shorts.finding import Finding, event_of
from dendrolith.traces.shorts.full_beside import Beside
from dendrolith.traces.shorts.full_cell import COLLAPSED, FullCell
from dendrolith.traces.shorts.state_machine import HARD, NONE, SOFT

# What is surely left of no cell without a short.
SURELY = 0.2
# A discharge that gives back less than this part of the charge is a doubt.
LOSES = 0.8
# So is less than this part of what an earlier one gave: lithium is lost first, a leak comes later.
LATER = 0.9


def of_full_cell(cell: FullCell, beside: Beside) -> Finding:
    """None, soft or hard from a full cell, and from its rests and held voltages."""
    falls = falls_of(cell.left, COLLAPSED)
    last = falls[-1] if falls and falls[-1].lasts else None
    if last and last.stays < COLLAPSED:
        doubts = [1.0 if last.stays < SURELY else 0.7, min(1.0, 0.5 + 0.05 * last.samples)]
        doubts.append(1.0 if last.sudden else 0.8)
        doubts.append(0.8 if cell.exhausted else 1.0)
        return Finding(HARD, [event_of(VOLTAGE, cell.time, last)], doubts)
    if beside.collapsed:
        return Finding(HARD, [beside.collapsed], [0.8], ["the cell collapses in its last rest"])
    sudden = [event for event, fall in cell.dips if fall.sudden]
    count = len(sudden) + len(cell.stalls) + len(beside.leaks) + len(beside.rises)
    if count:
        notes = ["a charge rises no further than where others went on"] if cell.stalls else []
        notes += ["the current at a held voltage rises"] if beside.rises else []
        notes += ["a rest goes on falling, by more than it may relax"] if beside.leaks else []
        doubts = [1.0 if count > 1 else 0.8, 0.8 if cell.judged_alone else 1.0]
        doubts.append(1.0 if sudden or cell.stalls else 0.8)
        events = sorted([*sudden, *beside.leaks, *beside.rises], key=lambda event: event.onset)
        return Finding(SOFT, events, doubts, notes)
    doubtful = cell.judged_alone or cell.dips or any(f.sudden for f in falls_of(cell.left, 0.12))
    doubts, notes = [0.8 if doubtful else 1.0], list[str]()
    if cell.flat:
        doubts.append(0.6)
        notes.append("the first charge stops rising: a leak, or a plateau of its electrodes")
    if beside.stays:
        doubts.append(0.5)
        notes.append("the current at a held voltage stops falling: a leak, or another reaction")
    if beside.relaxes:
        doubts.append(0.8)
        notes.append("a rest falls by more than charge and discharge lie apart, ever slower")
    least, later = _least_given_back(cell.given_back)
    if least < LOSES or later < LATER:
        doubts.append(0.6)
        before = "of the charge before it" if least < LOSES else "of what an earlier one gave back"
        notes.append(
            f"a discharge gives back {100 * (least if least < LOSES else later):.0f} % {before}: a "
            "leak, lithium lost otherwise, or a discharge that was ended early"
        )
    return Finding(NONE, [], doubts, notes)


def _least_given_back(parts: tuple[float, ...]) -> tuple[float, float]:
    """The least part of a charge that is given back, and the least over the best before it [1]."""
    best = np.minimum(np.maximum.accumulate(np.array([1e-300, *parts])), 1.0)
    later = [part / most for part, most in zip(parts[1:], best[1:], strict=False)]
    return min(parts, default=1.0), float(min(later, default=1.0))
