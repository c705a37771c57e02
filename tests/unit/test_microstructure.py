"""Random pores and initial lithium."""

import dataclasses
import re

import numpy as np
import pytest
from mpi4py import MPI
from scipy import ndimage

from dendrolith.core.errors import ConfigError
from dendrolith.domain.box import create_box
from dendrolith.fields.gathering import GatheredMesh
from dendrolith.fields.volume_below import VolumeBelow
from dendrolith.physics.pores import PoreWalls
from dendrolith.shapes import placing
from dendrolith.shapes.protrusions import Foil
from dendrolith.shapes.shape import union
from dendrolith.studies.plating.initial import initial_lithium, initialise, random_pores
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.pores import relax_pores
from dendrolith.studies.plating.schema import Geometry, Pores, Protrusions
from tests.cases import UM, config

GEOMETRY = Geometry(20 * UM, 160 * UM, 120 * UM, 1 * UM)
PORES = Pores(
    fraction=0.1625, mean_diameter=14 * UM, walls=PoreWalls(3 * UM), access="blocked", seed=5
)


def discs(geometry=GEOMETRY, pores=PORES, protrusions=None):
    return random_pores(geometry, pores, initial_lithium(geometry, protrusions))


@pytest.mark.serial
@pytest.mark.parametrize("seed", range(5))
def test_fraction_and_mean_size_are_met(seed):
    made = discs(pores=dataclasses.replace(PORES, seed=seed))
    area = np.pi * np.sum(made.radii**2)
    assert area / (160 * UM * 120 * UM) == pytest.approx(0.1625, rel=0.01)
    assert 2 * made.radii.mean() == pytest.approx(14 * UM, rel=0.01)


@pytest.mark.serial
def test_paper_sized_electrolyte():
    """800 × 500 µm with 10 µm pores: some 800 of them, all placed, spread as asked."""
    geometry = Geometry(200 * UM, 800 * UM, 500 * UM, 2 * UM)
    pores = Pores(0.1625, 10 * UM, walls=PoreWalls(2 * UM), access="blocked", seed=1)
    made = discs(geometry, pores)
    assert np.pi * np.sum(made.radii**2) / (800 * UM * 500 * UM) == pytest.approx(0.1625, rel=0.01)
    assert made.radii.std() / made.radii.mean() == pytest.approx(0.15, abs=0.01)


@pytest.mark.serial
def test_pores_touch_neither_each_other_nor_lithium_nor_the_sides():
    protrusions = Protrusions(2, 14 * UM, 12 * UM)
    made = discs(protrusions=protrusions)
    separation = np.hypot(*(made.centres[:, None] - made.centres[None]).transpose(2, 0, 1))
    clear = separation - made.radii[:, None] - made.radii[None]
    assert clear[~np.eye(len(made.radii), dtype=bool)].min() >= 1.5 * 3 * UM
    lithium = initial_lithium(GEOMETRY, protrusions).distance(made.centres.T)
    assert (lithium > made.radii).all()
    x, y, r = made.centres[:, 0], made.centres[:, 1], made.radii
    assert (x - r > 20 * UM).all()
    assert (x + r < 180 * UM).all()
    assert ((y - r > 0) & (y + r < 120 * UM)).all()


def test_same_seed_same_pores_on_every_rank():
    made = discs()
    everywhere = MPI.COMM_WORLD.allgather((made.centres.tolist(), made.radii.tolist()))
    assert all(other == everywhere[0] for other in everywhere)
    other = discs(pores=dataclasses.replace(PORES, seed=6))
    assert not np.allclose(made.centres, other.centres)


@pytest.mark.serial
def test_crowded_box_is_refused(monkeypatch):
    monkeypatch.setattr(placing, "TRIES_PER_SPHERE", 300)
    crowded = Pores(0.4, 14 * UM, walls=PoreWalls(7 * UM), access="blocked")
    with pytest.raises(ConfigError, match="pores fit without touching"):
        discs(pores=crowded)


@pytest.mark.serial
def test_box_too_small_for_a_pore_is_refused():
    with pytest.raises(ConfigError, match=r"is 0\.\d+ pores of"):
        discs(geometry=Geometry(10 * UM, 20 * UM, 20 * UM, 1 * UM))


@pytest.mark.serial
def test_pore_wider_than_the_cell_is_refused():
    with pytest.raises(ConfigError, match="does not fit into the electrolyte"):
        discs(
            geometry=Geometry(10 * UM, 100 * UM, 11 * UM, 1 * UM),
            pores=Pores(0.3, 10 * UM, walls=PoreWalls(4 * UM), access="blocked"),
        )


@pytest.mark.serial
def test_protrusion_has_its_height_and_width():
    shape = Foil(GEOMETRY.lithium_thickness, GEOMETRY, Protrusions(2, 14 * UM, 12 * UM))
    assert shape.centres() == pytest.approx([30 * UM, 90 * UM])
    on_surface = np.array([[34 * UM, 30 * UM], [20 * UM, 36 * UM], [20 * UM, 60 * UM]]).T
    np.testing.assert_allclose(shape.distance(on_surface), 0, atol=1e-12)
    inside_outside = np.array([[30 * UM, 90 * UM], [40 * UM, 90 * UM]]).T
    assert list(shape.distance(inside_outside) < 0) == [True, False]


