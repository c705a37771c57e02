"""Pieces of lithium at the start: their distances, what they extend over, and what is refused."""

import math

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.domain.place import Place
from dendrolith.observables.base import StepView
from dendrolith.physics.pores import PoreWalls
from dendrolith.shapes.earlier import EarlierLithium
from dendrolith.shapes.ellipsoid import ellipsoid_distance
from dendrolith.shapes.pieces import Piece
from dendrolith.shapes.protrusions import Foil
from dendrolith.shapes.shape import filled_profile, union
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.initial import initial_lithium, initialise
from dendrolith.studies.plating.schema import Geometry, Pores
from tests.cases import DELTA, UM, Stepper, cell, config, rows_of, table_of

GEOMETRY = Geometry(10 * UM, 90 * UM, 60 * UM, 2 * UM)
MIDDLE = Place(50 * UM, 30 * UM)
DIAGONAL = math.pi / 4


def points(n=4000, box=GEOMETRY):
    """(3, n) random points of a box."""
    return np.random.default_rng(1).random((3, n)) * np.array([(*box.extents, 0.0)[:3]]).T


def test_a_slit_is_all_near_its_line():
    """Against the distance from many points of the line."""
    slit = Piece("slit", 8 * UM, 40 * UM, MIDDLE, DIAGONAL)
    x = points()
    s = np.linspace(-16, 16, 2001) * UM
    line = np.stack([50 * UM + s * math.cos(DIAGONAL), 30 * UM + s * math.sin(DIAGONAL)])
    exact = np.hypot(*(x[:2, :, None] - line[:, None, :])).min(axis=1) - 4 * UM
    np.testing.assert_allclose(slit.shape_in(GEOMETRY).distance(x), exact, atol=1e-3 * UM)


def test_a_slit_is_a_polyline_of_two_points_and_a_bent_one_is_their_union():
    ends = [Place(20 * UM, 30 * UM), Place(50 * UM, 30 * UM), Place(60 * UM, 45 * UM)]
    x = points()
    slit = Piece("slit", 8 * UM, 38 * UM, Place(35 * UM, 30 * UM)).shape_in(GEOMETRY).distance(x)
    two, other, bent = (
        Piece("polyline", 8 * UM, through=tuple(way)).shape_in(GEOMETRY).distance(x)
        for way in (ends[:2], ends[1:], ends)
    )
    np.testing.assert_allclose(slit, two, atol=1e-12)
    np.testing.assert_allclose(bent, np.minimum(two, other), atol=1e-12)


def test_round_off_at_the_centre_of_an_ellipse_changes_nothing():
    """A node there is half a width deep, whichever way its coordinates are rounded."""
    along, across = np.array([[0, 0], [1e-21, 0], [0, 1e-21]]).T
    np.testing.assert_allclose(ellipsoid_distance(along, across, 8 * UM, 2 * UM), -2 * UM)


@pytest.mark.parametrize("shape", ["ellipse", "slit"])
def test_a_piece_reaches_as_far_as_it_says(shape):
    piece = Piece(shape, 10 * UM, 40 * UM, MIDDLE, DIAGONAL)
    x = points(200_000)
    inside = x[0, piece.shape_in(GEOMETRY).distance(x) < 0]
    low, high = piece.reach
    assert (inside.min(), inside.max()) == pytest.approx((low, high), abs=0.5 * UM)
    assert low <= inside.min()
    assert high >= inside.max()


def test_a_piece_goes_on_across_joined_sides():
    box = Geometry(10 * UM, 90 * UM, 60 * UM, 2 * UM, periodic=True)
    x = points(box=box)
    moved = np.array([x[0], (x[1] + 30 * UM) % (60 * UM)])
    for shape in ("ellipse", "slit"):
        at_seam, inside = (
            Piece(shape, 10 * UM, 40 * UM, Place(50 * UM, y), 0.3).shape_in(box)
            for y in (0.0, 30 * UM)
        )
        np.testing.assert_allclose(at_seam.distance(x[:2]), inside.distance(moved), atol=1e-12)


