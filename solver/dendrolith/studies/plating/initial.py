"""Initial fields: lithium from its shape, pores from theirs, relaxed by Cahn–Hilliard."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from dendrolith.core.parallel import on_root
from dendrolith.core.sections import present
from dendrolith.domain.extents import beyond
from dendrolith.fields.measures import Measures
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.fracture import Fracture
from dendrolith.shapes.earlier import EarlierLithium, turned
from dendrolith.shapes.pieces import Piece
from dendrolith.shapes.placing import Layer, random_spheres
from dendrolith.shapes.protrusions import Foil, Protrusions
from dendrolith.shapes.shape import Shape, difference, filled_profile, union, wall_profile
from dendrolith.shapes.spheres import Spheres
from dendrolith.studies.plating.earlier_cracks import (
    LITHIUM,
    middle_of,
    read_earlier,
    take_cracks,
)
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.pore_image import describe_pores, read_pores
from dendrolith.studies.plating.pores import relax_pores
from dendrolith.studies.plating.reference_place import add_wire, refuse_misplaced
from dendrolith.studies.plating.schema import Config, Geometry, Pores
from dendrolith.studies.plating.seeds import put_cracks

logger = logging.getLogger(__name__)


def initialise(model: Model) -> None:
    """Fill ξ and ρ of the cell (collective)."""
    config, f = model.config, model.f
    fill_lithium(f.xi, config)
    f.rho.x.array[:] = 1.0
    for pores in present(config, Pores):
        fill_pores(f.rho, model.m, model.nodal_volume, config, pores)
    for broken, law in zip(model.laws.damages, present(config, Fracture), strict=True):
        put_cracks(broken.d, config.seed_cracks, law, config.geometry)
    for openings in model.laws.openings:
        openings.fitting.x.array[:] = f.xi.x.array
    take_cracks(model.laws, config)
    for reference in present(config, ReferenceElectrode):
        delta = config.lithium_metal.interface_width
        refuse_misplaced(reference, f.xi, f.rho, delta)
        add_wire(f.xi, reference, delta)
    f.begin()


def fill_lithium(xi: fem.Function, config: Config) -> None:
    """The foil and its protrusions with their profile, pieces, and what an earlier run has left.

    Raises:
        ConfigError: the file of that run cannot be used, on all ranks.
    """
    lithium = initial_lithium(config.geometry, config.protrusions, config.lithium_pieces)
    delta = config.lithium_metal.interface_width
    xi.interpolate(lambda x: filled_profile(lithium.distance(x), delta))
    for chosen in present(config, EarlierLithium):
        _add_earlier(xi, chosen, config)


def _add_earlier(xi: fem.Function, chosen: EarlierLithium, config: Config) -> None:
    """The lithium of a run, the middle of its electrolyte in the middle of this one."""
    comm = xi.function_space.mesh.comm
    points, values = on_root(comm, lambda: read_earlier(Path(chosen.file), config))
    x = xi.function_space.tabulate_dof_coordinates().T
    there = turned(chosen, points, values[LITHIUM][:, None], middle_of(config), x)[:, 0]
    there *= beyond(x[0], config.geometry.lithium_thickness)
    np.maximum(xi.x.array, there, out=xi.x.array)


def fill_pores(
    rho: fem.Function, m: Measures, volume: PETSc.Vec, config: Config, pores: Pores
) -> None:
    """Place the pores of a cell and relax their walls (collective).

    Args:
        rho: scalar P1, receives ρ.
        m: measures.
        volume: of each node [m³, in 2-D m²].
        config: of the cell.
        pores: its section.

    Raises:
        ConfigError: the pores do not fit, their walls are too wide, or the picture cannot be used.
    """
    lithium = initial_lithium(config.geometry, config.protrusions, config.lithium_pieces)
    comm, width = rho.function_space.mesh.comm, pores.walls.wall_width
    shape, content = place_pores(comm, config.geometry, pores, lithium)
    rho.interpolate(lambda x: wall_profile(shape.distance(x), width))
    relax_pores(rho, m, volume, pores.walls, content)


def initial_lithium(
    geometry: Geometry, protrusions: Protrusions | None, pieces: tuple[Piece, ...] = ()
) -> Shape:
    """The foil, what stands on it, and pieces away from it."""
    foil = Foil(geometry.lithium_thickness, geometry, protrusions)
    return union(foil, *(piece.shape_in(geometry) for piece in pieces))


def place_pores(
    comm: MPI.Comm, geometry: Geometry, pores: Pores, lithium: Shape
) -> tuple[Shape, float]:
    """Random pores, or those of a picture where they are not lithium (collective).

    Returns:
        The pores, and their volume [m³, in 2-D m²].

    Raises:
        ConfigError: the pores do not fit, or the picture cannot be used, on all ranks.
    """
    if pores.image is None:
        spheres = random_pores(geometry, pores, lithium)
        log_pores(spheres, pores.diameter_spread)
        electrolyte = geometry.electrolyte_thickness * geometry.face_area
        return spheres, pores.spheres.fraction * electrolyte
    phase = on_root(comm, lambda: read_pores(geometry, pores))
    first, *notes = describe_pores(phase, pores)
    logger.info("  pores      %s", first)
    for note in notes:
        logger.info("  %s", note)
    return difference(phase, lithium), phase.area_outside(lithium)


def random_pores(geometry: Geometry, pores: Pores, lithium: Shape) -> Spheres:
    """Random round pores in the electrolyte, clear of lithium and of the sides.

    Raises:
        ConfigError: the cell is too small for the fraction and size, or the pores do not fit.
    """
    layer = Layer(geometry, geometry.lithium_thickness, geometry.electrolyte_thickness)
    return random_spheres(pores.spheres, layer, 1.5 * pores.walls.wall_width, lithium)


def log_pores(pores: Spheres, wanted_spread: float) -> None:
    """Log what the few pores of a small cell make of the wanted spread."""
    mean, spread = 2 * pores.radii.mean(), pores.radii.std() / pores.radii.mean()
    logger.info(
        "  pores      %d, mean %.3g um, spread %.2g (wanted %.2g; the fraction of their "
        "contours is exact)",
        len(pores.radii),
        1e6 * mean,
        spread,
        wanted_spread,
    )
