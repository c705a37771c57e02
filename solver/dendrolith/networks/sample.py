"""One network of an ensemble, from the seed and its number alone."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dendrolith.networks.bottleneck import Bottleneck
from dendrolith.networks.critical_current import EDGE_STRESS_FACTOR, critical_current
from dendrolith.networks.defects import add_defects
from dendrolith.networks.grains import facet_network, place_grains
from dendrolith.networks.graph import DefectGraph, FloatArray
from dendrolith.networks.lattices import self_dual, square
from dendrolith.networks.propagation import Propagation, normal_stress
from dendrolith.networks.schema import (
    DYNAMIC,
    SELF_DUAL,
    VORONOI,
    Config,
    Density,
    Structure,
    Topology,
)

Row = dict[str, float | int | str]
Describe = Callable[[DefectGraph], dict[str, float]]

LOWER, UPPER = "critical_current_lower [A/m^2]", "critical_current [A/m^2]"
STATIC_CURRENT = "static_critical_current [A/m^2]"
CENSORED, WINDOW = "censored", "dry_window [s]"
TOPOLOGY, DENSITY, INDEX = "topology", "density", "index"
DRAWN = -1  # density of a network between those of the design


@dataclass(frozen=True, slots=True)
class Sample:
    """A network and where it stands in the design.

    Attributes:
        index: number in the ensemble.
        topology: of its defects.
        cell: number of its density; `DRAWN` where that is drawn.
        graph: the network.
    """

    index: int
    topology: Topology
    cell: int
    graph: DefectGraph


def make_sample(config: Config, index: int) -> Sample:
    """Network `index` of the ensemble; cells of the design take turns."""
    rng = np.random.default_rng(np.random.SeedSequence([config.ensemble.seed, index]))
    cells = len(config.densities) * len(config.topologies)
    cell, kind = divmod(index % cells, len(config.topologies))
    if index >= cells * config.ensemble.samples:
        density, cell = _between(config.densities, rng.random()), DRAWN
    else:
        density = config.densities[cell]
    topology = config.topologies[kind]
    layout, structure = config.structure.layout, config.structure
    if layout == VORONOI:
        extent = (structure.thickness, structure.width)
        along, across = structure.cells
        centres = place_grains(along * across, extent, structure.relaxation, rng)
        bare = facet_network(centres, extent)
    else:
        centres, bare = np.empty((0, 2)), _lattice(structure)
    return Sample(index, topology, cell, add_defects(bare, centres, config, density, topology, rng))


def run_sample(config: Config, index: int, describe: Describe | None) -> Row:
    """What an ensemble keeps of one network.

    Args:
        config: the input.
        index: of the network.
        describe: what measures it.
    """
    sample = make_sample(config, index)
    graph = sample.graph
    row: Row = {INDEX: index, TOPOLOGY: sample.topology.name, DENSITY: sample.cell}
    static = _bottleneck(config.structure, graph).current(thresholds(graph, config))
    if config.ensemble.model == DYNAMIC:
        found = Propagation(graph, config).run()
        step = config.protocol.step
        last = config.protocol.steps
        row |= {
            LOWER: step * (found.step - 1 if found.step else last),
            UPPER: step * found.step if found.step else math.inf,
            CENSORED: int(found.step == 0),
            STATIC_CURRENT: static,
            "short_time [s]": found.short_time,
            "dry_time [s]": found.dry_time,
            WINDOW: found.short_time - found.dry_time,
            "dry_length [m]": found.dry_length,
            "cracked_facets": found.cracked,
            "filled_facets": found.filled,
        }
    else:
        lower = upper = static
        if static == 0.0:  # cracks join the electrodes: the first step finds the short circuit
            upper = config.protocol.step
        elif static > config.protocol.highest:
            lower, upper = config.protocol.highest, math.inf
        row |= {
            LOWER: lower,
            UPPER: upper,
            CENSORED: int(upper == math.inf),
            STATIC_CURRENT: static,
        }
    return row | (describe(graph) if describe else {})


def thresholds(graph: DefectGraph, config: Config) -> FloatArray:
    """(m,) J_c of each facet as a single flaw, under its normal stress [A/m²]."""
    closed = -EDGE_STRESS_FACTOR * normal_stress(graph, config) * np.sqrt(np.pi * graph.flaw)
    found = critical_current(
        config.electrolyte.ionic_conductivity,
        config.lithium.molar_volume,
        np.where(graph.is_open, 0.0, graph.toughness + closed),
        graph.flaw,
    )
    return np.asarray(found / config.calibration.intensity)


def _between(densities: tuple[Density, ...], share: float) -> Density:
    first, last = densities[0], densities[-1]
    values = {
        field.name: (1.0 - share) * getattr(first, field.name) + share * getattr(last, field.name)
        for field in dataclasses.fields(Density)
    }
    return Density(**values)


@functools.cache
def _lattice(structure: Structure) -> DefectGraph:
    along, across = structure.cells
    if structure.layout == SELF_DUAL:
        return self_dual(along, structure.grain_size)
    return square(along + 1, across, structure.grain_size, periodic=True)


@functools.cache
def _lattice_paths(structure: Structure) -> Bottleneck:
    return Bottleneck(_lattice(structure))


def _bottleneck(structure: Structure, graph: DefectGraph) -> Bottleneck:
    return Bottleneck(graph) if structure.layout == VORONOI else _lattice_paths(structure)