def test_in_3d_an_ellipsoid_and_a_rod_are_of_revolution():
    box = Geometry(10 * UM, 90 * UM, 60 * UM, 2 * UM, depth=60 * UM)
    turned = np.array([[50, 30, 34], [50, 34, 30], [50, 30, 26]]).T * UM
    for shape in ("ellipse", "slit"):
        piece = Piece(shape, 10 * UM, 40 * UM, Place(50 * UM, 30 * UM, 30 * UM)).shape_in(box)
        np.testing.assert_allclose(piece.distance(turned), -1 * UM, rtol=0.25)
        assert np.ptp(piece.distance(turned)) < 1e-12


def test_foil_and_pieces_are_the_lithium_in_the_start():
    piece = Piece("ellipse", 20 * UM, 20 * UM, MIDDLE)
    without = cell(config(geometry=GEOMETRY))
    initialise(without)
    made = cell(config(geometry=GEOMETRY, lithium_pieces=(piece,)))
    initialise(made)
    x = made.f.scalar_space.tabulate_dof_coordinates()
    near = np.hypot(x[:, 0] - 50 * UM, x[:, 1] - 30 * UM)
    assert (made.f.xi.x.array[near < 8 * UM] > 0.8).all()
    far = near > 20 * UM
    same = np.abs(made.f.xi.x.array - without.f.xi.x.array)[far]
    assert (same < 1e-3).all()
    outline = initial_lithium(GEOMETRY, None, (piece,)).distance(x.T)
    assert ((outline < 0) == ((near < 10 * UM) | (x[:, 0] < 10 * UM))).all()


def stored(folder, turn, **changes):
    """A cell 8 µm longer and higher whose lithium is that of GEOMETRY, turned; and ξ there."""
    x = np.mgrid[0:101, 0:61, 0:1].reshape(3, -1) * UM
    disc = Piece("ellipse", 20 * UM, 20 * UM, Place(70 * UM, 40 * UM)).shape_in(GEOMETRY)
    values = filled_profile(union(disc, Foil(10 * UM, GEOMETRY, None)).distance(x), DELTA)
    np.savez(folder / "fields.npz", points=x.T, xi=values)
    earlier = EarlierLithium(str(folder / "fields.npz"), 20 * UM, turn)
    box = Geometry(10 * UM, 88 * UM, 88 * UM, 2 * UM)
    return config(geometry=box, earlier_lithium=earlier, **changes)


@pytest.mark.parametrize(
    ("turn", "place"), [(0.0, (64, 54)), (90.0, (44, 54)), (180.0, (44, 34)), (-90.0, (64, 34))]
)
def test_lithium_in_an_earlier_run_is_turned(tmp_path, turn, place):
    """Its disc lay 10 µm right of and 10 µm above the middle (60, 30) of what is kept."""
    made = cell(stored(tmp_path, math.radians(turn)))
    initialise(made)
    space, comm = made.f.scalar_space, made.domain.comm
    owned = slice(space.dofmap.index_map.size_local)
    x = np.concatenate(comm.allgather(space.tabulate_dof_coordinates()[owned]))
    xi = np.concatenate(comm.allgather(made.f.xi.x.array[owned]))
    isolated = (xi > 0.5) & (x[:, 0] > 16 * UM)
    centre = x[isolated].mean(axis=0)[:2] / UM
    assert centre == pytest.approx(place, abs=0.5)
    # ∫ξ of a disc of radius R is πR² (1 + (πδ/R)²/48)
    amount = 4 * xi[x[:, 0] > 20 * UM].sum()
    assert amount == pytest.approx(100 * math.pi * (1 + (0.4 * math.pi) ** 2 / 48), rel=0.01)
    # the foil is that of this cell, and nothing of the other is left
    assert xi[(x[:, 0] > 20 * UM) & ~isolated].max() <= 0.5
    away = np.hypot(*(x[:, :2] / UM - place).T) > 20
    assert xi[(x[:, 0] > 20 * UM) & away].max() < 1e-3


