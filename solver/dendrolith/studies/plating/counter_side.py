"""The nodes of the counter electrode: their parts of it, and diffusion of lithium along it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from dendrolith.core import compat
from dendrolith.core.parallel import gather_everywhere, global_max, global_sum, global_sums
from dendrolith.domain.domain import Domain
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]


class CounterSide:
    """Nodes of the counter electrode that this rank owns, and all of them where that is needed.

    Args:
        laws: of the cell, for their mesh.
        domain: mesh and its sides.

    Attributes:
        nodes: (n,) of the mesh, ascending.
        area: (n,) ∫ v ds [m², in 2-D m].
        places: (N, 3) nodes of all ranks, one rank after another [m].
    """

    def __init__(self, laws: Laws, domain: Domain) -> None:
        space, self._comm = laws.f.scalar_space, domain.comm
        index, tag = space.dofmap.index_map, domain.boundaries["right"]
        found = np.sort(dofs_on(space, domain, "right"))
        self.nodes = found[found < index.size_local]
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        area = fem.form(v * laws.m.nodes_of_side(tag))
        vector = compat.create_vector(area)
        compat.assemble_vector(vector, area)
        self.area: FloatArray = vector.array_r[self.nodes].copy()
        vector.destroy()
        coordinates = space.tabulate_dof_coordinates()
        self.places = np.concatenate(gather_everywhere(self._comm, coordinates[self.nodes]))
        counts = gather_everywhere(self._comm, len(self.nodes))
        first = sum(counts[: self._comm.rank])
        self._own = slice(first, first + len(self.nodes))
        n = ufl.FacetNormal(domain.mesh)
        along = [ufl.grad(w) - ufl.inner(ufl.grad(w), n) * n for w in (u, v)]
        stiffness = fem.form(ufl.inner(*along) * laws.m.ds(tag))
        self._K = self._on_face(stiffness, self.nodes + index.local_range[0])
        self._whole_area = self.gathered(self.area)

    def _on_face(self, form: fem.Form, numbers: npt.NDArray[np.int64]) -> csc_array:
        """(N, N) matrix of a form among these nodes, on all ranks (collective)."""
        A = compat.create_matrix(form)
        compat.assemble_matrix(A, form)
        everywhere = np.concatenate(gather_everywhere(self._comm, numbers))
        place = {int(number): k for k, number in enumerate(everywhere)}
        rows, columns, values = list[int](), list[int](), list[float]()
        for row in numbers:
            for column, value in zip(*A.getRow(int(row)), strict=True):
                if int(column) in place:
                    rows.append(place[int(row)])
                    columns.append(place[int(column)])
                    values.append(float(value))
        A.destroy()
        parts = gather_everywhere(self._comm, (rows, columns, values))
        i, j, a = (np.concatenate([part[k] for part in parts]) for k in range(3))
        size = len(everywhere)
        return csc_array((a, (i.astype(int), j.astype(int))), shape=(size, size))

    def gathered(self, own: FloatArray) -> FloatArray:
        """(N,) values at all nodes of those at the nodes of this rank (collective)."""
        return np.concatenate(gather_everywhere(self._comm, own))

    def rows(self, b: PETSc.Vec, components: int, component: int) -> FloatArray:
        """(n,) entries of a vector of the balances at the nodes of this rank."""
        values: FloatArray = b.array_r.reshape(-1, components)[self.nodes, component]
        return values

    def mean(self, own: FloatArray) -> float:
        """Mean over the electrode of values at the nodes (collective)."""
        whole = float(self._whole_area.sum())
        return global_sum(self._comm, float(own @ self.area)) / whole

    def sums(self, values: FloatArray) -> FloatArray:
        """Entry by entry the sum over the ranks (collective)."""
        return global_sums(self._comm, values)

    def most(self, own: FloatArray) -> float:
        """Largest of values at the nodes (collective)."""
        return global_max(self._comm, own)

    def nearest(self, amounts: FloatArray, places: FloatArray) -> FloatArray:
        """(n,) what a node has of amounts elsewhere, each given to its nearest node (collective).

        Args:
            amounts: (m,) on this rank.
            places: (m, 3) where [m].
        """
        _, nearest = cKDTree(self.places).query(places)
        received = np.bincount(nearest, amounts, minlength=len(self.places)).astype(float)
        return global_sums(self._comm, received)[self._own]

    def diffuse(self, own: FloatArray, diffusivity: float, dt: float) -> FloatArray:
        """(n,) values after a step of diffusion along the face, implicit in time (collective).

        Args:
            own: (n,) before it.
            diffusivity: D_s [m²/s].
            dt: of the step [s].
        """
        area = self._whole_area
        matrix = csc_array(diags_array(area) + diffusivity * dt * self._K)
        found: FloatArray = splu(matrix).solve(area * self.gathered(own))
        return found[self._own]


def each(of_x: Callable[[float], float], x: FloatArray) -> FloatArray:
    """(n,) a function of one number, at each of them."""
    return np.fromiter(map(of_x, x), dtype=float, count=len(x))
