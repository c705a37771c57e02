"""How the points of a sweep are doing, from their folders alone, also while they run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dendrolith.core.errors import DendrolithError
from dendrolith.results.lock import owner_of
from dendrolith.results.status import UNKNOWN, read_status_file
from dendrolith.sweeps.folder import SweepFolder

DONE, FAILED, RUNNING, STOPPED, WAITING = "done", "failed", "running", "stopped", "waiting"
STATES = (DONE, FAILED, RUNNING, STOPPED, WAITING)


@dataclass(frozen=True, slots=True)
class PointState:
    """How one point is doing.

    Attributes:
        name: of the point.
        state: one of `STATES`; stopped: begun, with nobody at work on it.
        share: of its time that it has reached, 0 to 1.
        steps: taken so far.
        wall: seconds on the clock of all its finished starts.
        starts: how often it was started, the present one aside.
        code: exit code of a point that ended, else None.
        failure: why it failed.
    """

    name: str
    state: str
    share: float = 0.0
    steps: int = 0
    wall: float = 0.0
    starts: int = 0
    code: int | None = None
    failure: str = ""


def states_of(folder: SweepFolder) -> list[PointState]:
    """Every point, in the order of the index."""
    begun = {path.parent.name for path in (folder.path / "points").glob("*/log")}
    return [
        _state(folder, name) if name in begun else PointState(name, WAITING)
        for name in folder.names
    ]


def _state(folder: SweepFolder, name: str) -> PointState:
    point = folder.point(name)
    end, facts = point.end(), _facts(folder, name)
    share = facts["time"] / facts["end"] if facts["end"] else 0.0
    steps = int(facts["steps"])
    if end is not None:
        state = FAILED if end.code else DONE
        return PointState(name, state, share, steps, end.wall, end.starts, end.code, end.failure)
    so_far = point.so_far()
    at_work = owner_of(point.path) or owner_of(point.run)
    state = RUNNING if at_work else STOPPED
    return PointState(name, state, share, steps, so_far.wall, so_far.starts)


def _facts(folder: SweepFolder, name: str) -> dict[str, Any]:
    try:
        return read_status_file(folder.point(name).run)
    except DendrolithError:
        return UNKNOWN


def counts(states: list[PointState]) -> dict[str, int]:
    """State → how many points have it; every state is there."""
    found = Counter(state.state for state in states)
    return {state: found[state] for state in STATES}


def in_words(numbers: dict[str, int]) -> str:
    """The counts as a line."""
    parts = [f"{number} {state}" for state, number in numbers.items() if number]
    return f"{sum(numbers.values())} points: {', '.join(parts)}"
