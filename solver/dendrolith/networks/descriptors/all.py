"""The table of descriptors: name, symbol, unit, group; and all of them of one network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dendrolith.networks.descriptors import graph as of_graph
from dendrolith.networks.descriptors import image as of_image
from dendrolith.networks.descriptors import persistence
from dendrolith.networks.descriptors.graph import Network
from dendrolith.networks.descriptors.image import PIXELS, Picture
from dendrolith.networks.graph import DefectGraph, FloatArray, IntArray

DENSITY, TOPOLOGY = "M", "T"
LAGS = (2, 6, 18)  # pixels at which S₂ and C₂ are taken: within a pore, a grain, three grains


@dataclass(frozen=True, eq=False)
class Views:
    """One network as all descriptors see it.

    Attributes:
        network: its graph.
        picture: its defects as pixels.
        cut: facets of a minimum cut.
        bars: lengths of its persistence bars [m].
    """

    network: Network
    picture: Picture
    cut: IntArray
    bars: FloatArray


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A number that describes a network.

    Attributes:
        name: of its column.
        symbol: in formulas.
        unit: SI.
        group: `DENSITY` says how much, `TOPOLOGY` where.
        measure: its value.
    """

    name: str
    symbol: str
    unit: str
    group: str
    measure: Callable[[Views], float]

    @property
    def column(self) -> str:
        """Title of its column."""
        return f"{self.name} [{self.unit}]"


def views(graph: DefectGraph) -> Views:
    """A network, its picture and their homology."""
    pixel = float(np.sqrt(graph.thickness * graph.width / max(graph.size / 2.0, 1.0))) / PIXELS
    pixel = graph.thickness / round(graph.thickness / pixel)
    network, picture = Network(graph), of_image.draw(graph, pixel)
    ends = persistence.bars(picture.defects)
    return Views(
        network,
        picture,
        of_graph.minimum_cut(network),
        (ends[:, 1] - ends[:, 0]) * pixel,
    )


def _at(lag: int, kind: Callable[[Picture, int], float]) -> Callable[[Views], float]:
    return lambda v: kind(v.picture, lag)


def _in_picture(measure: Callable[[Picture], float]) -> Callable[[Views], float]:
    return lambda v: measure(v.picture)


def _in_network(measure: Callable[[Network], float]) -> Callable[[Views], float]:
    return lambda v: measure(v.network)


_IMAGE: tuple[tuple[str, str, str, str, Callable[[Picture], float]], ...] = (
    ("defect_fraction", "phi", "1", DENSITY, of_image.defect_fraction),
    ("number_density", "n_c", "1/m^2", DENSITY, of_image.number_density),
    ("perimeter_density", "P_A", "1/m", DENSITY, of_image.boundary_length),
    ("euler_density", "chi", "1/m^2", TOPOLOGY, of_image.euler_density),
    ("mean_cluster", "A_mean", "m^2", TOPOLOGY, of_image.mean_cluster),
    ("largest_cluster", "A_max", "m^2", TOPOLOGY, of_image.largest_cluster),
    ("largest_share", "s_max", "1", TOPOLOGY, of_image.largest_share),
    ("clusters_at_anode", "n_a", "1", TOPOLOGY, lambda p: of_image.clusters_at(p, 0)),
    ("clusters_at_counter", "n_k", "1", TOPOLOGY, lambda p: of_image.clusters_at(p, -1)),
    ("percolation_distance", "r_p", "m", TOPOLOGY, of_image.percolation_distance),
    ("correlation_length", "L_c", "m", TOPOLOGY, of_image.correlation_length),
)
_GRAPH: tuple[tuple[str, str, str, str, Callable[[Network], float]], ...] = (
    ("porosity", "p", "1", DENSITY, of_graph.porosity),
    ("boundary_density", "B_A", "1/m", DENSITY, of_graph.boundary_density),
    ("open_density", "O_A", "1/m", DENSITY, of_graph.open_density),
    ("mean_degree", "k", "1", TOPOLOGY, of_graph.mean_degree),
    ("degree_ratio", "k2", "1", TOPOLOGY, of_graph.degree_ratio),
    ("clustering_coefficient", "C", "1", TOPOLOGY, of_graph.clustering_coefficient),
    ("largest_open_cluster", "g_max", "1", TOPOLOGY, of_graph.largest_open_cluster),
    ("longest_flaw", "c_max", "m", TOPOLOGY, of_graph.longest_flaw),
    ("longest_extent", "l_max", "m", TOPOLOGY, of_graph.longest_extent),
    ("sound_length", "l_s", "m", TOPOLOGY, of_graph.sound_length),
    ("tortuosity", "tau", "1", TOPOLOGY, of_graph.tortuosity),
    ("orientation_xx", "Q", "1", TOPOLOGY, lambda n: float(of_graph.orientation(n)[0, 0])),
)
DESCRIPTORS: tuple[Descriptor, ...] = (
    *(Descriptor(n, s, u, g, _in_picture(f)) for n, s, u, g, f in _IMAGE),
    *(Descriptor(n, s, u, g, _in_network(f)) for n, s, u, g, f in _GRAPH),
    *(
        Descriptor(f"two_point_{lag}", f"S_{lag}", "1", TOPOLOGY, _at(lag, of_image.two_point))
        for lag in LAGS
    ),
    *(
        Descriptor(
            f"same_cluster_{lag}", f"C_{lag}", "1", TOPOLOGY, _at(lag, of_image.same_cluster)
        )
        for lag in LAGS
    ),
    Descriptor("cut_size", "n_cut", "1", TOPOLOGY, lambda v: of_graph.cut_size(v.cut)),
    Descriptor(
        "cut_betweenness",
        "b_cut",
        "1",
        TOPOLOGY,
        lambda v: of_graph.cut_betweenness(v.network, v.cut),
    ),
    Descriptor("clusters", "b_0", "1", TOPOLOGY, lambda v: v.picture.areas.size),
    Descriptor("loops", "b_1", "1", TOPOLOGY, lambda v: of_image.loops(v.picture)),
    Descriptor(
        "total_persistence", "L_tot", "m", TOPOLOGY, lambda v: persistence.total_persistence(v.bars)
    ),
    Descriptor("longest_bar", "L_max", "m", TOPOLOGY, lambda v: persistence.longest_bar(v.bars)),
)


def describe(graph: DefectGraph) -> dict[str, float]:
    """Column → value of every descriptor."""
    seen = views(graph)
    return {descriptor.column: float(descriptor.measure(seen)) for descriptor in DESCRIPTORS}
