"""Stress in lithium, stack pressure, and the parts of the elastic force on lithium."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem

from dendritex import compat
from dendritex.model.cell import Cell
from dendritex.observables.base import Moment
from dendritex.observables.lithium_pieces import LITHIUM
from dendritex.parallel import global_max, global_sum, integral
from dendritex.physics.elasticity import von_mises


class StressInLithium:
    """Largest pressure and von Mises stress where ξ > ½, stack pressure, parts of the force.

    The nodal fields are volume averages over the elements around a node. Elasticity is linear: the
    von Mises stress is there to be compared with the yield strength (0.8 MPa bulk, 105 MPa at
    micron size: Xu et al. 2017 as quoted by Singh et al. 2022, 10.1016/j.xcrp.2022.101043).
    The stack pressure is an outcome where the gap is fixed. The parts of the force are means over
    the surface of lithium of ∂f_elas/∂h, without χ_m: positive ones resist lithium.

    Attributes:
        fields: nodal pressure and von Mises stress by name [Pa].
    """

    def __init__(self, cell: Cell) -> None:
        assert cell.mechanics is not None
        self._cell, self._mechanics = cell, cell.mechanics
        space = cell.state.scalar_space
        v = ufl.TestFunction(space)
        self._von_mises = fem.form(von_mises(self._mechanics.stress) * v * cell.dx)
        self._b = compat.create_vector(self._von_mises)
        self.fields = {
            "pressure": cell.state.pressure,
            "von_mises": fem.Function(space, name="von_mises"),
        }
        self._evaluated, self._integrals = -1, (0.0,) * (1 + len(self._mechanics.force_integrals))
        self.columns = (
            "pressure_in_lithium [Pa]",
            "von_mises_in_lithium [Pa]",
            "stack_pressure [Pa]",
            *(f"force_by_{part} [J/m^3]" for part in self._mechanics.force_integrals),
        )

    def update(self) -> None:
        """Average the present von Mises stress to the nodes and integrate, if it is a new one."""
        if self._evaluated == self._mechanics.solved:
            return
        self._evaluated = self._mechanics.solved
        volume, nodal = self._cell.nodal_volume.array, self.fields["von_mises"]
        compat.assemble_vector(self._b, self._von_mises)
        nodal.x.array[: volume.size] = self._b.array / volume
        nodal.x.scatter_forward()
        surface = integral(self._mechanics.interface)
        forces = [integral(form) for form in self._mechanics.force_integrals.values()]
        self._integrals = (
            stack_pressure(self._cell),
            *(force / surface if surface > 0 else 0.0 for force in forces),
        )

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Two stresses [Pa], stack pressure [Pa], three parts of the force [J/m³]."""
        self.update()
        lithium = moment.cell.state.xi.x.array > LITHIUM
        comm = moment.cell.cell_mesh.comm
        stresses = [global_max(comm, f.x.array[lithium]) for f in self.fields.values()]
        # no lithium: no stress in it
        return (*(0.0 if value == -np.inf else value for value in stresses), *self._integrals)


def stack_pressure(cell: Cell) -> float:
    """Mean traction on the right side [Pa], compression positive.

    The nodal reactions summed: with the virtual displacement x/L they are −∫σ_xx/(L A).
    """
    assert cell.mechanics is not None
    total = integral(cell.mechanics.mean_stress)
    volume = global_sum(cell.cell_mesh.comm, float(np.sum(cell.nodal_volume.array)))
    return total / volume
