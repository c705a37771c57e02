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

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import REFERENCE_CURRENT_DENSITY
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max, integral
from dendrolith.fields.state import owned_values, set_owned_values
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.solvers.newton import BalanceSolver
from dendrolith.studies.plating.access import BoundedKinetics, PoreAccess
from dendrolith.studies.plating.charge import WHAT, passing_current
from dendrolith.studies.plating.coupled import CoupledBalance
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.solver_options import coupled_options
from dendrolith.studies.plating.terminals import CellTerminals

FloatArray = npt.NDArray[np.float64]


class Coupled(Block):
    """Advances lithium, potentials and salt by backward Euler or BDF2; its solver is made once.

    Args:
        model: of the cell.
        coupled: all equations in one residual.
        terminals: of the cell; they read currents off the balance solved here.
        access: a(ρ) at the nodes.
        bounded: tells where the kinetics are bounded.
        order: 1 for backward Euler, 2 for BDF2.
    """

    name = "coupled balances"

    def __init__(
        self,
        model: Model,
        coupled: CoupledBalance,
        terminals: CellTerminals,
        access: PoreAccess,
        bounded: BoundedKinetics,
        order: int,
    ) -> None:
        self._f, self._laws, self._coupled = model.f, model.laws, coupled
        self._terminals, self._access, self._bounded = terminals, access, bounded
        self.order, self._comm = order, model.domain.comm
        solver = model.config.solver
        self._solver = BalanceSolver(
            coupled.balance,
            WHAT,
            options=coupled_options(solver, coupled.components),
            tolerance=solver.charge_tolerance,
            reference=REFERENCE_CURRENT_DENSITY * terminals.area,
            passing=passing_current,
            max_iterations=solver.max_newton_iterations,
            prefix="coupled_",
            row_scale=coupled.row_scale,
            # a change of lithium is a charge in every other row
            shared_round_off=coupled.components - 1,
            global_unknown=terminals.voltage_unknown(coupled.balance),
        )
        self._rate_before: FloatArray = self._f.rate.x.array.copy()
        self._older_rate: list[FloatArray] = []  # of the last but one step, where it is of use
        self._older_dt = math.nan
        self._dt = math.nan
        self._owned = self._f.scalar_space.dofmap.index_map.size_local
        coupled.shift()

    def start(self, dt: float) -> None:
        """The lithium of the start is that of the last accepted step."""
        self._coupled.xi_old.x.array[:] = self._f.xi.x.array

    def advance(self, dt: float) -> Report:
        """Solve for the end of a step of `dt` [s].

        Raises:
            SolverDiverged: the solve failed or the lithium is not finite, on any rank.
        """
        coupled, f, failures = self._coupled, self._f, self._solver.fallback.uses
        self._laws.dt.value = self._dt = dt
        self._set_coefficients(dt)
        coupled.set_mobility(self._access.mobility)
        coupled.load()
        counts = self._solver.solve()
        self._terminals.balance = self._solver.balance
        coupled.store()
        before = coupled.xi_old.x.array
        change = global_max(self._comm, np.abs(f.xi.x.array - before))
        if not math.isfinite(change):
            raise SolverDiverged("growth of lithium", "the lithium is not finite")
        error = self._error(dt)
        self._rate_before = f.rate.x.array.copy()
        a_0, a_1, a_2 = (float(a.value) for a in coupled.coefficients)
        older = coupled.xi_older.x.array
        f.rate.x.array[:] = (a_0 * f.xi.x.array + a_1 * before + a_2 * older) / dt
        numbers = {
            "plated": integral(coupled.balance.plated),
            "bounded_kinetics": float(self._bounded.active()),
            "fallback_solves": float(self._solver.fallback.uses - failures),
        }
        return Report(change, error, {**counts, **numbers})

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
        if self.order == 1 or not self._older_rate or not math.isfinite(self._older_dt):
            return 0.0
        f, w = self._f, dt / self._older_dt
        slope = (1 + w / 2) * f.rate.x.array - w / 2 * self._older_rate[0]
        predicted = self._coupled.xi_old.x.array + dt * slope
        bdf, adams = (1 + 1 / w) ** 2 / (6 * (2 + 1 / w)), 1 / 6 + 1 / (4 * w)
        gap = global_max(self._comm, np.abs(f.xi.x.array - predicted))
        return bdf / (bdf + adams) * gap

    def accept(self) -> None:
        """Keep the attempted step."""
        if math.isfinite(self._older_dt):
            self._older_rate = [self._rate_before]
        self._older_dt = self._dt
        self._coupled.shift()
        self._f.accept_salt()

    def reset_history(self) -> None:
        """What drives the cell has changed: the next step is one of backward Euler."""
        self._older_dt, self._older_rate = math.nan, []

    def save(self) -> CheckpointData:
        """The lithium before, the last rates and steps."""
        history = {"xi_older": owned_values(self._coupled.xi_older)}
        for _ in self._f.concentrations:
            history["c_older"] = owned_values(self._coupled.c_older)
        for rate in self._older_rate:
            history["older_rate"] = rate[: self._owned].reshape(-1, 1).copy()
        return CheckpointData({"older_dt": self._older_dt}, history)

    def restore(self, data: CheckpointData) -> None:
        """Go on from there; the state is restored already."""
        f, coupled = self._f, self._coupled
        f.accept_salt()
        self._older_dt = data.numbers["older_dt"]
        coupled.xi_old.x.array[:] = f.xi.x.array
        set_owned_values(coupled.xi_older, data.nodal["xi_older"])
        for _ in f.concentrations:
            set_owned_values(coupled.c_older, data.nodal["c_older"])
        self._rate_before = f.rate.x.array.copy()
        self._older_rate = []
        if "older_rate" in data.nodal:
            function = fem.Function(f.scalar_space)
            set_owned_values(function, data.nodal["older_rate"])
            self._older_rate = [function.x.array.copy()]

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()
        self._coupled.row_scale.destroy()
