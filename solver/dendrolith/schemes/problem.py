"""A problem: all that the march sees of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import all_agree
from dendrolith.core.profile import timed
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report

if TYPE_CHECKING:  # a problem without a mesh needs no DOLFINx
    from dendrolith.fields.state import State


class Control(Protocol):
    """What drives a problem, stage after stage; the march knows no more of it."""

    number: int

    @property
    def finished(self) -> bool:
        """All stages have ended."""
        ...

    def next_switch(self, time: float) -> float:
        """Time [s] at which the present stage is known to end; inf if only an event ends it."""
        ...

    def check(self) -> None:
        """Refuse an attempted step that no cell could follow.

        Raises:
            SolverDiverged: the step must be taken back.
        """
        ...

    def shorter(self, dt: float) -> float | None:
        """A shorter step [s] to try instead of the attempted one, or None to accept it."""
        ...

    def accepted(self, time: float, dt: float, *, on_time: bool) -> bool:
        """Take note of an accepted step that ends at `time`; True if it ended the stage."""
        ...

    def switch(self) -> str:
        """Begin the present stage; returns it in words."""
        ...

    def save(self) -> CheckpointData:
        """What must survive a restart."""
        ...

    def restore(self, data: CheckpointData, *, switches: bool) -> None:
        """Go on from there; `switches`: the present stage has not begun yet."""
        ...


@dataclass(slots=True)
class Unattended:
    """The control of a problem that nothing drives: one stage without an end."""

    number: int = 0
    finished: bool = False

    def next_switch(self, time: float) -> float:
        """Never [s]."""
        return math.inf

    def check(self) -> None:
        """Every step may be followed."""

    def shorter(self, dt: float) -> float | None:
        """No event, no shorter step."""
        return None

    def accepted(self, time: float, dt: float, *, on_time: bool) -> bool:
        """No stage ends."""
        return False

    def switch(self) -> str:
        """There is one stage."""
        return "unattended"

    def save(self) -> CheckpointData:
        """Nothing."""
        return CheckpointData()

    def restore(self, data: CheckpointData, *, switches: bool) -> None:
        """Nothing."""


class Problem(Block):
    """State, blocks in the order in which a step advances them, and control.

    Args:
        comm: communicator of the run.
        blocks: advanced one after another in every step.
        state: the fields; None where there is no mesh.
        starters: blocks that find the fields at the start; by default `blocks`.
        control: what drives it.
        order: of the scheme in time, for the estimated error.
        what: is advanced, in physical words, for messages.

    Raises:
        ValueError: two blocks have one name, and in a checkpoint one would replace the other.

    Attributes:
        comm, blocks, state, control, order, what: as given.
    """

    name = "problem"

    def __init__(
        self,
        comm: MPI.Comm,
        blocks: Sequence[Block],
        *,
        state: State | None = None,
        starters: Sequence[Block] | None = None,
        control: Control | None = None,
        order: int = 1,
        what: str = "the step",
    ) -> None:
        self.comm, self.blocks, self.order, self.what = comm, tuple(blocks), order, what
        names = [block.name for block in blocks]
        if len(set(names)) < len(names):
            raise ValueError(f"blocks need names of their own, and these are {names}")
        self._starters = self.blocks if starters is None else tuple(starters)
        self._states = () if state is None else (state,)
        self.control: Control = control or Unattended()

    @property
    def state(self) -> State:
        """The fields.

        Raises:
            LookupError: the problem has none.
        """
        if not self._states:
            raise LookupError("this problem has no fields")
        return self._states[0]

    @property
    def children(self) -> Sequence[Block]:
        """The blocks."""
        return self.blocks

    def advance(self, dt: float) -> Report:
        """Advance all fields by `dt` [s]; the caller accepts or rejects the step.

        Raises:
            SolverDiverged: a solve failed or a field is not finite, on any rank.
            BrokenOff: the run is to stop within the step.
        """
        report = Report()
        for block in self.blocks:
            self._may_stop()
            with timed(block.name):
                report += replace(block.advance(dt), by=block.name)
        self.control.check()
        return report

    def start(self, dt: float) -> None:
        """Find the fields at t = 0, as a step of `dt` [s] would, and accept them.

        Raises:
            SolverDiverged: there is no balance.
        """
        for block in self._starters:
            with timed(block.name):
                block.start(dt)
        self.accept()

    def check_untouched(self) -> None:
        """Refuse fields that were changed since the last step was accepted (collective).

        Raises:
            ValueError: what blocks derived from them no longer belongs to them.
        """
        changed = [name for state in self._states for name in state.changed()]
        if not all_agree(self.comm, not changed):
            raise ValueError(
                f"{', '.join(changed) or 'fields of another rank'} changed between two steps: "
                "change the fields before the start of the march, where all that depends on them "
                "follows"
            )

    def accept(self) -> None:
        """Keep the attempted step; first the blocks, which may look at the step that ends."""
        super().accept()
        for state in self._states:
            state.accept()

    def reject(self) -> None:
        """Go back to the last accepted step; first the state, from which blocks find their own."""
        for state in self._states:
            state.reject()
        super().reject()

    def save(self) -> CheckpointData:
        """The fields and what the blocks keep."""
        parts = {"blocks": super().save()}
        for state in self._states:
            parts["state"] = state.save()
        return CheckpointData.join(parts)

    def restore(self, data: CheckpointData) -> None:
        """Go on from there; first the state, from which blocks find their own."""
        for state in self._states:
            state.restore(data.part("state"))
        super().restore(data.part("blocks"))

    def close(self) -> None:
        """Free the PETSc objects of all blocks."""
        for block in dict.fromkeys((*self.blocks, *self._starters)):
            block.close()
