"""Tables of the pieces of lithium: what there is at the output times, what happens at any time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.fields.connected import PieceFinder, Pieces
from dendrolith.observables.base import Entry, Observable, StepView, Table
from dendrolith.observables.piece_tracking import Event, PieceTracking

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MoreColumns:
    """What else is told of each piece.

    Attributes:
        columns: names, with units.
        of_pieces: (n_pieces, n_columns) values after a step (collective).
    """

    columns: tuple[str, ...]
    of_pieces: Callable[[StepView, Pieces], FloatArray]


# A piece whose nodes lie around a periodic axis so evenly has no centre there.
EVEN = 1e-6


class PieceListings(Observable):
    """``pieces.csv``, all pieces at the output times, and ``piece_events.csv``, as they happen.

    Args:
        finder: of the pieces.
        pieces_at: the pieces after a step.
        space: scalar P1 space of the field whose pieces they are.
        periods: (3,) length after which the domain continues along each axis, 0 where it ends [m].
        more: further columns of ``pieces.csv``.

    Attributes:
        tables: both.
    """

    def __init__(
        self,
        finder: PieceFinder,
        pieces_at: Callable[[StepView], Pieces],
        space: fem.FunctionSpace,
        periods: FloatArray,
        more: Sequence[MoreColumns] = (),
    ) -> None:
        self._finder, self._pieces_at, self._more = finder, pieces_at, more
        self._points, self._periods = space.tabulate_dof_coordinates()[: finder.owned], periods
        self._dim = space.mesh.geometry.dim
        self._tracking = PieceTracking(space.mesh.comm, finder.owned)
        volume = f"volume [m^{self._dim}]"
        self._pieces = Table(
            "pieces",
            (
                "time [s]",
                "id [1]",
                "kind",
                volume,
                "centroid_x [m]",
                "centroid_y [m]",
                "centroid_z [m]",
                "equivalent_diameter [m]",
                "age [steps]",
                "born [s]",
                *(name for columns in more for name in columns.columns),
            ),
        )
        self._events = Table(
            "piece_events", ("time [s]", "event", "id [1]", "other_id [1]", volume)
        )
        self.tables = (self._pieces, self._events)

    def save(self) -> CheckpointData:
        """The identities."""
        return self._tracking.save()

    def restore(self, data: CheckpointData) -> None:
        """Take it back."""
        self._tracking.restore(data)

    def start(self, view: StepView) -> None:
        """The initial lithium: neither nucleated nor broken off."""
        self._tracking.start(self._pieces_at(view), view.time, view.step)

    def rows(self, view: StepView) -> Mapping[str, Sequence[Sequence[Entry]]]:
        """What has happened in the step; at an output time all pieces too (collective)."""
        events = self._tracking.follow(self._pieces_at(view), view.time, view.step)
        return {
            self._events.name: [_event_row(view.time, event) for event in events],
            self._pieces.name: self._piece_rows(view) if view.milestone else [],
        }

    def _piece_rows(self, view: StepView) -> list[Sequence[Entry]]:
        pieces, dim = self._pieces_at(view), self._dim
        centroids = self.centroids(pieces)
        more = np.hstack(
            [np.empty((pieces.count, 0)), *(found.of_pieces(view, pieces) for found in self._more)]
        )
        return [
            (
                view.time,
                piece,
                track.kind,
                track.volume,
                *map(float, centroid),
                equivalent_diameter(track.volume, dim),
                view.step - track.step,
                track.born,
                *map(float, values),
            )
            for centroid, values, (piece, track) in zip(
                centroids, more, self._tracking.tracks.items(), strict=True
            )
        ]

    def centroids(self, pieces: Pieces) -> FloatArray:
        """(n_pieces, 3) means of the nodes by volume [m] (collective); as of `centres`."""
        return centres(self._finder, pieces, self._points, self._periods)


def centres(
    finder: PieceFinder, pieces: Pieces, points: FloatArray, periods: FloatArray
) -> FloatArray:
    """(n_pieces, 3) means of the nodes by volume [m] (collective).

    Along periodic axes the circular mean; nan where a piece lies evenly all around.

    Args:
        finder: of the pieces.
        pieces: connected nodes.
        points: (n_owned, 3) places of the nodes [m].
        periods: (3,) length after which the domain continues along each axis, 0 where it ends [m].
    """
    volume, axes = finder.volume, np.flatnonzero(periods > 0)
    angles = 2 * np.pi * points[:, axes] / periods[axes]
    values = np.concatenate([points, np.cos(angles), np.sin(angles)], axis=1)
    sums = finder.sums(pieces, volume[:, None] * values) / pieces.volume[:, None]
    found, cosines, sines = np.split(sums, [3, 3 + len(axes)], axis=1)
    for place, axis in enumerate(axes):
        cosine, sine = cosines[:, place], sines[:, place]
        mean = np.arctan2(sine, cosine) / (2 * np.pi) % 1.0 * periods[axis]
        found[:, axis] = np.where(np.hypot(cosine, sine) > EVEN, mean, np.nan)
    return found


def equivalent_diameter(volume: float, dim: int) -> float:
    """Diameter of the disc or the sphere of a volume [m³, in 2-D m²] [m]."""
    return math.sqrt(4 * volume / math.pi) if dim == 2 else math.cbrt(6 * volume / math.pi)


def _event_row(time: float, event: Event) -> Sequence[Entry]:
    other: Entry = "" if event.other is None else event.other
    return time, event.event, event.piece, other, event.volume
