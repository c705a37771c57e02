"""The static limit: the path between the electrodes whose hardest facet is the easiest.

    CCD = min over paths of max over facets of J_c,e

The minimum spanning tree holds such a path, so only the order of the facets matters.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from dendrolith.networks.graph import DefectGraph, FloatArray


class Bottleneck:
    """Bottleneck paths of one network for any thresholds.

    Args:
        graph: the network; no two facets join the same vertices.
    """

    def __init__(self, graph: DefectGraph) -> None:
        n, m = graph.size, len(graph.edges)
        self._source, self._sink, self._count = n, n + 1, m
        links = [
            *((n, vertex) for vertex in graph.anode),
            *((n + 1, vertex) for vertex in graph.counter),
        ]
        ends = np.concatenate([graph.edges, np.array(links)]).astype(np.int32)
        pattern = csr_array(
            (np.arange(1, len(ends) + 1), (ends[:, 0], ends[:, 1])), shape=(n + 2, n + 2)
        )
        if pattern.nnz != len(ends):
            raise ValueError("two facets join the same vertices")
        self._pattern, self._place = pattern, pattern.data - 1
        self._rank = np.ones(len(ends))  # links to the electrodes come first

    def edge(self, thresholds: FloatArray) -> int:
        """The facet that decides; -1 where nothing joins the electrodes.

        Args:
            thresholds: (m,) critical current of each facet, in any unit.
        """
        order = np.argsort(thresholds, kind="stable")
        self._rank[order] = np.arange(2, self._count + 2)
        pattern = self._pattern
        weighted = csr_array(
            (self._rank[self._place], pattern.indices, pattern.indptr), shape=pattern.shape
        )
        tree = minimum_spanning_tree(weighted)
        _, before = breadth_first_order(tree, self._source, directed=False)
        if before[self._sink] < 0:
            return -1
        path = [self._sink]
        while path[-1] != self._source:
            path.append(before[path[-1]])
        here, there = path[:-1], path[1:]
        hardest = max(tree[here, there].max(), tree[there, here].max())
        return int(order[int(hardest) - 2])

    def current(self, thresholds: FloatArray) -> float:
        """Critical current in the unit of `thresholds`; infinite where nothing joins them."""
        edge = self.edge(thresholds)
        return float(thresholds[edge]) if edge >= 0 else float("inf")
