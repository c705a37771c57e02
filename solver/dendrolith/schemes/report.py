"""What an attempted step did, for the march and for observables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LONG = 30.0  # s on the clock, after which a step is told how far it is


@dataclass(frozen=True, slots=True)
class Report:
    """What a block, or all blocks together, did in one attempted step.

    Attributes:
        change: largest change of the field that controls the step [1].
        error: estimated error of that field [1]; 0 where the scheme has no estimate.
        numbers: counts and amounts by name, added up over the blocks.
        by: name of the block with the largest change.
    """

    change: float = 0.0
    error: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    by: str = ""

    def __add__(self, other: Report) -> Report:
        numbers = dict(self.numbers)
        for name, value in other.numbers.items():
            numbers[name] = numbers.get(name, 0.0) + value
        by = max(self, other, key=lambda report: report.change).by
        return Report(self.change + other.change, max(self.error, other.error), numbers, by)

    def number(self, name: str) -> float:
        """A count or amount; 0 where no block has it."""
        return self.numbers.get(name, 0.0)
