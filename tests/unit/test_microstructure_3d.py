"""Spheres, ellipsoids of revolution and their grid, in 3-D."""

import dataclasses

import numpy as np
import pytest
from mpi4py import MPI
from scipy import ndimage

from dendrolith.core.errors import ConfigError
from dendrolith.domain.box import create_box
from dendrolith.domain.extents import CELL_TYPES
from dendrolith.fields.gathering import GatheredMesh
from dendrolith.fields.volume_below import VolumeBelow
from dendrolith.physics.pores import PoreWalls
from dendrolith.shapes import placing
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.initial import initial_lithium, initialise, random_pores
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.schema import Geometry, Pores, Protrusions
from tests.cases import UM, config

BOX = Geometry(20 * UM, 80 * UM, 60 * UM, 1 * UM, depth=50 * UM)
PORES = Pores(
    fraction=0.12, mean_diameter=14 * UM, walls=PoreWalls(2 * UM), access="blocked", seed=5
)
VOLUME = 80 * 60 * 50 * UM**3


def spheres(geometry=BOX, pores=PORES, protrusions=None):
    return random_pores(geometry, pores, initial_lithium(geometry, protrusions))


@pytest.mark.serial
@pytest.mark.parametrize("seed", range(5))
def test_volume_fraction_and_mean_size_are_exact(seed):
    made = spheres(pores=dataclasses.replace(PORES, seed=seed))
    volume = 4 / 3 * np.pi * np.sum(made.radii**3)
    assert volume / VOLUME == pytest.approx(0.12, rel=1e-9)
    assert 2 * made.radii.mean() == pytest.approx(14 * UM, rel=1e-9)
    assert 0.08 < made.radii.std() / made.radii.mean() < 0.25


@pytest.mark.serial
def test_spheres_touch_neither_each_other_nor_lithium_nor_the_sides():
    protrusions = Protrusions(4, 14 * UM, 12 * UM)
    made = spheres(protrusions=protrusions)
    separation = np.linalg.norm(made.centres[:, None] - made.centres[None], axis=2)
    clear = separation - made.radii[:, None] - made.radii[None]
    assert clear[~np.eye(len(made.radii), dtype=bool)].min() >= 1.5 * 2 * UM
    lithium = initial_lithium(BOX, protrusions).distance(made.centres.T)
    assert (lithium > made.radii).all()
    lowest = made.centres - made.radii[:, None]
    highest = made.centres + made.radii[:, None]
    assert (lowest > np.array([20 * UM, 0, 0])).all()
    assert (highest < np.array(BOX.extents)).all()


def test_same_seed_same_spheres_on_every_rank():
    made = spheres()
    everywhere = MPI.COMM_WORLD.allgather((made.centres.tolist(), made.radii.tolist()))
    assert all(other == everywhere[0] for other in everywhere)


@pytest.mark.serial
def test_how_many_points_are_drawn_at_once_changes_no_place(monkeypatch):
    """One by one, a few and all of them: whatever is drawn, a seed stands for its spheres."""
    found = []
    for number in (1, 8, placing.TRIES_PER_SPHERE):
        monkeypatch.setattr(placing, "FEWEST_POINTS", number)
        found.append(spheres().centres)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


@pytest.mark.serial
def test_what_cannot_be_placed_is_refused(monkeypatch):
    monkeypatch.setattr(placing, "TRIES_PER_SPHERE", 300)
    with pytest.raises(ConfigError, match="pores fit without touching"):
        spheres(pores=Pores(0.4, 14 * UM, walls=PoreWalls(7 * UM), access="blocked"))
    with pytest.raises(ConfigError, match=r"is 0\.\d+ pores of"):
        spheres(geometry=Geometry(10 * UM, 20 * UM, 20 * UM, 1 * UM, depth=20 * UM))
    with pytest.raises(ConfigError, match="does not fit into the electrolyte"):
        spheres(geometry=dataclasses.replace(BOX, depth=15 * UM))


