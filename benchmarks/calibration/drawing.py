"""A defect network drawn on the mesh of the field model: broken cells, and toughness by facet.

A facet without toughness and the flaw of a facet at the anode become cells that are broken from the
start, and so do pores. What is broken and what a facet costs are the only things both models share.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from dendrolith.networks.graph import DefectGraph
from dendrolith.networks.schema import Electrolyte
from dendrolith.physics.fracture import AT1
from dendrolith.studies.boundary_toughness import ratio_of_gaussian

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

POINTS = 4  # of a facet in a mesh size
FELT = np.linspace(0.25, 0.95, 8)  # G_gb/G_c at which the toughness of a band is found


def with_surface_flaws(graph: DefectGraph) -> DefectGraph:
    """The network with flaws that can be drawn: at the anode alone, none longer than its facet."""
    at_anode = np.isin(graph.edges, graph.anode).any(axis=1)
    flaw = np.where(at_anode, np.minimum(graph.flaw, graph.lengths), 0.0)
    return dataclasses.replace(graph, flaw=flaw)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A network on a square mesh, periodic along y.

    Attributes:
        graph: the network, with flaws that can be drawn.
        h: mesh size [m].
    """

    graph: DefectGraph
    h: float

    @property
    def counts(self) -> tuple[int, int]:
        """Cells along x and y."""
        return round(self.graph.thickness / self.h), round(self.graph.width / self.h)

    def broken(self) -> BoolArray:
        """(nx, ny) cells that are broken from the start."""
        graph, cells = self.graph, np.zeros(self.counts, dtype=bool)
        for facet in np.flatnonzero(graph.is_open):
            self._mark(cells, graph.points[graph.edges[facet, 0]], graph.vectors[facet], 1.0)
        for vertex in graph.anode:
            for facet in np.flatnonzero((graph.edges == vertex).any(axis=1)):
                sign = 1.0 if graph.edges[facet, 0] == vertex else -1.0
                part = graph.flaw[facet] / graph.lengths[facet]
                self._mark(cells, graph.points[vertex], sign * graph.vectors[facet], part)
        middle = (np.indices(self.counts) + 0.5) * self.h
        for x, y, radius in graph.pores:
            away = middle[1] - y
            away -= graph.width * np.round(away / graph.width)
            cells |= (middle[0] - x) ** 2 + away**2 < radius**2
        return cells

    def _mark(self, cells: BoolArray, start: FloatArray, vector: FloatArray, part: float) -> None:
        """Break the cells along a part of a facet."""
        length = part * float(np.hypot(*vector))
        way = np.linspace(0.0, part, max(2, round(POINTS * length / self.h) + 1))
        points = start + way[:, None] * vector
        column = np.clip((points[:, 0] / self.h).astype(int), 0, cells.shape[0] - 1)
        row = np.floor(points[:, 1] / self.h).astype(int) % cells.shape[1]
        cells[column, row] = True

    def toughness(
        self, points: FloatArray, law: Electrolyte, ell: float, band: float
    ) -> FloatArray:
        """G/G_c [1] at (n, 2) points, such that a crack along a facet finds that of the facet.

        Args:
            points: [m].
            law: of the ceramic.
            ell: length of the damage [m].
            band: width of the band around a facet [m].
        """
        graph = self.graph
        steps = (
            (np.arange(round(POINTS * 2 * graph.lengths.max() / self.h)) + 0.5) * self.h / POINTS
        )
        facet, along = np.nonzero(steps < graph.lengths[:, None])
        way = (steps[along] / graph.lengths[facet])[:, None] * graph.vectors[facet]
        places = graph.points[graph.edges[facet, 0]] + way
        places[:, 1] %= graph.width
        whole = np.array([[0.0, -graph.width], [0.0, 0.0], [0.0, graph.width]])
        tree = cKDTree(np.concatenate([places + shift for shift in whole]))
        away, nearest = tree.query(points)
        tough = np.where(graph.is_open, law.boundary_toughness, graph.toughness)
        felt = (tough / law.boundary_toughness) ** 2 * law.boundary_ratio
        bands = [ratio_of_gaussian(value, band / ell, AT1) for value in FELT]
        ratio = np.interp(felt, FELT, bands)[facet[nearest % len(places)]]
        return np.asarray(1.0 - (1.0 - ratio) * np.exp(-((2.0 * away / band) ** 2)))
