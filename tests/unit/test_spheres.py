"""Signed distance to the nearest of many spheres."""

from __future__ import annotations

import numpy as np
import pytest

from dendrolith.domain.extents import Box
from dendrolith.shapes.spheres import Spheres, distance_from

pytestmark = pytest.mark.serial


@pytest.mark.parametrize("depth", [None, 3.0])
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("number", [0, 1, 3, 200])
def test_distance_is_that_of_the_nearest_of_all(depth, periodic, number):
    """To the last digit, though few spheres are looked at; radii differ by a factor of ten."""
    box = Box(length=5.0, height=4.0, mesh_size=0.1, depth=depth, periodic=periodic)
    size = np.array(box.extents)
    rng = np.random.default_rng(number)
    centres, radii = rng.random((number, len(size))) * size, rng.uniform(0.05, 0.5, number)
    x = rng.random((3, 4000)) * np.resize(np.append(size, 0.0), 3)[:, None]
    every = [distance_from(box, x, c) - r for c, r in zip(centres, radii, strict=True)]
    expected = np.min([np.full(x.shape[1], np.inf), *every], axis=0)
    np.testing.assert_array_equal(Spheres(centres, radii, box).distance(x), expected)
