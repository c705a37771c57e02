"""Has fields drawn in a process of its own, whose end is no end of ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from dendrolith.results.report.draw import PATIENCE as READING
from dendrolith.results.report.draw import VIEW, LegendEntry, Range, Request, Shot

PATIENCE = 1800.0  # s
# A display may be far away or gone; and the helper is no rank of anybody's MPI job.
_NOT_INHERITED = ("DISPLAY", "WAYLAND_DISPLAY", "OMPI_", "PMIX_", "PRTE_", "PMI_", "SLURM_PROCID")


@dataclass(slots=True)
class ReportFiles:
    """Files that were made, and what could not be made and why."""

    paths: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, other: ReportFiles) -> None:
        """Take over what else was made."""
        self.paths += other.paths
        self.warnings += other.warnings


@dataclass(slots=True)
class RenderedFields:
    """Pictures that were drawn.

    Attributes:
        folder: where they are.
        shots: what each shows.
        spans: quantity → range of its colours.
        problems: what could not be drawn, and why.
    """

    folder: Path
    shots: list[Shot] = field(default_factory=list)
    spans: dict[str, Range] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def path(self, shot: int, quantity: str) -> Path:
        """File of a picture."""
        return self.folder / f"{shot}-{quantity}.png"


def draw_off_screen(request: Request, folder: Path) -> RenderedFields:
    """Have pictures drawn into an empty folder; with Matplotlib where PyVista fails.

    Never raises for what the drawing does: what went wrong is in the problems.
    """
    why = run_apart("dendrolith.results.report.draw", _format(request), str(folder))
    if why is None:
        return _read(folder)
    if request.artist == "matplotlib" or "could not be read" in why:
        return RenderedFields(folder, problems=[f"no pictures of fields: {why}"])
    flat = [name for name in request.quantities if name != VIEW]
    drawn = draw_off_screen(replace(request, artist="matplotlib", quantities=flat), folder)
    lost = (
        " and without views in 3-D" if any(len(shot.extents) == 3 for shot in drawn.shots) else ""
    )
    drawn.problems.insert(
        0,
        f"PyVista could not draw: {why}; pictures are drawn with Matplotlib{lost} (PyVista "
        "needs VTK 9.5 or newer, and libegl1 or libosmesa6 where there is no display)",
    )
    return drawn


def run_apart(module: str, *arguments: str) -> str | None:
    """Run a module in a Python of its own; None if it did its work, else why not."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    if done.returncode == -signal.SIGALRM:
        return f"the fields could not be read within {READING} s: a file is damaged"
    if done.returncode < 0:
        return f"ended by {signal.Signals(-done.returncode).name}"
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


def _format(request: Request) -> str:
    return json.dumps(asdict(request))


def _read(folder: Path) -> RenderedFields:
    stored = json.loads((folder / "drawn.json").read_text(encoding="utf-8"))
    spans = {name: (low, high) for name, (low, high) in stored["spans"].items()}
    shots = [
        Shot(**{**shot, "legend": [LegendEntry(**entry) for entry in shot["legend"]]})
        for shot in stored["shots"]
    ]
    return RenderedFields(folder, shots, spans, stored["problems"])
