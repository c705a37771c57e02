"""Neutral lithium moving along pore surfaces: the conserved part ∇·(M_s∇μ_ξ) of the equation.

    M_s(ξ, ρ) = M₀ · 16 ξ²(1−ξ)² · (1 − s(ρ))

No charge is transferred, so it is a step of its own after the reaction, explicit and sub-cycled.
The flux conserves ∫ξ exactly; the lithium inventory ∫m(ξ), which differs from it where surfaces
curve, is then restored by one multiplier on all surfaces that moved, in proportion to how far they
did. That correction is of second order in δ/R; pieces of lithium that are not connected share it.
"""

from __future__ import annotations

import logging
import math

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max, integral
from dendrolith.physics.interpolation import double_well, metal_fraction, solid_fraction
from dendrolith.studies.plating.cell import Cell

logger = logging.getLogger(__name__)

MAX_SUBSTEPS = 200


class SurfaceTransport:
    """Explicit conserved transport of ξ with mobility `M_0` [m⁵/(J s)]."""

    def __init__(self, cell: Cell, M_0: float) -> None:
        self._cell = cell
        self._comm = cell.cell_mesh.comm
        state, lithium = cell.state, cell.lithium
        v = ufl.TestFunction(state.scalar_space)
        mobility = fem.Constant(cell.cell_mesh.mesh, M_0)
        M_s = mobility * 16 * double_well(state.xi) * (1 - solid_fraction(state.rho))
        self._mu = fem.Function(state.scalar_space, name="mu_xi")
        self._surface = cell.surface_tension
        self._flux = fem.form(-M_s * ufl.inner(ufl.grad(self._mu), ufl.grad(v)) * cell.dx)
        self._inventory = fem.form(metal_fraction(state.xi, lithium.metal_threshold) * cell.nodes)
        self._b = compat.create_vector(self._surface)
        self._g = self._b.duplicate()
        self._volume = cell.nodal_volume.array.copy()
        self._largest_rate = self._stiffest_rate(M_0)
        logger.info(
            "  surface    neutral lithium is moved in sub-steps of %.2g s: steps up to %.2g s",
            1 / self._largest_rate, self.longest_step,
        )  # fmt: skip

    def _stiffest_rate(self, M_0: float) -> float:
        """Gershgorin bound of M_s κ (∇²)² and M_s W ∇² on this mesh [1/s]."""
        cell = self._cell
        K = compat.create_matrix(cell.surface_stiffness)
        compat.assemble_matrix(K, cell.surface_stiffness)
        diagonal: PETSc.Vec = K.getDiagonal()
        kappa_lambda = 2 * global_max(self._comm, diagonal.array / self._volume)
        K.destroy()
        crystal = cell.config.anisotropy
        kappa_lambda *= crystal.stiffest if crystal is not None else 1.0
        kappa, W = float(cell.config.lithium_metal.kappa), float(cell.config.lithium_metal.W)
        return M_0 * kappa_lambda / kappa * (kappa_lambda + 2 * W)

    @property
    def longest_step(self) -> float:
        """Step that takes `MAX_SUBSTEPS` [s]."""
        return MAX_SUBSTEPS / self._largest_rate

    def advance(self, dt: float) -> float:
        """Move lithium for `dt` [s]; returns the largest |Δξ|.

        Raises:
            SolverDiverged: more than `MAX_SUBSTEPS` sub-steps would be needed.
        """
        substeps = math.ceil(dt * self._largest_rate)
        if substeps > MAX_SUBSTEPS:
            raise SolverDiverged(
                "neutral lithium on pore surfaces",
                f"{substeps} sub-steps needed for dt = {dt:.1e} s: a smaller step helps, or a "
                "smaller pores.surface_mobility",
            )
        xi = self._cell.state.xi
        owned = self._volume.size
        before, inventory = xi.x.array[:owned].copy(), self._lithium()
        for _ in range(substeps):
            self._chemical_potential()
            compat.assemble_vector(self._b, self._flux)
            xi.x.array[:owned] += dt / substeps * self._b.array / self._volume
            xi.x.scatter_forward()
        self._restore(before, inventory)
        change = global_max(self._comm, np.abs(xi.x.array[:owned] - before))
        if not math.isfinite(change):
            raise SolverDiverged("neutral lithium on pore surfaces", "the change is not finite")
        return change

    def _chemical_potential(self) -> None:
        owned, state = self._volume.size, self._cell.state
        state.xi_middle.x.array[:] = state.xi.x.array  # which the forms are written on
        compat.assemble_vector(self._b, self._surface)
        compat.assemble_vector(self._g, self._cell.driving_force)
        self._mu.x.array[:owned] = (self._b.array + self._g.array) / self._volume
        self._mu.x.scatter_forward()

    def _lithium(self) -> float:
        return integral(self._inventory)

    def _restore(self, before: npt.NDArray[np.float64], inventory: float) -> None:
        """Bring ∫m(ξ) back to `inventory` by a multiplier on |Δξ| (secant iteration)."""
        xi = self._cell.state.xi
        owned = self._volume.size
        moved = np.abs(xi.x.array[:owned] - before)
        base = xi.x.array[:owned].copy()
        lam, error = 0.0, self._lithium() - inventory
        trial = -1e-3 * math.copysign(1.0, error)
        for _ in range(30):
            if abs(error) <= 1e-14 * abs(inventory):
                return
            xi.x.array[:owned] = base + trial * moved
            xi.x.scatter_forward()
            new_error = self._lithium() - inventory
            if new_error == error:
                break
            step = new_error * (trial - lam) / (new_error - error)
            lam, trial, error = trial, trial - step, new_error
        if not abs(error) <= 1e-12 * abs(inventory):
            raise SolverDiverged(
                "neutral lithium on pore surfaces", f"the inventory is off by {error:.1e}"
            )
