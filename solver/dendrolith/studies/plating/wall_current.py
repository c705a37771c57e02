"""The current that goes into openings, at the nodes, and the lithium it leaves there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.constants import FARADAY
from dendrolith.fields.bind import in_numbers
from dendrolith.schemes.block import NOTHING, Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]


class WallCurrent(Block):
    """Books what openings take up in a step, by the very current of the charge balance.

    Args:
        laws: of the cell, lithium pressure among them.
    """

    name = "lithium in openings"

    def __init__(self, laws: Laws) -> None:
        f, space = laws.f, laws.f.scalar_space
        (self._openings,) = laws.openings
        self._f, self._laws, self._owned = f, laws, space.dofmap.index_map.size_local
        charge = self._openings.charge(f.xi_middle, laws.transferred_at_rest(f.xi_middle, f.phi))
        pressed = ufl.derivative(charge, self._openings.pressure, fem.Constant(space.mesh, 1.0))
        nodal = fem.functionspace(space.mesh, ("Lagrange", 1, (2,)))
        self._nodal, points = fem.Function(nodal), compat.interpolation_points(space)
        self._charges = fem.Expression(ufl.as_vector([charge, pressed]), points)
        self._per_charge = in_numbers(laws.lithium).molar_volume / FARADAY
        self._threshold = in_numbers(laws.lithium).metal_threshold
        self._cells: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)

    def find(self) -> None:
        """Find the cells that have all nodes at which m changes."""
        xi = self._f.xi_middle.x.array
        active = (xi > self._threshold) & (xi < 1 - self._threshold)
        of_cell = self._f.scalar_space.dofmap.list
        self._cells = np.flatnonzero(active[of_cell].any(axis=1)).astype(np.int32)
        self._nodal.x.array[:] = 0.0

    def values(self) -> tuple[FloatArray, FloatArray]:
        """(n_owned,) i [A/m³] and its derivative by the pressure [A/(m³ Pa)], at present fields."""
        compat.interpolate(self._nodal, self._charges, self._cells)
        both = self._nodal.x.array.reshape(-1, 2)[: self._owned]
        return both[:, 0].copy(), both[:, 1].copy()

    def advance(self, dt: float) -> Report:
        """Put what the step has plated into the openings."""
        self.find()
        volume, current = self._openings.volume.x, self._openings.current.x
        current.array[: self._owned] = self.values()[0]
        current.scatter_forward()
        volume.array[:] += dt * self._per_charge * current.array
        return NOTHING

    def reset_history(self) -> None:
        """The last current tells nothing of the next."""
        self._f.state.set_accepted("opening_current", 0.0)
