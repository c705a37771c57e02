"""How far the electrolyte is broken."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.parallel import global_max, global_sum
from dendrolith.observables.base import Observable, StepView


class DamageExtent(Observable):
    """Largest damage, and how much of the cell is more than half broken.

    Args:
        d: damage.
        nodal_volume: of each node [m³, in 2-D m²].
    """

    columns = ("damage_max [1]", "damaged_fraction [1]")

    def __init__(self, d: fem.Function, nodal_volume: PETSc.Vec) -> None:
        self._d, self._volume = d, nodal_volume.array.copy()
        self._comm = d.function_space.mesh.comm
        self._whole = global_sum(self._comm, float(np.sum(self._volume)))

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both."""
        d = self._d.x.array[: self._volume.size]
        broken = global_sum(self._comm, float(np.sum(self._volume[d > 0.5])))
        return global_max(self._comm, d), broken / self._whole
