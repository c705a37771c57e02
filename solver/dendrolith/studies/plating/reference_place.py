"""Where a reference electrode may lie: in sound electrolyte, clear of lithium."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import largest_of_each
from dendrolith.fields.sampling import Sampler
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.shapes.shape import filled_profile

METAL = 0.5 - 1e-9  # a node on the contour, to round-off, is metal
ROUND_OFF = 1e-9

FloatArray = npt.NDArray[np.float64]


def refuse_misplaced(
    reference: ReferenceElectrode, xi: fem.Function, rho: fem.Function, delta: float
) -> None:
    """Refuse a reference electrode in lithium, within δ of it, or in a pore (collective).

    Raises:
        ConfigError: with the coordinates.
    """
    points = np.array([*reference.points(), *reference.outline()])
    space = xi.function_space
    at = Sampler.at(space, points).values([xi.x.array, rho.x.array])
    metal = space.tabulate_dof_coordinates()[xi.x.array >= METAL]
    distances = [np.linalg.norm(metal - point, axis=1).min(initial=np.inf) for point in points]
    nearest = -largest_of_each(space.mesh.comm, -np.array(distances))
    for point, (lithium, solid), distance in zip(points, at, nearest, strict=True):
        if lithium > 0.5:
            raise _misplaced(point, "in lithium")
        if distance <= (1 + ROUND_OFF) * delta:
            raise _misplaced(point, f"within an interface width, {1e6 * delta:.3g} um, of lithium")
        if solid < 0:
            raise _misplaced(point, "in a pore")


def add_wire(xi: fem.Function, reference: ReferenceElectrode, delta: float) -> None:
    """Put the lithium of a wire into ξ, with a profile of width δ [m]; nothing without a wire."""
    if not reference.wire:
        return
    profile = fem.Function(xi.function_space)
    profile.interpolate(lambda x: filled_profile(reference.distance(x), delta))
    np.maximum(xi.x.array, profile.x.array, out=xi.x.array)


def _misplaced(point: FloatArray, where: str) -> ConfigError:
    x, y, z = 1e6 * point
    place = f"({x:.4g}, {y:.4g}, {z:.4g}) um" if z else f"({x:.4g}, {y:.4g}) um"
    return ConfigError(f"reference_electrode: {place} lies {where}; move it")
