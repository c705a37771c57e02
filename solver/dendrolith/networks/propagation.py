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
from dendrolith.networks.metal import ANODE, COUNTER, NONE, Metal
from dendrolith.networks.schema import Config


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
        self._metal = Metal(graph, config)
        self._cracked = graph.is_open.copy()
        self._progress = np.zeros(len(ends))
        self._links = _Links(graph)
        self._stress = normal_stress(graph, config)
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
        return Outcome(step, short, time, dry_length, self._broken, int(self._metal.filled.sum()))

    def _fronts(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Halves that leave metal: their numbers, η per current density at the tip, and c."""
        start, end = self._metal.owner[self._from], self._metal.owner[self._to]
        inside = (start != NONE) & (start != COUNTER) & (start != end)
        halves = np.flatnonzero(inside & ~self._metal.filled[self._facet])
        facet, v, w = self._facet[halves], self._from[halves], self._to[halves]
        owner = self._metal.owner[v]
        chain = np.where(owner == ANODE, 1.0, 0.5) * self._metal.chain[v]
        beyond = np.maximum(self._graph.flaw[facet] - chain, 0.0)
        phi, metal = self._metal.field.potential, self._metal.potential_of(owner)
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
        anchored = self._metal.owner[self._from[halves]] == ANODE
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
        while self._metal.owner[vertex] == NONE:
            onward = [
                (toughness[e], e, w) for e, w in self._metal.neighbours[vertex] if w not in passed
            ]
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
            dry = self._cracked & ~self._metal.filled
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
        return self._metal.fill(facet, int(self._from[half]), int(self._to[half])), False


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


def normal_stress(graph: DefectGraph, config: Config) -> FloatArray:
    """(m,) S on each facet under the stack pressure, between rollers [Pa], > 0 opens."""
    nu, pressure = config.electrolyte.poisson_ratio, config.protocol.stack_pressure
    cosine = graph.vectors[:, 0] / graph.lengths
    return -pressure * ((1.0 - cosine**2) + nu / (1.0 - nu) * cosine**2)
