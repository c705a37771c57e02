"""What advances a plate, the ramp and then displacement and damage in turn, and its assembly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max, integral
from dendrolith.domain.box import create_box
from dendrolith.domain.graded import move_nodes
from dendrolith.fields.output import FieldFile, Layout
from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.effort import SolverEffort
from dendrolith.observables.energy import Amounts
from dendrolith.schemes.block import Block
from dendrolith.schemes.march import CHANGE_TOLERATED
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import Report
from dendrolith.solvers.bounded import BoundedSolver
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.solvers.options import DIRECT
from dendrolith.studies.fracture.model import Model
from dendrolith.studies.fracture.schema import Config, Ramp
from dendrolith.studies.study import Setup

# A residual of the damage of this part of G_c h, the force of a node, counts as zero.
NEGLIGIBLE = 1e-9


class Loading(Block):
    """Moves the top as the law of time says.

    Args:
        law: displacement over time.
        top: displacement of the top [m].

    Attributes:
        time: reached [s].
    """

    name = "loading"

    def __init__(self, law: Ramp, top: fem.Constant) -> None:
        self._law, self._top = law, top
        self.time = self._accepted = 0.0

    def _go_to(self, time: float) -> None:
        self.time = time
        self._top.value = self._law.displacement(time)

    def advance(self, dt: float) -> Report:
        """Move the top by what `dt` [s] brings."""
        self._go_to(self._accepted + dt)
        return Report()

    def accept(self) -> None:
        """Keep the attempted step."""
        self._accepted = self.time

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self._go_to(self._accepted)

    def save(self) -> CheckpointData:
        """The time."""
        return numbers_of(self, ("time",))

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        set_numbers(self, ("time",), data)
        self._go_to(self.time)
        self.accept()


class Staggered(Block):
    """Equilibrium at fixed damage and damage at fixed displacement, until both hold.

    Each lowers the energy Ψ. Damage stays between its values at the last accepted step and 1. A
    crack that jumps changes the damage by 1 at any step: the step is made short first, so that the
    load of the jump is known, and then taken. A crack that still runs after the last sweep goes on
    in the next step (count `running`).

    Args:
        model: the plate.
    """

    name = "fracture"

    def __init__(self, model: Model) -> None:
        config = model.config
        self._model, self._settings, self._time = model, config.staggering, config.time
        u, d = model.u, model.d
        v, z = ufl.TestFunction(u.function_space), ufl.TestFunction(d.function_space)
        balance = ufl.derivative(model.elastic_energy, u, v)
        growth = ufl.derivative(model.elastic_energy + model.fracture_energy, d, z)
        self._equilibrium = ElasticSolver(
            u, fem.form(balance), fem.form(ufl.derivative(balance, u)), model.supports, DIRECT
        )
        self._damage = BoundedSolver(
            d, fem.form(growth), fem.form(ufl.derivative(growth, d)),
            lower=model.lower, upper=model.upper, what="damage", prefix="damage_",
            negligible=NEGLIGIBLE * config.damage.toughness * config.geometry.mesh_size,
        )  # fmt: skip
        self._before = d.x.array.copy()

    def start(self, dt: float) -> None:
        """The profile of the notch without load."""
        self._balance(jumps=True)

    def advance(self, dt: float) -> Report:
        """Find displacement and damage at the present load.

        Raises:
            SolverDiverged: the damage changes too much for this step, or does not settle.
        """
        self._before[:] = self._model.d.x.array
        jumps = dt <= self._time.jump_step * (1 + 1e-9)
        counts = self._balance(jumps=jumps)
        change = self._change(self._before)
        return Report(min(change, self._time.max_change) if jumps else change, numbers=counts)

    def _balance(self, *, jumps: bool) -> dict[str, float]:
        """Sweep until the damage stays, or a crack that jumps has run enough; returns counts."""
        model, settings = self._model, self._settings
        counts = {"sweeps": 0.0, "newton_iterations": 0.0, "running": 0.0}
        allowed = CHANGE_TOLERATED * self._time.max_change
        model.find_opening()
        self._equilibrium.solve()
        while counts["sweeps"] < settings.sweeps:
            counts["sweeps"] += 1
            last = model.d.x.array.copy()
            counts["newton_iterations"] += self._damage.solve()["newton_iterations"]
            settled = self._change(last) < settings.tolerance
            self._over_relax(last)
            if not jumps and self._change(self._before) > allowed:
                raise SolverDiverged("damage", "would change too much in one step")
            settled = model.find_opening() and settled
            self._equilibrium.solve()
            if settled:
                return counts
        if not jumps:
            raise SolverDiverged("damage", f"does not settle in {settings.sweeps} sweeps")
        counts["running"] = 1.0
        return counts

    def _over_relax(self, last: npt.NDArray[np.float64]) -> None:
        """Go further from `last` than to the minimum, within the bounds.

        At fixed u the energy is a parabola along the way: it is below that at `last` up to twice
        the way (Farrell and Maurini 2017, 10.1002/nme.5300).
        """
        d, low, high = self._model.d, self._model.lower.x.array, self._model.upper.x.array
        further = last + self._settings.relaxation * (d.x.array - last)
        np.clip(further, low, high, out=d.x.array)

    def _change(self, before: npt.NDArray[np.float64]) -> float:
        """Largest change of the damage since `before` [1]."""
        d = self._model.d
        return global_max(d.function_space.mesh.comm, np.abs(d.x.array - before))

    def accept(self) -> None:
        """What is broken stays broken."""
        self._model.keep_damage()

    def restore(self, data: CheckpointData) -> None:
        """The damage is that of the checkpoint."""
        self._model.keep_damage()

    def close(self) -> None:
        """Free the PETSc objects."""
        self._equilibrium.destroy()
        self._damage.destroy()


class Pull(Observable):
    """Displacement and force of the top, the stress far from the notch and the work done.

    The force is linear over a step: the work is exact but for third order in the step.

    Args:
        model: the plate.
    """

    columns = (
        "displacement [m]", "reaction_force [N/m]", "mean_stress [Pa]", "work [J/m]",
        "largest_damage [1]",
    )  # fmt: skip

    def __init__(self, model: Model) -> None:
        self._model, self._force = model, fem.form(model.force)
        self._work = self._last_force = self._last_place = 0.0

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        model = self._model
        force, place = integral(self._force), float(model.top.value)
        self._work += (force + self._last_force) / 2 * (place - self._last_place)
        self._last_force, self._last_place = force, place
        largest = global_max(model.domain.comm, self._sound())
        return place, force, force / model.config.geometry.width, self._work, largest

    def _sound(self) -> npt.NDArray[np.float64]:
        """Damage of the nodes that the notch has not broken."""
        d: npt.NDArray[np.float64] = self._model.d.x.array[~self._model.notched]
        return d

    def save(self) -> CheckpointData:
        """Work, and force and displacement up to which it is counted."""
        return numbers_of(self, ("_work", "_last_force", "_last_place"))

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, ("_work", "_last_force", "_last_place"), data)


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The plate with its notch, unloaded (collective)."""
    plate = config.geometry
    domain = move_nodes(create_box(comm, plate), 0, plate.columns)
    domain = move_nodes(domain, 1, plate.rows)
    model = Model(config, domain)
    loading = Loading(config.loading, model.top)
    problem = Problem(comm, [loading, Staggered(model)], state=model.state, what="fracture")
    energies = Amounts(
        {
            "elastic_energy [J/m]": fem.form(model.elastic_energy),
            "fracture_energy [J/m]": fem.form(model.fracture_energy),
        }
    )
    return Setup(
        problem,
        [Pull(model), energies, SolverEffort(("sweeps", "newton_iterations", "running"))],
        [FieldFile("cell", (model.d,)), FieldFile("u", (model.u,))],
        [Layout.of(domain, model.state.scalar_space)],
    )
