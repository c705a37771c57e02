"""The charge-conserving split: one discrete rate for lithium and for both charge balances.

    1. stress, if lithium has moved enough since the last solve
    2. Allen–Cahn rate at the old lithium, its Laplacian at the middle of the step:
           R_AC = Δ/Δt,   Δ = −Δt a L_ξ [μ_ξ(ξ) − ½κ∇²Δ]
    3. both potentials, with the Butler–Volmer rate implicit in η at the old ξ:
           r = R_AC + a r_BV(ξ, η),   i = F c_Li [m(ξ + r Δt) − m(ξ)]/Δt
       For fixed ξ this is the minimum of a convex functional: i falls monotonically with η.
    4. ξ ← ξ + Δt r with that very r, nothing clipped
    5. neutral lithium transport along pore surfaces, if present

So the current at the electrode and the growth of the lithium inventory agree to the tolerance of
step 3, without correction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from dendritex import compat
from dendritex.constants import FARADAY, GAS_CONSTANT, REFERENCE_CURRENT_DENSITY
from dendritex.errors import SolverDiverged
from dendritex.model.cell import Cell
from dendritex.model.state import ELECTRONIC, IONIC
from dendritex.parallel import all_agree, global_max, global_sum
from dendritex.physics.kinetics import EXPONENT_BOUND
from dendritex.physics.lithium_metal import access
from dendritex.solvers.elastic import ElasticSolver
from dendritex.solvers.linear import LinearSolver
from dendritex.solvers.nonlinear import ChargeSolver, NewtonReport
from dendritex.solvers.options import CHARGE, ELASTICITY, LITHIUM, choose
from dendritex.stepping.surface_transport import SurfaceTransport

CLOSED_TO_LITHIUM = 1e-12


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one attempted step did.

    Attributes:
        change: largest |Δξ| [1].
        plated: ∫ i that the step transferred [A, in 2-D A/m].
        newton_iterations, krylov_iterations: of the charge balance.
        elastic_iterations: Krylov iterations of the stress, 0 if it was not solved.
        bounded_kinetics: the linear continuation of the exponentials is active at an interface.
    """

    change: float
    plated: float
    newton_iterations: int
    krylov_iterations: int
    elastic_iterations: int
    bounded_kinetics: bool


