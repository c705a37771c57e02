"""Lithium through a network under a ramp of current: crack, fill, short circuit.

The facets are resistors for ions, the metal is equipotential, its surface reacts linearly. After
each facet that is filled the potential is solved again. A facet behind the metal vertex v

    fails where    K = Y k₁ (F/V_m) κ η √(πc) + 1.12 S √(πc) ≥ K_IC
    with           s = max(a_e − chain, 0),  c = chain + s,  η = η_v + s ∂φ/∂x along the facet

and cracks at once. The crack runs on along the weakest facet while K of the partly filled crack
suffices. Open facets and cracks fill at v_f(η). Lithium that reaches the counter electrode is the
short circuit. `chain` is the length of metal behind v, half of it where the metal floats.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np

from dendrolith.core.constants import FARADAY
from dendrolith.networks.critical_current import (
    ANODE_FACTOR,
    EDGE_STRESS_FACTOR,
    FLOATING_FACTOR,
    filling_speed,
    partial_load,
)
from dendrolith.networks.graph import DefectGraph, FloatArray, IntArray
from dendrolith.networks.resistors import GROUND, Resistors
from dendrolith.networks.schema import Config

NONE, ANODE, COUNTER, FLOATING = -1, 0, 1, 2  # owners of a vertex; floating ones count up
CONTACT = 1e6  # of two pieces of metal that meet, over the conductivity of the electrolyte
ISOLATION = 1e-9  # of metal whose walls do not react, over the same


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a ramp found.

    Attributes:
        step: number of the step with the short circuit, from 1; 0: none.
        short_time: of the short circuit [s]; NaN: none.
        dry_time: when cracks and pores first joined the electrodes [s]; NaN: never.
        dry_length: length of cracked facets without lithium at that time [m].
        cracked: facets that broke.
        filled: facets that lithium filled.
    """

    step: int
    short_time: float
    dry_time: float
    dry_length: float
    cracked: int
    filled: int


