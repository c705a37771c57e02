"""Fully implicit steps: lithium, potentials and concentration in one Newton iteration.

Backward Euler, or BDF2 with variable steps whose error is estimated against an explicit predictor
(Adams–Bashforth of the same order; Milne's device):

    ξ_p = ξ + Δt [(1 + ω/2) ξ̇ − (ω/2) ξ̇⁻]      error = C_BDF/(C_BDF + C_AB) |ξ⁺ − ξ_p|
    C_BDF = (1 + 1/ω)²/(6(2 + 1/ω))            C_AB = 1/6 + 1/(4ω)            ω = Δt/Δt⁻

The first step, and the first after a switch of the control, is one of backward Euler. Source:
Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (10.1007/978-3-540-78862-1),
ch. III.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.constants import REFERENCE_CURRENT_DENSITY
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max, integral
from dendrolith.core.profile import timed
from dendrolith.fields.state import owned_values, set_owned_values
from dendrolith.schemes.report import StepReport
from dendrolith.solvers.newton import BalanceSolver
from dendrolith.solvers.options import coupled_options
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import AssembledBalance
from dendrolith.studies.plating.coupled import CoupledBalance
from dendrolith.studies.plating.drive import Drive
from dendrolith.studies.plating.schema import BDF2
from dendrolith.studies.plating.split import Split

FloatArray = npt.NDArray[np.float64]


class Implicit:
    """Advances the state of a cell by backward Euler or BDF2; owns its solver, made once.

    The start, potentials at fixed lithium, is that of the split.
    """

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self._comm = cell.cell_mesh.comm
        config = cell.config
        self.order = 2 if config.time.scheme == BDF2 else 1
        self._start = Split(cell)
        self.surroundings = self._start.surroundings
        self._coupled = CoupledBalance(cell)
        self.drive = Drive(cell, self._coupled.balance)
        self._solver = BalanceSolver(
            self._coupled.balance,
            self.drive.voltage,
            options=coupled_options(config.solver, self._coupled.components),
            tolerance=config.solver.charge_tolerance,
            reference_current=REFERENCE_CURRENT_DENSITY * cell.cell_mesh.electrode_area,
            max_iterations=config.solver.max_newton_iterations,
            row_scale=self._coupled.row_scale,
            charging=self._coupled.components - 1,
            prefix="coupled_",
        )
        self._balance = self._start.balance
        self._rate_before: FloatArray = cell.state.rate.x.array.copy()
        self._older_rate: FloatArray | None = None
        self._older_dt = math.nan
        self._dt = math.nan
        self._owned = cell.state.scalar_space.dofmap.index_map.size_local
        self._coupled.shift(binary=cell.state.binary)

    @property
    def longest_step(self) -> float:
        """Largest step that the pores allow [s]; inf without evolving pores."""
        return self.surroundings.longest_step

    @property
    def balance(self) -> AssembledBalance:
        """Charge balance as last assembled."""
        return self._balance

    def solve_start(self, dt: float) -> None:
        """Stress and potentials of the first moment, at fixed lithium and salt.

        Raises:
            SolverDiverged: a solve failed.
        """
        self._balance = self._start.balance
        self._coupled.xi_old.x.array[:] = self.cell.state.xi.x.array
        self._start.solve_start(dt)

    def attempt(self, dt: float) -> StepReport:
        """Advance the state by `dt` [s]; the caller accepts or rejects it.

        Raises:
            SolverDiverged: a solve failed or a field is not finite, on any rank.
        """
        coupled, state = self._coupled, self.cell.state
        self.cell.dt.value = self._dt = dt
        fallbacks = self._fallbacks
        self.surroundings.advance(dt)
        elastic_iterations = self.surroundings.update_stress(state.xi)
        self._set_coefficients(dt)
        coupled.set_access(self.surroundings.access)
        coupled.load()
        with timed("coupled balances"):
            newton = self._solver.solve()
        self._balance = self._solver.balance
        coupled.store()
        before = coupled.xi_old.x.array
        change = global_max(self._comm, np.abs(state.xi.x.array - before))
        if not math.isfinite(change):
            raise SolverDiverged("growth of lithium", "the lithium is not finite")
        error = self._error(dt)
        self._rate_before = state.rate.x.array.copy()
        a_0, a_1, a_2 = (float(a.value) for a in coupled.coefficients)
        older = coupled.xi_older.x.array
        state.rate.x.array[:] = (a_0 * state.xi.x.array + a_1 * before + a_2 * older) / dt
        plated = integral(coupled.balance.plated)
        return StepReport(
            change, plated, newton.newton_iterations, newton.krylov_iterations,
            elastic_iterations, self.surroundings.bounded_kinetics(),
            self._fallbacks - fallbacks, error,
        )  # fmt: skip

    @property
    def _fallbacks(self) -> int:
        """Systems solved directly so far."""
        return self._solver.fallback.uses + self.surroundings.fallbacks

    def _set_coefficients(self, dt: float) -> None:
        """a₀, a₁, a₂ of the step."""
        values = (1.0, -1.0, 0.0)
        if self.order == 2 and math.isfinite(self._older_dt):
            w = dt / self._older_dt
            values = ((1 + 2 * w) / (1 + w), -(1 + w), w**2 / (1 + w))
        for constant, value in zip(self._coupled.coefficients, values, strict=True):
            constant.value = value

    def _error(self, dt: float) -> float:
        """Estimated local error of ξ; 0 while there is no history to estimate it from."""
        if self.order == 1 or self._older_rate is None or not math.isfinite(self._older_dt):
            return 0.0
        state, w = self.cell.state, dt / self._older_dt
        slope = (1 + w / 2) * state.rate.x.array - w / 2 * self._older_rate
        predicted = self._coupled.xi_old.x.array + dt * slope
        bdf, adams = (1 + 1 / w) ** 2 / (6 * (2 + 1 / w)), 1 / 6 + 1 / (4 * w)
        gap = global_max(self._comm, np.abs(state.xi.x.array - predicted))
        return bdf / (bdf + adams) * gap

    def accept(self) -> None:
        """Keep the attempted step."""
        if math.isfinite(self._older_dt):
            self._older_rate = self._rate_before
        self._older_dt = self._dt
        self._coupled.shift(binary=self.cell.state.binary)
        self.drive.accept()
        self.surroundings.accept()
        self.cell.state.accept()

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self.cell.state.reject()
        self.drive.reject()
        self.surroundings.reject()

    def restart(self) -> None:
        """Forget the past: what drives the cell has changed."""
        self._older_dt, self._older_rate = math.nan, None

    def remember(self) -> Memory:
        """Fields, drive and surroundings, the lithium before, the last rates and steps."""
        history = {"xi_older": owned_values(self._coupled.xi_older)}
        if self.cell.state.binary:
            history["c_older"] = owned_values(self._coupled.c_older)
        if self._older_rate is not None:
            history["older_rate"] = self._older_rate[: self._owned].reshape(-1, 1).copy()
        return Memory.join({
            "state": self.cell.state.remember(), "drive": self.drive.remember(),
            "surroundings": self.surroundings.remember(),
            "history": Memory({"older_dt": self._older_dt}, history),
        })  # fmt: skip

    def recall(self, memory: Memory) -> None:
        """Go on from there (collective)."""
        state, coupled = self.cell.state, self._coupled
        state.recall(memory.part("state"))
        self.drive.recall(memory.part("drive"))
        self.surroundings.recall(memory.part("surroundings"))
        history = memory.part("history")
        self._older_dt = history.numbers["older_dt"]
        coupled.xi_old.x.array[:] = state.xi.x.array
        set_owned_values(coupled.xi_older, history.nodal["xi_older"])
        if state.binary:
            set_owned_values(coupled.c_older, history.nodal["c_older"])
        self._rate_before = state.rate.x.array.copy()
        self._older_rate = None
        if "older_rate" in history.nodal:
            function = fem.Function(state.scalar_space)
            set_owned_values(function, history.nodal["older_rate"])
            self._older_rate = function.x.array.copy()

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._solver.destroy()
        self._coupled.row_scale.destroy()
        self._start.destroy()
