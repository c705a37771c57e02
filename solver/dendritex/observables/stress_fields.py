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
        v = ufl.TestFunction(space)
        averaged = {
            "von_mises": von_mises(cell.mechanics.stress),
            "volume_strain": ufl.tr(strain_tensor(cell.state.u)),
        }
        self._forms = {name: fem.form(value * v * cell.dx) for name, value in averaged.items()}
        self._b = compat.create_vector(self._forms["von_mises"])
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
        for name, form in self._forms.items():
            compat.assemble_vector(self._b, form)
            nodal = self.fields[name]
            nodal.x.array[: self._volume.array.size] = self._b.array / self._volume.array
            nodal.x.scatter_forward()
