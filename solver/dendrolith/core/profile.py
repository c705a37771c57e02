"""Where the time of a run goes: PETSc's own stages and events, one stage for each part of the work.

Outside a profiled run nothing is measured, and marking a part costs less than a microsecond.
"""

from __future__ import annotations

import contextlib
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass

from petsc4py import PETSc

WHOLE, ASSEMBLY = "dendrolith:whole", "dendrolith:assembly"

_stages: dict[str, PETSc.Log.Stage] = {}


@dataclass(slots=True)
class _Clock:
    """When profiling began [s]; None while there is none."""

    began: float | None = None


_clock = _Clock()


@contextlib.contextmanager
def timed(name: str) -> Iterator[None]:
    """Count what happens inside as this part of the work; parts may lie within each other."""
    if _clock.began is None:
        yield
        return
    if name not in _stages:
        _stages[name] = PETSc.Log.Stage(f"dendrolith:{name}")
    _stages[name].push()
    try:
        with event(WHOLE):
            yield
    finally:
        _stages[name].pop()


@contextlib.contextmanager
def event(name: str) -> Iterator[None]:
    """Count what happens inside as this event of the present part."""
    if _clock.began is None:
        yield
        return
    counted = PETSc.Log.Event(name)
    counted.begin()
    try:
        yield
    finally:
        counted.end()


def begin() -> None:
    """Measure from here on (collective)."""
    PETSc.Log.begin()
    _clock.began = clock.perf_counter()


def table() -> str:
    """The parts of the time since `begin` as this rank saw them, the longest first [s].

    Assembly is that of forms, set-up that of preconditioners, factors included; the rest of a
    solver's part are its iterations.
    """
    assert _clock.began is not None, "begin() comes first"
    total = clock.perf_counter() - _clock.began
    rows = []
    for name, stage in _stages.items():
        counted = PETSc.Log.Event(WHOLE).getPerfInfo(stage)
        # the preconditioners of a field split are set up "on blocks", and not counted twice
        assembled, outer, inner = (
            PETSc.Log.Event(event).getPerfInfo(stage)["time"]
            for event in (ASSEMBLY, "PCSetUp", "PCSetUpOnBlocks")
        )
        rows.append((name, counted["count"], counted["time"], assembled, outer + inner))
    rows.sort(key=lambda row: -row[2])
    known = sum(row[2] for row in rows)
    head = f"{'part':<22} {'calls':>7} {'s':>9} {'%':>6} {'assembly':>9} {'set-up':>9} {'rest':>9}"
    lines = [
        f"{name:<22} {count:>7} {seconds:>9.2f} {100 * seconds / total:>6.1f} {assembled:>9.2f} "
        f"{prepared:>9.2f} {seconds - assembled - prepared:>9.2f}"
        for name, count, seconds, assembled, prepared in rows
    ]
    rest = f"{'everything else':<22} {'':>7} {total - known:>9.2f}"
    return "\n".join(
        [
            head,
            *lines,
            f"{rest} {100 * (total - known) / total:>6.1f}",
            f"{'total':<22} {'':>7} {total:>9.2f}",
        ]
    )
