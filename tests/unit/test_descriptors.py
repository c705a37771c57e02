"""Descriptors of pictures and networks on shapes whose values are known."""

import dataclasses
import math

import gudhi
import networkx
import numpy as np
import pytest

import dendrolith
from dendrolith.networks.descriptors import graph as of_graph
from dendrolith.networks.descriptors import image as of_image
from dendrolith.networks.descriptors import persistence
from dendrolith.networks.descriptors.all import DESCRIPTORS, describe, views
from dendrolith.networks.descriptors.graph import Network
from dendrolith.networks.descriptors.image import Picture
from dendrolith.networks.lattices import square
from dendrolith.networks.sample import make_sample

pytestmark = pytest.mark.serial


def discs(*rings, size=120):
    """Discs, with holes where the inner radius is above 0."""
    x, y = np.indices((size, size))
    found = np.zeros((size, size), dtype=bool)
    for cx, cy, outer, inner in rings:
        r = np.hypot(x - cx, y - cy)
        found |= (r <= outer) & (r >= inner)
    return found


THREE = discs((30, 30, 15, 6), (80, 30, 15, 6), (60, 85, 12, 0))


def lattice(is_open):
    """A square lattice of 5 × 4 vertices with some open facets."""
    bare = square(5, 4, 1.0)
    flags = np.array([is_open(*bare.points[a], *bare.points[b]) for a, b in bare.edges])
    return Network(dataclasses.replace(bare, toughness=np.where(flags, 0.0, 1.0)))


def betti_numbers(defects):
    """b₀, b₁, … of the defects, one for each dimension."""
    complex_ = gudhi.CubicalComplex(top_dimensional_cells=np.where(defects, 0.0, 1.0))
    complex_.compute_persistence(min_persistence=-1.0)
    return [int(number) for number in complex_.persistent_betti_numbers(0.0, 0.5)][: defects.ndim]


def test_two_rings_and_a_disc():
    """b = (3, 2), χ = 1 with both connectivities."""
    assert betti_numbers(THREE) == [3, 2]
    picture = Picture(THREE, 1.0)
    assert of_image.euler_density(picture) * picture.area == pytest.approx(1)
    assert of_image.loops(picture) == 2
    assert picture.areas.size == 3


def test_a_torus():
    """Its surface, a shell two pixels thick: b = (1, 2, 1)."""
    x, y, z = np.indices((34, 34, 18)) - np.array([16.5, 16.5, 8.5])[:, None, None, None]
    tube = np.hypot(np.hypot(x, y) - 10, z)
    assert betti_numbers(np.abs(tube - 4) <= 1) == [1, 2, 1]
    assert betti_numbers(tube <= 4) == [1, 1, 0]


def test_euler_is_components_less_loops():
    random = np.random.default_rng(1)
    for share in (0.2, 0.5, 0.8):
        defects = random.random((40, 40)) < share
        defects[:, 0] = False  # nothing crosses the joined sides
        b0, b1 = betti_numbers(defects)
        picture = Picture(defects, 1.0)
        assert of_image.euler_density(picture) * picture.area == pytest.approx(b0 - b1)
        assert (picture.areas.size, of_image.loops(picture)) == (b0, b1)


def test_nothing_depends_on_where_the_period_begins():
    """C₂ of 0.028 was off by 0.0002 to 0.0005, the longest bar by a third of its scatter."""
    seen = views(make_sample(small({"porosity": 0.06, "cracked": 0.2}), 0).graph)
    rows = []
    for shift in (0, 11, 29):
        picture = dataclasses.replace(
            seen.picture, defects=np.roll(seen.picture.defects, shift, axis=1)
        )
        ends = persistence.bars(picture.defects)
        bars = np.sort(ends[:, 1] - ends[:, 0]) * picture.pixel
        moved = dataclasses.replace(seen, picture=picture, bars=bars)
        rows.append([d.measure(moved) for d in DESCRIPTORS])
    np.testing.assert_allclose(rows[1:], [rows[0], rows[0]], rtol=1e-9)


def test_a_ring_around_the_period_is_one_loop():
    band = np.zeros((20, 30), dtype=bool)
    band[8:11] = True
    picture = Picture(band, 1.0)
    assert (picture.areas.tolist(), of_image.loops(picture)) == ([90.0], 1)
    assert of_image.boundary_length(picture) * picture.area == pytest.approx(60, rel=0.06)


def test_bars_of_two_discs():
    """They meet at half the gap between them; a disc is born at minus its radius."""
    defects = discs((30, 60, 15, 0), (90, 60, 15, 0))
    bars = persistence.bars(defects)
    lengths = bars[:, 1] - bars[:, 0]
    longest = bars[np.argmax(lengths)]
    assert longest == pytest.approx([-15, 15], abs=1.5)
    assert persistence.longest_bar(lengths) == pytest.approx(30, abs=2)
    assert persistence.total_persistence(lengths) >= persistence.longest_bar(lengths)


def test_checkerboard():
    """S₂ alternates between ½ and 0; corners join all squares."""
    board = (np.indices((16, 16)).sum(axis=0) % 2).astype(bool)
    picture = Picture(board, 2.0)
    assert [of_image.two_point(picture, lag) for lag in (0, 1, 2, 3)] == [0.5, 0, 0.5, 0]
    assert [of_image.same_cluster(picture, lag) for lag in (0, 1, 2)] == [0.5, 0, 0.5]
    assert of_image.largest_share(picture) == 1.0
    assert of_image.number_density(picture) == pytest.approx(1 / picture.area)
    assert (of_image.clusters_at(picture, 0), of_image.clusters_at(picture, -1)) == (1, 1)


