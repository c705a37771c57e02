"""What surrounds the reaction in a step: pores, stress, noise and ionic access."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import Memory
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import global_max
from dendrolith.core.profile import timed
from dendrolith.fields.seeded_noise import WhiteNoise
from dendrolith.physics.kinetics import EXPONENT_BOUND
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.schemes.cahn_hilliard import PoreSolver
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.stress import Stress


class Surroundings:
    """Advanced before the lithium in every step, staggered with it.

    Attributes:
        access: (n_owned,) a(ρ) at the nodes [1].
    """

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        config, space = cell.config, cell.state.scalar_space
        self._owned = space.dofmap.index_map.size_local
        self._stress = Stress(cell) if cell.mechanics is not None else None
        evolution = config.pores.evolution if config.pores is not None else None
        self._pores = PoreSolver(cell, evolution.mobility) if evolution is not None else None
        self._noise = (
            WhiteNoise(cell.cell_mesh, space, config.noise.seed)
            if config.noise is not None
            else None
        )
        self._step = 0
        self._nodal, points = fem.Function(space), compat.interpolation_points(space)
        self._access = fem.Expression(cell.access(), points)
        self._overpotential = fem.Expression(cell.overpotential(cell.state.phi), points)
        self._per_node = np.sqrt(_with_ghosts(cell))
        self.access = self._evaluate_access()

    @property
    def longest_step(self) -> float:
        """Largest step that the pores allow [s]; inf where they are frozen."""
        return self._pores.longest_step if self._pores is not None else math.inf

    @property
    def fallbacks(self) -> int:
        """Times the stress had to be solved directly."""
        return self._stress.fallback.uses if self._stress is not None else 0

    def advance(self, dt: float) -> None:
        """Let the pores evolve for `dt` [s] and draw the noise of the step.

        Raises:
            SolverDiverged: a solve failed.
        """
        if self._pores is not None:
            with timed("pores"):
                self._pores.evolve(dt)
            self.access = self._evaluate_access()
        if self._noise is not None:
            zeta = self._noise.draw(self._step) / (self._per_node * np.sqrt(dt))
            self._cell.state.zeta.x.array[:] = zeta

    def update_stress(self, xi: fem.Function, dt: float = 0.0) -> int:
        """Bring the stress up to date with `xi`; returns the Krylov iterations it took.

        Args:
            xi: where lithium is.
            dt: the step for which `state.rate` says where it goes [s].

        Raises:
            SolverDiverged: the solve failed.
        """
        if self._stress is None:
            return 0
        with timed("stress"):
            return self._stress.update(xi, dt)

    def accept(self) -> None:
        """The next step draws new noise."""
        self._step += 1

    def reject(self) -> None:
        """The state is back at the last accepted step (collective)."""
        if self._stress is not None:
            self._stress.reject()
        if self._pores is not None:
            self.access = self._evaluate_access()

    def remember(self) -> Memory:
        """Which noise comes next, and the platen."""
        parts = {"noise": Memory(numbers={"step": self._step})}
        if self._stress is not None:
            parts["stress"] = self._stress.remember()
        return Memory.join(parts)

    def recall(self, memory: Memory) -> None:
        """Take them back; access follows from the pores."""
        self._step = memory.part("noise").numbers["step"]
        if self._stress is not None:
            self._stress.recall(memory.part("stress"))
        self.access = self._evaluate_access()

    def _evaluate_access(self) -> npt.NDArray[np.float64]:
        self._nodal.interpolate(self._access)
        values: npt.NDArray[np.float64] = self._nodal.x.array[: self._owned].copy()
        return values

    def bounded_kinetics(self, cells: npt.NDArray[np.int32] | None = None) -> bool:
        """Is the continuation of the exponentials active where lithium reacts?

        Args:
            cells: some that have all nodes that react; None: all cells.
        """
        cell, state = self._cell, self._cell.state
        kinetics, threshold = cell.config.kinetics, cell.config.lithium_metal.metal_threshold
        xi = state.xi.x.array[: self._owned]
        reacting = (xi > threshold) & (xi < 1 - threshold) & (self.access > CLOSED_TO_LITHIUM)
        self._nodal.interpolate(self._overpotential, cells)
        eta = self._nodal.x.array[: self._owned]
        alpha = max(kinetics.transfer_coefficient, 1 - kinetics.transfer_coefficient)
        exponent = alpha * FARADAY * np.abs(eta) / (GAS_CONSTANT * kinetics.temperature)
        return global_max(cell.cell_mesh.comm, exponent[reacting]) > EXPONENT_BOUND

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._stress, self._pores):
            if thing is not None:
                thing.destroy()


def _with_ghosts(cell: Cell) -> npt.NDArray[np.float64]:
    """Nodal volumes of this rank, ghosts included."""
    nodal = fem.Function(cell.state.scalar_space)
    nodal.x.array[: cell.nodal_volume.getLocalSize()] = cell.nodal_volume.array
    nodal.x.scatter_forward()
    values: npt.NDArray[np.float64] = nodal.x.array.copy()
    return values
