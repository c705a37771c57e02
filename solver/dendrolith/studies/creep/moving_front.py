"""How the front of lithium goes from step to step: as a plug, or with the flow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.studies.creep.flow import Flow
from dendrolith.studies.creep.front import Front, inner_neighbours
from dendrolith.studies.creep.geometry import Shape

FloatArray = npt.NDArray[np.float64]


class Plug:
    """A front that stays level: the volume gives its place.

    Attributes:
        now: its outline; None: level.
        locked: that when the frame was locked.
    """

    def __init__(self) -> None:
        self.now: Front | None = None
        self.locked: Front | None = None

    def follow(self, flow: Flow) -> None:
        """Take the speeds of the last solve."""

    def moved(self, before: Shape, after: Shape, plated: float) -> Shape:
        """The shape `after`, with the front that `before` comes to.

        Args:
            before: at the beginning.
            after: thickness and length at the end.
            plated: thickness plated in between.
        """
        return after

    def take(self, shape: Shape) -> float:
        """Keep the front of a shape; returns the change of its outline over the gap."""
        return 0.0

    def lock(self) -> None:
        """The frame is locked."""

    def save(self) -> dict[str, CheckpointData]:
        """Outlines and speeds, as a part of a checkpoint."""
        return {}

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""


class ShapedFront(Plug):
    """A front whose nodes rise with the flow.

    Args:
        across: (n,) their places over the gap, from 0 at the rod to 1 at the bore.
    """

    def __init__(self, across: FloatArray) -> None:
        self._across = across
        # the rod draws lithium along; no more of it passes the slot for that
        self._drawn = 0.5 - across[inner_neighbours(len(across))]
        self.now = self.locked = Front(across, np.ones_like(across))
        self._speed: FloatArray = np.ones_like(across)

    def follow(self, flow: Flow) -> None:
        """Take the speeds at closing speed 1, without what the rod draws along as it is lifted."""
        self._speed = flow.front_speed() - flow.plated * self._drawn

    def moved(self, before: Shape, after: Shape, plated: float) -> Shape:
        """As that of a plug."""
        risen = after.thickness - before.thickness
        z = before.front_nodes[:, 1] + (plated - risen) * self._speed + plated * self._drawn
        front = Front(self._across, np.asarray((z - after.thickness) / after.length, np.float64))
        return Shape(after.bore, after.thickness, after.length, front)

    def take(self, shape: Shape) -> float:
        """As that of a plug; the front is scaled to its volume."""
        assert shape.front is not None
        assert self.now is not None
        before = self.now.relative
        now = np.asarray(shape.scale * shape.front.relative, dtype=np.float64)
        self.now = Front(self._across, now)
        return float(np.abs(now - before).max()) * shape.length / shape.gap

    def lock(self) -> None:
        """The frame is locked."""
        self.locked = self.now

    def save(self) -> dict[str, CheckpointData]:
        """Outlines and speeds, as a part of a checkpoint."""
        assert self.now is not None
        assert self.locked is not None
        kept = {"now": self.now.relative, "locked": self.locked.relative, "speed": self._speed}
        return {"front": CheckpointData({key: list(map(float, x)) for key, x in kept.items()})}

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        kept = data.part("front").numbers
        self.now, self.locked = (
            Front(self._across, np.array(kept[key])) for key in ("now", "locked")
        )
        self._speed = np.array(kept["speed"])