@pytest.mark.serial
def test_ellipsoid_has_its_height_and_width_all_around():
    shape = initial_lithium(BOX, Protrusions(1, 14 * UM, 12 * UM))
    around = np.linspace(0, 2 * np.pi, 7)
    base = np.stack([
        np.full(7, 20 * UM), 30 * UM + 6 * UM * np.cos(around), 25 * UM + 6 * UM * np.sin(around)
    ])  # fmt: skip
    np.testing.assert_allclose(shape.distance(base), 0, atol=1e-12)
    axis = np.array([[34 * UM, 30 * UM, 25 * UM], [33 * UM, 30 * UM, 25 * UM]]).T
    np.testing.assert_allclose(shape.distance(axis), [0, -1 * UM], atol=0.05 * UM)
    assert shape.distance(np.array([[22 * UM], [30 * UM], [35 * UM]])) > 0


@pytest.mark.serial
@pytest.mark.parametrize(
    ("count", "depth", "grid"),
    [(1, 50, (1, 1)), (4, 50, (2, 2)), (6, 50, (3, 2)), (9, 50, (3, 3)), (4, 15, (4, 1)),
     (8, 30, (4, 2)), (2, 120, (1, 2)), (1, 5, (1, 1))],
)  # fmt: skip
def test_protrusions_stand_on_a_near_square_grid(count, depth, grid):
    geometry = dataclasses.replace(BOX, depth=depth * UM)
    protrusions = Protrusions(count, 14 * UM, 4 * UM)
    assert protrusions.grid(geometry) == grid
    assert not inconsistencies(config(geometry=geometry, protrusions=protrusions))
    y = np.linspace(0, 60 * UM, 241)
    z = np.linspace(0, depth * UM, 241)
    plane = np.stack([np.full(241 * 241, 30 * UM), *(a.ravel() for a in np.meshgrid(y, z))])
    found = initial_lithium(geometry, protrusions).distance(plane).reshape(241, 241) < 0
    assert ndimage.label(found)[1] == count


@pytest.mark.serial
@pytest.mark.parametrize(("count", "width", "complaint"), [
    (7, 4, "cannot be spaced evenly"), (3, 4, "cannot be spaced evenly"),
    (4, 26, "do not fit beside each other"),
])  # fmt: skip
def test_protrusions_that_fit_no_grid_are_refused(count, width, complaint):
    protrusions = Protrusions(count, 14 * UM, width * UM)
    found = inconsistencies(config(geometry=BOX, protrusions=protrusions))
    assert any(complaint in problem for _, problem in found)


@pytest.mark.parametrize("kind", CELL_TYPES[3])
def test_relaxation_keeps_spheres(kind):
    """Number of pores, volume of ρ < 0: exact by cut cells, within 4 % by voxels at d = 10 h."""
    geometry = Geometry(4 * UM, 26 * UM, 26 * UM, 1 * UM, depth=26 * UM, cell_type=kind)
    pores = Pores(0.055, 9.5 * UM, walls=PoreWalls(3 * UM), access="blocked", seed=1)
    made = Model(config(geometry=geometry, pores=pores), create_box(MPI.COMM_WORLD, geometry))
    shapes = random_pores(geometry, pores, initial_lithium(geometry, None))
    space, whole = made.f.scalar_space, np.prod(geometry.extents)
    initialise(made)
    enclosed = VolumeBelow(space)(made.f.rho.x.array)
    assert enclosed / (26 * UM) ** 3 == pytest.approx(0.055, rel=1e-9)
    gathered = GatheredMesh(space)
    nodal = gathered.nodal(made.f.rho)
    if nodal is not None:
        voxels = np.zeros((31, 27, 27))
        voxels[tuple(np.rint(gathered.points / UM).astype(int).T)] = nodal
        assert ndimage.label(voxels < 0)[1] == len(shapes.radii)
        inside = (ndimage.zoom(voxels, 4, order=1) < 0).mean() * whole
        assert inside == pytest.approx(4 / 3 * np.pi * np.sum(shapes.radii**3), rel=0.04)
