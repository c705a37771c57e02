"""A first guess of fields at the end of a step, from the last three accepted steps."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import global_sums
from dendrolith.fields.state import owned_values, set_owned_values

FloatArray = npt.NDArray[np.float64]

# A parabola is not continued for longer than this, in steps.
LONGEST = 2.0
# Degree of the parabola.
HIGHEST = 2


class Predictor:
    """Continues a function in time: along the parabola through its last three values.

    That is O(Δt³) from the end of the step, and where lithium moves steadily one Newton iteration
    is left of two. Where node after node fills it overshoots, and Newton's method better begins
    with less of it: with the line, or the last values, whichever was closer in the last step.

    Args:
        function: holds the accepted values before a step, and receives the guess.
    """

    def __init__(self, function: fem.Function) -> None:
        self._function = function
        dofmap = function.function_space.dofmap
        self._owned = dofmap.index_map.size_local * dofmap.index_map_bs
        self._accepted: FloatArray = function.x.array.copy()
        # the values before the last step and before the last but one, and the steps since then
        self._older, self._oldest = (
            fem.Function(function.function_space, name=name) for name in ("older", "oldest")
        )
        self._older_dt, self._oldest_dt, self._jumps = math.nan, math.nan, True
        self._degree = HIGHEST
        self._dt = math.nan
        self._terms: list[FloatArray] = []

    def predict(self, dt: float) -> None:
        """Put the continuation by `dt` [s] into the function; none without two accepted steps."""
        values = self._function.x.array
        self._accepted[:] = values
        self._dt, self._terms = dt, self._continuation(dt)
        for term in self._terms:
            values += term

    def begin(self) -> None:
        """Put what Newton's method begins with into the function; after `predict`."""
        if len(self._terms) > self._degree:
            values = self._function.x.array
            values[:] = self._accepted
            for term in self._terms[: self._degree]:
                values += term

    def _continuation(self, dt: float) -> list[FloatArray]:
        """What a line, and a parabola beyond it, add to the accepted values in `dt` [s]."""
        if not math.isfinite(self._older_dt):
            return []
        older, oldest = self._older.x.array, self._oldest.x.array
        slope = (self._accepted - older) / self._older_dt
        terms = [dt * slope]
        if dt <= LONGEST * self._older_dt and math.isfinite(self._oldest_dt):
            # Newton's divided differences
            change = slope - (older - oldest) / self._oldest_dt
            weight = dt * (dt + self._older_dt) / (self._older_dt + self._oldest_dt)
            terms.append(weight * change)
        return terms

    def accept(self) -> None:
        """The step last predicted is accepted (collective)."""
        self._degree = self._best_degree()
        self._oldest.x.array[:] = self._older.x.array
        self._oldest_dt = self._older_dt
        self._older.x.array[:] = self._accepted
        self._older_dt = math.nan if self._jumps else self._dt
        self._jumps, self._terms = False, []

    def _best_degree(self) -> int:
        """Degree with the smallest error in this step; the highest, until all can be compared."""
        error = (self._function.x.array - self._accepted)[: self._owned]
        squares = [float(error @ error)]
        for term in self._terms:
            error -= term[: self._owned]
            squares.append(float(error @ error))
        if len(squares) <= HIGHEST:
            return HIGHEST
        comm = self._function.function_space.mesh.comm
        return int(np.argmin(global_sums(comm, np.array(squares))))

    def reset_history(self) -> None:
        """What drives the problem has changed, and the fields will jump: the past tells nothing."""
        self._older_dt, self._oldest_dt, self._jumps = math.nan, math.nan, True
        self._degree, self._terms = HIGHEST, []

    def save(self) -> CheckpointData:
        """The values before the last two accepted steps, how long those were, and the degree."""
        numbers = {
            "older_dt": self._older_dt,
            "oldest_dt": self._oldest_dt,
            "jumps": self._jumps,
            "degree": self._degree,
        }
        fields = (self._older, self._oldest)
        return CheckpointData(numbers, {field.name: owned_values(field) for field in fields})

    def restore(self, data: CheckpointData) -> None:
        """Take them back (collective)."""
        self._older_dt, self._oldest_dt = (data.numbers[k] for k in ("older_dt", "oldest_dt"))
        self._jumps, self._degree = data.numbers["jumps"], data.numbers["degree"]
        self._terms = []
        for field in (self._older, self._oldest):
            set_owned_values(field, data.nodal[field.name])
