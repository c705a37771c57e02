"""The verb that measures errors of discretisation: ``dendrolith converge``."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time as clock
from pathlib import Path
from typing import TYPE_CHECKING

from dendrolith.core.errors import EXIT_DONE, EXIT_NUMERICAL

if TYPE_CHECKING:
    from dendrolith.convergence.converge import Say
    from dendrolith.convergence.rungs import LadderOfRuns

HEARTBEAT = 60.0  # s between lines on a rung where there is no terminal
CLEAR = "\r\x1b[K"  # of a line of a terminal


def add_converge(verb: argparse.ArgumentParser) -> None:
    """Options of ``dendrolith converge``."""
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="folder (default: runs/<name>-convergence)"
    )
    verb.add_argument(
        "--levels",
        type=int,
        default=3,
        metavar="N",
        help="runs that are extrapolated, the input's own included (default: 3)",
    )
    verb.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="also the time at which a column rises to a value, such as tip_height='40 um'",
    )
    verb.add_argument("--ranks", type=int, default=1, metavar="N", help="processes of each run")
    verb.add_argument("--again", action="store_true", help="try runs again that failed")
    verb.add_argument("--dry-run", action="store_true", help="list the runs and start none")
    verb.add_argument("--json", action="store_true", help="for programs")


def answer_converge(options: argparse.Namespace) -> tuple[str, int]:
    """Run the ladder; returns its table, and 3 where a rung failed."""
    from dendrolith.convergence.converge import run_ladder
    from dendrolith.convergence.files import as_json
    from dendrolith.convergence.measure import Event
    from dendrolith.convergence.rungs import make_rungs
    from dendrolith.convergence.table import as_text

    events = [Event.parsed(text) for text in options.at]
    runs = make_rungs(options.config, options.overrides, levels=options.levels, ranks=options.ranks)
    if options.dry_run:
        return _listed(runs), EXIT_DONE
    out = options.out or Path("runs") / f"{options.config.stem}-convergence"
    say, show = _speakers()
    found = run_ladder(runs, out, events, again=options.again, say=say, show=show)
    code = EXIT_NUMERICAL if found.failed else EXIT_DONE
    if options.json:
        return as_json(found).rstrip(), code
    return f"{as_text(found)}\n  table, picture and page: {out}/convergence.*", code


def _listed(runs: LadderOfRuns) -> str:
    lines = [f"{runs.name}: {len(runs.rungs)} runs"]
    for rung in runs.rungs:
        values = ", ".join(f"{key} {value}" for key, value in rung.values.items())
        lines.append(f"  {rung.label:<20} {values}")
    return "\n".join([*lines, *(f"  held: {key} {value}" for key, value in runs.held)])


def _speakers() -> tuple[Say, Say]:
    """What says that a rung has ended, and what shows how one is doing."""
    terminal, spoke = sys.stderr.isatty(), clock.monotonic()

    def say(line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # dendrolith converge … 2>&1 | head
            sys.stderr.write(f"{CLEAR if terminal else ''}{line}\n")
            sys.stderr.flush()

    def show(line: str) -> None:
        nonlocal spoke
        if terminal:
            sys.stderr.write(f"{CLEAR}{line}")
            sys.stderr.flush()
        elif clock.monotonic() - spoke > HEARTBEAT:
            spoke = clock.monotonic()
            say(line)

    return say, show
