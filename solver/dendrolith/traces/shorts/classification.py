"""What a whole trace shows, and how sure that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from dendrolith.core.formats import format_number
from dendrolith.traces.shorts.excursion import Event
from dendrolith.traces.shorts.state_machine import HARD, NONE, ShortCircuitTrace
from dendrolith.traces.shorts.thresholds import Thresholds

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MOST_EVENTS = 8  # in print


class Segment(Protocol):
    """Samples under one control."""

    @property
    def kind(self) -> str:
        """What the signal is, `CURRENT` or `VOLTAGE`."""
        ...

    @property
    def held(self) -> float | None:
        """What is held meanwhile, with its sign, in any unit; None where that is not known."""
        ...

    @property
    def signal(self) -> str:
        """Its name."""
        ...

    @property
    def time(self) -> npt.NDArray[np.float64]:
        """(n,) times, not falling [s]."""
        ...

    @property
    def value(self) -> npt.NDArray[np.float64]:
        """(n,) signal; NaN is a gap."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trace shows.

    Attributes:
        label: none, soft or hard.
        confidence: of a leakage the share of twelve further classifications that agree, each with
            one of six thresholds halved or doubled; 0 with too few samples to begin with. Of other
            measured traces the product of the doubts.
        kind, signal: what was looked at; several are joined by commas.
        events: the excursions, in order.
        samples, gaps: how many there were, and how many said nothing.
        thresholds: those of the label, a dataclass.
        notes: what the user should know of it.
    """

    label: str
    confidence: float
    kind: str
    signal: str
    events: tuple[Event, ...]
    samples: int
    gaps: int
    thresholds: DataclassInstance
    notes: tuple[str, ...] = ()

    @property
    def in_brief(self) -> str:
        """Class, onset and confidence, in a few words."""
        lasts = [event.onset for event in self.events if event.recovery is None]
        first = self.events[0].onset if self.events else None
        onset = lasts[-1] if self.label == HARD and lasts else first
        since = (
            f" from {format_number(onset)} s" if self.label != NONE and onset is not None else ""
        )
        return f"{self.label}{since} (confidence {self.confidence:.2f})"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, in SI units."""
        return {
            "class": self.label,
            "confidence": self.confidence,
            "kind": self.kind,
            "signal": self.signal,
            "samples": self.samples,
            "gaps": self.gaps,
            "events": [dataclasses.asdict(event) for event in self.events],
            "thresholds": dataclasses.asdict(self.thresholds),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        gaps = f" and {self.gaps} gaps" if self.gaps else ""
        shown = [f"  {event}" for event in self.events[:MOST_EVENTS]]
        if len(self.events) > MOST_EVENTS:
            shown.append(f"  and {len(self.events) - MOST_EVENTS} more (--json lists all)")
        return "\n".join(
            [
                f"{self.label}, confidence {self.confidence:.2f}",
                f"  {self.signal}: {self.samples} samples{gaps}, {len(self.events)} "
                f"excursion{'' if len(self.events) == 1 else 's'} of the {self.kind}",
                *shown,
                *(f"  note: {note}" for note in self.notes),
            ]
        )


def classify(segments: Sequence[Segment], thresholds: Thresholds) -> Verdict:
    """Classify a trace, segment by segment; each has a floor of its own."""
    label, events = _pass(segments, thresholds)
    finite = [int((np.isfinite(part.time) & np.isfinite(part.value)).sum()) for part in segments]
    varied = thresholds.varied()
    agreeing = sum(_pass(segments, other)[0] == label for other in varied)
    known = max(finite, default=0) > thresholds.warm_up
    return Verdict(
        label,
        agreeing / len(varied) if known else 0.0,
        ", ".join(dict.fromkeys(part.kind for part in segments)),
        ", ".join(dict.fromkeys(part.signal for part in segments)),
        tuple(events),
        sum(finite),
        sum(part.time.size for part in segments) - sum(finite),
        thresholds,
    )


def _pass(segments: Sequence[Segment], thresholds: Thresholds) -> tuple[str, list[Event]]:
    machine, events = ShortCircuitTrace(thresholds), []
    for part in segments:
        events.append(machine.begin(part.kind, part.held))
        events.extend(map(machine.feed, map(float, part.time), map(float, part.value)))
    events.append(machine.left_open())
    return machine.verdict, [event for event in events if event is not None]
