"""Pieces of lithium through time: who is who from one step to the next, and what happened.

A piece is who it was where it shares most nodes with the piece of the step before. What holds on to
an electrode comes first: where a dendrite breaks off its foil, the foil keeps the identity, however
small it is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from scipy.sparse import coo_array

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import gather_everywhere
from dendrolith.fields.connected import Pieces

BREAK_OFF, NUCLEATION, MERGE = "break-off", "nucleation", "merge"
SPLIT, DISSOLUTION = "split", "dissolution"
ANODE, COUNTER, BRIDGING, ISOLATED = "anode", "counter", "bridging", "isolated"

# (id before, label now) → nodes in both
Overlaps = dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of a piece.

    Attributes:
        born, step: when it was first seen [s], and in which step.
        volume: now [m³, in 2-D m²].
        anode, counter: does it touch the left, the right side?
    """

    born: float
    step: int
    volume: float
    anode: bool
    counter: bool

    @property
    def kind(self) -> str:
        """What it holds on to: anode, counter, both (bridging) or nothing (isolated)."""
        if self.anode:
            return BRIDGING if self.counter else ANODE
        return COUNTER if self.counter else ISOLATED


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a piece.

    Attributes:
        event: break-off or split (from the other piece), nucleation, merge (into the other),
            dissolution.
        piece, other: identities; None where there is no other.
        volume: of the new piece, or the last one of the piece that is gone [m³, in 2-D m²].
    """

    event: str
    piece: int
    other: int | None
    volume: float


class PieceTracking:
    """Gives pieces identities: whole numbers from 1, never used again, alike on any ranks.

    Attributes:
        tracks: identity → what is known of the piece, by the labels of the present pieces.
    """

    def __init__(self, comm: MPI.Comm, owned: int) -> None:
        self._comm = comm
        # of the nodes that this rank owns; 0 outside lithium
        self._id: npt.NDArray[np.int64] = np.zeros(owned, dtype=np.int64)
        self._last = 0
        self.tracks: dict[int, Track] = {}

    def save(self) -> CheckpointData:
        """Identity of every node, and of every piece what is known."""
        tracks = {str(piece): asdict(track) for piece, track in self.tracks.items()}
        return CheckpointData(
            numbers={"last": self._last, "tracks": tracks},
            nodal={"id": self._id.reshape(-1, 1).astype(np.float64)},
        )

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._id = np.rint(data.nodal["id"][:, 0]).astype(np.int64)
        self._last = data.numbers["last"]
        self.tracks = {
            int(piece): Track(**known) for piece, known in data.numbers["tracks"].items()
        }

    def start(self, pieces: Pieces, time: float, step: int) -> None:
        """Begin anew with what is there (collective)."""
        self._id[:], self._last, self.tracks = 0, 0, {}
        self.follow(pieces, time, step)

    def follow(self, pieces: Pieces, time: float, step: int) -> list[Event]:
        """Find the pieces of the last step again; returns what happened since (collective).

        Births come first, in the order of the pieces, then ends, in the order of the identities.

        Args:
            pieces: connected lithium now.
            time: of this view [s].
            step: number of the step.
        """
        overlaps, before = self._overlaps(pieces), self.tracks
        inherited = _inherit(overlaps, before, pieces)
        names = [inherited.get(label) or self._new() for label in range(pieces.count)]
        self.tracks = {
            piece: _track(pieces, label, before.get(piece), time, step)
            for label, piece in enumerate(names)
        }
        self._id = np.array([*names, 0])[pieces.label[: self._id.size]]  # the last for label −1
        source, heir = _largest_shares(overlaps)
        births = [
            _birth(piece, self.tracks[piece], source.get(label), before)
            for label, piece in enumerate(names)
            if piece not in before
        ]
        ends = [
            _end(piece, names[heir[piece]] if piece in heir else None, before[piece])
            for piece in sorted(before.keys() - self.tracks.keys())
        ]
        return births + ends

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _overlaps(self, pieces: Pieces) -> Overlaps:
        """Shared nodes of every pair of an old and a new piece that have any (collective)."""
        label = pieces.label[: self._id.size]
        both = (self._id > 0) & (label >= 0)
        shape = (self._last + 1, max(1, pieces.count))
        pairs = coo_array((np.ones(both.sum(), dtype=int), (self._id[both], label[both])), shape)
        here = pairs.tocsr().tocoo()  # counts each pair once
        total: Overlaps = {}
        for part in gather_everywhere(self._comm, (here.row, here.col, here.data)):
            for old, new, nodes in zip(*(array.tolist() for array in part), strict=True):
                total[old, new] = total.get((old, new), 0) + nodes
        return total


def _inherit(overlaps: Overlaps, before: dict[int, Track], pieces: Pieces) -> dict[int, int]:
    """The identity of every label that has one from the step before; each is given once.

    Pairs that hold on to the same electrode come first, then those that share more nodes; between
    equals the older identity, then the smaller label.
    """

    def order(pair: tuple[int, int]) -> tuple[bool, int, int, int]:
        old, new = pair
        attached = (before[old].anode and bool(pieces.left[new])) or (
            before[old].counter and bool(pieces.right[new])
        )
        return not attached, -overlaps[pair], old, new

    inherited: dict[int, int] = {}
    given: set[int] = set()
    for old, new in sorted(overlaps, key=order):
        if old not in given and new not in inherited:
            inherited[new] = old
            given.add(old)
    return inherited


def _largest_shares(overlaps: Overlaps) -> tuple[dict[int, int], dict[int, int]]:
    """The old piece of which each label has most, and the label that has most of each old piece."""
    source: dict[int, int] = {}
    heir: dict[int, int] = {}
    for old, new in sorted(overlaps, key=lambda pair: (-overlaps[pair], *pair)):
        source.setdefault(new, old)
        heir.setdefault(old, new)
    return source, heir


def _track(pieces: Pieces, label: int, before: Track | None, time: float, step: int) -> Track:
    return Track(
        born=time if before is None else before.born,
        step=step if before is None else before.step,
        volume=float(pieces.volume[label]),
        anode=bool(pieces.left[label]),
        counter=bool(pieces.right[label]),
    )


def _birth(piece: int, track: Track, source: int | None, before: dict[int, Track]) -> Event:
    """What brought a new piece about; `source` is the old piece that its nodes belonged to."""
    if source is None:
        return Event(NUCLEATION, piece, None, track.volume)
    was_held = before[source].kind != ISOLATED
    event = BREAK_OFF if was_held and track.kind == ISOLATED else SPLIT
    return Event(event, piece, source, track.volume)


def _end(piece: int, heir: int | None, track: Track) -> Event:
    """What became of a piece that is gone; `heir` is the piece that its nodes belong to now."""
    return Event(DISSOLUTION if heir is None else MERGE, piece, heir, track.volume)
