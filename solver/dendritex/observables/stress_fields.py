"""Stress and strain at the nodes: volume averages over the elements around each."""

from __future__ import annotations

import ufl
from dolfinx import fem

from dendritex import compat
from dendritex.model.cell import Cell
from dendritex.physics.elasticity import strain_tensor, von_mises

UNITS = {"pressure": "Pa", "von_mises": "Pa", "volume_strain": "1"}


class StressFields:
    """Nodal fields of the stress as last solved.

    Attributes:
        fields: pressure and von Mises stress [Pa] and volume strain tr ε [1] by name.
    """

    def __init__(self, cell: Cell) -> None:
        assert cell.mechanics is not None
        self._volume, self._mechanics = cell.nodal_volume, cell.mechanics
        space = cell.state.scalar_space
        averaged = {
            "von_mises": von_mises(cell.mechanics.stress),
            "volume_strain": ufl.tr(strain_tensor(cell.state.u)),
        }
        v = ufl.TestFunction(fem.functionspace(space.mesh, ("Lagrange", 1, (len(averaged),))))
        self._form = fem.form(ufl.inner(ufl.as_vector(list(averaged.values())), v) * cell.dx)
        self._b = compat.create_vector(self._form)
        self._averaged = tuple(averaged)
        self.fields = {
            "pressure": cell.state.pressure,
            **{name: fem.Function(space, name=name) for name in averaged},
        }
        self._evaluated = -1

    def update(self) -> None:
        """Average anew if the stress is another one (collective)."""
        if self._evaluated == self._mechanics.solved:
            return
        self._evaluated = self._mechanics.solved
        compat.assemble_vector(self._b, self._form)
        volume = self._volume.array
        integrated = self._b.array.reshape(volume.size, -1)
        for k, name in enumerate(self._averaged):
            nodal = self.fields[name]
            nodal.x.array[: volume.size] = integrated[:, k] / volume
            nodal.x.scatter_forward()
