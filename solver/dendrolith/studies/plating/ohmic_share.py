"""How much of the ohmic drop a reference electrode sees.

    −∇·(σ_ion ∇u) = 0,  u = 0 in lithium,  u = 1 at the counter electrode,  j = ∫ σ_ion ∂u/∂n dS/A

At the lithium of the moment, all interfaces shorted: u at the reference is its share of the drop,
u/j the resistance between lithium and the reference. Lithium ends at ξ = ½: nodes beyond have
u = 0, and an element that it crosses conducts better by the part that is none, θ, σ_ion/θ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.parallel import global_sum
from dendrolith.fields.sampling import Sampler
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import AMG, Options
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.reference_place import METAL

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEAST_PART = 0.05  # θ of an element, beyond which the next node might be metal as well
OPTIONS: Options = {"ksp_type": "cg", "ksp_rtol": 1e-8, "ksp_max_it": 500, **AMG}
WHAT = "ohmic share of the reference electrode"


class OhmicShare:
    """u at a reference electrode, found anew at each call.

    Args:
        laws: of the cell.
        right: dofs of the counter electrode.
        area: of it [m², in 2-D m].
        sampler: where the reference reads.
        wires: (n_local,) nodes of a reference that is a wire: electrolyte here, since it draws no
            current; empty without.
    """

    def __init__(
        self,
        laws: Laws,
        right: npt.NDArray[np.int32],
        area: float,
        sampler: Sampler,
        wires: Sequence[BoolArray] = (),
    ) -> None:
        self._wires = wires
        space = laws.f.scalar_space
        self._xi, self._right, self._area, self._sampler = laws.f.xi, right, area, sampler
        self._u, self._comm = fem.Function(space), space.mesh.comm
        v, w = ufl.TestFunction(space), ufl.TrialFunction(space)
        self._crossed = fem.Function(fem.functionspace(space.mesh, ("DG", 0)))
        conducting = self._crossed * laws.salt.conducting(laws.f.phi)
        sigma_ion = conducting * laws.conductivity("ionic_conductivity", ufl.as_ufl(0.0))
        residual = sigma_ion * ufl.dot(ufl.grad(self._u), ufl.grad(v)) * laws.m.dx
        self._residual = fem.form(residual)
        self._stiffness = fem.form(ufl.derivative(residual, self._u, w))
        self._A, self._r = compat.create_matrix(self._stiffness), self._u.x.petsc_vec.duplicate()
        self._du = self._r.duplicate()
        self._solver = LinearSolver(self._A, "share_", OPTIONS, WHAT)

    def __call__(self) -> tuple[float, float]:
        """Share [1], and resistance between lithium and the reference [Ω m²] (collective).

        NaN both where there is no lithium, or nothing but lithium at the counter electrode.

        Raises:
            SolverDiverged: the solve failed.
        """
        u, xi, owned = self._u.x.array, self._xi.x.array.copy(), self._r.getLocalSize()
        for nodes in self._wires:
            xi[nodes] = 0.0
        metal = np.flatnonzero(xi >= METAL).astype(np.int32)
        self._crossed.x.array[:] = 1 / self._part_without(xi)
        held = np.union1d(metal, self._right).astype(np.int32)
        u[:] = 0.0  # no guess: a restart finds the same digits
        faces = np.setdiff1d(self._right, metal)
        if not all(self._anywhere(nodes) for nodes in (metal, faces)):
            return math.nan, math.nan
        u[faces] = 1.0
        bc = fem.dirichletbc(self._u, held)
        compat.assemble_matrix(self._A, self._stiffness, [bc])
        compat.assemble_vector(self._r, self._residual)
        self._r.array[held[held < owned]] = 0.0
        self._du.set(0.0)
        self._solver.solve(self._r, self._du)
        u[:owned] -= self._du.array_r
        self._u.x.scatter_forward()
        compat.assemble_vector(self._r, self._residual)
        current = float(self._r.array_r[self._right[self._right < owned]].sum())
        share = float(self._sampler.values([u]).mean())
        return share, share * self._area / global_sum(self._comm, current)

    def _anywhere(self, nodes: npt.NDArray[np.int32]) -> bool:
        """Has any rank such nodes (collective)?"""
        return global_sum(self._comm, float(len(nodes))) > 0

    def _part_without(self, xi: FloatArray) -> FloatArray:
        """The θ of each element: of the way that ξ goes in it, the part below ½ [1]."""
        of_cells = xi[self._u.function_space.dofmap.list]
        low, high = of_cells.min(axis=1), of_cells.max(axis=1)
        crossed = (low < METAL) & (high > METAL)
        way = np.where(crossed, high - low, 1.0)
        part: FloatArray = np.where(crossed, np.maximum((0.5 - low) / way, LEAST_PART), 1.0)
        return part
