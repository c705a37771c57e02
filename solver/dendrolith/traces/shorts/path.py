"""Short circuit of a simulated cell: whether its electrons have a path, from step to step.

A simulation knows both currents, so it needs no floor to compare with. Its path is

    p = min(|j_el|/|j_ion|, 1000 |j_el| L/(σ_ion |V|)) · min(1, σ_ion/(1000 σ_el))

σ_ion, σ_el  of sound electrolyte [S/m]      L  its thickness as built [m]      V  cell voltage [V]

The first part is what electrons carry of the ions' current. The second is small where no current
is to be compared with, at rest. The factor takes away what an electrolyte leaks by itself.
Below 0.01 there is no path: two fronts whose tails do not touch stay below it down to the last
percent of the gap. Above 1 the cell is shorted, which is what `until: {short: true}` ends at.

Where the counter electrode stores lithium the cell has a voltage U at rest, and a bridge divides
it, V/U = R_e/(R_e + R_int). Half of it or less left is a hard short: the bridge conducts better
than the cell. More is a soft one, however long it lasts and however much it carries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.declare import quantity
from dendrolith.traces.held import Segment
from dendrolith.traces.shorts.classification import Verdict
from dendrolith.traces.shorts.excursion import PATH, Event
from dendrolith.traces.shorts.state_machine import HARD, NONE, SOFT

FloatArray = npt.NDArray[np.float64]

LEAK = 1e-3  # of the ionic conductance that an electrolyte may leak by itself
LEAST_VOLTAGE = 1e-6  # below it no conductance is read [V]
SHORTED = 1.0  # electrons carry more than ions
HALF = 0.5  # of the voltage at rest
CLEARLY_HARD, CLEARLY_SOFT = 0.25, 0.75  # the same, beyond doubt
LEAST_AT_REST = 0.05  # V: less at rest tells nothing of a bridge
CLEAR = 10.0  # times the path that is closed
FEW = 3  # samples of a path of which nothing is sure


@dataclass(frozen=True, slots=True)
class Closing:
    """When a path counts as closed."""

    closes: float = quantity(
        "1", "path at which it is closed", default=0.01, above=0, source="theory.md, section 13"
    )
    opens: float = quantity(
        "1", "path below which it is open again", default=0.003, above=0, source="a third of it"
    )
    lasting: float = quantity(
        "1",
        "how much longer than any path that opened again a hard short is",
        default=2.0,
        above=0,
        source="else a run that ends inside a soft short would be hard",
    )


def path_of(
    electronic: float, ionic: float, voltage: float, *, thickness: float, sigma: tuple[float, float]
) -> float:
    """The path p of one step; NaN where nothing flows [1].

    Args:
        electronic: current density at the counter electrode [A/m²].
        ionic: the same [A/m²].
        voltage: of the cell [V].
        thickness: of the electrolyte as built [m].
        sigma: electronic and ionic conductivity of sound electrolyte [S/m].
    """
    sigma_el, sigma_ion = sigma
    if abs(voltage) < LEAST_VOLTAGE or electronic == 0:
        return math.nan
    shared = abs(electronic) / abs(ionic) if ionic else math.inf
    conducted = abs(electronic) * thickness / (sigma_ion * abs(voltage)) / LEAK
    return min(shared, conducted) * min(1.0, LEAK * sigma_ion / sigma_el)


def left_of(voltage: float, at_rest: float) -> float:
    """Part left of a voltage at rest [1]; NaN where that is too low to tell of a bridge."""
    return voltage / at_rest if abs(at_rest) > LEAST_AT_REST else math.nan


@dataclass(frozen=True, slots=True)
class KnownCurrents:
    """A run that has both currents but no column of their path.

    Attributes:
        ionic, electronic, voltage, at_rest: its columns; the last is U.
        shift: what the voltage at rest lies below U [V].
        thickness: of the electrolyte [m]; with `sigma` its resistance.
        sigma: electronic and ionic conductivity of it [S/m].
    """

    ionic: str
    electronic: str
    voltage: str
    at_rest: str
    shift: float
    thickness: float
    sigma: tuple[float, float]

    def path(self, columns: Mapping[str, FloatArray]) -> FloatArray:
        """(n,) p of each row, 0 where no electrons flow [1]."""
        rows = zip(*(columns[c] for c in (self.electronic, self.ionic, self.voltage)), strict=True)
        known = {"thickness": self.thickness, "sigma": self.sigma}
        found = (path_of(*row, **known) if row[0] else 0.0 for row in rows)  # type: ignore[arg-type]
        paths: FloatArray = np.fromiter(found, dtype=float, count=len(columns[self.voltage]))
        return paths

    def left(self, columns: Mapping[str, FloatArray]) -> FloatArray:
        """(n,) voltage over that at rest, NaN where both electrodes are lithium [1]."""
        rows = zip(columns[self.voltage], columns[self.at_rest] - self.shift, strict=True)
        return np.array([left_of(voltage, rest) for voltage, rest in rows])


class PathTrace:
    """None, soft or hard so far; feed it one sample after the other.

    Hard: the path is closed and the cell shorted, or it has lasted twice as long as any that opened
    again. Soft: one has opened again. A stage that ends hard makes the run hard. With a voltage at
    rest: hard with less than half of it, else soft.
    """

    def __init__(self) -> None:
        self._closing = Closing()
        self.events: list[Event] = []
        self._onset, self._peak, self._samples = math.nan, 0.0, 0
        self._now, self._last = 0.0, math.nan
        self._longest, self._was_hard = 0.0, False
        self._left = math.nan  # of the voltage at rest

    @property
    def closed(self) -> bool:
        """The path is closed at the last sample."""
        return math.isfinite(self._onset)

    @property
    def verdict(self) -> str:
        """None, soft or hard, were this the end."""
        if self._was_hard or self._is_hard():
            return HARD
        leaks = self.closed and math.isfinite(self._left)
        return SOFT if self.events or leaks else NONE

    def begin(self) -> None:
        """A stage begins."""
        self._was_hard = self._was_hard or self._is_hard()

    def feed(self, time: float, path: float, left: float = math.nan) -> None:
        """Take a sample: the path, and the part left of the voltage at rest; NaN says nothing."""
        if not math.isfinite(path):
            return
        self._now, self._left = path, left
        if not self.closed and path >= self._closing.closes:
            self._onset, self._peak, self._samples = time, path, 0
        if self.closed:
            self._peak, self._samples = max(self._peak, path), self._samples + 1
            if path < self._closing.opens:
                lasted = time - self._onset
                self.events.append(Event(self._onset, self._peak, time, lasted, PATH))
                self._longest, self._onset = max(self._longest, lasted), math.nan
        self._last = time

    def left_open(self) -> list[Event]:
        """The path that is closed at the end."""
        lasted = self._last - self._onset
        return [Event(self._onset, self._peak, None, lasted, PATH)] if self.closed else []

    def _is_hard(self) -> bool:
        if not self.closed:
            return False
        if math.isfinite(self._left):
            return self._left < HALF
        lasts = self._last - self._onset >= self._closing.lasting * self._longest
        return self._now > SHORTED or (self._samples >= FEW and lasts)

    def confidence(self, highest: float) -> float:
        """In the verdict; `highest` is the largest path [1]."""
        if self.verdict == NONE:
            return 0.97 if highest < 0.1 * self._closing.closes else 0.7
        if self.closed and math.isfinite(self._left):
            clear = self._samples > FEW and not CLEARLY_HARD < self._left < CLEARLY_SOFT
            return 0.97 if clear and self._peak >= CLEAR * self._closing.closes else 0.7
        if self.verdict == SOFT:
            return 0.9 if len(self.events) > 1 else 0.7
        return 0.97 if self._samples > FEW or self._now > SHORTED else 0.8

    def state(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        return {
            "events": [[e.onset, e.depth, e.recovery, e.duration] for e in self.events],
            "onset": self._onset if self.closed else None,
            "last": self._last if math.isfinite(self._last) else None,
            "left": self._left if math.isfinite(self._left) else None,
            "numbers": [self._peak, self._samples, self._now, self._longest, self._was_hard],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self.events = [
            Event(onset, depth, recovery, duration, PATH)
            for onset, depth, recovery, duration in state["events"]
        ]
        self._onset, self._last, self._left = (
            math.nan if state[key] is None else state[key] for key in ("onset", "last", "left")
        )
        self._peak, self._samples, self._now, self._longest, self._was_hard = state["numbers"]


def verdict_of_path(segments: Sequence[Segment]) -> Verdict:
    """Classify a run by the path in its time series, stage by stage."""
    trace, column = PathTrace(), ", ".join(dict.fromkeys(part.signal for part in segments))
    for part in segments:
        trace.begin()
        left = part.left if part.left.size else np.full(part.time.size, np.nan)
        for sample in zip(part.time, part.value, left, strict=True):
            trace.feed(*map(float, sample))
    values: FloatArray = np.concatenate([part.value for part in segments])
    known = values[np.isfinite(values)]
    highest = float(known.max(initial=0.0))
    return Verdict(
        trace.verdict,
        trace.confidence(highest) if known.size else 0.0,
        PATH,
        column,
        (*trace.events, *trace.left_open()),
        int(known.size),
        int(values.size - known.size),
        Closing(),
    )
