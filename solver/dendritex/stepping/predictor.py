"""A first guess of fields at the end of a step, from the last three accepted steps."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendritex.memory import Memory
from dendritex.model.state import owned_values, set_owned_values

# A parabola is not continued for longer than this, in steps.
LONGEST = 2.0


class Predictor:
    """Continues a function in time, along the parabola through its last three values.

    Newton's method then begins O(Δt³) from the end of the step instead of O(Δt): where lithium
    moves steadily one iteration is left of two. With two values only it is the straight line.

    Args:
        function: holds the accepted values before a step, and receives the guess.
    """

    def __init__(self, function: fem.Function) -> None:
        self._function = function
        self._accepted: npt.NDArray[np.float64] = function.x.array.copy()
        # the values before the last step and before the last but one, and the steps since then
        self._older, self._oldest = (
            fem.Function(function.function_space, name=name) for name in ("older", "oldest")
        )
        self._older_dt, self._oldest_dt, self._jumps = math.nan, math.nan, True

    def guess(self, dt: float) -> None:
        """Put the guess for `dt` [s] on into the function; nothing without two accepted steps."""
        values = self._function.x.array
        self._accepted[:] = values
        if not math.isfinite(self._older_dt):
            return
        older, oldest = self._older.x.array, self._oldest.x.array
        slope = (self._accepted - older) / self._older_dt
        values += dt * slope
        if dt <= LONGEST * self._older_dt and math.isfinite(self._oldest_dt):
            # Newton's divided differences
            change = slope - (older - oldest) / self._oldest_dt
            values += dt * (dt + self._older_dt) / (self._older_dt + self._oldest_dt) * change

    def accept(self, dt: float) -> None:
        """The step of `dt` [s] that began with the last guess is accepted."""
        self._oldest.x.array[:] = self._older.x.array
        self._oldest_dt = self._older_dt
        self._older.x.array[:] = self._accepted
        self._older_dt = math.nan if self._jumps else dt
        self._jumps = False

    def restart(self) -> None:
        """Forget the past: what drives the cell has changed, and the fields will jump."""
        self._older_dt, self._oldest_dt, self._jumps = math.nan, math.nan, True

    def remember(self) -> Memory:
        """The values before the last two accepted steps, and how long those were."""
        numbers = {
            "older_dt": self._older_dt, "oldest_dt": self._oldest_dt, "jumps": self._jumps,
        }  # fmt: skip
        fields = (self._older, self._oldest)
        return Memory(numbers, {field.name: owned_values(field) for field in fields})

    def recall(self, memory: Memory) -> None:
        """Take them back (collective)."""
        self._older_dt, self._oldest_dt = (memory.numbers[k] for k in ("older_dt", "oldest_dt"))
        self._jumps = memory.numbers["jumps"]
        for field in (self._older, self._oldest):
            set_owned_values(field, memory.nodal[field.name])
