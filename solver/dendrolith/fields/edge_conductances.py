"""Stiffness matrices of P1 simplices, written with the conductances of their edges.

    ∫ σ ∇u·∇v = Σ_edges G_ab (u_a − u_b)(v_a − v_b),    G_ab = −Σ_cells (∇N_a·∇N_b) ∫_cell σ

A new σ then needs a sum over cells for each edge, and no matrix of an element. An edge that all its
cells see under right angles conducts nothing, and is left out.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from scipy.sparse import csr_array

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUND_OFF = 1e-12  # of ∇N_a·∇N_b, against the largest of a cell


class EdgeConductances:
    """G_ab of the edges, by what the cells of this rank add; ghosts are those of other ranks.

    Args:
        space: scalar P1, on simplices.

    Attributes:
        edges: (2, n) nodes of this rank, ghosts among them, that conduct to each other.
        count: of the nodes of this rank, ghosts included.
    """

    def __init__(self, space: fem.FunctionSpace) -> None:
        mesh, index_map = space.mesh, space.dofmap.index_map
        owned = mesh.topology.index_map(mesh.topology.dim).size_local
        cells = space.dofmap.list[:owned]
        corners = mesh.geometry.x[mesh.geometry.dofmap[:owned], : mesh.geometry.dim]
        slopes = gradients(corners)
        pairs = list(combinations(range(cells.shape[1]), 2))
        products = np.stack([(slopes[:, a] * slopes[:, b]).sum(axis=1) for a, b in pairs], axis=1)
        nodes = np.stack([np.sort(cells[:, pair], axis=1) for pair in pairs], axis=1)
        largest = np.abs(products).max(axis=1, initial=0.0)
        conducts = np.abs(products) > ROUND_OFF * largest[:, None]
        cell = np.nonzero(conducts)[0]
        self.count = index_map.size_local + index_map.num_ghosts
        # one number a pair: far quicker to make unique than rows
        names = nodes[conducts].astype(np.int64) @ np.array([self.count, 1])
        unique, edge = np.unique(names, return_inverse=True)
        self.edges: IntArray = np.stack(np.divmod(unique, max(1, self.count)))
        shape = (len(unique), len(cells))
        self._of_cells = csr_array((-products[conducts], (edge, cell)), shape=shape)

    def __call__(self, integrals: FloatArray) -> FloatArray:
        """(n, k) G_ab of k conductivities, given their (cells, k) ∫σ [S, in 2-D S/m]."""
        G: FloatArray = self._of_cells @ integrals
        return G


def gradients(corners: FloatArray) -> FloatArray:
    """(cells, d + 1, d) ∇N of the corners of simplices, (cells, d + 1, d) [1/m]."""
    inverse = np.linalg.inv(corners[:, 1:] - corners[:, :1])  # column a: ∇N of corner a + 1
    others = np.swapaxes(inverse, 1, 2)
    return np.concatenate([-others.sum(axis=1, keepdims=True), others], axis=1)
