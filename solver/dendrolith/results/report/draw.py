"""Draws fields of runs, in a process of its own: ``python -m …results.report.draw REQUEST FOLDER``.

VTK may end its process where no display, no OpenGL or no PyVista is there. So nothing here runs in
the process of a user. The request is JSON: runs, how many times of each, quantities, who draws.
What the fields of a run mean is declared by its study, which ``config.yaml`` names. Pictures go to
FOLDER as ``<shot>-<quantity>.png``, and ``drawn.json`` lists what they show.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.observables.show import Show
from dendrolith.results.pictures import Snapshot, limits
from dendrolith.results.read_fields import StoredFields, output_times, read_fields
from dendrolith.results.study_of_run import show_of_run

PATIENCE = 120  # s to read the fields of one time
VIEW = "view"  # the layers in three dimensions

Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be drawn.

    Attributes:
        runs: run directories.
        times: how many times of each, from the first to the last; 1: the last.
        quantities: names of fields, and `VIEW`; those that a run does not have are left out.
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
        """A field in the plane; the morphology as its layers."""
        ...

    def view(self, fields: StoredFields, show: Show, path: Path) -> None:
        """The layers in three dimensions."""
        ...


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A layer that occurs in a shot: name and colour, and whether the view in 3-D shows it."""

    name: str
    colour: str
    in_view: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """One run at one time.

    Attributes:
        run: its number in the request.
        time: [s].
        extents: of the domain, one for each dimension of space [m].
        plane: where the plane lies; empty in 2-D.
        quantities: what was drawn.
        legend: the layers that occur.
    """

    run: int
    time: float
    extents: list[float]
    plane: str
    quantities: list[str]
    legend: list[LegendEntry]


@dataclass(frozen=True, slots=True)
class OutputTime:
    """A run, by its number in the request, and one of its output times [s]."""

    run: int
    path: Path
    time: float


def spread(times: list[float], count: int) -> list[float]:
    """`count` of the times or fewer, evenly from the first to the last; the last one for 1."""
    if count == 1:
        return times[-1:]
    chosen = np.unique(np.round(np.linspace(0, len(times) - 1, count)).astype(int))
    return [times[number] for number in chosen] if times else []


def draw(request: Request, folder: Path) -> None:
    """Draw all of a request; ``drawn.json`` lists the pictures and the runs that cannot be read."""
    times, problems = _output_times(request)
    spans = _spans(times, request.quantities)
    artist = functools.cache(lambda: _artist(request))  # loaded where there is something to draw
    shots = []
    for place, output in enumerate(times):
        fields, snapshot = _at(output)
        names = [name for name in request.quantities if snapshot.has(name)]
        for name in names:
            span = spans.get(name, (0.0, 1.0))
            artist().plane(snapshot, name, span, folder / f"{place}-{name}.png")
        if VIEW in request.quantities and _has_view(fields, snapshot):
            artist().view(fields, snapshot.show, folder / f"{place}-{VIEW}.png")
            names.append(VIEW)
        shots.append(_shot(output, fields, snapshot, names))
    drawn = {"shots": [asdict(shot) for shot in shots], "spans": spans, "problems": problems}
    (folder / "drawn.json").write_text(json.dumps(drawn), encoding="utf-8")


def _has_view(fields: StoredFields, snapshot: Snapshot) -> bool:
    """Is there a body to see, in three dimensions?"""
    return fields.dim == 3 and any(layer.opacity for layer in snapshot.show.layers)


def _output_times(request: Request) -> tuple[list[OutputTime], list[str]]:
    """Runs and times that can be read, and why others cannot."""
    found: list[OutputTime] = []
    problems: list[str] = []
    for number, run in enumerate(map(Path, request.runs)):
        show = show_of_run(run)
        try:
            times = spread(output_times(run), request.times) if show.drawn else []
            if not times and show.drawn:
                problems.append(f"{run}: no fields are written yet")
            for output in (OutputTime(number, run, time) for time in times):
                if _read(output).dim == 1:
                    problems.append(f"{run}: fields on a line are not drawn")
                    break
                found.append(output)
        except ConfigError as error:
            problems.append(str(error))
    return found, problems


def _at(output: OutputTime) -> tuple[StoredFields, Snapshot]:
    """Read anew each time it is asked for: a run need not fit into memory."""
    fields = _read(output)
    return fields, Snapshot.cut(fields, fields.values, fields.time, show_of_run(output.path))


def _read(output: OutputTime) -> StoredFields:
    """Ends this process where a damaged file keeps ADIOS2 waiting."""
    signal.alarm(PATIENCE)
    fields = read_fields(output.path, output.time, show_of_run(output.path).used)
    signal.alarm(0)
    return fields


def _shot(output: OutputTime, fields: StoredFields, snapshot: Snapshot, names: list[str]) -> Shot:
    extents = np.ptp(fields.points, axis=0)[: fields.dim].tolist()
    legend = [LegendEntry(x.name, x.colour, x.opacity > 0) for x in snapshot.layers()]
    return Shot(output.run, output.time, extents, snapshot.plane, names, legend)


def _spans(times: list[OutputTime], quantities: list[str]) -> dict[str, Range]:
    """One range of colours for all shots of a quantity, in the unit of pictures."""
    spans: dict[str, Range] = {}
    for output in times if set(quantities) != {VIEW} else []:
        _, snapshot = _at(output)
        layered = snapshot.show.morphology
        for name in (name for name in quantities if name in snapshot.fields and name != layered):
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
