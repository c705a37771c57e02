"""Random grains: sizes, exact distances, joined sides, seeds, and what is refused."""

import math

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.domain.extents import Box
from dendrolith.shapes.voronoi import Boundaries, RandomGrains, Voronoi, random_grains

BOX = Box(60.0, 40.0, 1.0)
JOINED = Box(60.0, 40.0, 1.0, periodic=True)
BLOCK = Box(20.0, 16.0, 1.0, 12.0, periodic=True)


def points(box, n=2000, seed=5):
    return np.random.default_rng(seed).random((n, box.dim)) * box.extents


def nearest(grains, x):
    """The nearest boundary alone."""
    found = grains.boundaries(x, most=1)
    return Boundaries(
        found.grain, *(part[:, 0] for part in (found.neighbour, found.distance, found.normal))
    )


@pytest.mark.parametrize("box", [BOX, JOINED, BLOCK])
def test_mean_size_and_spread(box):
    grains = random_grains(RandomGrains(4.0, 0.25, seed=3), box)
    assert len(grains.seeds) == round(math.prod(box.extents) / 4.0**box.dim)
    sizes = np.bincount(grains.grains(points(box, 60_000)), minlength=len(grains.seeds))
    assert 0.15 < sizes.std() / sizes.mean() < 0.27


def test_only_the_seed_decides():
    first, same, other = (
        random_grains(RandomGrains(5.0, 0.3, seed), BOX).seeds for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("box", [BOX, JOINED, BLOCK])
def test_distances_are_those_of_the_nearest_plane(box):
    """By brute force over all seeds and their images."""
    found = random_grains(RandomGrains(4.0, 0.5), box)
    x = points(box)
    near = nearest(found, x)
    shifts = [np.zeros(box.dim)]
    for axis in box.joined_axes:
        unit = np.eye(box.dim)[axis] * box.extents[axis]
        shifts = [shift + k * unit for shift in shifts for k in (-1, 0, 1)]
    images = np.concatenate([found.seeds + shift for shift in shifts])
    squared = ((x[:, None] - images) ** 2).sum(axis=2)
    own = squared.argmin(axis=1)
    way = np.linalg.norm(images - images[own][:, None], axis=2)
    way[way == 0] = np.inf
    gap = (squared - squared.min(axis=1, keepdims=True)) / (2 * way)
    gap[np.arange(len(x)), own] = np.inf
    np.testing.assert_allclose(near.distance, gap.min(axis=1), atol=1e-9)
    np.testing.assert_array_equal(near.grain, own % len(found.seeds))
    np.testing.assert_allclose(np.linalg.norm(near.normal, axis=1), 1.0)
    # a step along the normal leads to the boundary, and a bit further into the neighbour
    beyond = x + (near.distance + 1e-6)[:, None] * near.normal
    inside = np.all((beyond > 0) & (beyond < box.extents), axis=1)
    assert inside.sum() > 1000
    np.testing.assert_array_equal(found.grains(beyond[inside]), near.neighbour[inside])


def test_joined_sides_continue_each_other():
    found = random_grains(RandomGrains(4.0), JOINED)
    x = points(JOINED)
    low, high = (np.column_stack([x[:, 0], np.full(len(x), y)]) for y in (0.0, 40.0))
    np.testing.assert_allclose(nearest(found, low).distance, nearest(found, high).distance)
    tiny = np.column_stack([x[:, 0], np.full(len(x), -1e-18)])
    np.testing.assert_array_equal(found.grains(tiny), found.grains(low))


def test_two_grains_have_one_boundary():
    found = Voronoi(np.array([[20.0, 20.0], [40.0, 20.0]]), BOX)
    near = nearest(found, points(BOX))
    np.testing.assert_allclose(near.distance, np.abs(points(BOX)[:, 0] - 30.0))
    np.testing.assert_allclose(np.abs(near.normal[:, 0]), 1.0)


def test_four_squares_have_two_boundaries_each():
    """Those across their sides; the grain across the corner does not touch."""
    found = Voronoi(np.array([[15.0, 10.0], [45.0, 10.0], [15.0, 30.0], [45.0, 30.0]]), BOX)
    x = points(BOX)
    near = found.boundaries(x)
    exact = np.sort(np.abs(x - [30.0, 20.0]), axis=1)
    np.testing.assert_allclose(near.distance, exact, atol=1e-9)
    np.testing.assert_allclose(np.abs(near.normal).max(axis=2), 1.0)


def test_what_cannot_be_made_is_refused():
    with pytest.raises(ConfigError, match="not two"):
        random_grains(RandomGrains(50.0), BOX)
