"""Damage of the electrolyte (AT1 or AT2): alternate minimisation beside the growth of lithium.

    Ψ = ∫ g ψ⁺ + ψ⁻ + (G_c/c_w)[w(d)/ℓ + ℓ|∇d|²] − ∫p(−u·∇d) − work of the stack pressure
    min over u, and over d between that of the last step and its largest;  d = 0 in foil and pores

The split is that of each corner of a cell, where the energy is taken: the eigenstrain of lithium
differs among them, and with one sign of tr ε for all Ψ would jump where a cell opens.

g multiplies the mixture of all phases: lithium in a crack is not bonded, it pushes and does not
pull. Where stress is solved anew, or lithium presses, displacement and damage are solved in turn at
the lithium of that solve until both stay. What damage changes there only lowers Ψ; more than
`alternating.CREATED` of it from nowhere, and the step is taken back. A crack that still runs after
the last sweep goes on in the next step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import integral
from dendrolith.domain.extents import beyond
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.nodal import solid
from dendrolith.physics.griffith import line_crack_pressure
from dendrolith.schemes.alternating import (
    RUNNING,
    SWEEPS,
    Alternating,
    Opening,
    refuse_created,
    settle,
)
from dendrolith.schemes.block import NOTHING, Block
from dendrolith.schemes.report import Report
from dendrolith.schemes.staggering import Staggering
from dendrolith.solvers.bounded import BoundedSolver
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.crack_nodes import CrackWays
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.lithium_pressure import CrackPressure
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.stress import Stress

# Error of d that counts as zero: to PETSc, so close to its bound a value is at its bound.
NEGLIGIBLE = 1e-8
SETTLED = Staggering(tolerance=2e-3)
PRESSURE_STEP = 0.1
PLACINGS = 4  # of a platen or frame at the start: each with cracks as the last one has left them
SUDDEN = 0.5  # change of damage in a step that is told as an unstable event


class Damage(Block):
    """Advances d and, with it, the displacement.

    Args:
        laws: of the cell, damage among them.
        config: the input.
        nodal_volume: of each node [m³, in 2-D m²].
        stress: of the cell; it solves for the displacement.
        ways: of lithium in cracks; empty without.
        pressures: of lithium in cracks; empty without.
        access: of lithium, which cracks open.
    """

    name = "damage"

    def __init__(
        self,
        laws: Laws,
        config: Config,
        nodal_volume: PETSc.Vec,
        stress: Stress,
        ways: Sequence[CrackWays],
        pressures: Sequence[CrackPressure],
        access: PoreAccess,
    ) -> None:
        (broken,) = laws.damages
        self._d, self._stress, self._access, self._ways = broken.d, stress, access, ways
        self._carried = broken.carried
        self._pressures, mechanics, m = pressures, stress.mechanics, laws.m
        self._mechanics, self._f, self._config = mechanics, laws.f, config
        space, law, u = broken.d.function_space, broken.law, laws.f.u
        self._sound, self._most = fem.Function(space), fem.Function(space)
        # vertex quadrature, as all terms without gradients: bounds are then not overshot
        local, gradient = law.local_energy(broken.d), law.gradient_energy(broken.d)
        for factor in laws.toughness_factors:
            local, gradient = factor * local, factor * gradient
        stored = mechanics.elastic_energy + local * m.nodes + gradient * m.dx
        residual = ufl.derivative(stored - sum(broken.works(u, m.dx)), broken.d)
        self._energy, self._load = fem.form(stored), fem.form(mechanics.work)
        self._works = [fem.form(work) for work in broken.works(u, m.dx)]
        self._law, self._area = in_numbers(law), fem.form(law.surface_density(broken.d) * m.dx)
        self._limit = largest(broken.d, config, self._law.length, access.sound)
        scale = float(law.toughness) / float(law.length) * nodal_volume.norm()
        self._solver = BoundedSolver(
            broken.d,
            fem.form(residual),
            fem.form(ufl.derivative(residual, broken.d)),
            lower=self._sound,
            upper=self._most,
            what="damage of the electrolyte",
            prefix="damage_",
            negligible=NEGLIGIBLE * scale,
        )
        grows = ufl.conditional(ufl.ge(mechanics.trace, 0.0), 1.0, 0.0)
        points = compat.interpolation_points(broken.opens.function_space)
        self._opening = Opening(broken.opens, fem.Expression(grows, points), [broken.d])
        self._sweeps = Alternating(
            broken.d,
            self._sound,
            self._most,
            self._solver,
            self._equilibrium,
            self._opening.find,
            lambda: integral(self._energy),
            SETTLED,
            self._work,
        )
        self._worked = 0.0  # load at the last call of `_work`, and what pressures opened
        self._opened: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] = []
        self._seen = self._seen_accepted = -1
        self._before = (0.0, 0.0)  # energy stored and work of the loads with the damage as it was

    def start(self, dt: float) -> None:
        """Profiles of the cracks that are there from the start."""
        for way in self._ways:
            way.fill(anew=True)
        self._access.refresh()
        self._prepare(dt)
        least = (self._d.x.array >= 1).astype(float)
        for carried in self._carried:
            np.maximum(least, np.where(self._access.sound == 0, 0.0, carried), out=least)
        self._find(least)
        for _ in range(PLACINGS if self._stress.side.held else 0):
            self._stress.side.place_again()
            self._stress.renew()
            self._find(least)

    def advance(self, dt: float) -> Report:
        """Break what stress and lithium break.

        Raises:
            SolverDiverged: no minimum was found, or energy comes from nowhere.
        """
        for way in self._ways:
            way.fill()
        self._prepare(dt)
        if self._seen == self._mechanics.solved and not self._pressures:
            return NOTHING
        before = self._d.x.array.copy()
        counts = self._find(before)
        sudden = float(self._sweeps.change(before) > SUDDEN)
        change = max((p.rise / self._largest_rise() for p in self._pressures), default=0.0)
        change *= self._config.time.max_change
        return Report(change, numbers={**counts, "unstable_events": sudden})

    def _prepare(self, dt: float) -> None:
        for pressure in self._pressures:
            pressure.prepare(dt)

    def find_fronts(self) -> None:
        """Where lithium may go into openings in a step (collective)."""
        for pressure in self._pressures:
            pressure.find_fronts()

    def _largest_rise(self) -> float:
        """That a step aims at: a tenth of the pressure that opens all cracks as one [Pa]."""
        law, electrolyte = self._law, self._config.materials.electrolyte
        half = max(integral(self._area) / 2, law.length)
        modulus = electrolyte.young_modulus / (1 - electrolyte.poisson_ratio**2)
        return PRESSURE_STEP * line_crack_pressure(modulus, law.toughness, half)

    def _find(self, least: npt.NDArray[np.float64]) -> dict[str, float]:
        """Displacement, pressure and damage between `least` and its limit."""
        self._sound.x.array[:] = least
        limit = np.where(solid(self._f.rho.x.array) < 0.5, 0.0, self._limit)
        self._most.x.array[:] = np.maximum(limit, least)
        np.clip(self._d.x.array, least, self._most.x.array, out=self._d.x.array)
        counts = self._sweeps.balance(
            self._loaded, self._may_stop, in_equilibrium=not self._pressures
        )
        self._check_energy()
        self._stress.renew()
        self._access.refresh()
        for pressure in self._pressures:
            pressure.settle(self._stress)
        self._seen = self._mechanics.solved
        return {name: counts[name] for name in (SWEEPS, RUNNING)}

    def _equilibrium(self) -> None:
        """Displacement, and pressures that follow from it, at the present damage."""
        following = [p for p in self._pressures if not p.imposed]
        for pressure in following:
            pressure.solve(self._stress)
        if not following:
            settle(self._f.u, self._solve, self._opening.look, self._potential)

    def _solve(self) -> None:
        self._stress.solve()

    def _potential(self) -> float:
        """Ψ as the displacement has it [J, in 2-D J/m] (collective)."""
        return integral(self._energy) - integral(self._load) - sum(map(integral, self._works))

    def _loaded(self) -> None:
        """Equilibrium with the damage as it was."""
        self._before = integral(self._energy), integral(self._load)
        for pressure in self._pressures:
            pressure.hold_reference()

    def _work(self) -> float:
        """Of the loads and of lithium since the last call [J, in 2-D J/m] (collective)."""
        load = integral(self._load)
        done = load - self._worked
        done += sum(p.work(since) for p, since in zip(self._pressures, self._opened, strict=False))
        self._worked, self._opened = load, [p.present() for p in self._pressures]
        return done

    def _check_energy(self) -> None:
        """What is stored grows by no more than the work that is done while damage changes."""
        energy, load = integral(self._energy), integral(self._load)
        work = load - self._before[1] + sum(pressure.work() for pressure in self._pressures)
        refuse_created("damage", energy - self._before[0] - work, energy)

    def accept(self) -> None:
        """What is broken stays broken."""
        self._seen_accepted = self._seen

    def reject(self) -> None:
        """Back to the last accepted step."""
        self._seen = self._seen_accepted
        self._access.refresh()
        for pressure in self._pressures:
            pressure.reject()

    def save(self) -> CheckpointData:
        """What the pressures keep."""
        return CheckpointData.join({p.name: p.save() for p in self._pressures})

    def restore(self, data: CheckpointData) -> None:
        """Damage and displacement are those of the checkpoint, in equilibrium."""
        self._access.refresh()
        for pressure in self._pressures:
            pressure.restore(data.part(pressure.name), self._stress)
        self._seen = self._seen_accepted = self._mechanics.solved

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()


def largest(
    d: fem.Function, config: Config, length: float, sound: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Largest damage of each node: none in foil, separators and near a side that is pressed.

    Cracks that are there from the start may begin at the foil.

    Args:
        d: damage.
        config: the input.
        length: ℓ [m].
        sound: access that cracks may open; 0: separators.
    """
    x, geometry = d.function_space.tabulate_dof_coordinates()[:, 0], config.geometry
    inner = 2 * length - 1e-9 * geometry.length  # nodes at 2ℓ may break, whatever their round-off
    held = (x < inner) | (x > geometry.length - inner)
    foil = ~beyond(x, geometry.lithium_thickness)
    limit: npt.NDArray[np.float64] = np.where(held | foil | (sound == 0), 0.0, 1.0)
    return limit
