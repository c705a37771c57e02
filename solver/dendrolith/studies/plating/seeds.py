"""Cracks that are there from the start: whole cells, with the profile of damage beside them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from dolfinx import fem, la

from dendrolith.fields.sampling import Sampler
from dendrolith.physics.fracture import AT1, Fracture
from dendrolith.shapes.seed_crack import SeedCrack
from dendrolith.studies.plating.schema import Geometry

FloatArray = npt.NDArray[np.float64]

FINE = 8  # points of a line in a mesh size
ASIDE = 1e-3  # of a mesh size: a line along edges goes through the cells on its left


def put_cracks(
    d: fem.Function, seeds: tuple[SeedCrack, ...], law: Fracture, geometry: Geometry
) -> None:
    """Break the cells that the lines go through; beside them d is that of a crack (collective).

    Only the cells' corners have d = 1 exactly.
    """
    space, h = d.function_space, geometry.mesh_size
    x = space.tabulate_dof_coordinates()
    for seed in seeds:
        distance = np.maximum(seed.line_in(geometry).distance(x.T) - h / 2, 0) / law.length
        beside = np.maximum(1 - distance / 2, 0) ** 2 if law.model == AT1 else np.exp(-distance)
        np.maximum(d.x.array, np.minimum(beside, 1 - 1e-9), out=d.x.array)
        broken = _corners(space, seed, geometry)
        d.x.array[broken.x.array > 0] = 1.0


def _corners(space: fem.FunctionSpace, seed: SeedCrack, geometry: Geometry) -> fem.Function:
    """Above 0 at the corners of the cells on the line, on all ranks that hold them."""
    broken = fem.Function(space)
    sampler = Sampler.at(space, _points(seed, geometry))
    broken.x.array[sampler.nodes] = 1.0
    broken.x.scatter_reverse(la.InsertMode.add)
    broken.x.scatter_forward()
    return broken


def _points(seed: SeedCrack, geometry: Geometry) -> FloatArray:
    """(n, 3) points along the line [m]."""
    found = []
    for start, end in pairwise(np.array([point.coordinates for point in seed.through])):
        way = end - start
        length = float(np.linalg.norm(way))
        count = max(int(np.ceil(FINE * length / geometry.mesh_size)), 1)
        aside = ASIDE * geometry.mesh_size / length * np.array([-way[1], way[0], 0.0])
        parts = (np.arange(count) + 0.5) / count
        found.append(start + parts[:, None] * way + aside)
    points = np.concatenate(found)
    room = np.append(np.array(geometry.extents), np.zeros(3 - len(geometry.extents)))
    clipped: FloatArray = np.clip(points, 0.0, room)
    return clipped
