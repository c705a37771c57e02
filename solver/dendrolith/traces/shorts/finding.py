"""What was found in a measured trace: a class, the falls that it rests on, and the doubts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from dendrolith.traces.held import FloatArray
from dendrolith.traces.shorts.excursion import Event
from dendrolith.traces.shorts.falls import Fall

# Verdicts are never surer than this.
SURE = 0.97


@dataclass
class Finding:
    """A class with the falls that it rests on, the doubts and what the user should know."""

    label: str
    events: list[Event]
    doubts: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def confidence(self) -> float:
        """Product of the doubts."""
        return round(SURE * math.prod(self.doubts), 2)


def event_of(kind: str, time: FloatArray, fall: Fall) -> Event:
    """The event of a fall in a series."""
    begin, end = float(time[fall.first]), float(time[fall.last])
    depth = 1 / max(fall.left, 1e-6)
    return Event(begin, depth, None if fall.lasts else end, end - begin, kind)
