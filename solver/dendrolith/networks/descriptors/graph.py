"""Descriptors of the network: of all facets, and of the open ones that form the defects."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import networkx
import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra, maximum_flow

from dendrolith.networks.graph import DefectGraph, FloatArray, IntArray

FREE = 1e-6  # length of an open facet over its own, where only sound ones are to count


@dataclass(frozen=True, eq=False)
class Network:
    """A network and what several descriptors need of it.

    Attributes:
        graph: with its defects.
    """

    graph: DefectGraph

    @functools.cached_property
    def clusters(self) -> IntArray:
        """(n,) number of the cluster of open facets that a vertex belongs to."""
        edges = self.graph.edges[self.graph.is_open]
        pattern = coo_array((np.ones(len(edges)), tuple(edges.T)), shape=(self.graph.size,) * 2)
        return np.asarray(connected_components(pattern, directed=False)[1])

    @functools.cached_property
    def degrees(self) -> IntArray:
        """Number of open facets at each vertex that has any."""
        count = np.bincount(self.graph.edges[self.graph.is_open].ravel(), minlength=self.graph.size)
        return count[count > 0]

    @functools.cached_property
    def paths(self) -> list[list[int]]:
        """Facets of the shortest path from each anode to each counter vertex; open ones are free.

        Vertices that cannot be reached have none.
        """
        graph = self.graph
        weights = np.where(graph.is_open, FREE, 1.0) * graph.lengths
        matrix, number = _weighted(graph, weights), _numbers(graph)
        _, before = dijkstra(matrix, directed=False, indices=graph.anode, return_predecessors=True)
        found = []
        for row in before:
            for end in graph.counter:
                vertex, path = int(end), []
                while row[vertex] >= 0:
                    path.append(number[vertex, int(row[vertex])])
                    vertex = int(row[vertex])
                found.append(path)
        return [path for path in found if path]

    @functools.cached_property
    def shortest(self) -> list[int]:
        """That of the paths with the least sound length."""
        sound = np.where(self.graph.is_open, 0.0, self.graph.lengths)
        return min(self.paths, key=lambda path: float(sound[path].sum()), default=[])


def _weighted(graph: DefectGraph, weights: FloatArray) -> csr_array:
    return coo_array((weights, tuple(graph.edges.T)), shape=(graph.size,) * 2).tocsr()


def _numbers(graph: DefectGraph) -> dict[tuple[int, int], int]:
    """Vertices, both ways → facet."""
    pairs = [(int(a), int(b)) for a, b in graph.edges]
    forth = {pair: facet for facet, pair in enumerate(pairs)}
    return forth | {(b, a): facet for (a, b), facet in forth.items()}


def porosity(network: Network) -> float:
    """Area of pores over that of the cell [1]; they do not overlap."""
    graph = network.graph
    return float(np.pi * (graph.pores[:, 2] ** 2).sum()) / (graph.thickness * graph.width)


def boundary_density(network: Network) -> float:
    """Length of all facets per area [1/m]."""
    graph = network.graph
    return float(graph.lengths.sum()) / (graph.thickness * graph.width)


def open_density(network: Network) -> float:
    """Length of open facets per area [1/m]."""
    graph = network.graph
    return float(graph.lengths[graph.is_open].sum()) / (graph.thickness * graph.width)


def mean_degree(network: Network) -> float:
    """Mean number of open facets at a vertex of a defect: local connectivity [1]."""
    return float(network.degrees.mean()) if network.degrees.size else 0.0


def degree_ratio(network: Network) -> float:
    """⟨k²⟩/⟨k⟩ of open facets [1]."""
    k = network.degrees.astype(float)
    return float((k**2).mean() / k.mean()) if k.size else 0.0


def clustering_coefficient(network: Network) -> float:
    """Mean clustering coefficient of the open facets: triangles over pairs of neighbours [1]."""
    found = networkx.Graph()
    found.add_edges_from(network.graph.edges[network.graph.is_open].tolist())
    return float(networkx.average_clustering(found)) if len(found) else 0.0


def largest_open_cluster(network: Network) -> float:
    """Length of open facets in the largest cluster over the length of all facets [1]."""
    graph = network.graph
    lengths = graph.lengths
    owner = network.clusters[graph.edges[graph.is_open, 0]]
    sums = np.bincount(owner, lengths[graph.is_open])
    return float(sums.max(initial=0.0) / lengths.sum())


def longest_flaw(network: Network) -> float:
    """Depth of the deepest cluster of open facets that touches the anode, c_max [m]."""
    graph = network.graph
    touching = np.isin(network.clusters, np.unique(network.clusters[graph.anode]))
    return float(graph.points[touching, 0].max(initial=0.0))


def longest_extent(network: Network) -> float:
    """Largest extent along x of any cluster of open facets [m]."""
    x, owner = network.graph.points[:, 0], network.clusters
    low, high = np.full(owner.max() + 1, np.inf), np.zeros(owner.max() + 1)
    np.minimum.at(low, owner, x)
    np.maximum.at(high, owner, x)
    return float(np.max(high - low))


def sound_length(network: Network) -> float:
    """Least length of sound facets on a path between the electrodes [m]."""
    path = network.shortest
    graph = network.graph
    return float(np.where(graph.is_open, 0.0, graph.lengths)[path].sum())


def tortuosity(network: Network) -> float:
    """Length of that path over the thickness [1]."""
    return float(network.graph.lengths[network.shortest].sum()) / network.graph.thickness


def minimum_cut(network: Network) -> IntArray:
    """Facets of a smallest set without which the electrodes are not joined."""
    graph = network.graph
    n = graph.size
    many = np.int32(2 * len(graph.edges))
    ends = [graph.edges, graph.edges[:, ::-1]]
    links = [(n, vertex) for vertex in graph.anode] + [(vertex, n + 1) for vertex in graph.counter]
    pairs = np.concatenate([*ends, np.array(links)])
    capacity = np.concatenate(
        [np.ones(2 * len(graph.edges), dtype=np.int32), np.full(len(links), many)]
    )
    matrix = coo_array((capacity, tuple(pairs.T)), shape=(n + 2, n + 2)).tocsr()
    matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    residual = matrix - maximum_flow(csr_array(matrix), n, n + 1).flow
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    reached = dijkstra(residual, indices=n, unweighted=True)[:n] < np.inf
    return np.flatnonzero(reached[graph.edges[:, 0]] != reached[graph.edges[:, 1]])


def cut_size(cut: IntArray) -> int:
    """Number of its facets [1]."""
    return len(cut)


def betweenness(network: Network) -> FloatArray:
    """(m,) share of the shortest paths between the electrodes that use a facet [1]."""
    count = np.zeros(len(network.graph.edges))
    for path in network.paths:
        count[path] += 1.0
    return count / max(len(network.paths), 1)


def cut_betweenness(network: Network, cut: IntArray) -> float:
    """Largest betweenness of a facet of the cut [1]."""
    return float(betweenness(network)[cut].max(initial=0.0))


def orientation(network: Network) -> FloatArray:
    """(2, 2) mean of t tᵀ over the length of open facets [1]; trace 1, or 0 without any."""
    graph = network.graph
    vectors, lengths = graph.vectors[graph.is_open], graph.lengths[graph.is_open]
    if not lengths.size:
        return np.zeros((2, 2))
    return np.asarray((vectors.T / lengths) @ vectors / lengths.sum())
