"""Run an input on a ladder of refinements and say how far its numbers are from their limits.

A ladder is a sweep: its rungs are points, named by their inputs, and what has run is not run again.
Rungs run one after another, the cheapest first.
"""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dendrolith.config.load import Source
from dendrolith.convergence.files import write
from dendrolith.convergence.measure import Convergence, Event, measure
from dendrolith.convergence.rungs import LadderOfRuns, Rung, make_rungs
from dendrolith.core.errors import EXIT_STOPPED, DendrolithError
from dendrolith.results.status import read_status_file
from dendrolith.sweeps.expand import write_points
from dendrolith.sweeps.folder import SweepFolder
from dendrolith.sweeps.start import start
from dendrolith.sweeps.states import DONE, FAILED, PointState, states_of

LOOK = 1.0  # s between looks at a run

Say = Callable[[str], None]


def converge(
    source: Source,
    out: str | Path,
    overrides: Sequence[str] = (),
    *,
    levels: int = 3,
    at: Mapping[str, str] | None = None,
    ranks: int = 1,
) -> Convergence:
    """Run an input and refinements of it, and write table, pictures and page into a folder.

    Args:
        source: the input, a file or a dict.
        out: the folder; what has run there with the same inputs is used again.
        overrides: ``"section.key=value"``.
        levels: runs of the sequence that is extrapolated, the input's own included.
        at: column → value, of further events to look at, such as ``{"column": "40 um"}``.
        ranks: processes of each run.

    Raises:
        ConfigError: the input, a rung or an event cannot be used.
        Stopped: a signal ended it; the same call goes on.
    """
    runs = make_rungs(source, overrides, levels=levels, ranks=ranks)
    events = [Event(column, value) for column, value in (at or {}).items()]
    return run_ladder(runs, Path(out), events)


class Stopped(DendrolithError):
    """The ladder was told to stop; what has run is kept, and the same command goes on."""

    exit_code = EXIT_STOPPED


def run_ladder(
    runs: LadderOfRuns,
    out: Path,
    events: list[Event],
    *,
    again: bool = False,
    say: Say = lambda _: None,
    show: Say = lambda _: None,
) -> Convergence:
    """Run what has not run, then measure and write.

    Args:
        runs: the ladder.
        out: its folder.
        events: that the user asks for.
        again: rungs that failed are tried again.
        say: takes a line for each rung that has ended.
        show: takes a line on how the rung at work is doing, again and again.

    Raises:
        ConfigError: the folder or an event cannot be used.
        Stopped: a signal ended it.
    """
    folder = write_points(runs.plan, [rung.point for rung in runs.rungs], out).folder
    for number, rung in enumerate(_in_order(runs), start=1):
        head = f"rung {number} of {len(runs.rungs)} ({rung.label})"
        point = folder.point(rung.point.name)
        ended = point.end()
        if again and ended is not None and ended.code:
            point.reopen()
            ended = None
        if ended is None:
            with _watched(head, folder, rung, show):
                code = start(folder, rung.point.name)
            if code:
                raise Stopped(f"{head}: stopped; the same command goes on")
        state = _states(folder)[rung.point.name]
        how = f"failed, {state.failure}" if state.state == FAILED else state.state
        used = ", ran before" if ended is not None else ""
        say(f"{head}: {how}, {state.steps} steps, {state.wall:.0f} s{used}")
        if number == 1 and state.state == DONE:  # a column that is not there costs one run
            measure(runs, folder, _states(folder), events)
    found = measure(runs, folder, _states(folder), events)
    write(found)
    return found


def _in_order(runs: LadderOfRuns) -> list[Rung]:
    """The input first, then what is refined apart, then finer and finer."""
    first, *others = runs.rungs
    return [first, *sorted(others, key=lambda rung: (rung.apart is None, -rung.size))]


def _states(folder: SweepFolder) -> dict[str, PointState]:
    return {state.name: state for state in states_of(folder)}


@contextmanager
def _watched(head: str, folder: SweepFolder, rung: Rung, show: Say) -> Iterator[None]:
    """Tell how a rung is doing while it runs; signals stay with the thread that runs it."""
    over, began = threading.Event(), clock.monotonic()

    def look() -> None:
        while not over.wait(LOOK):
            try:
                facts = read_status_file(folder.point(rung.point.name).run)
            except DendrolithError:
                continue
            share = 100 * facts["time"] / facts["end"] if facts["end"] else 0.0
            passed = clock.monotonic() - began
            show(f"{head}: {share:.0f} %, {facts['steps']} steps, {passed:.0f} s")

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
