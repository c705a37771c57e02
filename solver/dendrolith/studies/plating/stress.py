"""Stress at the present lithium and pores, solved when the rate of lithium asks for it.

A stress that is old by a distance d of the fronts, in interface widths, makes an error of about
d times its share of the rate. It is solved for lithium half the allowed distance ahead, and serves
until lithium is as far beyond: on average it is that of the time at which it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import all_agree, global_max
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.solvers.options import Options
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.mechanics import Mechanics
from dendrolith.studies.plating.right_side import RightSide
from dendrolith.studies.plating.stress_effect import StressEffect

ITERATIONS = "elastic_iterations"


class Stress(Block):
    """Keeps `f.u`, `f.pressure` and the fields they belong to up to date.

    Args:
        f: fields.
        mechanics: equilibrium and its parameters.
        options: PETSc options of the displacement.
        nodal_volume: of each node [m³, in 2-D m²].
        xi: where lithium is when it is solved for.
        length: of the foil, a scale of the platen's way [m].
        others: (field, the same as last solved for) beside ξ that the stiffness depends on.
        effect: of the stress on lithium.
        swelling: Δh, thickness that lithium has added where dense after a step [m].
        leads: the stress serves further steps, for which `f.rate` says where lithium goes.

    Attributes:
        mechanics: as given.
        side: what holds the right side.
        nodal: stress at the nodes.
        fallback: the direct solver, for where the chosen one fails.
    """

    name = "stress"

    def __init__(
        self,
        f: PlatingFields,
        mechanics: Mechanics,
        options: Options,
        nodal_volume: PETSc.Vec,
        *,
        xi: fem.Function,
        length: float,
        others: Sequence[tuple[fem.Function, fem.Function]],
        effect: StressEffect,
        swelling: Callable[[float], float],
        leads: bool,
    ) -> None:
        self._others, self._effect, self._share, self._share_accepted = others, effect, 1.0, 1.0
        self._f, self.mechanics, self._xi, self._leads = f, mechanics, xi, leads
        self._comm = f.state.domain.comm
        self._solver = ElasticSolver(
            f.u,
            mechanics.residual,
            mechanics.stiffness,
            mechanics.bcs,
            options,
            [f.xi_stressed, *(solved for _, solved in self._others)],
            mechanics.means,
        )
        self.fallback = self._solver.fallback
        self.side = RightSide(
            mechanics,
            self._solver,
            f.u,
            nodal_volume,
            length=length,
            present={solved: field for field, solved in others},
            swelling=swelling,
        )
        self._pressure = mechanics.pressure  # that the stress was solved for
        chosen = mechanics.chosen
        self._every_step = chosen.solve_after_change == 0 or chosen.rate_tolerance == 0
        self._at_end = self.side.held and not self._every_step
        self.nodal = mechanics.nodal(nodal_volume)

    def advance(self, dt: float) -> Report:
        """Solve if lithium or pores moved enough from where it was solved.

        Raises:
            SolverDiverged: the solve failed.
        """
        failures = self.fallback.uses
        iterations = self.update(dt if self._leads or self._at_end else 0.0)
        fallbacks = self.fallback.uses - failures
        return Report(numbers={ITERATIONS: iterations, "fallback_solves": fallbacks})

    def start(self, dt: float) -> None:
        """Solve for the lithium of the start.

        Raises:
            SolverDiverged: the solve failed.
        """
        self.update(dt)

    def update(self, dt: float) -> int:
        """Solve if lithium or another field moved enough; returns the Krylov iterations.

        Args:
            dt: the step [s].

        Raises:
            SolverDiverged: the solve failed.
        """
        f = self._f
        if not self._is_old(dt):
            return 0
        f.xi_stressed.x.array[:] = self._xi.x.array + self._lead_time(dt) * f.rate.x.array
        for present, solved in self._others:
            solved.x.array[:] = present.x.array
        iterations = self.side.hold(dt) + self._solver.solve()
        self._pressure = self.mechanics.pressure
        self.renew()
        return iterations

    def solve(self, *, other_load_alone: bool = False) -> int:
        """Solve for the displacement at the lithium and pores of the last solve.

        Args:
            other_load_alone: the stiffness is that of the last solve.

        Raises:
            SolverDiverged: the solve failed.
        """
        return self._solver.solve(other_load_alone=other_load_alone)

    def renew(self) -> None:
        """The displacement is another one: all that follows from it follows.

        Raises:
            SolverDiverged: it is not finite.
        """
        if not all_agree(self._comm, bool(np.isfinite(self._f.u.x.array).all())):
            raise SolverDiverged("mechanical equilibrium", "the displacement is not finite")
        self._update_nodal()
        self._share = self._effect.share()

    @property
    def _allowed(self) -> float:
        """Distance of the fronts over which a stress serves, in interface widths."""
        if self._every_step or self._at_end:
            return 0.0
        chosen = self.mechanics.chosen
        most = chosen.solve_after_change
        return min(most, chosen.rate_tolerance / self._share) if self._share > 0 else most

    def _is_old(self, dt: float) -> bool:
        """Have the fronts, or another field somewhere, moved enough in `dt` [s] (collective)?"""
        if self._effect.distance() > 0.5 * self._allowed or self.side.has_room_for_more(dt):
            return True
        if self.mechanics.pressure != self._pressure:
            return True
        most = 0.0 if self._every_step else 0.5 * self.mechanics.chosen.solve_after_change
        return any(
            global_max(self._comm, np.abs(present.x.array - solved.x.array)) > most
            for present, solved in self._others
        )

    def _lead_time(self, dt: float) -> float:
        """Half the time that a new stress will serve beyond a step of `dt` [s].

        A fixed gap has the stress of the end of each step: its pressure is a result.
        """
        if self._at_end:
            return 0.5 * dt if self._leads else dt
        speed = self._effect.speed()
        return 0.5 * max(self._allowed / speed - dt, 0.0) if speed > 0 else 0.0

    def accept(self) -> None:
        """The step has been accepted with the present stress."""
        self._share_accepted = self._share
        self._solver.end_step()

    def reject(self) -> None:
        """The stress is that of the last accepted step again."""
        self._share, self._pressure = self._share_accepted, self.mechanics.pressure
        self._solver.end_step()
        self._update_nodal()

    def _update_nodal(self) -> None:
        """Bring the stress at the nodes up to date with another displacement."""
        self.mechanics.solved += 1
        self.nodal.update()

    def stack_pressure(self) -> float:
        """Mean traction on the right side [Pa], compression positive (collective)."""
        return self.side.stack_pressure()

    def save(self) -> CheckpointData:
        """Where the right side is, the stress's share of the rate, and the preconditioner."""
        share = CheckpointData({"share": self._share})
        parts = {"platen": self.side.save(), "effect": share, "solver": self._solver.save()}
        return CheckpointData.join(parts)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self.side.restore(data.part("platen"))
        self._share = self._share_accepted = data.part("effect").numbers["share"]
        self._solver.restore(data.part("solver"))
        self._pressure = self.mechanics.pressure
        self._update_nodal()

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()
