"""What a study makes finer to see its numbers converge, what it holds, and what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dendrolith.observables.show import Number, Reading, Show, last

STEP_KEYS = ("max_step", "first_step", "max_change")  # of `time`, that bound a step linearly


@dataclass(frozen=True, slots=True)
class Refinement:
    """Values of the input that become finer together.

    Attributes:
        symbol: what becomes finer, such as ``h``.
        powers: dotted key → n: the value is divided by the n-th power of the refinement.
        order: of the error in the refinement, as the schemes have it; an observed order counts
            up to it.
        ratio: from one rung to the next.
        changes: dotted key → its value, from that of the input and the refinement, of keys that no
            power makes finer, such as a number of cells.
    """

    symbol: str
    powers: Mapping[str, float]
    order: float
    ratio: float = 2.0
    changes: Mapping[str, Callable[[Any, float], Any]] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Dotted keys of all that becomes finer."""
        return (*self.powers, *self.changes)

    def finer(self, key: str, value: Any, refinement: float) -> Any:
        """The value of a key at a refinement above 1."""
        if key in self.changes:
            return self.changes[key](value, refinement)
        return value / refinement ** self.powers[key]


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a study is refined.

    Attributes:
        together: what makes the rungs; everything that has an error is in it.
        apart: each refined once by itself, to tell the errors apart; may be empty.
        rest: symbol of the error that `apart` leaves; empty where there is none.
        held: dotted keys of the physics that stays as it is, for the reader of the table.
        observables: what is looked at in each run.
        at_events: columns whose values at events that a user names are looked at too.
        notes: a sentence each on what the limit means.
    """

    together: Refinement
    apart: tuple[Refinement, ...] = ()
    rest: str = ""
    held: tuple[str, ...] = ()
    observables: tuple[Number, ...] = ()
    at_events: tuple[Reading, ...] = ()
    notes: tuple[str, ...] = field(default=())


def step_powers(config: Any) -> dict[str, float]:
    """The keys of `time` that bound a step, as powers of a refinement of the step."""
    return {f"time.{key}": 1.0 for key in STEP_KEYS if hasattr(config.time, key)}


def last_values(show: Show) -> tuple[Number, ...]:
    """The last values of what a study prints of its runs."""
    return tuple(
        Number(
            f"{reading.label[:1].upper()}{reading.label[1:]}",
            reading.unit or "1",
            last(reading.column, reading.factor),
        )
        for reading in show.status
        if not reading.words
    )
