"""The charge-conserving split: one discrete rate for lithium and for both charge balances.

    1. pores, if they evolve; the middle of the step, ξ*: node by node half a step along
           dξ/dt = R_AC⁻ + a r_BV(ξ, η⁺)
       with R_AC of the last step and η foreseen; and the stress there, if lithium or pores have
       moved enough since the last solve
    2. the Allen–Cahn rate in the middle, its Laplacian implicit:
           R_AC = Δ/Δt,   Δ = −Δt a L_ξ [μ_ξ(ξ*) − ½κ∇²(Δ − Δt R_AC⁻)]
    3. both potentials, with the Butler–Volmer rate implicit in η:
           r = R_AC + a r_BV(ξ*, η),   i = F c_Li [m(ξ + r Δt) − m(ξ)]/Δt
       For fixed ξ this is the minimum of a convex functional: i falls monotonically with η.
       In a binary electrolyte the concentration is solved with them, implicitly.
    4. ξ ← ξ + Δt r with that very r, nothing clipped
    5. neutral lithium transport along pore surfaces, if present

So the current at the electrode and the growth of the lithium inventory agree to the tolerance of
step 3, without correction. With ξ* the split is of second order in ξ; the first step, and the first
after a switch of the control, takes ξ* = ξ. Pores, noise and salt are of first order.
"""

from __future__ import annotations

import math

import numpy as np

from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.constants import REFERENCE_CURRENT_DENSITY
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max
from dendrolith.core.profile import timed
from dendrolith.schemes.predictor import Predictor
from dendrolith.schemes.report import StepReport
from dendrolith.solvers.newton import BalanceSolver, NewtonReport
from dendrolith.solvers.options import charge_options
from dendrolith.studies.plating.allen_cahn import AllenCahn
from dendrolith.studies.plating.assembly import FixedConduction
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import AssembledBalance
from dendrolith.studies.plating.drive import Drive
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.islands import floating_lithium
from dendrolith.studies.plating.nodal_reaction import NodalReaction
from dendrolith.studies.plating.surface_transport import SurfaceTransport
from dendrolith.studies.plating.surroundings import Surroundings

NO_TIME = 1e-9  # part of a step in which nothing moves


