"""Identities and events of scripted pieces, the same on any number of ranks."""

import copy
import json

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.fields.numbering import original_numbers
from dendrolith.fields.output import Layout
from dendrolith.observables.piece_tracking import (
    BREAK_OFF,
    DISSOLUTION,
    MERGE,
    NUCLEATION,
    SPLIT,
    Event,
    PieceTracking,
)
from dendrolith.results.checkpoint import Checkpoints
from tests.unit.pieces import Grid

SHAPE = (20, 12)


def picture(*boxes):
    """Lithium in boxes (from x, to x, from y, to y), ends included."""
    values = np.zeros(SHAPE)
    for left, right, bottom, top in boxes:
        values[left : right + 1, bottom : top + 1] = 1.0
    return values


FOIL = (0, 2, 0, 11)
LONE = picture(FOIL)


class Follow:
    """Tracks a film of pictures; step k is at time k/2."""

    def __init__(self, *pictures, grid=None, tracking=None):
        self.grid = grid or Grid(SHAPE, "quadrilateral")
        self.tracking = tracking or PieceTracking(self.grid.comm, self.grid.owned)
        self.step = 0
        first, *others = pictures
        if tracking is None:
            self.tracking.start(self.grid.find(first), 0.0, 0)
        self.events = [self.show(values) for values in others]

    def show(self, values):
        self.step += 1
        return self.tracking.follow(self.grid.find(values), self.step / 2, self.step)

    def kinds(self):
        return {piece: track.kind for piece, track in self.tracking.tracks.items()}


def test_the_initial_lithium_has_no_history():
    film = Follow(picture(FOIL, (8, 9, 3, 4), (18, 19, 0, 11)))
    assert film.kinds() == {1: "anode", 2: "isolated", 3: "counter"}
    assert {track.born for track in film.tracking.tracks.values()} == {0.0}


def test_break_off_and_reconnection():
    grown = picture(FOIL, (3, 12, 4, 6))
    broken = picture(FOIL, (3, 5, 4, 6), (8, 12, 4, 6))
    film = Follow(LONE, grown, broken, broken, grown)
    assert film.events == [
        [], [Event(BREAK_OFF, 2, 1, 15.0)], [], [Event(MERGE, 2, 1, 15.0)]
    ]  # fmt: skip
    assert film.kinds() == {1: "anode"}
    assert film.tracking.tracks[1].volume == 36 + 30


def test_the_foil_stays_itself_where_more_breaks_off_than_remains():
    grown = picture((0, 0, 0, 11), (1, 12, 2, 9))
    film = Follow(grown, picture((0, 0, 0, 11), (3, 12, 2, 9)))
    assert film.events == [[Event(BREAK_OFF, 2, 1, 80.0)]]
    assert film.kinds() == {1: "anode", 2: "isolated"}
    assert film.tracking.tracks[2].born == 0.5
    # and takes in again what is larger
    assert film.show(grown) == [Event(MERGE, 2, 1, 80.0)]
    assert film.kinds() == {1: "anode"}


def test_split_and_merge_of_isolated_pieces():
    """The larger part is the piece that was there; of two that merge the larger one remains."""
    whole = picture(FOIL, (8, 17, 4, 6))
    halves = picture(FOIL, (8, 10, 4, 6), (12, 17, 4, 6))
    film = Follow(whole, halves, whole)
    assert film.events == [[Event(SPLIT, 3, 2, 9.0)], [Event(MERGE, 3, 2, 9.0)]]
    assert film.tracking.tracks[2].volume == 30
    equal = picture(FOIL, (8, 11, 4, 6), (13, 16, 4, 6))
    film = Follow(equal, picture(FOIL, (8, 16, 4, 6)))
    assert film.events == [[Event(MERGE, 3, 2, 12.0)]]


def test_nucleation_and_dissolution():
    """Numbers are not used again."""
    film = Follow(LONE, picture(FOIL, (8, 9, 3, 4)), LONE, picture(FOIL, (8, 9, 3, 4)))
    assert film.events == [
        [Event(NUCLEATION, 2, None, 4.0)],
        [Event(DISSOLUTION, 2, None, 4.0)],
        [Event(NUCLEATION, 3, None, 4.0)],
    ]
    assert film.tracking.tracks[3].born == 1.5
    assert film.tracking.tracks[3].step == 3


