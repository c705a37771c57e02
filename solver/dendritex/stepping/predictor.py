"""A first guess of fields at the end of a step, from the last two accepted steps."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendritex.memory import Memory
from dendritex.model.state import owned_values, set_owned_values


class Predictor:
    """Continues a function in time, along the straight line through its last two values.

    With it Newton's method begins O(Δt²) from the end of the step instead of O(Δt): where lithium
    moves steadily one iteration is left of two.

    Args:
        function: holds the accepted values before a step, and receives the guess.
    """

    def __init__(self, function: fem.Function) -> None:
        self._function = function
        self._older = fem.Function(function.function_space, name="older")
        self._accepted: npt.NDArray[np.float64] = function.x.array.copy()
        self._older_dt, self._jumps = math.nan, True

    def guess(self, dt: float) -> None:
        """Put the guess for `dt` [s] on into the function; nothing without two accepted steps."""
        values = self._function.x.array
        self._accepted[:] = values
        if math.isfinite(self._older_dt):
            values += dt / self._older_dt * (values - self._older.x.array)

    def accept(self, dt: float) -> None:
        """The step of `dt` [s] that began with the last guess is accepted."""
        self._older.x.array[:] = self._accepted
        self._older_dt = math.nan if self._jumps else dt
        self._jumps = False

    def restart(self) -> None:
        """Forget the past: what drives the cell has changed, and the fields will jump."""
        self._older_dt, self._jumps = math.nan, True

    def remember(self) -> Memory:
        """The values before the last accepted step, and its length."""
        numbers = {"older_dt": self._older_dt, "jumps": self._jumps}
        return Memory(numbers, {"older": owned_values(self._older)})

    def recall(self, memory: Memory) -> None:
        """Take them back (collective)."""
        self._older_dt, self._jumps = memory.numbers["older_dt"], memory.numbers["jumps"]
        set_owned_values(self._older, memory.nodal["older"])
