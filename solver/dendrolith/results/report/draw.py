"""Draws fields of runs, in a process of its own: ``python -m …results.report.draw REQUEST FOLDER``.

VTK may end its process where no display, no OpenGL or no PyVista is there; so nothing here runs in
the process of a user. The request is JSON: runs, how many times of each, quantities, who draws.
Pictures go to FOLDER as ``<shot>-<quantity>.png``, and ``drawn.json`` tells what they show.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.results.pictures import PICTURES, Snapshot, limits, phases_in
from dendrolith.results.read_fields import StoredFields, output_times, read_fields

PATIENCE = 120  # s to read the fields of one time
HIGHEST = 1.25  # of a picture, over the width that is asked for
VIEW = "view"  # lithium in three dimensions
QUANTITIES = ("label", *(name for name in PICTURES if name != "label"), "von_mises")

Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be drawn.

    Attributes:
        runs: run directories.
        times: how many times of each, from the first to the last; 1: the last.
        quantities: of `QUANTITIES` and `VIEW`; those that a run does not have are left out.
        artist: pyvista or matplotlib.
        width: of a picture [pixels].
    """

    runs: list[str]
    times: int
    quantities: list[str]
    artist: str
    width: int


class Artist(Protocol):
    """Draws one picture into a file, nothing but the field."""

    def plane(self, snapshot: Snapshot, name: str, span: Range, path: Path) -> None:
        """A field in the plane; `label` as the phases."""
        ...

    def view(self, fields: StoredFields, path: Path) -> None:
        """Lithium and pores in three dimensions."""
        ...


@dataclass(frozen=True, slots=True)
class Shot:
    """One run at one time.

    Attributes:
        run: its number in the request.
        time: [s].
        width, height: of what is drawn [m].
        plane: where the plane lies; empty in 2-D.
        dim: two or three.
        quantities: what was drawn.
        phases: names of the phases that occur.
    """

    run: int
    time: float
    width: float
    height: float
    plane: str
    dim: int
    quantities: list[str]
    phases: list[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """A run, by its number in the request, and one of its output times [s]."""

    run: int
    path: Path
    time: float


def pixels(width: float, height: float, most: int) -> tuple[int, int]:
    """Width and height of the picture of a plane [m]: `most` wide, less where it would be high."""
    scale = most / max(width, height / HIGHEST)
    return max(1, round(scale * width)), max(1, round(scale * height))


def spread(times: list[float], count: int) -> list[float]:
    """`count` of the times or fewer, evenly from the first to the last; the last one for 1."""
    if count == 1:
        return times[-1:]
    chosen = np.unique(np.round(np.linspace(0, len(times) - 1, count)).astype(int))
    return [times[number] for number in chosen] if times else []


def draw(request: Request, folder: Path) -> None:
    """Draw all of a request; a run that cannot be read is told of in ``drawn.json``."""
    artist = _artist(request)
    moments, problems = _moments(request)
    spans = _spans(moments, request.quantities)
    shots = []
    for place, moment in enumerate(moments):
        fields, snapshot = _at(moment)
        names = [name for name in request.quantities if name in snapshot.fields]
        for name in names:
            artist.plane(
                snapshot, name, spans.get(name, (0.0, 1.0)), folder / f"{place}-{name}.png"
            )
        if VIEW in request.quantities and fields.dim == 3:
            artist.view(fields, folder / f"{place}-{VIEW}.png")
            names.append(VIEW)
        shots.append(_shot(moment, fields, snapshot, names))
    told = {"shots": [asdict(shot) for shot in shots], "spans": spans, "problems": problems}
    (folder / "drawn.json").write_text(json.dumps(told), encoding="utf-8")


def _moments(request: Request) -> tuple[list[Moment], list[str]]:
    """Runs and times that can be read, and why others cannot."""
    moments: list[Moment] = []
    problems: list[str] = []
    for number, run in enumerate(map(Path, request.runs)):
        try:
            times = spread(output_times(run), request.times)
            if not times:
                problems.append(f"{run}: no fields are written yet")
            for moment in (Moment(number, run, time) for time in times):
                _read(moment)
                moments.append(moment)
        except ConfigError as error:
            problems.append(str(error))
    return moments, problems


def _at(moment: Moment) -> tuple[StoredFields, Snapshot]:
    """Read anew each time it is asked for: a run need not fit into memory."""
    fields = _read(moment)
    return fields, Snapshot.cut(fields, fields.values, fields.time)


def _read(moment: Moment) -> StoredFields:
    """Ends this process where a damaged file keeps ADIOS2 waiting."""
    signal.alarm(PATIENCE)
    fields = read_fields(moment.path, moment.time)
    signal.alarm(0)
    return fields


def _shot(moment: Moment, fields: StoredFields, snapshot: Snapshot, names: list[str]) -> Shot:
    width, height = np.ptp(snapshot.points[:, :2], axis=0)
    phases = phases_in(snapshot.fields["xi"], snapshot.fields["rho"])
    return Shot(moment.run, moment.time, float(width), float(height), snapshot.plane, fields.dim,
                names, phases)  # fmt: skip


def _spans(moments: list[Moment], quantities: list[str]) -> dict[str, Range]:
    """One range of colours for all shots of a quantity, in the unit of pictures."""
    spans: dict[str, Range] = {}
    coloured = [name for name in quantities if name not in ("label", VIEW)]
    for moment in moments if coloured else []:
        _, snapshot = _at(moment)
        for name in (name for name in coloured if name in snapshot.fields):
            low, high = limits(snapshot.scaled(name))
            before = spans.get(name, (low, high))
            spans[name] = (min(low, before[0]), max(high, before[1]))
    return spans


def _artist(request: Request) -> Artist:
    if request.artist == "matplotlib":
        from dendrolith.results.report.plain import Plain

        return Plain(request.width)
    from dendrolith.results.report.render import Renderer

    return Renderer(request.width)


def main(arguments: list[str]) -> None:
    """Read the request, draw into the folder."""
    request, folder = arguments
    draw(Request(**json.loads(request)), Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
