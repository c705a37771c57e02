"""Stress at the present lithium and pores, solved when they have moved enough.

It is solved for lithium half the allowed change ahead, and serves until lithium is as far beyond:
on average it is that of the moment it is used at.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem

from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import all_agree, global_max
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.solvers.options import ELASTICITY, choose
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.observables.stress_in_lithium import stack_pressure


class Stress:
    """Keeps `state.u`, `state.pressure` and the fields they belong to up to date.

    Attributes:
        fallback: the direct solver, for where the chosen one fails.
    """

    def __init__(self, cell: Cell) -> None:
        assert cell.mechanics is not None
        assert cell.config.elasticity is not None
        self._cell, self._forms, self._parameters = cell, cell.mechanics, cell.config.elasticity
        self._comm = cell.cell_mesh.comm
        self._solver = ElasticSolver(
            cell.state.u, self._forms.residual, self._forms.stiffness, self._forms.bcs,
            choose(cell.config.solver, "elastic_", ELASTICITY),
            [cell.state.xi_stressed, cell.state.rho_stressed],
        )  # fmt: skip
        self.fallback = self._solver.fallback
        self._gap_is_free = self._forms.fixed_gap

    def update(self, xi: fem.Function, dt: float = 0.0) -> int:
        """Solve if `xi` or ρ moved enough from where it was solved; returns the Krylov iterations.

        Args:
            xi: where lithium is; it is foreseen to go on with `state.rate`.
            dt: the step [s]; a stress that serves no other step than this one needs no foresight.

        Raises:
            SolverDiverged: the solve failed.
        """
        state = self._cell.state
        moved = max(
            global_max(self._comm, np.abs(now.x.array - then.x.array))
            for now, then in ((xi, state.xi_stressed), (state.rho, state.rho_stressed))
        )
        if moved <= 0.5 * self._parameters.solve_after_change:
            return 0
        state.xi_stressed.x.array[:] = xi.x.array + self._lead(dt) * state.rate.x.array
        state.rho_stressed.x.array[:] = state.rho.x.array
        iterations = self._fix_gap() if self._gap_is_free else 0
        iterations += self._solver.solve()
        if not all_agree(self._comm, bool(np.isfinite(state.u.x.array).all())):
            raise SolverDiverged("mechanical equilibrium", "the displacement is not finite")
        self._averages_follow()
        return iterations

    def _lead(self, dt: float) -> float:
        """Half the time that a new stress will serve beyond a step of `dt` [s]."""
        fastest = global_max(self._comm, np.abs(self._cell.state.rate.x.array))
        if fastest == 0:
            return 0.0
        return 0.5 * max(self._parameters.solve_after_change / fastest - dt, 0.0)

    def reject(self) -> None:
        """The stress is that of the last accepted step again (collective)."""
        self._averages_follow()

    def _averages_follow(self) -> None:
        """The displacement is another one; so is the pressure."""
        self._forms.solved += 1
        self._forms.nodal.update()

    def remember(self) -> Memory:
        """Where the platen is, whether it may still move, and the preconditioner."""
        platen = float(self._forms.platen.value)
        own = Memory(numbers={"gap_is_free": self._gap_is_free, "platen": platen})
        return Memory.join({"platen": own, "solver": self._solver.remember()})

    def recall(self, memory: Memory) -> None:
        """Put the platen back (collective)."""
        own = memory.part("platen").numbers
        self._gap_is_free, self._forms.platen.value = own["gap_is_free"], own["platen"]
        self._solver.recall(memory.part("solver"))
        self._averages_follow()

    def _fix_gap(self) -> int:
        """Put the platen where it carries the stack pressure: stress is linear in its position."""
        pressures, iterations = [], 0
        length = self._cell.config.geometry.lithium_thickness
        trial = -1e-3 * length
        for position in (0.0, trial):
            self._forms.platen.value = position
            iterations += self._solver.solve()
            pressures.append(stack_pressure(self._cell))
        slope = (pressures[1] - pressures[0]) / trial
        self._forms.platen.value = (self._parameters.pressure - pressures[0]) / slope
        self._gap_is_free = False
        return iterations

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._solver.destroy()
