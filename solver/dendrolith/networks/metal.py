"""Lithium in a network: which vertices it holds, how long it is behind them, and the potential.

Metal is one node of the resistors. A vertex that lithium reaches reacts with that node through the
walls of the facet behind it.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from dendrolith.networks.graph import DefectGraph, FloatArray, IntArray
from dendrolith.networks.resistors import GROUND, Resistors
from dendrolith.networks.schema import Config

NONE, ANODE, COUNTER, FLOATING = -1, 0, 1, 2  # owners of a vertex; floating ones count up
CONTACT = 1e6  # of two pieces of metal that meet, over the conductivity of the electrolyte
ISOLATION = 1e-9  # of metal whose walls do not react, over the same


class Metal:
    """The metal of one network under 1 A/m².

    Args:
        graph: with its defects.
        config: the input.

    Attributes:
        owner: (n,) piece of metal that holds a vertex.
        chain: (n,) length of metal behind it [m].
        filled: (m,) facets that lithium filled.
        field: potential of vertices and pieces.
        neighbours: (facet, vertex) around each vertex.
    """

    def __init__(self, graph: DefectGraph, config: Config) -> None:
        self._config, self._lengths = config, graph.lengths
        self.owner: IntArray = np.full(graph.size, NONE)
        self.owner[graph.metal] = FLOATING + np.arange(len(graph.metal))
        self.owner[graph.anode], self.owner[graph.counter] = ANODE, COUNTER
        self._node = np.array([GROUND, *range(graph.size, graph.size + 1 + len(graph.metal))])
        self.chain: FloatArray = np.zeros(graph.size)
        self.chain[graph.metal] = 2.0 * graph.pores[0, 2] if len(graph.pores) else 0.0
        self.filled = np.zeros(len(graph.edges), dtype=bool)
        self.neighbours = neighbours_of(graph)
        self.field = _resistors(graph, config)

    def potential_of(self, owner: IntArray) -> FloatArray:
        """Potential of pieces of metal [V per A/m²]."""
        return np.asarray(np.append(self.field.potential, 0.0)[self._node[owner]])

    def fill(self, facet: int, v: int, w: int) -> bool:
        """Lithium from v reaches w; is that the short circuit?"""
        self.filled[facet] = True
        length = float(self._lengths[facet])
        mine, other = int(self.owner[v]), int(self.owner[w])
        conductivity = self._config.electrolyte.ionic_conductivity
        if other == NONE:
            lithium = self._config.lithium
            wall = 2.0 * length * lithium.wall_reactivity * lithium.conductance
            if wall > 0:
                self.field.join(w, int(self._node[mine]), wall)
            self.owner[w], self.chain[w] = mine, self.chain[v] + length
            return False
        if {mine, other} == {ANODE, COUNTER}:
            return True
        first, second = sorted((mine, other))
        # of two nodes the ground comes second
        self.field.join(int(self._node[second]), int(self._node[first]), CONTACT * conductivity)
        start, base = (w, v) if other == second else (v, w)
        self._take_over(start, self.chain[base] + length, first, second)
        return False

    def _take_over(self, start: int, chain: float, label: int, old: int) -> None:
        """Metal of `old` belongs to `label` from now on; its chains begin there."""
        best = {start: chain}
        queue = [(chain, start)]
        while queue:
            length, vertex = heapq.heappop(queue)
            if length > best[vertex]:
                continue
            for facet, other in self.neighbours[vertex]:
                longer = length + float(self._lengths[facet])
                known = self.filled[facet] and self.owner[other] == old
                if known and longer < best.get(other, math.inf):
                    best[other] = longer
                    heapq.heappush(queue, (longer, other))
        self.owner[self.owner == old] = label
        for vertex, length in best.items():
            self.chain[vertex] = length


def neighbours_of(graph: DefectGraph) -> list[list[tuple[int, int]]]:
    """(facet, vertex) around each vertex."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(graph.size)]
    first, second = graph.edges.T
    for facet, (a, b) in enumerate(zip(map(int, first), map(int, second), strict=True)):
        found[a].append((facet, b))
        found[b].append((facet, a))
    return found


def _shares(graph: DefectGraph, vertices: IntArray) -> FloatArray:
    """Width of the electrode that belongs to each of its vertices [m]."""
    order = np.argsort(graph.points[vertices, 1], kind="stable")
    y = graph.points[vertices[order], 1]
    gaps = np.diff(np.append(y, y[0] + graph.width))
    shares = np.empty(len(vertices))
    shares[order] = 0.5 * (gaps + np.roll(gaps, 1))
    return shares


def _resistors(graph: DefectGraph, config: Config) -> Resistors:
    """Facets, reacting electrodes and lithium at the start, under 1 A/m²."""
    n, sigma = graph.size, config.electrolyte.ionic_conductivity
    g = config.lithium.conductance
    metal = n + 1 + np.arange(len(graph.metal))
    perimeter = 2.0 * np.pi * graph.pores[0, 2] if len(graph.pores) else 0.0
    wall = max(g * config.lithium.wall_reactivity * perimeter, ISOLATION * sigma)
    pairs = [
        graph.edges,
        np.column_stack([graph.anode, np.full(len(graph.anode), GROUND)]),
        np.column_stack([graph.counter, np.full(len(graph.counter), n)]),
        np.column_stack([graph.metal, metal]),
    ]
    conductances = [
        sigma * graph.faces / graph.lengths,
        g * _shares(graph, graph.anode),
        g * _shares(graph, graph.counter),
        np.full(len(graph.metal), wall),
    ]
    currents = np.zeros(n + 1 + len(graph.metal))
    currents[n] = graph.width
    return Resistors(currents.size, np.concatenate(pairs), np.concatenate(conductances), currents)
