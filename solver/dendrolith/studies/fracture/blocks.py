"""What advances a plate: the ramp, and then displacement and damage in turn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import integral
from dendrolith.schemes.alternating import RUNNING, Alternating, refuse_created
from dendrolith.schemes.block import Block
from dendrolith.schemes.march import CHANGE_TOLERATED
from dendrolith.schemes.report import Report
from dendrolith.solvers.bounded import BoundedSolver
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.solvers.options import reused_factors
from dendrolith.studies.fracture.model import Model
from dendrolith.studies.fracture.schema import Ramp

FloatArray = npt.NDArray[np.float64]

# A residual of the damage of this part of G_c h, the force of a node, counts as zero.
NEGLIGIBLE = 1e-9
UNIT_STRAIN = 1e-3  # pressure over E at which the compliance is found
KEPT = ("_stored", "_force", "_place")


class Loading(Block):
    """Moves the top, or fills the crack, as the law of time says.

    Args:
        law: displacement or volume over time.
        target: displacement of the top [m], or volume in the crack of the mesh [m²].
        part: of what the law gives [1].

    Attributes:
        time: reached [s].
    """

    name = "loading"

    def __init__(self, law: Ramp, target: fem.Constant, part: float = 1.0) -> None:
        self._law, self._target, self._part = law, target, part
        self.time = self._accepted = 0.0

    def _go_to(self, time: float) -> None:
        self.time = time
        self._target.value = self._part * self._law.place(time)

    def advance(self, dt: float) -> Report:
        """Go on by what `dt` [s] brings."""
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


class Equilibrium:
    """Equilibrium at fixed damage, at the place of the load: of the top, or volume in the crack.

    A volume is met by the pressure p = (V − V₀)/C: V₀ without pressure, C the volume over it.

    Args:
        model: the plate.
    """

    def __init__(self, model: Model) -> None:
        self._model, self._pulled = model, model.config.loading.rate is not None
        self._pressed_outside = bool(model.config.loading.stack_pressure)
        u, v = model.u, ufl.TestFunction(model.u.function_space)
        balance = ufl.derivative(model.elastic_energy - model.work, u, v)
        stiffness = fem.form(ufl.derivative(balance, u))
        mesh = u.function_space.mesh
        options = reused_factors(mesh.comm.size, mesh.geometry.dim)
        self._solver = ElasticSolver(u, fem.form(balance), stiffness, model.supports, options)
        self._volume, self._force = fem.form(model.volume), fem.form(model.force)
        self._unit = UNIT_STRAIN * model.config.solid.young_modulus
        self._closed: FloatArray | None = None  # u without the unit, and by it, as last found
        self._opened: FloatArray | None = None

    def solve(self) -> None:
        """Solve for the displacement, and for the pressure where a volume is given.

        Raises:
            SolverDiverged: the linear solver gave up.
        """
        model, u = self._model, self._model.u.x.array
        if self._pulled:
            self._solver.solve()
            return
        without, closed = np.zeros_like(u), 0.0
        if self._pressed_outside:
            model.pressure.value = 0.0
            u[:] = u if self._closed is None else self._closed
            self._solver.solve()
            without, closed = u.copy(), integral(self._volume)
        model.pressure.value = self._unit
        u[:] = u if self._opened is None else without + self._opened
        self._solver.solve(other_load_alone=self._pressed_outside)
        opened = integral(self._volume) - closed
        part = (float(model.target.value) - closed) / opened
        model.compliance = model.halves * opened / self._unit
        self._closed, self._opened = without, u - without
        u[:] = without + part * self._opened
        model.pressure.value = part * self._unit

    def end_step(self) -> None:
        """The next step begins with what a restart has."""
        self._closed = self._opened = None
        self._solver.end_step()

    def load(self) -> tuple[float, float]:
        """Force on the top [N/m] and its place [m]; or pressure [Pa] and volume [m²]."""
        place = float(self._model.target.value)
        if self._pulled:
            return integral(self._force), place
        return float(self._model.pressure.value), place

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._solver.destroy()


class Staggered(Block):
    """Equilibrium at fixed damage and damage at fixed displacement, until both hold.

    Each lowers Ψ less the work of what presses on the plate. What is stored at the end of a step
    is at most what was stored before it and the work done, or the step is taken back: with the
    damage of the last step held, the force is linear in the place of the load, and what the damage
    changes from there only lowers it. Damage stays between its values at the last accepted step
    and 1.

    A crack that jumps changes the damage by 1 at any step: the step is made short first, so that
    the load of the jump is known, and then taken. A crack that still runs after the last sweep goes
    on in the next step (count `running`).

    Args:
        model: the plate.
    """

    name = "fracture"

    def __init__(self, model: Model) -> None:
        config = model.config
        self._model, self._settings, self._time = model, config.staggering, config.time
        d = model.d
        z = ufl.TestFunction(d.function_space)
        growth = ufl.derivative(model.elastic_energy + model.fracture_energy - model.work, d, z)
        self._equilibrium = Equilibrium(model)
        self._energy = fem.form(model.elastic_energy + model.fracture_energy)
        # at the last accepted step; what presses outside has its energy in what is stored
        self._stored = self._force = self._place = 0.0
        self._now = (0.0, 0.0, 0.0)  # the same of the step just attempted
        self._damage = BoundedSolver(
            d, fem.form(growth), fem.form(ufl.derivative(growth, d)),
            lower=model.lower, upper=model.upper, what="damage", prefix="damage_",
            negligible=NEGLIGIBLE * config.damage.toughness * config.geometry.mesh_size,
        )  # fmt: skip
        self._sweeps = Alternating(
            d, model.lower, model.upper, self._damage, self._equilibrium.solve, model.opening.find,
            lambda: integral(self._energy), self._settings, self._work,
        )  # fmt: skip
        self._stack_work, self._worked = fem.form(model.stack_work), 0.0
        self._before = d.x.array.copy()

    def start(self, dt: float) -> None:
        """The profile of the notch without load."""
        self._balance(jumps=True)
        self._now = (self._potential(), *self._equilibrium.load())
        self._keep()

    def advance(self, dt: float) -> Report:
        """Find displacement and damage at the present load.

        Raises:
            SolverDiverged: the damage changes too much for this step, does not settle, or energy
                comes from nowhere.
        """
        self._before[:] = self._model.d.x.array
        jumps = dt <= self._time.jump_step * (1 + 1e-9)
        counts = self._balance(jumps=jumps)
        self._check_energy()
        change = self._sweeps.change(self._before)
        return Report(min(change, self._time.max_change) if jumps else change, numbers=counts)

    def _balance(self, *, jumps: bool) -> dict[str, float]:
        """Sweep until the damage stays, or a crack that jumps has run enough; returns counts."""
        allowed = CHANGE_TOLERATED * self._time.max_change

        def work() -> None:
            force, place = self._equilibrium.load()
            self._done = (force + self._force) / 2 * (place - self._place)

        def look() -> None:
            self._may_stop()
            if not jumps and self._sweeps.change(self._before) > allowed:
                raise SolverDiverged("damage", "would change too much in one step")

        counts = self._sweeps.balance(work, look)
        if counts[RUNNING] and not jumps:
            raise SolverDiverged("damage", f"does not settle in {self._settings.sweeps} sweeps")
        return counts

    def _work(self) -> float:
        """Of what presses on the plate since the last call; top or volume are held [J/m]."""
        before, self._worked = self._worked, integral(self._stack_work)
        return self._worked - before

    def _potential(self) -> float:
        """Ψ less the work of what presses on the plate [J/m] (collective)."""
        return integral(self._energy) - integral(self._stack_work)

    def _check_energy(self) -> None:
        """Compare what is stored with what was, and with the work on the damage as it was."""
        self._now = (self._potential(), *self._equilibrium.load())
        excess = self._now[0] - self._stored - self._done
        refuse_created("fracture", excess, integral(self._energy))

    def _keep(self) -> None:
        self._stored, self._force, self._place = self._now

    def accept(self) -> None:
        """What is broken stays broken."""
        self._keep()
        self._model.keep_damage()
        self._equilibrium.end_step()

    def reject(self) -> None:
        """Factors are made anew."""
        self._equilibrium.end_step()

    def save(self) -> CheckpointData:
        """Energy, force and place of the last accepted step."""
        return numbers_of(self, KEPT)

    def restore(self, data: CheckpointData) -> None:
        """The damage is that of the checkpoint."""
        set_numbers(self, KEPT, data)
        self._model.keep_damage()

    def close(self) -> None:
        """Free the PETSc objects."""
        self._equilibrium.destroy()
        self._damage.destroy()
