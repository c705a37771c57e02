"""Stress and strain at the nodes: volume averages over the elements around each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.physics.elasticity import hydrostatic_pressure, strain_tensor, von_mises

if TYPE_CHECKING:
    from dendrolith.studies.plating.cell import Cell
    from dendrolith.studies.plating.mechanics import Mechanics

UNITS = {"pressure": "Pa", "von_mises": "Pa", "volume_strain": "1"}


class NodalStress:
    """Nodal fields of the stress as last solved, all from one pass over the mesh.

    Attributes:
        fields: pressure (that of the state) and von Mises stress [Pa] and volume strain tr ε [1],
            by name.
    """

    def __init__(self, cell: Cell, mechanics: Mechanics) -> None:
        self._volume, state = cell.nodal_volume, cell.state
        averaged = {
            "pressure": hydrostatic_pressure(mechanics.stress),
            "von_mises": von_mises(mechanics.stress),
            "volume_strain": ufl.tr(strain_tensor(state.u)),
        }
        blocked = fem.functionspace(state.scalar_space.mesh, ("Lagrange", 1, (len(averaged),)))
        v = ufl.TestFunction(blocked)
        self._form = fem.form(ufl.inner(ufl.as_vector(list(averaged.values())), v) * cell.dx)
        self._b = compat.create_vector(self._form)
        self.fields = {name: fem.Function(state.scalar_space, name=name) for name in averaged}
        self.fields["pressure"] = state.pressure

    def update(self) -> None:
        """Average anew: the stress is another one (collective)."""
        compat.assemble_vector(self._b, self._form)
        volume = self._volume.array
        for nodal, integrated in zip(
            self.fields.values(), self._b.array.reshape(volume.size, -1).T, strict=True
        ):
            nodal.x.array[: volume.size] = integrated / volume
            nodal.x.scatter_forward()
