"""The charge-conserving split: one discrete rate for lithium and for both charge balances.

    1. pores, if they evolve; noise; the middle of the step, ξ*, by half a step of R_AC⁻ of the last
       step and the reaction at potentials predicted; and the stress there, if it is too old
    2. the Allen–Cahn rate in the middle, twice, its Laplacian implicit:
           R_AC = Δ/Δt,   Δ = −Δt a L_ξ [μ_ξ(ξ*) − ½κ∇²(Δ − Δt R)]
       with ξ* of R = R_AC⁻ first, then of R = R_AC
    3. both potentials, the reaction implicit in η and along its own path, amid two halves of R_AC:
           Δt r = Δt R_AC + Δξ,   dξ/dt = −a L_η m′(ξ) B(η) from ξ + ½Δt R_AC over Δt
           i = F c_Li [m(ξ + r Δt) − m(ξ)]/Δt
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
from collections.abc import Callable, Sequence

import numpy as np
from petsc4py import PETSc

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import REFERENCE_CURRENT_DENSITY
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max
from dendrolith.schemes.block import NOTHING, Block
from dendrolith.schemes.predictor import Predictor
from dendrolith.schemes.report import Report
from dendrolith.solvers.descent import Descent
from dendrolith.solvers.newton import BalanceSolver
from dendrolith.studies.plating.access import BoundedKinetics
from dendrolith.studies.plating.assembly import FixedConduction
from dendrolith.studies.plating.box_cycle import box_cycle
from dendrolith.studies.plating.charge import WHAT, passing_current
from dendrolith.studies.plating.conduction import conduction_of
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.islands import island_correction
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.nodal_reaction import NodalReaction
from dendrolith.studies.plating.solver_options import charge_options
from dendrolith.studies.plating.terminals import CellTerminals

ORDER = 2
MOST_ITERATIONS = 8  # of Newton's method: a step takes three; half of it costs less than more
NO_TIME = 1e-9  # part of a step in which nothing moves


class Middle(Block):
    """Step 1: predicts the potentials, and lithium at the middle of the step.

    Args:
        laws: of the cell.
        reaction: of the lithium at the nodes.
        predictor: of the potentials.
        most: ξ is predicted no further away [1].
        longest: step that the double well allows [s].
    """

    name = "middle"

    def __init__(
        self,
        laws: Laws,
        reaction: NodalReaction,
        predictor: Predictor,
        *,
        most: float,
        longest: float,
    ) -> None:
        self._laws, self._reaction, self._predictor = laws, reaction, predictor
        self._most, self._longest = most, longest

    @property
    def longest_step(self) -> float:
        """Largest step that the double well and an explicit stress allow [s]."""
        return self._longest

    def advance(self, dt: float) -> Report:
        """Predict φ at the end and ξ at the middle of a step of `dt` [s]."""
        self._predictor.predict(dt)
        self.find(dt)
        return NOTHING

    def start(self, dt: float) -> None:
        """At the start no time passes: no node fills, and the salt stays where it is."""
        self.find(NO_TIME * dt)

    def find(self, dt: float) -> None:
        """Put ξ* of a step of `dt` [s] into `f.xi_middle`, and the first guess into `f.phi`."""
        laws = self._laws
        laws.dt.value = dt
        comm, rate = laws.f.state.domain.comm, laws.f.rate.x.array
        # white noise: that of the last step tells nothing of this one
        if laws.smooth_in_time and global_max(comm, np.abs(rate)) > 0:
            self._reaction.predict_middle(self._most)
        else:
            laws.f.hold_midpoint()
        self._predictor.begin()

    def accept(self) -> None:
        """The step just predicted is accepted."""
        self._predictor.accept()

    def reset_history(self) -> None:
        """The last step tells nothing of the next."""
        self._predictor.reset_history()
        for name in ("rate", "relaxation"):
            self._laws.f.state.set_accepted(name, 0.0)

    def save(self) -> CheckpointData:
        """What the predictor keeps."""
        return self._predictor.save()

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        self._predictor.restore(data)


class Charge(Block):
    """Step 3: both potentials, and the concentration where the salt moves.

    Args:
        model: the balances at fixed lithium.
        reaction: of the lithium at the nodes.
        terminals: of the cell; they read currents off the balance solved here.
        bounded: tells where the kinetics are bounded.

    Attributes:
        reaction: as given.
        solver: of the balances.
    """

    name = "charge balance"

    def __init__(
        self,
        model: Model,
        reaction: NodalReaction,
        terminals: CellTerminals,
        bounded: BoundedKinetics,
    ) -> None:
        self._f, self.reaction, self._jumps = model.f, reaction, False
        self._terminals, self._bounded = terminals, bounded
        solver, voltage = model.config.solver, terminals.voltage_unknown(model.charge)
        # where the salt moves, conductivity is an unknown, and nothing of it can be kept
        fixed = not model.f.concentrations
        self._conduction = (
            [FixedConduction(reaction, conduction_of(model.charge, model.laws))] if fixed else []
        )
        self.solver = BalanceSolver(
            model.charge,
            WHAT,
            options=charge_options(solver, model.f.components, held_current=bool(voltage)),
            tolerance=solver.charge_tolerance,
            reference=REFERENCE_CURRENT_DENSITY * terminals.area,
            passing=passing_current,
            max_iterations=solver.max_newton_iterations,
            prefix="charge_",
            # a descent limits the steps; where the salt moves nothing does: a norm of currents and
            # salt together falls no further than the round-off of either
            line_search="basic",
            global_unknown=voltage,
            assembly=self._conduction,
            preconditioner=[_islands(model) for _ in self._conduction],
            descent=[Descent(NonlinearElimination(parts)) for parts in self._conduction],
        )

    def advance(self, dt: float) -> Report:
        """Solve from the predicted potentials.

        Raises:
            SolverDiverged: a solve failed.
        """
        failures = self.solver.fallback.uses
        counts = self._solve(most=None if self._jumps else MOST_ITERATIONS)
        numbers = {
            "bounded_kinetics": float(self._bounded.active(self.reaction.cells)),
            "plated": self.reaction.plated(),
            "fallback_solves": float(self.solver.fallback.uses - failures),
        }
        return Report(numbers={**counts, **numbers})

    def start(self, dt: float) -> None:
        """Solve at the lithium of the start.

        Raises:
            SolverDiverged: a solve failed.
        """
        self._solve()

    def _solve(self, most: int | None = None) -> dict[str, float]:
        self.reaction.find_active_nodes()
        counts = self.solver.solve(most=most)
        self._terminals.balance = self.solver.balance
        return counts

    def accept(self) -> None:
        """The concentration is that of the last accepted step."""
        self._f.accept_salt()
        self._jumps = False

    def reset_history(self) -> None:
        """Potentials jump with the control, and no shorter step would help."""
        self._jumps = True

    def restore(self, data: CheckpointData) -> None:
        """The concentration is that of the checkpoint."""
        self.accept()

    def close(self) -> None:
        """Free the PETSc objects."""
        self.solver.destroy()
        for conduction in self._conduction:
            conduction.destroy()


class StageBegins(Block):
    """Potentials of a stage that has just begun, for what looks at the reaction ahead of step 3.

    Those of the last accepted step belong to the stage before: another current, or none.

    Args:
        middle, relaxation, charge: steps 1, 2 and 3, which find the potentials at standing lithium.
        find_fronts: of what reacts beside ξ, at the lithium of the middle.
    """

    name = "begin of a stage"

    def __init__(
        self,
        middle: Middle,
        relaxation: Block,
        charge: Charge,
        find_fronts: Sequence[Callable[[], None]],
    ) -> None:
        self._middle, self._solves, self._find_fronts = middle, (relaxation, charge), find_fronts
        self._begins = False

    def advance(self, dt: float) -> Report:
        """Solve for them in the first step of a stage, as at the start of a run.

        Raises:
            SolverDiverged: a solve failed.
        """
        if not self._begins:
            return NOTHING
        self._middle.start(dt)
        for find in self._find_fronts:
            find()
        for block in self._solves:
            block.start(dt)
        self._middle.find(dt)
        return NOTHING

    def accept(self) -> None:
        """The stage has begun."""
        self._begins = False

    def reset_history(self) -> None:
        """A stage begins with the next step."""
        self._begins = True


class Lithium(Block):
    """Step 4: ξ ← ξ + Δt r with the rate at the present potentials."""

    name = "lithium"

    def __init__(self, laws: Laws, reaction: NodalReaction) -> None:
        self._f, self._reaction = laws.f, reaction

    def advance(self, dt: float) -> Report:
        """Move the lithium.

        Raises:
            SolverDiverged: the rate is not finite.
        """
        f = self._f
        self._reaction.set_rate()
        change = global_max(f.state.domain.comm, np.abs(f.rate.x.array)) * dt
        if not math.isfinite(change):
            raise SolverDiverged("growth of lithium", "the rate is not finite")
        f.relaxation.x.array[:] = f.potential_free_rate.x.array
        f.xi.x.array[:] += dt * f.rate.x.array
        return Report(change)


def _islands(model: Model) -> Callable[[PETSc.KSP], None]:
    """The change to the preconditioner that floating lithium asks for."""
    return island_correction(model.pieces, model.config.geometry.dim, box_cycle(model))
