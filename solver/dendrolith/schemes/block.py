"""Blocks: what advances some fields by one step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.schemes.report import Report

NOTHING = Report()


def on_it_goes() -> None:
    """Nothing stops a step."""


class Block:
    """Advances some fields by one step; a new one overrides what it needs.

    All but `advance` and `start` walks the children, so that a block made of blocks fans nothing
    out by itself. All calls are collective.

    Attributes:
        name: what its part of the time is called in a profile, and its part of a checkpoint.
    """

    name = "block"
    _may_stop: Callable[[], None] = staticmethod(on_it_goes)

    @property
    def children(self) -> Sequence[Block]:
        """Blocks inside this one."""
        return ()

    @property
    def longest_step(self) -> float:
        """Largest step that it allows from its present state [s] (collective)."""
        return min((child.longest_step for child in self.children), default=math.inf)

    def advance(self, dt: float) -> Report:
        """Advance its fields by `dt` [s]; the caller accepts or rejects the step.

        Raises:
            SolverDiverged: a solve failed or a field is not finite, on any rank.
        """
        return NOTHING

    def start(self, dt: float) -> None:
        """Find its fields at the start of a run, as a step of `dt` [s] would; no time passes."""

    def watch(self, look: Callable[[], None]) -> None:
        """Call `look` now and then within a step: it raises `BrokenOff` if the run is to stop."""
        self._may_stop = look
        for child in self.children:
            child.watch(look)

    def accept(self) -> None:
        """Keep the attempted step."""
        for child in self.children:
            child.accept()

    def reject(self) -> None:
        """Go back to the last accepted step."""
        for child in self.children:
            child.reject()

    def reset_history(self) -> None:
        """What drives the problem has changed: the past says nothing of the next step."""
        for child in self.children:
            child.reset_history()

    def save(self) -> CheckpointData:
        """What must survive a restart."""
        return CheckpointData.join({child.name: child.save() for child in self.children})

    def restore(self, data: CheckpointData) -> None:
        """Go on from there."""
        for child in self.children:
            child.restore(data.part(child.name))

    def close(self) -> None:
        """Free the PETSc objects."""
        for child in self.children:
            child.close()
