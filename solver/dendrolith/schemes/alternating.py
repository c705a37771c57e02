"""Displacement and damage in turn: each solve lowers one energy, until both stay."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import all_agree, global_max
from dendrolith.schemes.anderson import Anderson
from dendrolith.schemes.report import LONG
from dendrolith.schemes.staggering import Staggering
from dendrolith.solvers.bounded import BoundedSolver
from dendrolith.solvers.newton import NEWTON

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]

SWEEPS, RUNNING = "sweeps", "running"
# Of `settle`: solves, part of a way, fall of the potential, its noise.
MOST_LOOKS, SHORTEST, SETTLED, ROUND_OFF = 40, 1e-3, 1e-7, 1e-12
CREATED = 1e-3  # part of the energy that a step may create
UNDECIDED = 10  # sweeps in which nothing but the sign of tr ε changes, or a cell's sign does


def nothing() -> None:
    """Nothing is looked at."""


def no_work() -> float:
    """Loads do none: a displacement or a volume is held."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Alternating:
    """Alternate minimisation of an energy of displacement and damage.

    Anderson's acceleration says how far damage goes in a sweep. Where that is uphill, by more than
    the tolerance of the energy, damage goes to the minimum of the sweep instead.

    Attributes:
        d: damage [1].
        lower, upper: its bounds [1].
        damage: solves for it at fixed displacement.
        equilibrium: solves for the displacement at fixed damage.
        find_opening: finds where the volume grows; returns whether that is so where it was. With
            `anew` a search begins.
        energy: Ψ [J, in 2-D J/m] (collective).
        settings: when both have settled.
        work: that loads have done since it was called last [J, in 2-D J/m] (collective).
    """

    d: fem.Function
    lower: fem.Function
    upper: fem.Function
    damage: BoundedSolver
    equilibrium: Callable[[], None]
    find_opening: Callable[..., bool]
    energy: Callable[[], float]
    settings: Staggering
    work: Callable[[], float] = no_work

    def balance(
        self,
        loaded: Callable[[], None] = nothing,
        swept: Callable[[], None] = nothing,
        *,
        in_equilibrium: bool = False,
    ) -> dict[str, float]:
        """Sweep until both stay, or a crack that jumps has run enough.

        Args:
            loaded: called in equilibrium with the damage of the beginning.
            swept: called after each solve for the damage; may raise.
            in_equilibrium: the displacement belongs to the damage and the loads already.

        Returns:
            The sweeps, the iterations of Newton's method, and 1 for `RUNNING` where it still runs.

        Raises:
            SolverDiverged: a solve failed.
        """
        counts = {SWEEPS: 0.0, NEWTON: 0.0, RUNNING: 0.0}
        if not (self.find_opening(anew=True) and in_equilibrium):
            self.equilibrium()
        loaded()
        self.work()
        energy, undecided, anderson = self.energy(), 0, self._acceleration()
        told = time.monotonic()
        while counts[SWEEPS] < self.settings.sweeps:
            counts[SWEEPS] += 1
            last = self.d.x.array.copy()
            counts[NEWTON] += self.damage.solve()[NEWTON]
            changed, minimum = self.change(last), self.d.x.array.copy()
            proposed = anderson.propose(last, minimum)
            np.clip(proposed, self.lower.x.array, self.upper.x.array, out=self.d.x.array)
            swept()
            told = self._tell(told, counts[SWEEPS], changed)
            same = self.find_opening()
            if same and changed == 0:
                return counts
            self.equilibrium()
            before, energy = energy, self.energy()
            allowed = self.settings.energy_tolerance * energy
            if energy - before - self.work() > allowed and anderson.accelerates:
                self.d.x.array[:] = minimum
                anderson.forget()
                same = self.find_opening()
                self.equilibrium()
                energy = self.energy()
                self.work()
            stays = abs(energy - before) <= self.settings.energy_tolerance * energy
            undecided = undecided + 1 if stays and changed < self.settings.tolerance else 0
            # a cell whose tr ε is 0 may open and close for ever, which moves no energy
            if undecided and (same or undecided > UNDECIDED):
                return counts
        counts[RUNNING] = 1.0
        return counts

    def _tell(self, told: float, sweeps: float, changed: float) -> float:
        """Say how far a long step is; returns when that was said last [s]."""
        now = time.monotonic()
        if now - told < LONG:
            return told
        most = self.settings.sweeps
        logger.info("  damage: %d of at most %d sweeps, moves by %.1g", sweeps, most, changed)
        return now

    def _acceleration(self) -> Anderson:
        space = self.d.function_space
        owned = space.dofmap.index_map.size_local
        return Anderson(space.mesh.comm, owned, self.settings.depth)

    def change(self, before: FloatArray) -> float:
        """Largest change of the damage since `before` [1] (collective)."""
        return global_max(self.d.function_space.mesh.comm, np.abs(self.d.x.array - before))


