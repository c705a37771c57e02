"""The stages as the march goes through them: which one, and when it ends, exactly."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from dendrolith.control.stages import Stage
from dendrolith.control.terminals import TerminalReading, Terminals
from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.errors import SolverDiverged

# A held current that needs more than this [V] cannot be carried; a held voltage is bounded alike.
LARGEST_VOLTAGE = 10.0
# An event is located when its quantity is this near its limit, relative to the limit.
EVENT_TOLERANCE = 1e-6
# So far a leakage may drive an electrode beyond an end of its lithium until a rest ends [1]: a cell
# is assembled at such an end, and rests there.
BEYOND_AT_REST = 0.01
_KEPT = ("number", "began", "charge")


@dataclass(frozen=True, slots=True)
class _Overshoot:
    """A step that went beyond an event, and by how much."""

    dt: float
    excess: float


@dataclass(slots=True)
class ControlSequence:
    """Progress through the stages of a cell.

    Attributes:
        stages: what is held, one after another.
        terminals: of the cell.
        smallest: shortest step that a search for an event may try [s].
        number: of the present stage, from 0; beyond the last when all have ended.
        began: time at which it began [s].
        charge: total charge passed in it [C/m²].
    """

    stages: tuple[Stage, ...]
    terminals: Terminals
    smallest: float
    number: int = 0
    began: float = 0.0
    charge: float = 0.0
    _present: TerminalReading | None = None
    _last: TerminalReading | None = None
    _first: _Overshoot | None = None
    _located: bool = False

    def __post_init__(self) -> None:
        self.terminals.hold(self.stages[0])

    @property
    def finished(self) -> bool:
        """All stages have ended."""
        return self.number >= len(self.stages)

    @property
    def stage(self) -> Stage:
        """The present stage."""
        return self.stages[self.number]

    def save(self) -> CheckpointData:
        """Stage, its begin and charge, the last reading; between steps nothing is searched for."""
        last = None if self._last is None else dataclasses.asdict(self._last)
        kept = numbers_of(self, _KEPT)
        return CheckpointData({**kept.numbers, "last": last})

    def restore(self, data: CheckpointData, *, switches: bool) -> None:
        """Take them back and hold the stage; `switches`: the present one is still to begin."""
        set_numbers(self, _KEPT, data)
        last = data.numbers["last"]
        self._last = None if last is None else TerminalReading(**last)
        if not self.finished:
            self.terminals.hold(self.stages[self.number - int(switches)])

    def switch(self) -> str:
        """Hold what the present stage asks for; returns it in words."""
        self.terminals.hold(self.stage)
        return str(self.stage)

    def next_switch(self, time: float) -> float:
        """Time [s] at which the present stage is known to end; inf if only an event ends it."""
        stage, ends = self.stage, [math.inf]
        if stage.duration is not None:
            ends.append(self.began + stage.duration)
        if stage.until.charge is not None and stage.current_density:
            left = stage.until.charge - abs(self.charge)
            ends.append(time + left / abs(stage.current_density))
        return min(ends)

    def check(self) -> None:
        """Refuse an attempted step with a voltage that no cell would have.

        Raises:
            SolverDiverged: its size is above `LARGEST_VOLTAGE`.
        """
        voltage = self.terminals.voltage
        if abs(voltage) > LARGEST_VOLTAGE:
            raise SolverDiverged(
                "the held current", f"would need {voltage:.3g} V: lithium or salt may be exhausted"
            )

    def shorter(self, dt: float) -> float | None:
        """Check an attempted step for an event: a shorter step [s] to try, or None to accept it.

        A step that overshoots is tried again where false position expects the event, and one that
        then falls short is accepted: the next one starts nearer. Where a shorter step overshoots
        hardly less (a short; a limit that a stage begins beyond; the error of the step itself), the
        event happens within the step, and the step is taken as it was first tried.
        """
        self._present = reading = self.terminals.read()
        excess, first = self._excess(reading, dt), self._first
        if excess <= EVENT_TOLERANCE or self._located:
            return None
        guess = self._expected(excess, dt)
        if first is None:
            if guess < self.smallest:
                return None
            self._first = _Overshoot(dt, excess)
            return guess
        if excess < first.excess / 2 and guess >= self.smallest:
            return guess
        self._located = True
        return first.dt

    def _expected(self, excess: float, dt: float) -> float:
        """Step that would end at the event, by false position; half of `dt` without a past [s]."""
        before = self._excess(self._last, 0.0) if self._last is not None else -math.inf
        if not math.isfinite(excess - before):
            return dt / 2
        return dt * min(max(-before / (excess - before), 0.05), 0.95)

    def accepted(self, time: float, dt: float, *, on_time: bool) -> bool:
        """Take note of an accepted step; True if it ended the stage.

        Args:
            time: its end [s].
            dt: its length [s].
            on_time: it ended when the stage was known to end.
        """
        reading, self._present = self._present, None
        assert reading is not None, "shorter() comes first"
        event = self._excess(reading, dt) >= -EVENT_TOLERANCE
        self.charge += reading.charge(dt)
        self._last, self._first, self._located = reading, None, False
        if not (on_time or event):
            return False
        self.number += 1
        self.began, self.charge = time, 0.0
        self._last = None
        return True

    def _excess(self, reading: TerminalReading, dt: float) -> float:
        """How far the first event is exceeded, relative to its limit; -inf without events."""
        until, excesses = self.stage.until, [-math.inf]
        if until.voltage_above is not None:
            excesses.append((reading.voltage - until.voltage_above) / _scale(until.voltage_above))
        if until.voltage_below is not None:
            excesses.append((until.voltage_below - reading.voltage) / _scale(until.voltage_below))
        if until.charge is not None and self.stage.current_density is None:
            passed = abs(self.charge + reading.charge(dt))
            excesses.append((passed - until.charge) / until.charge)
        if until.current_below is not None:
            excesses.append((until.current_below - abs(reading.total)) / until.current_below)
        if reading.exhausted is not None:
            rests = self.stage.current_density == 0
            excesses.append(reading.exhausted - (BEYOND_AT_REST if rests else 0.0))
        if until.short:
            excesses.append(math.inf if abs(reading.electronic) > abs(reading.ionic) else -math.inf)
        return max(excesses)


def _scale(limit: float) -> float:
    """Size of a voltage limit; a millivolt at least, for limits at zero [V]."""
    return max(abs(limit), 1e-3)
