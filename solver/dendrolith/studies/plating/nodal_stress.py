"""Stress and strain at the nodes: volume averages over the elements around each."""

from __future__ import annotations

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.fields.measures import Measures
from dendrolith.physics.elasticity import hydrostatic_pressure, strain_tensor, von_mises
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.fields import PlatingFields

UNITS = {"pressure": "Pa", "von_mises": "Pa", "volume_strain": "1"}


class NodalStress:
    """Nodal fields of the stress as last solved, all from one pass over the mesh.

    Attributes:
        fields: pressure (that of the state) and von Mises stress [Pa] and volume strain tr ε [1],
            by name.
    """

    def __init__(
        self, f: PlatingFields, stress: Expr, m: Measures, nodal_volume: PETSc.Vec
    ) -> None:
        self._volume = nodal_volume
        averaged = {
            "pressure": hydrostatic_pressure(stress),
            "von_mises": von_mises(stress),
            "volume_strain": ufl.tr(strain_tensor(f.u)),
        }
        blocked = fem.functionspace(f.scalar_space.mesh, ("Lagrange", 1, (len(averaged),)))
        v = ufl.TestFunction(blocked)
        self._form = fem.form(ufl.inner(ufl.as_vector(list(averaged.values())), v) * m.dx)
        self._b = compat.create_vector(self._form)
        self.fields = {name: fem.Function(f.scalar_space, name=name) for name in averaged}
        self.fields["pressure"] = f.pressure

    def update(self) -> None:
        """Average anew: the stress is another one (collective)."""
        compat.assemble_vector(self._b, self._form)
        volume = self._volume.array
        for nodal, integrated in zip(
            self.fields.values(), self._b.array.reshape(volume.size, -1).T, strict=True
        ):
            nodal.x.array[: volume.size] = integrated / volume
            nodal.x.scatter_forward()
