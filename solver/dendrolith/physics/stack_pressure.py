"""A stack pressure that changes over the time, from a table.

    right: σ·n = −p(t) n,  p between rows linear

p  stack pressure [Pa]

One-way: what the cell does to the frame that presses on it is not in the table.
"""

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import file, quantity
from dendrolith.core.sections import Section


@dataclass(frozen=True, slots=True)
class StackPressure(Section):
    """Where the table is."""

    equation: ClassVar[str] = "right: σ·n = −p(t) n,  p between rows linear"

    table: str = file(
        "text table with a time and a pressure, their units in the titles, such as "
        "timeseries.csv of a pressed cell (study creep)"
    )
    start: float | None = quantity(
        "s",
        "time of the table at which the run begins (absent: that of its first row)",
        default=None,
    )

    def equations(self) -> list[tuple[str, str]]:
        """The side under pressure, in the place of a constant one."""
        return [("boundary", self.equation)]
