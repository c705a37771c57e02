"""Pores: relaxed once at the start, and evolving during plating where the input asks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from petsc4py import PETSc
from scipy.optimize import brentq

from dendrolith.core.errors import ConfigError
from dendrolith.fields.measures import Measures
from dendrolith.fields.volume_below import VolumeBelow
from dendrolith.physics.pores import PoreWalls
from dendrolith.schemes.block import Block
from dendrolith.schemes.cahn_hilliard import CahnHilliard
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.laws import Laws

ACCURATE_STEP = 0.1  # in δ_ρ²/(M W_ρ)
MAX_SUBSTEPS = 200
RELAXATION_STEPS = 10
DEEPEST = 1 - 1e-12  # |ρ| from which on a node is inside a pore or solid
FARTHEST = 1.0  # way of the contours, in δ_ρ/2
RELAXATION_TIME = 0.1  # in δ_ρ²/(M W_ρ): walls find their profile, nothing coarsens


def pore_walls(
    rho: fem.Function, m: Measures, volume: PETSc.Vec, walls: PoreWalls, M: float
) -> CahnHilliard:
    """The Cahn–Hilliard equation of ρ with mobility `M` [m⁵/(J s)]."""
    return CahnHilliard(
        rho,
        walls,
        M,
        m,
        volume,
        what="motion of the pore walls",
        prefix="pores_",
    )


def relax_pores(
    rho: fem.Function, m: Measures, volume: PETSc.Vec, walls: PoreWalls, wanted: float
) -> None:
    """Let the pore walls find their profile before the run, and their contours enclose `wanted`.

    M = 1, as nothing has a clock. Contours shrink on the way. All walls are then moved alike along
    their profile, ρ → tanh(artanh ρ + s), until ρ < 0 in the volume `wanted`.

    Args:
        rho: scalar P1, ρ of the sharp pores with their profile; receives the relaxed one.
        m: measures.
        volume: of each node [m³, in 2-D m²].
        walls: their free energy.
        wanted: volume of the pores [m³, in 2-D m²].

    Raises:
        ConfigError: the walls are too wide for that.
    """
    solver = pore_walls(rho, m, volume, walls, M=1.0)
    for _ in range(RELAXATION_STEPS):
        solver.advance(RELAXATION_TIME / RELAXATION_STEPS * walls.wall_width**2 / walls.W_rho)
    solver.close()
    enclosed = VolumeBelow(rho.function_space)
    place = np.arctanh(np.clip(rho.x.array, -DEEPEST, DEEPEST))

    def surplus(shift: float) -> float:
        return enclosed(np.tanh(place + shift)) / wanted - 1

    if not surplus(-FARTHEST) > 0 > surplus(FARTHEST):
        raise ConfigError(
            f"pores: walls of {1e6 * walls.wall_width:.3g} um leave contours of "
            f"{1 + surplus(0.0):.3g} times the volume of the pores: lower "
            "pores.walls.wall_width (and geometry.mesh_size with it)"
        )
    shift = brentq(surplus, -FARTHEST, FARTHEST, xtol=1e-14, rtol=1e-12)
    rho.x.array[:] = np.tanh(place + shift)


class EvolvingPores(Block):
    """Pore walls that move during plating, in steps that their profile can follow.

    The stabilised step is stable for any length, but slows walls down where it is long.

    Args:
        laws: of the cell.
        volume: of each node [m³, in 2-D m²].
        walls: their free energy.
        mobility: M [m⁵/(J s)].
        access: brought up to date with the walls.
    """

    name = "pores"

    def __init__(
        self,
        laws: Laws,
        volume: PETSc.Vec,
        walls: PoreWalls,
        mobility: float,
        access: PoreAccess,
    ) -> None:
        self._walls = pore_walls(laws.f.rho, laws.m, volume, walls, mobility)
        self._access = access
        W, kappa = float(walls.W_rho), float(walls.kappa_rho)
        self.relaxation_time = kappa * 8 / W / (mobility * W)

    @property
    def children(self) -> Sequence[Block]:
        """The equation of the walls."""
        return (self._walls,)

    @property
    def longest_step(self) -> float:
        """Step that takes `MAX_SUBSTEPS` [s]."""
        return MAX_SUBSTEPS * ACCURATE_STEP * self.relaxation_time

    def advance(self, dt: float) -> Report:
        """Let the walls move for `dt` [s].

        Raises:
            SolverDiverged: a linear solve failed.
        """
        substeps = math.ceil(dt / (ACCURATE_STEP * self.relaxation_time))
        fallbacks = 0.0
        for _ in range(substeps):
            fallbacks += self._walls.advance(dt / substeps).number("fallback_solves")
        self._access.update()
        return Report(numbers={"fallback_solves": fallbacks})
