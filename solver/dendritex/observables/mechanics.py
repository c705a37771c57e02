"""Pressure and von Mises stress as nodal fields, and their largest values in lithium."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem

from dendritex import compat
from dendritex.model.cell import Cell
from dendritex.observables.base import Moment
from dendritex.observables.lithium_pieces import LITHIUM
from dendritex.parallel import global_max
from dendritex.physics.elasticity import hydrostatic_pressure, von_mises


class Mechanics:
    """Largest pressure and von Mises stress where ξ > ½.

    The nodal fields are volume averages over the elements around a node. Elasticity is linear: the
    von Mises stress is there to be compared with the yield strength (0.8 MPa bulk, 105 MPa at
    micron size: Xu et al. 2017 as quoted by Singh et al. 2022, 10.1016/j.xcrp.2022.101043).

    Attributes:
        fields: nodal pressure and von Mises stress by name [Pa].
    """

    columns = ("pressure_in_lithium [Pa]", "von_mises_in_lithium [Pa]")

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        space, stress = cell.state.scalar_space, cell.stress()
        v = ufl.TestFunction(space)
        measures = {"pressure": hydrostatic_pressure(stress), "von_mises": von_mises(stress)}
        self.fields = {name: fem.Function(space, name=name) for name in measures}
        self._averages = {
            name: fem.form(measure * v * cell.dx) for name, measure in measures.items()
        }
        self._b = compat.create_vector(self._averages["pressure"])

    def update(self) -> None:
        """Average the present stress to the nodes."""
        volume = self._cell.nodal_volume.array
        for name, function in self.fields.items():
            compat.assemble_vector(self._b, self._averages[name])
            function.x.array[: volume.size] = self._b.array / volume
            function.x.scatter_forward()

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Largest pressure and von Mises stress in lithium [Pa]."""
        self.update()
        lithium = moment.cell.state.xi.x.array > LITHIUM
        comm = moment.cell.cell_mesh.comm
        values = [global_max(comm, f.x.array[lithium]) for f in self.fields.values()]
        return tuple(0.0 if value == -np.inf else value for value in values)  # no lithium
