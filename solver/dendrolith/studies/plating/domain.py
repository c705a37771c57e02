"""The domain of a plating cell."""

from __future__ import annotations

import logging

from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.domain.distribute import distribute
from dendrolith.domain.domain import Domain
from dendrolith.domain.simplices import SimplexMesh
from dendrolith.studies.plating.mesh import describe_mesh, read_cell_mesh
from dendrolith.studies.plating.schema import Geometry

logger = logging.getLogger(__name__)


def create_domain(comm: MPI.Comm, geometry: Geometry) -> Domain:
    """Structured box, or the mesh file of the geometry (collective).

    Raises:
        ConfigError: the file cannot be used, on all ranks.
    """
    if geometry.mesh_file is None:
        return create_box(comm, geometry)
    return distribute(comm, lambda: _read(geometry))


def _read(geometry: Geometry) -> SimplexMesh:
    mesh = read_cell_mesh(geometry)
    first, *notes = describe_mesh(mesh, geometry)
    logger.info("  mesh       %s", first)
    for note in notes:
        logger.info("  %s", note)
    return mesh
