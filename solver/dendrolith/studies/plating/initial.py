"""Initial fields: lithium from its shape, pores from theirs, relaxed by Cahn–Hilliard."""

from __future__ import annotations

import logging

from dendrolith.schemes.cahn_hilliard import PoreSolver
from dendrolith.shapes.placing import Layer, random_spheres
from dendrolith.shapes.protrusions import Foil, Protrusions
from dendrolith.shapes.shape import Shape, filled_profile, wall_profile
from dendrolith.shapes.spheres import Spheres
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.schema import Geometry, Pores

logger = logging.getLogger(__name__)

RELAXATION_STEPS = 10
RELAXATION_TIME = 0.1  # in δ_ρ²/(M W_ρ): walls find their profile, nothing coarsens


def initialise(cell: Cell) -> None:
    """Fill ξ, ρ and the collector's potential of the cell's state."""
    config, state = cell.config, cell.state
    lithium = initial_lithium(config.geometry, config.protrusions)
    delta = config.lithium_metal.interface_width
    state.xi.interpolate(lambda x: filled_profile(lithium.distance(x), delta))
    if config.pores is None:
        state.rho.x.array[:] = 1.0
    else:
        pores = random_pores(config.geometry, config.pores, lithium)
        _tell(pores, config.pores.diameter_spread)
        width = config.pores.walls.wall_width
        state.rho.interpolate(lambda x: wall_profile(pores.distance(x), width))
        relax_pores(cell)
    state.start()


def initial_lithium(geometry: Geometry, protrusions: Protrusions | None) -> Foil:
    """The foil and what stands on it."""
    return Foil(geometry.lithium_thickness, geometry, protrusions)


def random_pores(geometry: Geometry, pores: Pores, lithium: Shape) -> Spheres:
    """Random round pores in the electrolyte, clear of lithium and of the sides.

    Raises:
        ConfigError: the cell is too small for the fraction and size, or the pores do not fit.
    """
    layer = Layer(geometry, geometry.lithium_thickness, geometry.electrolyte_thickness)
    return random_spheres(pores.spheres, layer, 1.5 * pores.walls.wall_width, lithium)


def _tell(pores: Spheres, wanted_spread: float) -> None:
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