@pytest.mark.serial
def test_pores_lie_where_they_lie_whatever_their_walls():
    """A narrower wall is no other microstructure; a wide one takes the room that it needs."""
    made = [
        discs(pores=dataclasses.replace(PORES, walls=PoreWalls(width * UM))) for width in (1, 2, 3)
    ]
    for other in made[1:]:
        np.testing.assert_array_equal(other.centres, made[0].centres)
        np.testing.assert_array_equal(other.radii, made[0].radii)


@pytest.mark.parametrize("width", [2.0, 3.0, 6.0])
def test_contours_enclose_the_fraction_of_the_input(width):
    """To 1e-9, by cells cut along ρ = 0, though the relaxation shrinks them."""
    geometry = Geometry(10 * UM, 90 * UM, 80 * UM, 1 * UM)
    pores = Pores(0.1625, 12 * UM, walls=PoreWalls(width * UM), access="blocked", seed=2)
    made = Model(config(geometry=geometry, pores=pores), create_box(MPI.COMM_WORLD, geometry))
    initialise(made)
    enclosed = VolumeBelow(made.f.scalar_space)(made.f.rho.x.array)
    assert enclosed / (90 * UM * 80 * UM) == pytest.approx(0.1625, rel=1e-9)


def test_walls_that_swallow_the_pores_are_refused():
    geometry = Geometry(10 * UM, 30 * UM, 20 * UM, 1 * UM)
    walls = PoreWalls(9 * UM)
    pores = Pores(0.02, 4 * UM, walls=walls, access="blocked", diameter_spread=0.0)
    made = Model(config(geometry=geometry, pores=pores), create_box(MPI.COMM_WORLD, geometry))
    relaxed = made.f.rho
    relaxed.x.array[:] = 1.0
    with pytest.raises(ConfigError, match="walls of 9 um leave contours of 0 times the volume"):
        relax_pores(made.f.rho, made.m, made.nodal_volume, walls, wanted=1e-11)


def test_relaxation_keeps_pores():
    """The number of pores; the area of ρ < 0 exactly."""
    geometry = Geometry(10 * UM, 90 * UM, 80 * UM, 0.75 * UM)
    pores = Pores(0.1625, 14 * UM, walls=PoreWalls(3 * UM), access="blocked", seed=2)
    made = Model(config(geometry=geometry, pores=pores), create_box(MPI.COMM_WORLD, geometry))
    shapes = random_pores(geometry, pores, initial_lithium(geometry, None))
    space, comm = made.f.scalar_space, MPI.COMM_WORLD
    initialise(made)

    gathered = GatheredMesh(space)
    rho = gathered.nodal(made.f.rho)
    if comm.rank == 0:
        pixels = np.zeros((round(80 / 0.75) + 1, round(100 / 0.75) + 1))
        column = np.rint(gathered.points[:, 0] / (100 * UM) * (pixels.shape[1] - 1)).astype(int)
        row = np.rint(gathered.points[:, 1] / (80 * UM) * (pixels.shape[0] - 1)).astype(int)
        pixels[row, column] = rho
        count = ndimage.label(pixels < 0)[1]
        assert count == len(shapes.radii)
        # area inside the contour, by a fine linear interpolation
        fine = ndimage.zoom(pixels, 8, order=1)
        area = (fine < 0).mean() * 100 * UM * 80 * UM
        assert area == pytest.approx(np.pi * np.sum(shapes.radii**2), rel=0.02)


def test_a_union_is_the_nearest_of_its_shapes():
    foil, made = initial_lithium(GEOMETRY, None), discs()
    x = np.random.default_rng(0).uniform(0, 120 * UM, (2, 50))
    both = union(foil, made).distance(x)
    np.testing.assert_array_equal(both, np.minimum(foil.distance(x), made.distance(x)))
    assert np.isinf(union().distance(x)).all()


SMALL = Geometry(8 * UM, 32 * UM, 24 * UM, 1 * UM)  # a pore of 10 um is 0.10227 of its electrolyte


def small(fraction: float, mean_diameter: float = 10 * UM):
    pores = Pores(fraction, mean_diameter, walls=PoreWalls(3 * UM), access="blocked", seed=3)
    foil = initial_lithium(SMALL, Protrusions(1, 8 * UM, 8 * UM))
    return random_pores(SMALL, pores, foil)


@pytest.mark.serial
@pytest.mark.parametrize("fraction", [0.1015, 0.1023, 0.103])
def test_a_single_pore_has_the_mean_size(fraction):
    assert small(fraction).radii == pytest.approx([5 * UM])


@pytest.mark.serial
@pytest.mark.parametrize("fraction", [0.06, 0.11, 0.19, 0.4])
def test_the_fraction_that_is_named_does(fraction, monkeypatch):
    monkeypatch.setattr(placing, "TRIES_PER_SPHERE", 300)
    with pytest.raises(ConfigError) as caught:
        small(fraction)
    named = re.search(r"pores\.fraction ([\d.]+) would do$", str(caught.value))
    assert named
    assert small(float(named[1])).radii.size > 0


@pytest.mark.serial
def test_where_no_fraction_does_the_size_that_is_named_does():
    with pytest.raises(ConfigError) as caught:
        small(0.2, 22 * UM)
    named = re.search(r"pores\.mean_diameter ([\d.]+) um, a single pore, would", str(caught.value))
    assert named
    assert small(0.2, float(named[1]) * UM).radii.size == 1
