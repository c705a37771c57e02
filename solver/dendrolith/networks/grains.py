"""Facets of grain boundaries: Voronoi cells between two electrodes, periodic along them.

    conductance of a facet = σ · (distance of its two grains) / (its length)

That is the finite-volume scheme on the triangles of the grains' centres: a linear potential is an
exact solution, so a sound cell has the conductance σ · width / thickness.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from dendrolith.networks.graph import (
    DefectGraph,
    FloatArray,
    IntArray,
    bare_graph,
    nearest_image,
)

MARGIN = 6.0  # of images beyond the cell, in grain sizes
MERGED = 0.01  # vertices closer than this part of a grain are one
RASTER = 8  # points a grain and direction in Lloyd's relaxation


def place_grains(
    count: int, extent: tuple[float, float], relaxation: int, rng: np.random.Generator
) -> FloatArray:
    """(count, 2) centres: uniform, then moved `relaxation` times to the centroids of their cells.

    Args:
        count: number of grains.
        extent: thickness and width [m].
        relaxation: steps of Lloyd's relaxation.
        rng: where the places come from.
    """
    size = np.array(extent)
    centres = rng.random((count, 2)) * size
    if relaxation:
        steps = RASTER * np.sqrt(count * size / size[::-1])
        axes = [(np.arange(int(n)) + 0.5) / int(n) * s for n, s in zip(steps, size, strict=True)]
        raster = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    for _ in range(relaxation):
        owner = cKDTree(centres, boxsize=(3.0 * size[0], size[1])).query(raster)[1]
        offset = nearest_image(raster - centres[owner], size[1])
        number = np.maximum(np.bincount(owner, minlength=count), 1)
        moved = [np.bincount(owner, offset[:, k], minlength=count) / number for k in (0, 1)]
        centres = centres + np.column_stack(moved)
        y = centres[:, 1] % size[1]
        centres[:, 1] = np.where(y < size[1], y, 0.0)  # just below 0 rounds up to the width
    return np.asarray(centres)


def facet_network(centres: FloatArray, extent: tuple[float, float]) -> DefectGraph:
    """The facets between grains.

    Args:
        centres: (n, 2) of the grains [m].
        extent: thickness and width [m].
    """
    thickness, width = extent
    grain = np.sqrt(thickness * width / len(centres))
    tiles = _images(centres, extent, MARGIN * grain)
    cells = Voronoi(tiles)
    ridges = np.array(cells.ridge_vertices)
    whole = (ridges >= 0).all(axis=1)
    ridges, owners = ridges[whole], cells.ridge_points[whole]
    middle = cells.vertices[ridges].mean(axis=1)
    tiny = 1e-6 * grain
    here = (middle[:, 0] > tiny) & (middle[:, 0] < thickness - tiny)
    here &= (middle[:, 1] >= 0) & (middle[:, 1] < width)
    # what is split on an electrode by rounding has both ends there
    ends = cells.vertices[ridges]
    here &= ~((ends[..., 0] < tiny).all(axis=1) | (ends[..., 0] > thickness - tiny).all(axis=1))
    ridges, owners, ends = ridges[here], owners[here], ends[here]
    faces = np.hypot(*(tiles[owners[:, 1]] - tiles[owners[:, 0]]).T)
    points, edges = _joined(ends, width, MERGED * grain, thickness)
    vectors = ends[:, 1] - ends[:, 0]
    order = np.lexsort(np.sort(edges, axis=1).T)
    edges, vectors, faces = edges[order], vectors[order], faces[order]
    first = np.append(True, np.any(np.diff(np.sort(edges, axis=1), axis=0) != 0, axis=1))
    keep = first & (edges[:, 0] != edges[:, 1])
    anode = np.flatnonzero(points[:, 0] <= tiny)
    counter = np.flatnonzero(points[:, 0] >= thickness - tiny)
    return bare_graph(
        points, edges[keep], anode, counter, extent, vectors=vectors[keep], faces=faces[keep]
    )


def _images(centres: FloatArray, extent: tuple[float, float], margin: float) -> FloatArray:
    """The grains, their mirror images behind the electrodes and their periodic copies."""
    thickness, width = extent
    x, y = centres.T
    left, right = x < margin, x > thickness - margin
    tiles = np.concatenate(
        [
            centres,
            np.column_stack([-x[left], y[left]]),
            np.column_stack([2 * thickness - x[right], y[right]]),
        ]
    )
    low, high = tiles[:, 1] < margin, tiles[:, 1] > width - margin
    return np.concatenate([tiles, tiles[low] + [0.0, width], tiles[high] - [0.0, width]])


def _joined(
    ends: FloatArray, width: float, distance: float, thickness: float
) -> tuple[FloatArray, IntArray]:
    """Vertices that are one, across the periodic sides too; and the facets between them."""
    flat = ends.reshape(-1, 2).copy()
    flat[:, 1] %= width
    flat[:, 0] = np.clip(flat[:, 0], 0.0, thickness)
    flat[flat[:, 1] >= width, 1] = 0.0
    tree = cKDTree(flat, boxsize=(3.0 * thickness, width))
    pairs = tree.query_pairs(distance, output_type="ndarray")
    ones = np.ones(len(pairs))
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(flat),) * 2)
    _, label = connected_components(graph, directed=False)
    # a vertex on an electrode stays there
    depth = np.minimum(flat[:, 0], thickness - flat[:, 0])
    order = np.lexsort((np.arange(len(flat)), depth, label))
    first = order[np.append(True, np.diff(label[order]) != 0)]
    return flat[first], label.reshape(-1, 2).astype(np.int64)
