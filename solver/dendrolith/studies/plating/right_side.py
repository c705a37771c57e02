"""What holds the right side of a cell: a pressure, a platen that stays, or a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import global_sum, integral
from dendrolith.fields.state import owned_values, set_owned_values
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.studies.plating.mechanics import Mechanics

TRIAL = -1e-3  # of the length, by which a platen is moved to find how stiff the cell is


class RightSide:
    """Holds the right side before each solve; a platen or a frame is put in place by the first.

    Args:
        mechanics: equilibrium and its parameters.
        solver: of the displacement.
        u: displacement.
        nodal_volume: of each node [m³, in 2-D m²].
        length: of the foil, a scale of the platen's way [m].
        present: fields of now for those that stress was solved for, beside ξ.
        swelling: Δh, thickness that lithium has added where dense after a step [m].

    Attributes:
        held: by a platen or a frame, so that its pressure is a result.
    """

    def __init__(
        self,
        mechanics: Mechanics,
        solver: ElasticSolver,
        u: fem.Function,
        nodal_volume: PETSc.Vec,
        *,
        length: float,
        present: Mapping[fem.Function, fem.Function],
        swelling: Callable[[float], float],
    ) -> None:
        self._mechanics, self._solver, self._u = mechanics, solver, u
        self._volume, self._length, self._swelling = nodal_volume, length, swelling
        self.held = mechanics.fixed_gap or bool(mechanics.frames)
        self._is_free = self.held
        self._locked_at = 0.0  # less the way of the right side when the frame was locked [m]
        self._response = fem.Function(u.function_space)
        self._force = mechanics.force_on_platen(self._response, present)

    def hold(self, dt: float) -> int:
        """Make it ready for a solve; returns the Krylov iterations of what that takes.

        Args:
            dt: the step at whose end the stress belongs [s].

        Raises:
            SolverDiverged: a solve failed.
        """
        iterations = 0
        if self._is_free:
            self._is_free = False
            iterations = self._lock_frame() if self._mechanics.frames else self._fix_gap()
        for frame in self._mechanics.frames:
            frame.offset.value = self._locked_at + self._swelling(dt)
        return iterations

    def place_again(self) -> None:
        """Put a platen or a frame where it carries the stack pressure, at the present damage.

        Raises:
            SolverDiverged: a solve failed.
        """
        self._is_free = self.held
        for frame in self._mechanics.frames:
            frame.stiffness.value = 0.0
        self.hold(0.0)
        self._solver.solve()

    def has_room_for_more(self, dt: float) -> bool:
        """Has the thickness that a frame makes room for changed after `dt` [s] (collective)?"""
        present = self._locked_at + self._swelling(dt) if self._mechanics.frames else 0.0
        return any(frame.offset.value != present for frame in self._mechanics.frames)

    def stack_pressure(self) -> float:
        """Mean traction on it [Pa], compression positive (collective).

        With a fixed gap it is that of the present lithium, also between two solves.
        """
        if self._mechanics.fixed_gap and not self._is_free:
            return -integral(self._force) / self._mechanics.right_area
        return self.mean_pressure()

    def mean_pressure(self) -> float:
        """Mean traction on it at the last solve [Pa], compression positive (collective).

        The nodal reactions summed: with the virtual displacement x/L they are −∫σ_xx/(L A).
        """
        volume = global_sum(self._u.function_space.mesh.comm, float(np.sum(self._volume.array)))
        return integral(self._mechanics.mean_stress) / volume

    def save(self) -> CheckpointData:
        """Where it is, and whether it may still move."""
        mechanics = self._mechanics
        at = self._locked_at if mechanics.frames else float(mechanics.platen.value)
        numbers = {"gap_is_free": self._is_free, "platen": at}
        for frame in mechanics.frames:
            numbers["offset"] = float(frame.offset.value)
        return CheckpointData(numbers=numbers, nodal={"response": owned_values(self._response)})

    def restore(self, data: CheckpointData) -> None:
        """Put it back."""
        self._is_free = data.numbers["gap_is_free"]
        self._mechanics.platen.value = self._locked_at = data.numbers["platen"]
        if not self._is_free:
            self._be_springs()
        for frame in self._mechanics.frames:
            frame.offset.value = data.numbers["offset"]
        set_owned_values(self._response, data.nodal["response"])

    def _fix_gap(self) -> int:
        """Put the platen where it carries the stack pressure: stress is linear in its position."""
        pressures, displacements, iterations = [], [], 0
        trial = TRIAL * self._length
        for position in (0.0, trial):
            self._mechanics.platen.value = position
            iterations += self._solver.solve()
            pressures.append(self.mean_pressure())
            displacements.append(self._u.x.array.copy())
        slope = (pressures[1] - pressures[0]) / trial
        wanted = self._mechanics.chosen.pressure
        self._mechanics.platen.value = (wanted - pressures[0]) / slope
        self._response.x.array[:] = (displacements[1] - displacements[0]) / trial
        return iterations

    def _lock_frame(self) -> int:
        """Lock the frame where the stack pressure puts the right side."""
        iterations = self._solver.solve()
        self._locked_at = -self._mechanics.frames[0].mean_way
        self._be_springs()
        self._solver.renew()
        return iterations

    def _be_springs(self) -> None:
        for frame in self._mechanics.frames:
            frame.stiffness.value = self._mechanics.chosen.frame_stiffness