class Propagation:
    """One network under the ramp of an input.

    Args:
        graph: with its defects.
        config: the input.
    """

    def __init__(self, graph: DefectGraph, config: Config) -> None:
        self._graph, self._config = graph, config
        self._lengths = graph.lengths
        ends = graph.edges
        # each facet as two halves: lithium may come from either end
        self._from = np.concatenate([ends[:, 0], ends[:, 1]])
        self._to = np.concatenate([ends[:, 1], ends[:, 0]])
        self._facet = np.tile(np.arange(len(ends)), 2)
        self._owner = np.full(graph.size, NONE)
        self._owner[graph.metal] = FLOATING + np.arange(len(graph.metal))
        self._owner[graph.anode], self._owner[graph.counter] = ANODE, COUNTER
        self._node = np.array([GROUND, *range(graph.size, graph.size + 1 + len(graph.metal))])
        self._chain = np.zeros(graph.size)
        self._chain[graph.metal] = 2.0 * graph.pores[0, 2] if len(graph.pores) else 0.0
        self._cracked = graph.is_open.copy()
        self._filled = np.zeros(len(ends), dtype=bool)
        self._progress = np.zeros(len(ends))
        self._neighbours = _neighbours(graph)
        self._links = _Links(graph)
        self._stress = _normal_stress(graph, config)
        self._field = _resistors(graph, config)
        self._time = 0.0
        self._dry = (math.nan, math.nan)
        self._broken = 0
        for facet in np.flatnonzero(self._cracked):
            self._links.join(*ends[facet])
        self._look_for_dry_path()

    def run(self) -> Outcome:
        """Ramp up to the short circuit or to the highest current."""
        protocol = self._config.protocol
        current = protocol.step * np.arange(1, protocol.steps + 1)
        duration = np.full(current.size, protocol.duration)
        if protocol.capacity:
            duration = np.minimum(duration, protocol.capacity / current)
        ends = np.cumsum(duration)
        step = 0
        while step < protocol.steps:
            halves, tip, length = self._fronts()
            limit = self._failure_currents(halves, tip, length)
            if np.any(limit <= current[step]):
                self._crack(current[step], halves, tip, length, limit)
                continue
            speed = self._speeds(halves, tip, length) * current[step]
            if not np.any(speed > 0):
                step = int(np.searchsorted(current, limit.min(initial=math.inf)))
                self._time = float(ends[step - 1]) if step < protocol.steps else self._time
                continue
            shorted, finished = self._fill(halves, speed, float(ends[step]))
            if shorted:
                return self._outcome(step + 1)
            step += finished
        return self._outcome(0)

    def _outcome(self, step: int) -> Outcome:
        time, dry_length = self._dry
        short = self._time if step else math.nan
        return Outcome(step, short, time, dry_length, self._broken, int(self._filled.sum()))

    def _fronts(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Halves that leave metal: their numbers, η per current density at the tip, and c."""
        start, end = self._owner[self._from], self._owner[self._to]
        inside = (start != NONE) & (start != COUNTER) & (start != end)
        halves = np.flatnonzero(inside & ~self._filled[self._facet])
        facet, v, w = self._facet[halves], self._from[halves], self._to[halves]
        owner = self._owner[v]
        chain = np.where(owner == ANODE, 1.0, 0.5) * self._chain[v]
        beyond = np.maximum(self._graph.flaw[facet] - chain, 0.0)
        phi = self._field.potential
        metal = np.append(phi, 0.0)[self._node[owner]]
        slope = (phi[w] - phi[v]) / self._lengths[facet]
        tip = phi[v] - metal + beyond * slope
        return halves, tip * self._config.calibration.concentration_factor, chain + beyond

    def _failure_currents(
        self, halves: IntArray, tip: FloatArray, length: FloatArray
    ) -> FloatArray:
        """Current density at which each half fails; infinite where it never does."""
        facet = self._facet[halves]
        root = np.sqrt(np.pi * length)
        load = self._load(halves) * tip * root
        needed = self._graph.toughness[facet] - EDGE_STRESS_FACTOR * self._stress[facet] * root
        breaks = ~self._cracked[facet] & (load > 0)
        found = np.maximum(needed, 0.0) / np.where(breaks, load, 1.0)
        return np.where(breaks, found, math.inf)

    def _load(self, halves: IntArray) -> FloatArray:
        """Y k₁ F/V_m."""
        anchored = self._owner[self._from[halves]] == ANODE
        factor = self._config.calibration.geometry_factor * FARADAY
        factor /= self._config.lithium.molar_volume
        return np.where(anchored, ANODE_FACTOR, FLOATING_FACTOR) * factor

    def _speeds(self, halves: IntArray, tip: FloatArray, length: FloatArray) -> FloatArray:
        """Speed of lithium in open facets per current density [m/s per A/m²]."""
        facet = self._facet[halves]
        speed = filling_speed(
            self._config.electrolyte.ionic_conductivity,
            self._config.lithium.molar_volume,
            np.where(self._cracked[facet], np.maximum(tip, 0.0), 0.0),
            self._graph.opening[facet],
            length,
        )
        return speed * self._config.calibration.filling_factor

    def _crack(
        self,
        current: float,
        halves: IntArray,
        tip: FloatArray,
        length: FloatArray,
        limit: FloatArray,
    ) -> None:
        """Break what fails, the weakest first, and let each crack run."""
        failing = np.flatnonzero(limit <= current)
        load = self._load(halves) * tip * current
        for k in failing[np.argsort(limit[failing], kind="stable")]:
            facet, vertex = int(self._facet[halves[k]]), int(self._to[halves[k]])
            if self._cracked[facet]:
                continue
            self._break(facet)
            reach = float(length[k]) + float(self._lengths[facet])
            self._run_on(vertex, float(load[k]), float(length[k]), reach)
        self._look_for_dry_path()

    def _run_on(self, vertex: int, load: float, filled: float, reach: float) -> None:
        """Let a crack of length `reach`, filled over `filled`, run from a vertex."""
        toughness = self._graph.toughness
        passed = {vertex}
        while self._owner[vertex] == NONE:
            onward = [(toughness[e], e, w) for e, w in self._neighbours[vertex] if w not in passed]
            if not onward:
                return
            needed, facet, vertex = min(onward)
            stress = EDGE_STRESS_FACTOR * self._stress[facet] * math.sqrt(math.pi * reach)
            if not self._cracked[facet]:
                intensity = load * partial_load(np.array([filled]), np.array([reach]))[0]
                if intensity + stress < needed:
                    return
                self._break(facet)
            passed.add(vertex)
            reach += float(self._lengths[facet])

    def _break(self, facet: int) -> None:
        self._cracked[facet] = True
        self._broken += 1
        self._links.join(*self._graph.edges[facet])

    def _look_for_dry_path(self) -> None:
        if math.isnan(self._dry[0]) and self._links.crossed():
            dry = self._cracked & ~self._filled
            self._dry = (self._time, float(self._lengths[dry].sum()))

    def _fill(self, halves: IntArray, speed: FloatArray, end: float) -> tuple[bool, bool]:
        """Lithium advances to the next filled facet or to the end of the step.

        Returns:
            whether there is a short circuit, and whether the step is over.
        """
        rate = np.zeros(len(self._lengths))
        np.add.at(rate, self._facet[halves], speed)
        rate /= self._lengths
        active = np.flatnonzero(rate > 0)
        left = (1.0 - self._progress[active]) / rate[active]
        soonest = int(np.argmin(left))
        elapsed = min(float(left[soonest]), end - self._time)
        self._progress[active] += rate[active] * elapsed
        if left[soonest] > end - self._time:
            self._time = end
            return False, True
        self._time += elapsed
        facet = int(active[soonest])
        mine = self._facet[halves] == facet
        half = int(halves[mine][np.argmax(speed[mine])])
        return self._fill_facet(facet, int(self._from[half]), int(self._to[half])), False

    def _fill_facet(self, facet: int, v: int, w: int) -> bool:
        """Lithium from v reaches w; is that the short circuit?"""
        self._filled[facet] = True
        length = float(self._lengths[facet])
        mine, other = int(self._owner[v]), int(self._owner[w])
        conductivity = self._config.electrolyte.ionic_conductivity
        if other == NONE:
            lithium = self._config.lithium
            wall = 2.0 * length * lithium.wall_reactivity * lithium.conductance
            if wall > 0:
                self._field.join(w, int(self._node[mine]), wall)
            self._owner[w], self._chain[w] = mine, self._chain[v] + length
            return False
        if {mine, other} == {ANODE, COUNTER}:
            return True
        first, second = sorted((mine, other))
        # of two nodes the ground comes second
        self._field.join(int(self._node[second]), int(self._node[first]), CONTACT * conductivity)
        start, base = (w, v) if other == second else (v, w)
        self._take_over(start, self._chain[base] + length, first, second)
        return False

    def _take_over(self, start: int, chain: float, label: int, old: int) -> None:
        """Metal of `old` belongs to `label` from now on; its chains begin there."""
        best = {start: chain}
        queue = [(chain, start)]
        while queue:
            length, vertex = heapq.heappop(queue)
            if length > best[vertex]:
                continue
            for facet, other in self._neighbours[vertex]:
                longer = length + float(self._lengths[facet])
                known = self._filled[facet] and self._owner[other] == old
                if known and longer < best.get(other, math.inf):
                    best[other] = longer
                    heapq.heappush(queue, (longer, other))
        self._owner[self._owner == old] = label
        for vertex, length in best.items():
            self._chain[vertex] = length


class _Links:
    """Which vertices cracks and pores join (union–find)."""

    def __init__(self, graph: DefectGraph) -> None:
        self._parent = list(range(graph.size + 2))
        self._ends = (graph.size, graph.size + 1)
        for vertices, end in zip((graph.anode, graph.counter), self._ends, strict=True):
            for vertex in vertices:
                self.join(int(vertex), end)

    def _root(self, vertex: int) -> int:
        parent = self._parent
        while parent[vertex] != vertex:
            parent[vertex] = vertex = parent[parent[vertex]]
        return vertex

    def join(self, first: int, second: int) -> None:
        """Join two vertices."""
        self._parent[self._root(int(first))] = self._root(int(second))

    def crossed(self) -> bool:
        """Are the electrodes joined?"""
        return self._root(self._ends[0]) == self._root(self._ends[1])


def _neighbours(graph: DefectGraph) -> list[list[tuple[int, int]]]:
    """(facet, vertex) around each vertex."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(graph.size)]
    first, second = graph.edges.T
    for facet, (a, b) in enumerate(zip(map(int, first), map(int, second), strict=True)):
        found[a].append((facet, b))
        found[b].append((facet, a))
    return found


def _normal_stress(graph: DefectGraph, config: Config) -> FloatArray:
    """(m,) S on each facet under the stack pressure, between rollers [Pa], > 0 opens."""
    nu, pressure = config.electrolyte.poisson_ratio, config.protocol.stack_pressure
    cosine = graph.vectors[:, 0] / graph.lengths
    return -pressure * ((1.0 - cosine**2) + nu / (1.0 - nu) * cosine**2)


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
