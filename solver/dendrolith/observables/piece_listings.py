"""Tables of the pieces of lithium: what there is at the output times, what happens at any time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import Memory
from dendrolith.fields.connected import LITHIUM, Pieces
from dendrolith.observables.base import Entry, Listing, Moment, Observable
from dendrolith.observables.context import Scene
from dendrolith.observables.piece_tracking import Event, PieceTracking

FloatArray = npt.NDArray[np.float64]

# A piece whose nodes lie around a periodic axis so evenly has no centre there.
EVEN = 1e-6


class PieceListings(Observable):
    """``pieces.csv``, all pieces at the output times, and ``piece_events.csv``, as they happen.

    Attributes:
        listings: both.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        cell, finder = scene.cell, scene.finder
        self._finder, self._geometry = finder, cell.config.geometry
        self._points = cell.state.scalar_space.tabulate_dof_coordinates()[: finder.owned]
        self._tracking = PieceTracking(cell.cell_mesh.comm, finder.owned)
        volume = f"volume [m^{self._geometry.dim}]"
        self._pieces = Listing("pieces", (
            "time [s]", "id [1]", "kind", volume, "centroid_x [m]", "centroid_y [m]",
            "centroid_z [m]", "equivalent_diameter [m]", "age [steps]", "born [s]",
        ))  # fmt: skip
        self._events = Listing(
            "piece_events", ("time [s]", "event", "id [1]", "other_id [1]", volume)
        )
        self.listings = (self._pieces, self._events)

    def remember(self) -> Memory:
        """Who is who."""
        return self._tracking.remember()

    def recall(self, memory: Memory) -> None:
        """Take it back."""
        self._tracking.recall(memory)

    def start(self, moment: Moment) -> None:
        """The initial lithium: neither nucleated nor broken off."""
        self._tracking.start(moment.pieces[LITHIUM], moment.time, moment.step)

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Sequence[Entry]]]:
        """What has happened in the step; at an output time all pieces too (collective)."""
        events = self._tracking.follow(moment.pieces[LITHIUM], moment.time, moment.step)
        return {
            self._events.name: [_event_row(moment.time, event) for event in events],
            self._pieces.name: self._piece_rows(moment) if moment.milestone else [],
        }

    def _piece_rows(self, moment: Moment) -> list[Sequence[Entry]]:
        centroids = self.centroids(moment.pieces[LITHIUM])
        dim = self._geometry.dim
        return [
            (
                moment.time, piece, track.kind, track.volume, *map(float, centroid),
                equivalent_diameter(track.volume, dim), moment.step - track.step, track.born,
            )
            for centroid, (piece, track) in zip(
                centroids, self._tracking.tracks.items(), strict=True
            )
        ]  # fmt: skip

    def centroids(self, pieces: Pieces) -> FloatArray:
        """(n_pieces, 3) means of the nodes by volume [m] (collective).

        Along periodic axes the circular mean; nan where a piece lies evenly all around.
        """
        geometry, volume = self._geometry, self._finder.volume
        periods = geometry.extents[1:] if geometry.periodic else ()
        angles = 2 * np.pi * self._points[:, 1 : 1 + len(periods)] / np.array(periods)
        values = np.concatenate([self._points, np.cos(angles), np.sin(angles)], axis=1)
        sums = self._finder.sums(pieces, volume[:, None] * values) / pieces.volume[:, None]
        centroids, cosines, sines = np.split(sums, [3, 3 + len(periods)], axis=1)
        for axis, period in enumerate(periods):
            cosine, sine = cosines[:, axis], sines[:, axis]
            mean = np.arctan2(sine, cosine) / (2 * np.pi) % 1.0 * period
            centroids[:, 1 + axis] = np.where(np.hypot(cosine, sine) > EVEN, mean, np.nan)
        return centroids


def equivalent_diameter(volume: float, dim: int) -> float:
    """Diameter of the disc or the sphere of a volume [m³, in 2-D m²] [m]."""
    return math.sqrt(4 * volume / math.pi) if dim == 2 else math.cbrt(6 * volume / math.pi)


def _event_row(time: float, event: Event) -> Sequence[Entry]:
    other: Entry = "" if event.other is None else event.other
    return time, event.event, event.piece, other, event.volume
