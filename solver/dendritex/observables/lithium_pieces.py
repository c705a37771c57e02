"""Connected lithium on rank 0: which nodes of ξ > ½ hang together, which hold on to the anode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LITHIUM = 0.5


@dataclass(frozen=True, slots=True)
class Pieces:
    """Labels of the lithium nodes.

    Attributes:
        label: (n_nodes,) piece of each node, -1 outside lithium.
        count: number of pieces.
        anode: labels of the pieces that touch the left side.
    """

    label: IntArray
    count: int
    anode: IntArray

    def connected(self) -> npt.NDArray[np.bool_]:
        """Mask of the nodes that hold on to the anode."""
        return np.isin(self.label, self.anode) & (self.label >= 0)


def find_pieces(xi: FloatArray, points: FloatArray, edges: IntArray) -> Pieces:
    """Label lithium by the mesh edges whose ends are both above ½.

    Args:
        xi: (n_nodes,) order parameter.
        points: (n_nodes, 3) coordinates [m]; the anode is where x is smallest.
        edges: (n_edges, 2) node pairs.
    """
    lithium = xi > LITHIUM
    inside = edges[lithium[edges].all(axis=1)]
    links = coo_array(
        (np.ones(len(inside)), (inside[:, 0], inside[:, 1])), shape=(xi.size, xi.size)
    )
    _, raw = connected_components(links, directed=False)
    label = np.full(xi.size, -1, dtype=np.int64)
    names, label[lithium] = np.unique(raw[lithium], return_inverse=True)
    left = points[:, 0] <= points[:, 0].min() + 1e-9 * np.ptp(points[:, 0])
    anode = np.unique(label[left & lithium])
    return Pieces(label, len(names), anode)
