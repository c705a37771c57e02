"""Relaxation of the lithium surface: the part of the rate that does not depend on the potentials.

    R_AC = Δ/Δt,   (1/a − ½ Δt L_ξ κ∇²) Δ = −Δt L_ξ [μ_ξ(ξ*) + ½κ∇² Δt R_AC⁻]

ξ* is the lithium at the middle of the step as the last step's rate foresees it, R_AC⁻ the part of
that rate that came from here: the matrix replaces it by the present one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.profile import timed
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import LITHIUM, choose
from dendrolith.studies.plating.cell import Cell


class AllenCahn:
    """Finds R_AC; owns its matrix and solver.

    Attributes:
        fallback: the direct solver, for where the chosen one fails.
    """

    def __init__(self, cell: Cell) -> None:
        self._cell, config = cell, cell.config
        self._volume = cell.nodal_volume.array.copy()
        self._K = compat.create_matrix(cell.surface_stiffness)
        compat.assemble_matrix(self._K, cell.surface_stiffness)
        self._A = self._K.duplicate(copy=True)
        self._solver = LinearSolver(
            self._A, "lithium_", choose(config.solver, "lithium_", LITHIUM), "lithium surface"
        )
        self.fallback = self._solver.fallback
        # with anisotropy the isotropic stiffness that is implicit bounds the real one
        self._stiffest = config.anisotropy.stiffest if config.anisotropy is not None else 1.0
        self._g = compat.create_vector(cell.driving_force)
        self._tension, self._delta_before = self._g.duplicate(), self._g.duplicate()
        self._delta = self._g.duplicate()

    def update_rate(self, dt: float, access: npt.NDArray[np.float64]) -> None:
        """Put R_AC of a step of `dt` [s] into `state.potential_free_rate`.

        Args:
            dt: the step [s].
            access: (n_owned,) a(ρ) at the nodes [1].

        Raises:
            SolverDiverged: the linear solve failed.
        """
        with timed("lithium surface"):
            self._write(dt, access)
            self._solver.solve(self._g, self._delta)
            rate = self._cell.state.potential_free_rate.x
            rate.array[: self._delta.array.size] = np.where(
                access > CLOSED_TO_LITHIUM, self._delta.array / dt, 0.0
            )
            rate.scatter_forward()

    def _write(self, dt: float, access: npt.NDArray[np.float64]) -> None:
        """Matrix and right side, with volumes: symmetric also where access is poor.

        (m/a + ½ Δt L_ξ κ ∫∇·∇) Δ = −Δt L_ξ ∫μ v
        """
        cell = self._cell
        L_xi = float(cell.config.lithium_metal.L_xi)
        compat.assemble_vector(self._g, cell.driving_force)
        if cell.anisotropy is None:
            self._K.mult(cell.state.xi_middle.x.petsc_vec, self._tension)
        else:
            compat.assemble_vector(self._tension, cell.surface_tension)
        self._g.axpy(1.0, self._tension)
        # ξ at the middle holds the last rate already; the matrix brings the difference to this one
        cell.state.relaxation.x.petsc_vec.copy(self._delta_before)
        self._delta_before.scale(-0.5 * dt * self._stiffest)
        self._K.multAdd(self._delta_before, self._g, self._g)
        self._g.scale(-dt * L_xi)
        self._A.zeroEntries()
        self._A.axpy(
            0.5 * dt * L_xi * self._stiffest, self._K,
            structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN,
        )  # fmt: skip
        self._tension.array[:] = self._volume / np.maximum(access, CLOSED_TO_LITHIUM)
        self._A.setDiagonal(self._tension, addv=PETSc.InsertMode.ADD_VALUES)
        self._A.assemble()

    def reject(self) -> None:
        """Forget the guess of the solver."""
        self._delta.set(0.0)

    def remember(self) -> Memory:
        """The guess of the next step."""
        return Memory(nodal={"delta": self._delta.array.reshape(-1, 1).copy()})

    def recall(self, memory: Memory) -> None:
        """Take it back."""
        self._delta.array[:] = memory.nodal["delta"].reshape(-1)

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._solver.destroy()
        things = (self._K, self._A, self._g, self._tension, self._delta, self._delta_before)
        for thing in things:
            thing.destroy()