class Split:
    """Advances the state of a cell; owns every solver, all made once."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self._comm = cell.cell_mesh.comm
        config, state = cell.config, cell.state
        linear = config.solver.linear
        self._charge = ChargeSolver(
            state.phi,
            cell.charge_residual,
            cell.charge_jacobian,
            cell.charge_bcs,
            options=choose(linear, CHARGE),
            tolerance=config.solver.charge_tolerance,
            reference_current=REFERENCE_CURRENT_DENSITY * cell.cell_mesh.electrode_area,
            max_iterations=config.solver.max_newton_iterations,
        )
        self._elastic: ElasticSolver | None = None
        if cell.elasticity is not None:
            self._elastic = ElasticSolver(
                state.u, cell.elastic_residual, cell.elastic_stiffness, cell.elastic_bcs,
                choose(linear, ELASTICITY),
            )  # fmt: skip
        self._volume: npt.NDArray[np.float64] = cell.nodal_volume.array.copy()
        self._K = compat.create_matrix(cell.surface_stiffness)
        compat.assemble_matrix(self._K, cell.surface_stiffness)
        self._A = self._K.duplicate(copy=True)
        self._lithium = LinearSolver(
            self._A, "lithium_", choose(linear, LITHIUM), "lithium surface"
        )
        self._g = compat.create_vector(cell.driving_force)
        self._tension = self._g.duplicate()
        self._delta = self._g.duplicate()
        self._access = self._access_at_nodes()
        pores = config.pores
        self.surface_transport = (
            SurfaceTransport(cell, pores.surface_mobility)
            if pores is not None and pores.surface_mobility is not None
            else None
        )

    # ------------------------------------------------------------------ one step

    def attempt(self, dt: float) -> StepReport:
        """Advance the state by `dt` [s]; the caller accepts or rejects it.

        Raises:
            SolverDiverged: a solve failed or a field is not finite, on any rank.
        """
        newton, elastic_iterations = self.solve_fields(dt)
        bounded = self._bounded_kinetics()
        plated = global_sum(self._comm, float(fem.assemble_scalar(self.cell.plated_charge)))
        change = self.advance_lithium(dt)
        if self.surface_transport is not None:
            change += self.surface_transport.advance(dt)
        return StepReport(
            change, plated, newton.newton_iterations, newton.krylov_iterations,
            elastic_iterations, bounded,
        )  # fmt: skip

    def solve_fields(self, dt: float) -> tuple[NewtonReport, int]:
        """Steps 1 to 3: stress and potentials at the present lithium; nothing moves.

        Raises:
            SolverDiverged: a solve failed.
        """
        self.cell.dt.value = dt
        elastic_iterations = self.solve_stress()
        self.update_allen_cahn_rate(dt)
        return self._charge.solve(), elastic_iterations

    def accept(self) -> None:
        """Keep the attempted step."""
        self.cell.state.accept()

    def reject(self) -> None:
        """Go back to the last accepted step, guesses of the solvers included."""
        self.cell.state.reject()
        self._delta.set(0.0)

    @property
    def balance(self) -> PETSc.Vec:
        """Assembled charge balance of the last solve, electrode rows included [A, in 2-D A/m]."""
        return self._charge.balance

    def solve_stress(self) -> int:
        """Step 1: solve for the displacement if lithium has moved enough; returns iterations.

        Raises:
            SolverDiverged: the solve failed.
        """
        config = self.cell.config.elasticity
        if self._elastic is None or config is None:
            return 0
        state = self.cell.state
        moved = global_max(self._comm, np.abs(state.xi.x.array - state.xi_stressed.x.array))
        if moved <= config.solve_after_change:
            return 0
        state.xi_stressed.x.array[:] = state.xi.x.array
        iterations = self._elastic.solve()
        if not all_agree(self._comm, bool(np.isfinite(self.cell.state.u.x.array).all())):
            raise SolverDiverged("mechanical equilibrium", "the displacement is not finite")
        return iterations

    def update_allen_cahn_rate(self, dt: float) -> None:
        """Step 2: R_AC at the present lithium, into `state.allen_cahn_rate`.

        Raises:
            SolverDiverged: the linear solve failed.
        """
        cell, state = self.cell, self.cell.state
        L_xi = float(cell.config.lithium_metal.L_xi)
        compat.assemble_vector(self._g, cell.driving_force)
        self._K.mult(state.xi.x.petsc_vec, self._tension)
        self._g.axpy(1.0, self._tension)
        self._g.scale(-dt * L_xi)
        open_to_lithium = self._access > CLOSED_TO_LITHIUM
        # (m/a + ½ Δt L_ξ κ ∫∇·∇) Δ = −Δt L_ξ ∫μ v : symmetric also where access is poor
        self._A.zeroEntries()
        self._A.axpy(0.5 * dt * L_xi, self._K, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        weight = self._volume / np.maximum(self._access, CLOSED_TO_LITHIUM)
        self._tension.array[:] = weight
        self._A.setDiagonal(self._tension, addv=PETSc.InsertMode.ADD_VALUES)
        self._A.assemble()
        self._lithium.solve(self._g, self._delta)
        owned = self._delta.array.size
        state.allen_cahn_rate.x.array[:owned] = np.where(
            open_to_lithium, self._delta.array / dt, 0.0
        )
        state.allen_cahn_rate.x.scatter_forward()

    def advance_lithium(self, dt: float) -> float:
        """Step 4: ξ ← ξ + Δt r with the rate at the present potentials; returns max |Δξ|.

        Raises:
            SolverDiverged: the rate is not finite.
        """
        state = self.cell.state
        compat.assemble_vector(self._g, self.cell.reaction)
        rate = self._g.array / self._volume
        change = global_max(self._comm, np.abs(rate)) * dt
        if not math.isfinite(change):
            raise SolverDiverged("growth of lithium", "the rate is not finite")
        state.rate.x.array[: rate.size] = rate
        state.rate.x.scatter_forward()
        state.xi.x.array[:] += dt * state.rate.x.array
        return change

    def _access_at_nodes(self) -> npt.NDArray[np.float64]:
        """a(ρ) at the owned nodes; pores are frozen, so once."""
        cell, space = self.cell, self.cell.state.scalar_space
        nodal = fem.Function(space)
        points = compat.interpolation_points(space)
        nodal.interpolate(fem.Expression(access(cell.state.rho, cell.pore_access), points))
        owned = space.dofmap.index_map.size_local
        values: npt.NDArray[np.float64] = nodal.x.array[:owned].copy()
        return values

    def _bounded_kinetics(self) -> bool:
        """Is the continuation of the exponentials active where lithium reacts?"""
        kinetics, state = self.cell.config.kinetics, self.cell.state
        xi = state.xi.x.array
        eta = (
            state.phi.x.array[ELECTRONIC::2]
            - state.phi.x.array[IONIC::2]
            - kinetics.equilibrium_potential
        )
        alpha = max(kinetics.transfer_coefficient, 1 - kinetics.transfer_coefficient)
        threshold = self.cell.config.lithium_metal.metal_threshold
        reacting = (xi > threshold) & (xi < 1 - threshold)
        reacting[: self._access.size] &= self._access > CLOSED_TO_LITHIUM
        exponent = alpha * FARADAY * np.abs(eta) / (GAS_CONSTANT * kinetics.temperature)
        return global_max(self._comm, exponent[reacting]) > EXPONENT_BOUND

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._charge.destroy()
        if self._elastic is not None:
            self._elastic.destroy()
        self._lithium.destroy()
        for thing in (self._K, self._A, self._g, self._tension, self._delta):
            thing.destroy()