def test_two_points_far_apart_are_independent():
    defects = np.random.default_rng(2).random((300, 300)) < 0.3
    picture = Picture(defects, 1.0)
    share = of_image.defect_fraction(picture)
    assert of_image.two_point(picture, 0) == share
    assert of_image.two_point(picture, 40) == pytest.approx(share**2, abs=0.01)
    assert of_image.correlation_length(picture) == pytest.approx(0.5, abs=0.2)  # trapezoid of δ


def test_areas_lengths_and_gaps():
    picture = Picture(discs((25, 50, 10, 0), (75, 50, 20, 0), size=100), 0.5)
    assert of_image.largest_cluster(picture) == pytest.approx(math.pi * 100, rel=0.02)
    assert of_image.mean_cluster(picture) == pytest.approx(math.pi * 125 / 2, rel=0.02)
    large = Picture(discs((60, 60, 40, 0)), 0.5)
    assert of_image.boundary_length(large) * large.area == pytest.approx(40 * math.pi, rel=0.02)
    # 15 pixels to the first end, 20 between the discs, 5 to the last end
    assert of_image.percolation_distance(picture) == pytest.approx(15 * 0.5, abs=0.51)
    band = np.zeros((20, 20), dtype=bool)
    band[:, 9] = True
    assert of_image.percolation_distance(Picture(band, 1.0)) == 0


def test_empty_and_full_pictures_have_values():
    for defects in (np.zeros((12, 12), dtype=bool), np.ones((12, 12), dtype=bool)):
        picture = Picture(defects, 1.0)
        assert math.isfinite(of_image.percolation_distance(picture))
        assert of_image.correlation_length(picture) == 0
        assert persistence.bars(defects).shape == (0, 2)


def test_degrees_of_a_square_lattice():
    network = lattice(lambda *_: True)
    assert network.degrees.max() == 4
    wide = square(40, 40, 1.0, periodic=True)
    whole = Network(dataclasses.replace(wide, toughness=np.zeros(len(wide.edges))))
    assert of_graph.mean_degree(whole) == pytest.approx(4, abs=0.06)
    assert of_graph.degree_ratio(whole) == pytest.approx(4, abs=0.06)
    assert of_graph.clustering_coefficient(whole) == 0


def test_a_column_of_open_facets():
    """Three of the four facets of a row are open from the anode on."""
    network = lattice(lambda xa, ya, xb, yb: ya == yb == 1 and max(xa, xb) <= 3)
    assert of_graph.longest_flaw(network) == 3
    assert of_graph.longest_extent(network) == 3
    assert of_graph.sound_length(network) == pytest.approx(1)
    assert of_graph.tortuosity(network) == pytest.approx(1)
    assert of_graph.largest_open_cluster(network) == pytest.approx(3 / 31)
    assert of_graph.orientation(network) == pytest.approx(np.array([[1, 0], [0, 0]]))
    cut = of_graph.minimum_cut(network)
    assert of_graph.cut_size(cut) == 4  # four rows
    left = networkx.Graph(np.delete(network.graph.edges, cut, axis=0).tolist())
    assert not any(
        left.has_node(a) and left.has_node(b) and networkx.has_path(left, a, b)
        for a in network.graph.anode
        for b in network.graph.counter
    )
    # of the 16 pairs only the two ends of the last row have a shorter way than the open row
    row = network.graph.is_open
    assert of_graph.betweenness(network)[row].max() == pytest.approx(15 / 16)
    assert of_graph.cut_betweenness(network, cut) > 0.5


def test_betweenness_agrees_with_networkx():
    """Of shortest paths between the electrodes in a Voronoi network without ties."""
    graph = make_sample(small({"porosity": 0.0, "cracked": 0.0}), 0).graph
    plain = networkx.Graph()
    for (a, b), length in zip(graph.edges.tolist(), graph.lengths, strict=True):
        plain.add_edge(a, b, weight=length)
    sources, targets = graph.anode.tolist(), graph.counter.tolist()
    theirs = networkx.edge_betweenness_centrality_subset(
        plain, sources, targets, normalized=False, weight="weight"
    )
    ours = of_graph.betweenness(Network(graph)) * len(sources) * len(targets)
    for (a, b), count in zip(graph.edges.tolist(), ours, strict=True):
        assert 2 * theirs.get((a, b), theirs.get((b, a))) == pytest.approx(count)


def small(density):
    return dendrolith.load(
        {
            "study": "network",
            "densities": [density],
            "topologies": [{"name": "random"}],
            "ensemble": {"samples": 2},
            "structure": {"thickness": "160 um", "width": "160 um"},
        }
    )


def test_every_descriptor_of_a_network():
    """All are numbers; density and area come out as they were put in; without defects too."""
    found = describe(make_sample(small({"porosity": 0.06, "cracked": 0.2}), 0).graph)
    assert len(found) == len(DESCRIPTORS) == len({d.symbol for d in DESCRIPTORS})
    assert all(math.isfinite(value) for value in found.values())
    assert found["porosity [1]"] == pytest.approx(0.06, abs=1e-3)
    assert found["boundary_density [1/m]"] == pytest.approx(1e5, rel=0.1)
    none = describe(make_sample(small({"porosity": 0.0, "cracked": 0.0}), 0).graph)
    assert all(math.isfinite(value) for value in none.values())
    assert none["open_density [1/m]"] == none["defect_fraction [1]"] == 0