class Split:
    """Advances the state of a cell; owns every solver, all made once."""

    order = 2

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self._comm = cell.cell_mesh.comm
        config = cell.config
        self.drive = Drive(cell, cell.charge)
        self._reaction = NodalReaction(cell)
        # the conductivity of a binary electrolyte is that of its salt, which is solved for
        self._conduction = None if cell.state.binary else FixedConduction(cell, self._reaction)
        self._charge = BalanceSolver(
            cell.charge,
            self.drive.voltage,
            options=charge_options(
                config.solver, binary=cell.state.binary,
                held_current=self.drive.voltage is not None,
            ),
            tolerance=config.solver.charge_tolerance,
            reference_current=REFERENCE_CURRENT_DENSITY * cell.cell_mesh.electrode_area,
            max_iterations=config.solver.max_newton_iterations,
            # a norm of currents and salt together falls no further than the round-off of either
            line_search="basic" if cell.state.binary else "bt",
            assembly=self._conduction,
            islands=None if cell.state.binary else floating_lithium(cell),
            elimination=(
                None if self._conduction is None else NonlinearElimination(self._conduction)
            ),
        )  # fmt: skip
        self._predictor = Predictor(cell.state.phi)
        self.surroundings = Surroundings(cell)
        self._allen_cahn = AllenCahn(cell)
        pores = config.pores
        self.surface_transport = (
            SurfaceTransport(cell, pores.surface_mobility)
            if pores is not None and pores.surface_mobility is not None
            else None
        )

    @property
    def longest_step(self) -> float:
        """Largest step that double well, pores and surface transport allow [s]."""
        config = self.cell.config
        relaxation = float(config.time.max_relaxation * config.lithium_metal.relaxation_time)
        longest = [relaxation, self.surroundings.longest_step]
        if self.surface_transport is not None:
            longest.append(self.surface_transport.longest_step)
        return min(longest)

    # ------------------------------------------------------------------ one step

    def attempt(self, dt: float) -> StepReport:
        """Advance the state by `dt` [s]; the caller accepts or rejects it.

        Raises:
            SolverDiverged: a solve failed or a field is not finite, on any rank.
        """
        fallbacks = self._fallbacks
        self.surroundings.advance(dt)
        self._predictor.foresee(dt)
        newton, elastic_iterations = self.solve_fields(dt)
        bounded = self.surroundings.bounded_kinetics(self._reaction.cells)
        plated = self._reaction.plated()
        with timed("lithium surface"):
            change = self.advance_lithium(dt)
        if self.surface_transport is not None:
            change += self.surface_transport.advance(dt)
        return StepReport(
            change, plated, newton.newton_iterations, newton.krylov_iterations,
            elastic_iterations, bounded, self._fallbacks - fallbacks,
        )  # fmt: skip

    @property
    def _fallbacks(self) -> int:
        """Systems solved directly so far."""
        own = self._charge.fallback.uses + self._allen_cahn.fallback.uses
        return own + self.surroundings.fallbacks

    def solve_start(self, dt: float) -> None:
        """Stress and potentials of the first moment, as a step of `dt` [s] would find them.

        The salt stays where it is: for it no time passes.

        Raises:
            SolverDiverged: a solve failed.
        """
        self.solve_fields(dt, salt_dt=NO_TIME * dt)

    def solve_fields(self, dt: float, salt_dt: float | None = None) -> tuple[NewtonReport, int]:
        """Stress, potentials and concentration after `dt` [s] at the present lithium and pores.

        Raises:
            SolverDiverged: a solve failed.
        """
        self.cell.dt.value = dt
        self.cell.salt_dt.value = dt if salt_dt is None else salt_dt
        self.predict_middle(dt)
        self._predictor.begin()
        elastic_iterations = self.surroundings.update_stress(self.cell.state.xi_middle, dt)
        self.update_allen_cahn_rate(dt)
        with timed("charge balance"):
            return self._charge.solve(), elastic_iterations

    def accept(self) -> None:
        """Keep the attempted step."""
        self._predictor.accept()
        self.drive.accept()
        self.surroundings.accept()
        self.cell.state.accept()

    def reject(self) -> None:
        """Go back to the last accepted step, guesses of the solvers included."""
        self.cell.state.reject()
        self.drive.reject()
        self.surroundings.reject()
        self._allen_cahn.reject()

    def restart(self) -> None:
        """Forget the past: what drives the cell has changed."""
        self._predictor.restart()
        self.cell.state.forget_rates()

    def remember(self) -> Memory:
        """Fields, drive, surroundings, and the guesses of the next step."""
        return Memory.join({
            "state": self.cell.state.remember(), "drive": self.drive.remember(),
            "surroundings": self.surroundings.remember(), "guess": self._allen_cahn.remember(),
            "predictor": self._predictor.remember(),
        })  # fmt: skip

    def recall(self, memory: Memory) -> None:
        """Go on from there (collective)."""
        self.cell.state.recall(memory.part("state"))
        self.drive.recall(memory.part("drive"))
        self.surroundings.recall(memory.part("surroundings"))
        self._predictor.recall(memory.part("predictor"))
        self._allen_cahn.recall(memory.part("guess"))

    @property
    def balance(self) -> AssembledBalance:
        """Charge balance as last assembled."""
        return self._charge.balance

    def predict_middle(self, dt: float) -> None:
        """Step 1: ξ* of a step of `dt` [s]."""
        self.cell.dt.value = dt
        state = self.cell.state
        begun = global_max(self._comm, np.abs(state.rate.x.array)) > 0
        # noise is white: that of the last step says nothing of this one
        if begun and self.cell.noise is None:
            self._reaction.foresee(most=self.cell.config.time.max_change)
        else:
            state.stay()

    def update_allen_cahn_rate(self, dt: float) -> None:
        """Step 2: R_AC in the middle of the step, and with it where the reaction takes place.

        Raises:
            SolverDiverged: the linear solve failed.
        """
        self._allen_cahn.update_rate(dt, self.surroundings.access)
        self._reaction.locate()

    def advance_lithium(self, dt: float) -> float:
        """Step 4: ξ ← ξ + Δt r with the rate at the present potentials; returns max |Δξ|.

        Raises:
            SolverDiverged: the rate is not finite.
        """
        self._reaction.set_rate()
        state = self.cell.state
        change = global_max(self._comm, np.abs(state.rate.x.array)) * dt
        if not math.isfinite(change):
            raise SolverDiverged("growth of lithium", "the rate is not finite")
        state.relaxation.x.array[:] = state.potential_free_rate.x.array
        state.xi.x.array[:] += dt * state.rate.x.array
        return change

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._charge.destroy()
        if self._conduction is not None:
            self._conduction.destroy()
        self.surroundings.destroy()
        self._allen_cahn.destroy()