def test_a_piece_that_moves_stays_itself():
    """Across the whole cell and all cuts, to the counter electrode; past a piece that rests."""
    places = [picture(FOIL, (x, x + 3, 2, 5), (10, 12, 8, 9)) for x in range(4, 17)]
    film = Follow(*places)
    assert film.events == [[]] * (len(places) - 1)
    assert film.kinds() == {1: "anode", 2: "counter", 3: "isolated"}
    assert film.tracking.tracks[2].born == 0.0
    nodes = film.grid.whole(film.tracking.save().nodal["id"][:, 0])
    assert np.unique(nodes[16:, 2:6]) == [2]
    assert np.unique(nodes[10:13, 8:10]) == [3]


def test_growth_to_the_counter_electrode_bridges():
    film = Follow(picture(FOIL, (19, 19, 0, 11)), picture(FOIL, (3, 19, 4, 6), (19, 19, 0, 11)))
    assert film.events == [[Event(MERGE, 2, 1, 12.0)]]
    assert film.kinds() == {1: "bridging"}


def test_several_births_are_numbered_by_place():
    many = picture(FOIL, (6, 6, 1, 1), (6, 6, 9, 9), (14, 14, 2, 2), (14, 14, 10, 10))
    film = Follow(LONE, many, LONE)
    born = [event.piece for event in film.events[0]]
    assert born == [2, 3, 4, 5]
    assert [event.piece for event in film.events[1]] == born
    nodes = Follow(LONE, many)
    ids = nodes.grid.whole(nodes.tracking.save().nodal["id"][:, 0])
    assert [ids[6, 1], ids[6, 9], ids[14, 2], ids[14, 10]] == [2, 3, 4, 5]


FILM = [
    LONE,
    picture(FOIL, (3, 12, 4, 6)),
    picture(FOIL, (3, 5, 4, 6), (8, 12, 4, 6)),
    picture(FOIL, (3, 5, 4, 6), (9, 13, 4, 6), (16, 17, 9, 10)),
    picture(FOIL, (10, 11, 4, 6), (13, 14, 4, 6), (16, 17, 9, 10)),
    picture(FOIL, (10, 14, 4, 6)),
    picture(FOIL, (3, 10, 4, 6), (10, 14, 4, 6)),
]


def test_the_whole_film():
    film = Follow(*FILM)
    assert film.events == [
        [],
        [Event(BREAK_OFF, 2, 1, 15.0)],
        [Event(NUCLEATION, 3, None, 4.0)],
        [Event(SPLIT, 4, 2, 6.0)],
        [Event(DISSOLUTION, 3, None, 4.0), Event(MERGE, 4, 2, 6.0)],
        [Event(MERGE, 2, 1, 15.0)],
    ]


def layout(grid):
    return Layout(original_numbers(grid.cell_mesh, grid.space)[: grid.owned])


@pytest.mark.parametrize("kept", range(len(FILM) - 1))
def test_a_checkpoint_in_the_middle_changes_nothing(kept, tmp_path):
    """Fault: something is kept that is not declared. Written by all ranks, read by one alone."""
    film = Follow(*FILM[: kept + 1])
    grid = film.grid
    folder = MPI.COMM_WORLD.bcast(tmp_path)
    slots = Checkpoints(grid.comm, folder, layout(grid))
    slots.write(1, copy.deepcopy(film.tracking.save()))
    later = [film.show(values) for values in FILM[kept + 1 :]]
    alone = Grid(SHAPE, "quadrilateral", comm=MPI.COMM_SELF)
    for other in (grid, alone):
        found = Checkpoints(other.comm, folder, layout(other)).newest()
        assert found is not None
        tracking = PieceTracking(other.comm, other.owned)
        tracking.restore(found[1])
        again = Follow(None, grid=other, tracking=tracking)
        again.step = kept
        assert [again.show(values) for values in FILM[kept + 1 :]] == later
        assert tracking.tracks == film.tracking.tracks
        assert list(tracking.tracks) == list(film.tracking.tracks)


def test_checkpoint_data_is_what_json_can_hold():
    data = Follow(*FILM).tracking.save()
    assert json.loads(json.dumps(data.numbers)) == data.numbers
    assert isinstance(data, CheckpointData)
