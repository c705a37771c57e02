"""Initial fields: lithium from its shape, pores from theirs, relaxed by Cahn–Hilliard."""

from __future__ import annotations

import logging

from dendrolith.schemes.cahn_hilliard import PoreSolver
from dendrolith.shapes.protrusions import InitialLithium
from dendrolith.shapes.spheres import Balls, random_pores
from dendrolith.studies.plating.cell import Cell

logger = logging.getLogger(__name__)

RELAXATION_STEPS = 10
RELAXATION_TIME = 0.1  # in δ_ρ²/(M W_ρ): walls find their profile, nothing coarsens


def initialise(cell: Cell) -> None:
    """Fill ξ, ρ and the collector's potential of the cell's state."""
    config, state = cell.config, cell.state
    lithium = InitialLithium(config.geometry, config.protrusions)
    delta = config.lithium_metal.interface_width
    state.xi.interpolate(lambda x: lithium.order_parameter(x, delta))
    if config.pores is None:
        state.rho.x.array[:] = 1.0
    else:
        pores = random_pores(config.geometry, config.pores, lithium.distance)
        _tell(pores, config.pores.diameter_spread)
        state.rho.interpolate(lambda x: pores.order_parameter(x, config.pores.walls.wall_width))
        relax_pores(cell)
    state.start()


def _tell(pores: Balls, wanted_spread: float) -> None:
    """Say what the few pores of a small cell make of the wanted spread."""
    mean, spread = 2 * pores.radii.mean(), pores.radii.std() / pores.radii.mean()
    logger.info(
        "  pores      %d, mean %.3g um, spread %.2g (wanted %.2g; fraction and mean of their "
        "contours are exact)",
        len(pores.radii), 1e6 * mean, spread, wanted_spread,
    )  # fmt: skip


def relax_pores(cell: Cell) -> None:
    """Let the pore walls find their profile before the run; with M = 1 as nothing has a clock."""
    assert cell.config.pores is not None
    walls = cell.config.pores.walls
    solver = PoreSolver(cell, M=1.0)
    for _ in range(RELAXATION_STEPS):
        solver.advance(RELAXATION_TIME / RELAXATION_STEPS * walls.wall_width**2 / walls.W_rho)
    solver.destroy()
