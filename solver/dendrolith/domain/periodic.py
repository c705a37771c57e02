"""Sides that continue each other: the box with its opposite sides joined in the topology.

The joined mesh has the cells and the geometry of the box; only its vertices on the far sides are
those of the near sides. So every function space on it is periodic, and nothing else has to know.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import cpp, mesh

from dendrolith.core.parallel import gather_everywhere

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def shortest(steps: FloatArray, periods: FloatArray) -> FloatArray:
    """(..., 3) steps from point to point, across joined sides where that is shorter [m]."""
    across = periods > 0
    around = np.round(steps[..., across] / periods[across])
    shorter = steps.copy()
    shorter[..., across] -= periods[across] * around
    return shorter


def wrapped(points: FloatArray, periods: FloatArray) -> FloatArray:
    """(..., 3) points moved by whole periods into the cell [m]."""
    across, inside = periods > 0, points.copy()
    inside[..., across] %= periods[across]
    return inside


def join_sides(
    box: mesh.Mesh, extents: tuple[float, ...], axes: tuple[int, ...]
) -> tuple[mesh.Mesh, IntArray]:
    """Join the sides of a box across some axes.

    Args:
        box: from the origin to `extents`, without ghost cells, at least three cells across.
        extents: lengths of its edges [m].
        axes: whose two sides are joined.

    Returns:
        The joined mesh, and for each node of its geometry the number that node had in the box as
        made, the same on any number of ranks and for all copies of a joined node.
    """
    topology, dim = box.topology, box.topology.dim
    topology.create_connectivity(dim, 0)
    topology.create_connectivity(0, dim)
    vertices = topology.index_map(0)
    count = vertices.size_local + vertices.num_ghosts
    nodes = mesh.entities_to_geometry(box, 0, np.arange(count, dtype=np.int32))[:, 0]
    keys, far = _near_places(box.geometry.x, extents, axes)
    own = np.arange(count) < vertices.size_local
    numbers = vertices.local_to_global(np.arange(count, dtype=np.int32))
    joined = _of_near_copy(box, keys[nodes], far[nodes], own, numbers, axes)
    cells = joined[topology.connectivity(dim, 0).array]
    new = cpp.mesh.create_topology(
        box.comm,
        [topology.cell_type],
        [cells.tolist()],
        [np.asarray(topology.original_cell_index).tolist()],
        [topology.index_map(dim).owners.tolist()],
        np.unique(cells).tolist(),
    )
    made = cpp.mesh.Mesh_float64(box.comm, new, box.geometry._cpp_object)
    original = np.asarray(box.geometry.input_global_indices)
    owners = np.zeros(len(original), dtype=bool)
    owners[nodes] = own
    return mesh.Mesh(made, box._ufl_domain), _of_near_copy(box, keys, far, owners, original, axes)


def _near_places(
    x: npt.NDArray[np.float64], extents: tuple[float, ...], axes: tuple[int, ...]
) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Whole-number coordinates with far sides moved to the near ones; which points are far."""
    folded, far = x.copy(), np.zeros(len(x), dtype=bool)
    tolerance = 1e-8 * max(extents)
    for axis in axes:
        on_far_side = np.abs(x[:, axis] - extents[axis]) < tolerance
        folded[on_far_side, axis] = 0.0
        far |= on_far_side
    return np.round(folded / (1e-7 * max(extents))).astype(np.int64), far


def _of_near_copy(
    box: mesh.Mesh,
    keys: IntArray,
    far: npt.NDArray[np.bool_],
    own: npt.NDArray[np.bool_],
    numbers: IntArray,
    axes: tuple[int, ...],
) -> IntArray:
    """`numbers`, those of points on a far side replaced by that of their near copy."""
    near: dict[bytes, int] = {}
    beside = own & ~far & (keys[:, list(axes)] == 0).any(axis=1)
    mine = {key.tobytes(): int(n) for key, n in zip(keys[beside], numbers[beside], strict=True)}
    for part in gather_everywhere(box.comm, mine):
        near.update(part)
    joined: IntArray = np.asarray(numbers, dtype=np.int64).copy()
    joined[far] = [near[key.tobytes()] for key in keys[far]]
    return joined
