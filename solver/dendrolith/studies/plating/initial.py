"""Initial fields: lithium from its shape, pores from theirs, relaxed by Cahn–Hilliard."""

from __future__ import annotations

import logging

from dendrolith.shapes.protrusions import InitialLithium
from dendrolith.shapes.spheres import Balls, random_pores
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.pores import relax_pores

logger = logging.getLogger(__name__)


def initialise(model: Model) -> None:
    """Fill ξ and ρ of the cell (collective)."""
    config, f = model.config, model.f
    lithium = InitialLithium(config.geometry, config.protrusions)
    delta = config.lithium_metal.interface_width
    f.xi.interpolate(lambda x: lithium.order_parameter(x, delta))
    f.rho.x.array[:] = 1.0
    if config.pores is not None:
        walls = config.pores.walls
        pores = random_pores(config.geometry, config.pores, lithium.distance)
        log_pores(pores, config.pores.diameter_spread)
        f.rho.interpolate(lambda x: pores.order_parameter(x, walls.wall_width))
        relax_pores(model, walls)
    f.begin()


def log_pores(pores: Balls, wanted_spread: float) -> None:
    """Log what the few pores of a small cell make of the wanted spread."""
    mean, spread = 2 * pores.radii.mean(), pores.radii.std() / pores.radii.mean()
    logger.info(
        "  pores      %d, mean %.3g um, spread %.2g (wanted %.2g; fraction and mean of their "
        "contours are exact)",
        len(pores.radii),
        1e6 * mean,
        spread,
        wanted_spread,
    )