def refuse_created(what: str, excess: float, energy: float) -> None:
    """Refuse a step that stores more than was stored before and the work that was done.

    Args:
        what: is solved for.
        excess: how much more [J, in 2-D J/m].
        energy: what is stored [J, in 2-D J/m].

    Raises:
        SolverDiverged: it is more than `CREATED` of the energy.
    """
    if excess > CREATED * energy:
        raise SolverDiverged(what, f"{excess / energy:.1e} of the energy comes from nowhere")


def settle(
    u: fem.Function,
    solve: Callable[[], None],
    look: Callable[[], bool],
    potential: Callable[[], float],
) -> None:
    """Equilibrium together with what opens: Newton's method on a potential that is convex in `u`.

    While what opens is held, the potential is a parabola, and `solve` finds its lowest point. Where
    that is uphill once it is looked again, `u` goes half as far, and so on.

    Args:
        u: displacement.
        solve: finds it with what opens held (collective).
        look: finds what opens; returns whether that is as it was (collective).
        potential: energy less the work of the loads [J, in 2-D J/m] (collective).
    """
    look()
    lowest = potential()
    for _ in range(MOST_LOOKS):
        before = u.x.array.copy()
        solve()
        if look():
            return
        way, part, now = u.x.array - before, 1.0, potential()
        while now - lowest > ROUND_OFF * abs(lowest) and part > SHORTEST:
            part /= 2
            u.x.array[:] = before + part * way
            look()
            now = potential()
        if lowest - now <= SETTLED * abs(lowest):
            return
        lowest = now


class Opening:
    """Where the volume grows: there damage takes the stiffness against tr ε, and else not.

    Args:
        opens: values of each cell, at the points where its energy is taken; 1 there, else 0.
        trace: expression of 1 where tr ε ≥ 0, else 0.
        damage: where it is 0 stress is the same either way, and no change counts; else all counts.
    """

    def __init__(
        self, opens: fem.Function, trace: fem.Expression, damage: Sequence[fem.Function] = ()
    ) -> None:
        self._opens, self._trace, self._damage = opens, trace, damage
        self._flips = np.zeros(len(opens.x.array), dtype=np.int64)

    def find(self, *, anew: bool = False) -> bool:
        """Find it; returns whether it is so where it was (collective).

        In equilibrium tr ε of a cell may be 0, and then it opens and closes in turn. A cell that
        has changed `UNDECIDED` times since the search began `anew` stays as it is.
        """
        if anew:  # what was before the search counts for nothing: a restart may not have it
            self._flips[:] = 0
            return self.look()
        before = self._opens.x.array.copy()
        same = self.look(held=self._flips >= UNDECIDED)
        self._flips += before != self._opens.x.array
        return same

    def look(self, held: npt.NDArray[np.bool_] | None = None) -> bool:
        """Find it without counting changes; values that are `held` stay (collective)."""
        before = self._opens.x.array.copy()
        compat.interpolate(self._opens, self._trace)
        if held is not None:
            self._opens.x.array[held] = before[held]
        return self._same_as(before)

    def _same_as(self, before: FloatArray) -> bool:
        changed = (before != self._opens.x.array)[self._opens.function_space.dofmap.list]
        for d in self._damage:
            changed &= (d.x.array[d.function_space.dofmap.list] > 0).any(axis=1, keepdims=True)
        same = not changed.any()
        return all_agree(self._opens.function_space.mesh.comm, same)
