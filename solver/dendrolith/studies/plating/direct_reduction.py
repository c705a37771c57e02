"""The block of direct reduction: what a charged counter electrode takes of the lithium at it."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import global_max, global_sum
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.nodal import metal
from dendrolith.physics.direct_reduction import left_over, weight
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.laws import Laws


class DirectReduction(Block):
    """Takes lithium away at the begin of a step, before currents bring more.

    Args:
        laws: of the cell.
        k: current density of a contact [A/m²].
        area: of the counter electrode [m², in 2-D m].
        nodal_volume: of each node [m³, in 2-D m²].

    Attributes:
        reduced: what the last attempted step took up [mol, in 2-D mol/m].
        fall: (n_owned,) the same at each node.
    """

    name = "direct reduction"

    def __init__(self, laws: Laws, k: fem.Constant, area: float, nodal_volume: PETSc.Vec) -> None:
        self._xi, self._lithium = laws.f.xi, in_numbers(laws.lithium)
        self.reduced = 0.0
        self._volume = nodal_volume.array.copy()
        self.fall = np.zeros(self._volume.size)
        space = laws.f.scalar_space
        self._comm, mesh = space.mesh.comm, space.mesh
        self._dt, points = fem.Constant(mesh, 0.0), compat.interpolation_points(space)
        end = global_max(self._comm, space.tabulate_dof_coordinates()[:, 0])
        w, self._left = fem.Function(space), fem.Function(space)
        distance = end - ufl.SpatialCoordinate(mesh)[0]
        w.interpolate(fem.Expression(weight(distance, laws.lithium.interface_width), points))
        # the ramp is met by the nodes alone: together they have the area, whatever the mesh
        owned = w.x.array[: self._volume.size]
        w.x.array[:] *= area / global_sum(self._comm, float(owned @ self._volume))
        within = (w.x.array[space.dofmap.list] > 0).any(axis=1)
        self._cells = np.flatnonzero(within).astype(np.int32)
        left = left_over(self._xi, w, k, self._dt, laws.lithium)
        self._left_over = fem.Expression(left, points)

    def advance(self, dt: float) -> Report:
        """Take up what touches for `dt` [s]."""
        xi, left, owned = self._xi.x, self._left.x, self._volume.size
        self._dt.value, threshold = dt, self._lithium.metal_threshold
        left.array[:] = xi.array
        self._left.interpolate(self._left_over, self._cells)
        left.scatter_forward()  # copies of a node may differ in their last digit
        fall = (metal(xi.array, threshold) - metal(left.array, threshold))[:owned]
        change = global_max(self._comm, np.abs(left.array - xi.array))
        xi.array[:] = left.array
        self.fall = self._lithium.c_Li * fall * self._volume
        self.reduced = self._lithium.c_Li * global_sum(self._comm, float(fall @ self._volume))
        return Report(change, numbers={"reduced": self.reduced})
