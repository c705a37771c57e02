"""Relaxation of the lithium surface: the part of the rate that does not depend on the potentials.

    R_AC = Δ/Δt,   (1/a − ½ Δt L_ξ κ∇²) Δ = −Δt L_ξ [μ_ξ(ξ*) + ½κ∇² Δt R_AC⁻],   ∇² = ψ⁻¹∇·ψ∇

ξ* is the lithium at the middle of the step, R_AC⁻ the part of its rate that came from here. At
first both are what the last step predicts; then ξ* is moved to the R_AC found, and that found anew.

On nodes h apart the stiffness K makes of −κ∇²ξ the nodal tension t = V⁻¹Kξ, V the lumped masses.
For a front along the mesh it is (1 + (h²/12)∂²) of what it should be. So ∫(h²/12)∇t·∇v is added:
that is right to fourth order, and a front has its width on four nodes a width, not 3 % less.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import global_max
from dendrolith.fields.bind import in_numbers
from dendrolith.physics.interpolation import double_well_prime
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import Options
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.laws import Laws, unrelaxed
from dendrolith.studies.plating.lithium_forms import LithiumForms

FloatArray = npt.NDArray[np.float64]


class AllenCahn(Block):
    """Puts R_AC into `f.potential_free_rate`; owns its matrix and solver.

    Args:
        laws: of the cell.
        forms: of ∫ μ_ξ v.
        access: a at the nodes.
        options: PETSc options.

    Attributes:
        fallback: the direct solver, for where the chosen one fails.
    """

    name = "lithium surface"

    def __init__(
        self, laws: Laws, forms: LithiumForms, access: PoreAccess, options: Options
    ) -> None:
        self._laws, self._forms, self._access = laws, forms, access
        self._volume = forms.nodal_volume.array.copy()
        self._K = compat.create_matrix(forms.surface_stiffness)
        self._C = compat.create_matrix(forms.mesh_error)
        self._assemble()
        self._A = self._K.duplicate(copy=True)
        self._solver = LinearSolver(self._A, "lithium_", options, "lithium surface")
        self.fallback = self._solver.fallback
        self._g = compat.create_vector(forms.driving_force)
        self._tension, self._delta_before = self._g.duplicate(), self._g.duplicate()
        self._delta, self._nodal = self._g.duplicate(), self._g.duplicate()

    def advance(self, dt: float) -> Report:
        """Put R_AC of a step of `dt` [s] into `f.potential_free_rate`.

        Raises:
            SolverDiverged: the linear solve failed.
        """
        failures, f = self.fallback.uses, self._laws.f
        before = f.relaxation.x.array.copy()
        self._forces = [force() for force in self._forms.forces]
        self._find(dt, before)
        if global_max(f.state.domain.comm, np.abs(before)) > 0:
            f.xi_middle.x.array[:] += dt / 2 * (f.potential_free_rate.x.array - before)
            self._find(dt, f.potential_free_rate.x.array)
        return Report(numbers={"fallback_solves": self.fallback.uses - failures})

    def _find(self, dt: float, before: FloatArray) -> None:
        """Put R_AC into `f.potential_free_rate`; `before` is the one that ξ* was made with."""
        owned = self._delta.array.size
        self._write(dt, before[:owned])
        self._solver.solve(self._g, self._delta)
        rate, access = self._laws.f.potential_free_rate.x, self._access.values
        rate.array[:owned] = np.where(access > CLOSED_TO_LITHIUM, self._delta.array / dt, 0.0)
        rate.array[unrelaxed(self._laws)] = 0.0
        rate.scatter_forward()

    def start(self, dt: float) -> None:
        """Put R_AC of the initial lithium into `f.potential_free_rate`; no time has passed.

        Raises:
            SolverDiverged: the linear solve failed.
        """
        self.advance(dt)

    def _write(self, dt: float, before: FloatArray) -> None:
        """Matrix and right side, with volumes: symmetric also where access is poor.

        (∫ψ v/a + ½ Δt L_ξ κ ∫ψ∇·∇) Δ = −Δt L_ξ ∫ψ μ v
        """
        if self._moves_of_walls != self._access.moves:
            self._assemble()
        f, lithium = self._laws.f, in_numbers(self._laws.lithium)
        L_xi, xi = lithium.L_xi, f.xi_middle.x.array[: len(before)]
        self._g.array[:] = lithium.W * double_well_prime(xi) * self._access.open_volume
        for force in self._forces:
            self._g.axpy(1.0, force)
        if self._laws.surface.linear:
            self._K.mult(f.xi_middle.x.petsc_vec, self._tension)
        else:
            compat.assemble_vector(self._tension, self._forms.surface_tension)
        self._g.axpy(1.0, self._tension)
        self._nodal.array[:] = self._tension.array_r / self._access.open_volume
        self._C.multAdd(self._nodal, self._g, self._g)
        # ξ at the middle holds the last rate already; the matrix brings the difference to this one
        self._delta_before.array[:] = -0.5 * dt * self._stiffest * before
        self._K.multAdd(self._delta_before, self._g, self._g)
        self._g.scale(-dt * L_xi)
        self._A.zeroEntries()
        same = PETSc.Mat.Structure.SAME_NONZERO_PATTERN
        self._A.axpy(0.5 * dt * L_xi * self._stiffest, self._K, structure=same)
        self._tension.array[:] = self._volume / self._access.mobility
        self._A.setDiagonal(self._tension, addv=PETSc.InsertMode.ADD_VALUES)
        self._A.assemble()

    def _assemble(self) -> None:
        """Matrices of the open cells (collective).

        The isotropic stiffness that is implicit bounds the real one: by the surface energy's
        curvature, and by Gershgorin's circles for what the correction adds.
        """
        self._moves_of_walls = self._access.moves
        compat.assemble_matrix(self._K, self._forms.surface_stiffness)
        compat.assemble_matrix(self._C, self._forms.mesh_error)
        starts, _, values = self._C.getValuesCSR()
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        circles = np.bincount(rows, np.abs(values), len(starts) - 1) / self._access.open_volume
        added = global_max(self._laws.f.state.domain.comm, circles)
        self._stiffest = (1 + added) * in_numbers(self._laws.surface).stiffest

    def reject(self) -> None:
        """The guess of the solver is none."""
        self._delta.set(0.0)

    def save(self) -> CheckpointData:
        """The guess of the next step."""
        return CheckpointData(nodal={"delta": self._delta.array.reshape(-1, 1).copy()})

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        self._delta.array[:] = data.nodal["delta"].reshape(-1)

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()
        vectors = (
            self._g,
            self._tension,
            self._delta,
            self._delta_before,
            self._nodal,
        )
        for thing in (self._K, self._C, self._A, *vectors, *self._forms.forces):
            thing.destroy()
