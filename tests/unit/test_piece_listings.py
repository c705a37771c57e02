"""Rows of pieces.csv and piece_events.csv, and how listings are written and cut."""

import functools
import math

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.observables.base import StepView
from dendrolith.observables.piece_listings import PieceListings, equivalent_diameter
from dendrolith.results.series import Listings
from dendrolith.studies.plating.pieces import LITHIUM
from dendrolith.studies.plating.schema import Geometry
from tests.cases import UM, Stepper, cell, config, pieces_of, rows_of, table_of

KINDS_2D = ["triangle", "quadrilateral"]


class Shown:
    """Steps of a cell whose ξ is set; times are half the step."""

    def __init__(self, geometry):
        self.cell = cell(config(geometry=geometry))
        self.points = self.cell.f.scalar_space.tabulate_dof_coordinates() / UM

    @functools.cached_property
    def table(self):
        return table_of(Stepper(self.cell))

    def view(self, lithium, step, milestone):
        self.cell.f.xi.x.array[:] = np.where(lithium, 1.0, 0.0)
        return StepView(time=step / 2, dt=0.5, step=step, milestone=milestone)

    def rows(self, lithium, step, *, milestone=True):
        return rows_of(self.table, self.view(lithium, step, milestone))


@pytest.mark.parametrize("kind", KINDS_2D)
def test_rows_of_a_break_off(kind):
    shown = Shown(Geometry(4 * UM, 26 * UM, 12 * UM, UM, cell_type=kind))
    x, y = shown.points[:, 0], shown.points[:, 1]
    foil, arm = x < 3.5, (x < 20.5) & (y > 3.5) & (y < 7.5)
    shown.table.start(shown.view(foil | arm, 0, False))
    (row,) = shown.rows(foil | arm, 1)["pieces"]
    assert (row["id [1]"], row["kind"], row["age [steps]"], row["born [s]"]) == (1, "anode", 1, 0)
    broken = foil | (arm & (x > 9.5))
    seen = shown.rows(broken, 5, milestone=False)
    assert seen["pieces"] == []
    (event,) = seen["piece_events"]
    area = 11 * 4 * UM**2
    assert event.pop("volume [m^2]") == pytest.approx(area)
    assert event == {"time [s]": 2.5, "event": "break-off", "id [1]": 2, "other_id [1]": 1}
    later = shown.rows(broken, 12)
    assert later["piece_events"] == []
    _, piece = later["pieces"]
    assert (piece["time [s]"], piece["id [1]"], piece["kind"]) == (6.0, 2, "isolated")
    assert (piece["age [steps]"], piece["born [s]"]) == (7, 2.5)
    assert piece["volume [m^2]"] == pytest.approx(area)
    centre = [piece[f"centroid_{axis} [m]"] / UM for axis in "xyz"]
    assert centre == pytest.approx([15.0, 5.5, 0.0])
    assert piece["equivalent_diameter [m]"] == pytest.approx(math.sqrt(4 * area / math.pi))
    (gone,) = shown.rows(foil, 13)["piece_events"]
    assert (gone["event"], gone["id [1]"], gone["other_id [1]"]) == ("dissolution", 2, "")


@pytest.mark.parametrize(
    ("depth", "kind"),
    [(None, "triangle"), (None, "quadrilateral"), (8, "tetrahedron"), (8, "hexahedron")],
)
def test_centroids_across_the_seam(depth, kind):
    """A block is put everywhere along the periodic axes; its middle goes round with it."""
    size = None if depth is None else depth * UM
    shown = Shown(Geometry(2 * UM, 8 * UM, 12 * UM, UM, size, kind, periodic=True))
    found, space = pieces_of(shown.cell), shown.cell.f.scalar_space
    periods = shown.cell.config.geometry.periods
    listings = PieceListings(found.finder, lambda _: found.now()[LITHIUM], space, periods)
    x, y, z = shown.points.T
    for middle in (0.0, 3.0, 6.0, 11.0, 12.0):
        block = (np.abs(x - 6) < 2.5) & (np.abs((y - middle + 6) % 12 - 6) < 2.5)
        expected = [6.0, middle % 12]
        if depth is not None:
            block &= np.abs((z - middle + 4) % 8 - 4) < 1.5
            expected.append(middle % 8)
        shown.view(block, 0, False)  # the block is the lithium now
        pieces = found.now()[LITHIUM]
        assert pieces.count == 1
        (centre,) = listings.centroids(pieces) / UM
        away = np.abs(centre[: len(expected)] - expected)
        np.testing.assert_allclose(np.minimum(away, np.array([99, 12, 8])[: len(away)] - away), 0,
                                   atol=1e-9)  # fmt: skip
        assert ((centre[1:] >= 0) & (centre[1:] <= [12, 8])).all()


