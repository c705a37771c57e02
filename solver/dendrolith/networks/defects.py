"""Pores and cracked facets at a given density, arranged by a topology.

    score = √(1−o²) [c u(x) + √(1−c²) ε] + √2 o cos 2θ

u is a Gaussian field with the covariance exp(−r²/4ξ²) and ε white noise, both of unit variance; c
is the clustering, ξ the correlation length, o the orientation and θ the angle of a facet to x.
Defects take the places with the highest scores. The radius of the pores is adjusted so that the
porosity is exact. Cracked facets are taken in order; those beyond the density are passed over.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.spatial import cKDTree

from dendrolith.core.errors import ConfigError
from dendrolith.networks.graph import BoolArray, DefectGraph, FloatArray, IntArray, nearest_image
from dendrolith.networks.schema import Config, Density, Topology

TOLERANCE = 1e-3  # absolute, of porosity and of the cracked share
GAP = 1.05  # distance of pores over their diameter
LIGAMENT = 0.05  # a facet with less than this part of its length left is open
RASTER = 64  # points along the field u
NEIGHBOURS = 13  # centres of which one may share the nearest facet
CANDIDATES = 40  # places tried in grains for each pore


class Places:
    """Scores of places in one sample of a topology.

    Args:
        topology: where the defects are.
        extent: thickness and width [m].
        rng: of the sample.
    """

    def __init__(
        self, topology: Topology, extent: tuple[float, float], rng: np.random.Generator
    ) -> None:
        self._topology, self._extent, self._rng = topology, extent, rng
        self._field = _gaussian_field(topology.correlation_length, extent, rng)

    def scores(self, points: FloatArray, angles: FloatArray | None = None) -> FloatArray:
        """(n,) scores.

        Args:
            points: (n, 2) [m].
            angles: (n,) of facets to x [rad]; without them the orientation does not count.
        """
        place = [
            np.clip((p / size * RASTER).astype(int), 0, RASTER - 1)
            for p, size in zip(points.T, self._extent, strict=True)
        ]
        c, o = self._topology.clustering, self._topology.orientation
        white = self._rng.standard_normal(len(points))
        score = c * self._field[place[0], place[1]] + np.sqrt(1.0 - c**2) * white
        if angles is None:
            return np.asarray(score)
        return np.asarray(np.sqrt(1.0 - o**2) * score + np.sqrt(2.0) * o * np.cos(2.0 * angles))


def add_defects(
    graph: DefectGraph,
    centres: FloatArray,
    config: Config,
    density: Density,
    topology: Topology,
    rng: np.random.Generator,
) -> DefectGraph:
    """The network with toughness, flaws, pores and cracks.

    Args:
        graph: bare network.
        centres: (n, 2) of the grains [m]; none on a lattice, whose pores all lie on facets.
        config: the input.
        density: of the sample.
        topology: of the sample.
        rng: of the sample.

    Raises:
        ConfigError: there is no room for so many pores.
    """
    law, defects = config.electrolyte, config.defects
    places = Places(topology, (graph.thickness, graph.width), rng)
    lengths = graph.lengths
    tough = law.boundary_toughness * np.exp(
        law.toughness_scatter * rng.standard_normal(len(lengths))
    )
    flaw = (
        law.flaw_ratio
        * config.structure.grain_size
        * np.exp(law.flaw_scatter * rng.standard_normal(len(lengths)))
    )
    pores = _pores(graph, centres, defects.pore_diameter, density.porosity, topology, places, rng)
    covered = _covered(graph, pores)
    in_pore = lengths - covered <= LIGAMENT * lengths
    expected = 2.0 * graph.thickness * graph.width / config.structure.grain_size
    cracked = _cracked(graph, in_pore, density.cracked, expected, places)
    diameter = 2.0 * pores[0, 2] if len(pores) else 0.0
    flaw = np.where(covered > 0, np.maximum(flaw, diameter), flaw)
    opening = np.where(in_pore, max(diameter, defects.crack_opening), defects.crack_opening)
    return dataclasses.replace(
        graph,
        toughness=np.where(in_pore | cracked, 0.0, tough),
        flaw=flaw,
        opening=opening,
        pores=pores,
        metal=_metal(graph, pores, defects.isolated_lithium, rng),
    )


def _gaussian_field(
    length: float, extent: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """(RASTER, RASTER) u, of unit variance in the ensemble; periodic along y."""
    if length == 0:
        return np.zeros((RASTER, RASTER))
    white = rng.standard_normal((2 * RASTER, RASTER))  # twice as thick: not periodic along x
    kx = 2 * np.pi * np.fft.fftfreq(2 * RASTER, extent[0] / RASTER)
    ky = 2 * np.pi * np.fft.fftfreq(RASTER, extent[1] / RASTER)
    damping = np.exp(-0.5 * (kx[:, None] ** 2 + ky[None] ** 2) * length**2)
    field = np.fft.ifft2(np.fft.fft2(white) * damping).real / np.sqrt(np.mean(damping**2))
    return np.asarray(field[:RASTER])


def _pores(
    graph: DefectGraph,
    centres: FloatArray,
    diameter: float,
    porosity: float,
    topology: Topology,
    places: Places,
    rng: np.random.Generator,
) -> FloatArray:
    """(k, 3) centres and radius of pores that do not overlap."""
    area = graph.thickness * graph.width
    count = round(porosity * area / (np.pi * diameter**2 / 4))
    if count == 0:
        if porosity > TOLERANCE:
            raise ConfigError(f"porosity {porosity:g}: is less than one pore: enlarge the cell")
        return np.empty((0, 3))
    radius = float(np.sqrt(porosity * area / (np.pi * count)))
    attached = count if len(centres) == 0 else round(topology.attachment * count)
    middles = graph.middles
    taken = _spread(middles, places.scores(middles), attached, radius, graph, np.empty((0, 2)))
    if attached < count:
        inside = _inside_grains(graph, centres, CANDIDATES * count, radius, rng)
        taken = _spread(inside, places.scores(inside), count - attached, radius, graph, taken)
    return np.column_stack([taken, np.full(count, radius)])


def _spread(
    points: FloatArray,
    scores: FloatArray,
    count: int,
    radius: float,
    graph: DefectGraph,
    taken: FloatArray,
) -> FloatArray:
    """Places already taken, and `count` more in the order of their scores, none overlapping."""
    inside = (points[:, 0] >= radius) & (points[:, 0] <= graph.thickness - radius)
    order = np.argsort(-scores, kind="stable")
    chosen = np.empty((len(taken) + count, 2))
    chosen[: len(taken)] = taken
    number = len(taken)
    for point in points[order[inside[order]]]:
        if number == len(chosen):
            break
        offset = nearest_image(chosen[:number] - point, graph.width)
        if not np.any((offset**2).sum(axis=1) < (2.0 * GAP * radius) ** 2):
            chosen[number] = point
            number += 1
    if number < len(chosen):
        raise ConfigError(
            f"defects.pore_diameter: only {number} of {len(chosen)} pores find room: "
            "lower the porosity or the attachment, or change the diameter"
        )
    return chosen


def _inside_grains(
    graph: DefectGraph, centres: FloatArray, count: int, radius: float, rng: np.random.Generator
) -> FloatArray:
    """Uniform places farther than `radius` from the bisectors with the nearest centres."""
    size = np.array([graph.thickness, graph.width])
    points = rng.random((count, 2)) * size
    tree = cKDTree(centres, boxsize=(3.0 * size[0], size[1]))
    distance, owner = tree.query(points, k=min(NEIGHBOURS, len(centres)))
    apart = nearest_image(centres[owner[:, 1:]] - centres[owner[:, :1]], graph.width)
    square = distance[:, 1:] ** 2 - distance[:, :1] ** 2
    wall = (square / (2 * np.hypot(apart[..., 0], apart[..., 1]))).min(axis=1)
    return np.asarray(points[wall >= radius])


def _covered(graph: DefectGraph, pores: FloatArray) -> FloatArray:
    """(m,) length of each facet inside pores [m]."""
    lengths = graph.lengths
    covered = np.zeros(len(lengths))
    if not len(pores):
        return covered
    width, middles, radius = graph.width, graph.middles, pores[0, 2]
    tree = cKDTree(pores[:, :2] % [np.inf, width], boxsize=(3.0 * graph.thickness, width))
    near = tree.query_ball_point(middles, radius + 0.5 * lengths, return_sorted=True)
    facet = np.repeat(np.arange(len(near)), [len(entry) for entry in near])
    pore = np.array([k for entry in near for k in entry], dtype=np.int64)
    offset = nearest_image(pores[pore, :2] - middles[facet], width)
    along = (offset * graph.vectors[facet]).sum(axis=1) / lengths[facet]
    half = np.sqrt(np.maximum(radius**2 - (offset**2).sum(axis=1) + along**2, 0.0))
    low, high = -0.5 * lengths[facet], 0.5 * lengths[facet]
    inside = np.clip(along + half, low, high) - np.clip(along - half, low, high)
    np.add.at(covered, facet, inside)
    return covered


def _cracked(
    graph: DefectGraph, in_pore: BoolArray, share: float, expected: float, places: Places
) -> BoolArray:
    """(m,) facets that are cracked: the share of the expected length within `TOLERANCE`."""
    angles = np.arctan2(graph.vectors[:, 1], graph.vectors[:, 0])
    order: IntArray = np.argsort(-places.scores(graph.middles, angles), kind="stable")
    target, total = share * expected, 0.0
    cracked = np.zeros(len(in_pore), dtype=bool)
    lengths = graph.lengths
    for facet in order[~in_pore[order]]:
        if total >= target - 0.1 * TOLERANCE * expected:
            break
        if total + lengths[facet] <= target + TOLERANCE * expected:
            cracked[facet] = True
            total += lengths[facet]
    if total < target - TOLERANCE * expected:
        raise ConfigError(
            f"densities.cracked: {share:g} is more than the facets outside pores allow: lower it"
        )
    return cracked


def _metal(
    graph: DefectGraph, pores: FloatArray, share: float, rng: np.random.Generator
) -> IntArray:
    """Vertices in pores that hold lithium at the start."""
    chosen = pores[rng.random(len(pores)) < share] if len(pores) else pores
    if not len(chosen):
        return np.empty(0, dtype=np.int64)
    tree = cKDTree(graph.points, boxsize=(3.0 * graph.thickness, graph.width))
    found = tree.query(chosen[:, :2] % [np.inf, graph.width])[1]
    on_electrode = np.concatenate([graph.anode, graph.counter])
    return np.setdiff1d(found, on_electrode)