def test_a_file_that_holds_no_lithium_is_refused(tmp_path):
    chosen = stored(tmp_path, 0.0)
    np.savez(tmp_path / "fields.npz", points=np.zeros((3, 3)))
    with pytest.raises(ConfigError, match="has no field xi: write one"):
        initialise(cell(chosen))
    (tmp_path / "fields.npz").write_text("nothing")
    with pytest.raises(ConfigError, match=r"is no file of fields \(no \.npz\): write one"):
        initialise(cell(chosen))
    pores = Pores(0.1, 8 * UM, walls=PoreWalls(3 * UM), access="blocked")
    found = dict(inconsistencies(stored(tmp_path, 0.0, pores=pores)))
    assert "does nothing for pores" in found["earlier_lithium.file"]


@pytest.mark.parametrize(
    ("piece", "key", "words"),
    [
        (Piece("ellipse", 10 * UM), "length", "required by shape: ellipse"),
        (Piece("slit", 10 * UM, 10 * UM, MIDDLE), "length", "use shape: ellipse"),
        (Piece("slit", 10 * UM, 30 * UM, MIDDLE, through=(MIDDLE,)), "through", "use polyline"),
        (Piece("polyline", 10 * UM, through=(MIDDLE,)), "through", "two points"),
        (Piece("polyline", 10 * UM, through=(MIDDLE, MIDDLE)), "through.1", "point before"),
        (Piece("polyline", 10 * UM, angle=0.1), "angle", "does nothing"),
        (Piece("ellipse", 4 * UM, 30 * UM, MIDDLE), "width", "8 um (2 delta)"),
        (Piece("ellipse", 10 * UM, 30 * UM, Place(50 * UM, 61 * UM)), "centre.y", "ends at 60 um"),
        (Piece("ellipse", 20 * UM, 70 * UM, MIDDLE), "shape", "within 18 um to 92 um"),
    ],
)
def test_what_is_no_piece_is_refused(piece, key, words):
    found = dict(inconsistencies(config(geometry=GEOMETRY, lithium_pieces=(piece,))))
    assert words in found[f"lithium_pieces.0.{key}"]


@pytest.mark.parametrize("periodic", [False, True])
def test_velocity_is_that_of_a_disc_that_is_moved(periodic):
    """ξ of a step is set to a disc that has moved; where sides are joined, across the seam."""
    box = Geometry(10 * UM, 90 * UM, 60 * UM, 1 * UM, periodic=periodic)
    y = 59 * UM if periodic else 30 * UM
    discs = [Piece("ellipse", 20 * UM, 20 * UM, Place(x, y)) for x in (50 * UM, 50.1 * UM)]
    before, after = (cell(config(geometry=box, lithium_pieces=(disc,))) for disc in discs)
    for made in (before, after):
        initialise(made)
    table, dt, f = table_of(Stepper(after)), 0.5, after.f
    f.rate.x.array[:] = (f.xi.x.array - before.f.xi.x.array) / dt
    view = StepView(time=dt, dt=dt, step=1, milestone=True)
    table.start(view)
    (row,) = [row for row in rows_of(table, view)["pieces"] if row["kind"] == "isolated"]
    assert row["velocity_x [m/s]"] == pytest.approx(0.1 * UM / dt, rel=2e-3)
    assert abs(row["velocity_y [m/s]"]) < 1e-3 * UM / dt
    assert row["plating_current [A/m]"] == pytest.approx(row["stripping_current [A/m]"], rel=1e-2)
    assert row["polarity [1]"] == pytest.approx(1.0, abs=1e-2)
    columns = table.measure(view)
    velocity = pytest.approx(row["velocity_x [m/s]"], rel=1e-12)  # two numbers of ranks
    assert columns["isolated_velocity_x [m/s]"] == velocity
    assert columns["isolated_centre_x [m]"] == pytest.approx(50.1 * UM, rel=1e-4)
    assert columns["isolated_centre_y [m]"] == pytest.approx(y, rel=1e-3)
