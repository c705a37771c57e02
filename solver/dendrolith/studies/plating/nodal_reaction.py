"""The reaction at the nodes, evaluated only where there is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import global_sum
from dendrolith.core.profile import ASSEMBLY, event
from dendrolith.fields.bind import in_numbers
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]

# Half a step is predicted to add no more ξ by the reaction than so many times the last one, and so
# much: a front comes to a node within a few steps.
MORE_THAN_LAST, SUDDEN = 2.0, 0.05

LARGE_PRIME = 2654435761  # above any number of cells here: its multiples are in disorder


class NodalReaction:
    """Rate r, charge i and ∂i/∂φ at the nodes, at fixed lithium.

    Wells and reaction are integrated at the vertices, so all that a balance needs of them are
    nodal values times the volume of the node. Where ξ lies, and stays, outside the range in which
    m(ξ) changes, i = 0 and r is the potential-free rate, exactly: only cells with a node in that
    range are evaluated, a few in a hundred, and of these no more than needed to have each node.

    Args:
        laws: at their present lithium, potential-free rate and time step.
        nodal_volume: of each node [m³, in 2-D m²].

    Attributes:
        volume: (n_owned,) volume of each node [m³, in 2-D m²].
        nodes: those of this rank at which it may react, ascending; elsewhere i = 0.
        cells: some that have all these nodes.
    """

    def __init__(self, laws: Laws, nodal_volume: PETSc.Vec) -> None:
        self._laws, self._f = laws, laws.f
        f, space = laws.f, laws.f.scalar_space
        self.volume: FloatArray = nodal_volume.array.copy()
        self._owned = len(self.volume)
        i = laws.plating(f.phi)
        components = [i]
        for k in range(f.components):  # ∂i/∂φ_k: the derivative along the k-th unit vector
            along = ufl.as_vector([float(k == j) for j in range(f.components)])
            components.append(ufl.derivative(i, f.phi, along))
        nodal = fem.functionspace(space.mesh, ("Lagrange", 1, (len(components),)))
        self._charge, self._reacted = fem.Function(nodal), fem.Function(space)
        points = compat.interpolation_points(space)
        self._charges = fem.Expression(ufl.as_vector(components), points)
        self._rate = fem.Expression(laws.rate(f.phi), points)
        self._half_a_step_reacted = fem.Expression(half_a_step_reacted(laws), points)
        cover = covering_cells(space.dofmap.list, self._owned)
        self._cover, self._nodes_of_cover = cover, space.dofmap.list[cover]
        self._nodes_of_cells = space.dofmap.list
        self.cells: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self.nodes: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)

    def predict_middle(self, most: float) -> None:
        """Put ξ half a step on into `f.xi_middle`, at the predicted potentials (collective).

        Where metal hides a node from ions, its reaction is what they supply, and potentials that
        were predicted tell nothing of it: none is taken for much more than the last one.

        Args:
            most: ξ is moved no further; a step that moves it by twice that is taken back.
        """
        f, half = self._f, 0.5 * float(self._laws.dt.value)
        xi, relaxed, middle = f.xi.x.array, half * f.relaxation.x.array, f.xi_middle.x
        cells = self._cells_within(xi, xi + relaxed)
        middle.array[:] = xi + relaxed  # at which the reaction is taken
        self._reacted.x.array[:] = 0.0
        compat.interpolate(self._reacted, self._half_a_step_reacted, cells)
        more = MORE_THAN_LAST * (half * f.rate.x.array - relaxed)
        least, largest = np.minimum(more, 0.0) - SUDDEN, np.maximum(more, 0.0) + SUDDEN
        reacted = np.clip(self._reacted.x.array, least, largest)
        middle.array[:] = xi + np.clip(relaxed + reacted, -most, most)
        middle.scatter_forward()

    def find_active_nodes(self) -> None:
        """Find where it reacts; call it when lithium, its other rate or the step changed."""
        f, dt = self._f, float(self._laws.dt.value)
        xi = f.xi.x.array
        then = xi + dt * f.potential_free_rate.x.array
        forming = [np.maximum(xi, target.x.array) for target, _ in self._laws.forming]
        self.cells = self._cells_within(xi, then, f.xi_middle.x.array, *forming)
        nodes = np.unique(self._nodes_of_cells[self.cells])
        self.nodes = nodes[nodes < self._owned].astype(np.int32)
        self._charge.x.array[:] = 0.0

    def _cells_within(self, *xi: FloatArray) -> npt.NDArray[np.int32]:
        """Cells with a node that is, or comes to be, where m(ξ) changes."""
        threshold, places = in_numbers(self._laws.lithium).metal_threshold, np.stack(xi)
        # not "≤" and "≥": what is not a number is to be found as well
        idle = (places.max(axis=0) <= threshold) | (places.min(axis=0) >= 1 - threshold)
        cells: npt.NDArray[np.int32] = self._cover[~idle[self._nodes_of_cover].all(axis=1)]
        return cells

    def charge(self) -> tuple[FloatArray, FloatArray]:
        """At the present potentials ∫ i and its derivative over the volume of each node.

        Returns:
            (n_owned,) current [A, in 2-D A/m]; (n_owned, n) derivative with respect to φ.
        """
        with event(ASSEMBLY):
            compat.interpolate(self._charge, self._charges, self.cells)
            integrated = self._nodal_charges()[: self._owned] * self.volume[:, None]
        return integrated[:, 0], integrated[:, 1:]

    def charge_at(
        self, nodes: npt.NDArray[np.integer[Any]], phi: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """∫ i and its derivative at some nodes, at other potentials, which are put into `f.phi`.

        Args:
            nodes: (n,) of this rank; nothing reacts at those that are not of `self.nodes`.
            phi: (n, k) potentials there [V].
        """
        with event(ASSEMBLY):
            unknown = self._f.phi.x.array
            unknown.reshape(-1, self._f.components)[nodes] = phi
            wanted = np.zeros(len(self._nodal_charges()), dtype=bool)
            wanted[nodes] = True
            cells = self.cells[wanted[self._nodes_of_cells[self.cells]].any(axis=1)]
            compat.interpolate(self._charge, self._charges, cells)
            integrated = self._nodal_charges()[nodes] * self.volume[nodes, None]
        return integrated[:, 0], integrated[:, 1:]

    def _nodal_charges(self) -> FloatArray:
        """(n, 1 + k) i and its derivatives at the nodes of this rank, as last evaluated."""
        values: FloatArray = self._charge.x.array.reshape(-1, 1 + self._f.components)
        return values

    def plated(self) -> float:
        """∫ i at the present potentials [A, in 2-D A/m] (collective)."""
        return global_sum(self._f.state.domain.comm, float(self.charge()[0].sum()))

    def set_rate(self) -> None:
        """Put r at the present potentials into `f.rate` (collective)."""
        f = self._f
        with event(ASSEMBLY):
            f.rate.x.array[:] = f.potential_free_rate.x.array
            compat.interpolate(f.rate, self._rate, self.cells)
            f.rate.x.scatter_forward()


def half_a_step_reacted(laws: Laws) -> Expr:
    """ξ that half a step of the reaction adds amid the last relaxation, at standing potentials."""
    f, dt = laws.f, laws.dt / 2
    return laws.reacted(f.xi + dt / 2 * f.relaxation, f.phi, dt)


def covering_cells(nodes_of_cells: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int32]:
    """Cells that together have each of the first `count` nodes, a node in few of them.

    First cells that share none of these nodes, then those that bring all but one, and so on. Of
    cells that share a node the one with the largest of numbers in disorder is taken.

    Args:
        nodes_of_cells: (cells, n) nodes of each cell.
        count: nodes to be had; every one belongs to a cell.

    Returns:
        Their numbers, ascending; on our triangles 0.4 of a cell for each node instead of two.
    """
    missing = np.arange(nodes_of_cells.max(initial=-1) + 1) < count
    taken = np.zeros(len(nodes_of_cells), dtype=bool)
    disorder = np.arange(1, len(taken) + 1) * LARGE_PRIME % (len(taken) + 1)
    best = np.zeros(len(missing), dtype=np.int64)
    for wanted in range(nodes_of_cells.shape[1], 0, -1):
        cells = np.arange(len(taken))
        while cells.size:
            cells = cells[missing[nodes_of_cells[cells]].sum(axis=1) >= wanted]
            nodes, rank = nodes_of_cells[cells], disorder[cells]
            brings = missing[nodes]
            best[nodes] = 0
            for node, brought in zip(nodes.T, brings.T, strict=True):
                np.maximum.at(best, node[brought], rank[brought])
            first = ((best[nodes] == rank[:, None]) | ~brings).all(axis=1)
            taken[cells[first]] = True
            missing[nodes[first]] = False
            cells = cells[~first]
    return np.flatnonzero(taken).astype(np.int32)