def test_what_lies_all_around_has_no_centre_there():
    shown = Shown(Geometry(2 * UM, 8 * UM, 12 * UM, UM, None, "triangle", periodic=True))
    shown.table.start(shown.view(shown.points[:, 0] < 2.5, 0, False))
    (row,) = shown.rows(shown.points[:, 0] < 2.5, 1)["pieces"]
    # nodes at 0, 1 and 2 µm, the first with half the volume
    assert row["centroid_x [m]"] / UM == pytest.approx(1.2)
    assert math.isnan(row["centroid_y [m]"])


def test_equivalent_diameters():
    assert equivalent_diameter(math.pi, 2) == pytest.approx(2.0)
    assert equivalent_diameter(4 / 3 * math.pi, 3) == pytest.approx(2.0)


def test_no_lithium_has_no_rows():
    shown = Shown(Geometry(2 * UM, 8 * UM, 12 * UM, UM))
    nothing = np.zeros(len(shown.points), dtype=bool)
    shown.table.start(shown.view(nothing, 0, False))
    listed = shown.rows(nothing, 1)
    assert (listed["pieces"], listed["piece_events"], listed["interface"]) == ([], [], [])


COLUMNS = {"one": ("time [s]", "kind"), "two": ("id [1]",)}


def content(path):
    """What rank 0 has written, read by all before it goes on."""
    found = path.read_bytes()
    MPI.COMM_WORLD.barrier()
    return found


def put(path, new):
    """Write it on rank 0, or take the file away, before anyone goes on."""
    MPI.COMM_WORLD.barrier()
    if MPI.COMM_WORLD.rank == 0 and new is None:
        path.unlink()
    elif MPI.COMM_WORLD.rank == 0:
        path.write_bytes(new)
    MPI.COMM_WORLD.barrier()


def test_listings_are_complete_after_every_step_and_cut(tmp_path):
    folder = MPI.COMM_WORLD.bcast(tmp_path)
    listings = Listings(MPI.COMM_WORLD, folder, COLUMNS)
    listings.begin()
    assert content(folder / "two.csv") == b"id [1]\r\n"
    listings.append({"one": [(1 / 3, "a"), (2, "b, c")], "two": []})
    first = content(folder / "one.csv")
    assert first == b'time [s],kind\r\n0.333333333333,a\r\n2,"b, c"\r\n'
    kept = dict(listings.counts)
    listings.append({"one": [(3.0, "d")], "two": [(7,)]})
    assert listings.counts == {"one": 3, "two": 1}
    again = Listings(MPI.COMM_WORLD, folder, COLUMNS)
    again.cut(kept)
    assert content(folder / "one.csv") == first
    assert content(folder / "two.csv") == b"id [1]\r\n"
    assert again.counts == kept
    for harmed in (b"", None):
        with pytest.raises(ConfigError, match="put it back, or run again with another --out"):
            again.cut({"one": 3, "two": 0})
        put(folder / "one.csv", harmed)
    put(folder / "one.csv", first)
    with pytest.raises(ConfigError, match="does not belong to the checkpoint"):
        Listings(MPI.COMM_WORLD, folder, {"one": ("time [s]",)}).cut({"one": 1})
