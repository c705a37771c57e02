"""Figures for papers: one column wide, with units, in print resolution, fonts as TrueType.

Fields are drawn in a process of its own: ``python -m …results.report.figures RUN FOLDER``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.observables.show import Chart
from dendrolith.results.pictures import (
    Snapshot,
    colour_label,
    layer_patches,
    limits,
    name_axes,
    paint,
)
from dendrolith.results.read_fields import output_times, read_fields
from dendrolith.results.report import charts
from dendrolith.results.report.draw import VIEW, Request, spread
from dendrolith.results.report.off_screen import ReportFiles, draw_off_screen, run_apart
from dendrolith.results.report.run_data import Run, read_runs

COLUMN = 89 / 25.4  # one column of most journals [inches]
DPI = 300
STYLE = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "legend.fontsize": 6.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "pdf.fonttype": 42,
    "savefig.dpi": DPI,
}
"""Type 42: text stays text in the PDF, as editors of journals want it."""


def draw_figures(run: Run) -> ReportFiles:
    """Write ``figures/*.pdf`` and ``*.png`` into the run directory."""
    folder = run.path / "figures"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        return ReportFiles(warnings=[f"{folder}: cannot be made: {error.strerror or error}"])
    why = run_apart("dendrolith.results.report.figures", str(run.path), str(folder))
    made = ReportFiles(warnings=[f"{run.path}: not all figures are drawn: {why}"] if why else [])
    made.warnings += _view(run, folder)
    made.paths += [folder] if any(folder.iterdir()) else []
    return made


def _view(run: Run, folder: Path) -> list[str]:
    """The layers in three dimensions at the last time; returns what could not be drawn."""
    from PIL import Image

    with tempfile.TemporaryDirectory(prefix="dendrolith-figures-") as place:
        request = Request([str(run.path)], 1, [VIEW], "pyvista", round(1.3 * COLUMN * DPI))
        drawn = draw_off_screen(request, Path(place))
        for number, shot in enumerate(drawn.shots):
            if VIEW in shot.quantities:
                with Image.open(drawn.path(number, VIEW)) as seen:
                    page = Image.new("RGB", seen.size, "white")
                    page.paste(seen, mask=seen.getchannel("A"))
                resolution = page.width / COLUMN
                page.save(folder / f"{VIEW}.png", dpi=(resolution, resolution))
                page.save(folder / f"{VIEW}.pdf", resolution=resolution)
    return drawn.problems


def main(arguments: list[str]) -> None:
    """Draw all figures of a run into a folder."""
    path, folder = map(Path, arguments)
    mpl.use("Agg")
    (run,) = read_runs([path])
    with mpl.rc_context(STYLE):
        for chart in _charts(run):
            _series(chart, run, folder)
        try:
            _fields(run, folder)
        except ConfigError as error:
            sys.exit(str(error))


def _charts(run: Run) -> list[Chart]:
    """Those of the results; how the solver did and whether sums close is not for papers."""
    return [
        chart
        for group in run.show.charts
        if group not in run.show.checks
        for chart in charts.charts_of(group, [run], run.show)
    ]


def _series(chart: Chart, run: Run, folder: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(COLUMN, 0.68 * COLUMN), layout="constrained")
    charts.plot(axes, chart, [run])
    _save(figure, folder / chart.title.lower().replace(" ", "_"))


def _fields(run: Run, folder: Path) -> None:
    """Morphology at four times, every other field at the last."""
    import matplotlib.pyplot as plt

    show, shots = run.show, []
    for time in spread(output_times(run.path), 4) if show.drawn else []:
        fields = read_fields(run.path, time, show.used)
        shots.append(Snapshot.cut(fields, fields.values, time, show))
    if not shots or not shots[-1].fields:
        return
    last = shots[-1]
    if last.has(show.morphology):
        _morphology(shots, folder)
    shape = _shape(last)
    for name in (name for name in show.drawn if last.has(name) and name != show.morphology):
        figure, axes = plt.subplots(figsize=(COLUMN, 0.8 * shape * COLUMN), layout="constrained")
        colours = paint(axes, last, name, limits(last.scaled(name)))
        label = colour_label(show, name)
        figure.colorbar(colours, ax=axes, label=label, fraction=0.05, pad=0.02, extend="both")
        name_axes(axes, last)
        _save(figure, folder / name)


def _morphology(shots: list[Snapshot], folder: Path) -> None:
    import matplotlib.pyplot as plt

    columns = min(2, len(shots))
    rows = -(-len(shots) // columns)
    height = COLUMN * (_shape(shots[0]) * rows / columns + 0.2)
    figure, panel = plt.subplots(
        rows,
        columns,
        figsize=(COLUMN, height),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for axes in panel.flat[len(shots) :]:
        axes.axis("off")
    for axes, snapshot, letter in zip(panel.flat, shots, "abcd", strict=False):
        paint(axes, snapshot, snapshot.show.morphology)
        axes.set_title(f"({letter})  t = {snapshot.time:.4g} s", loc="left")
    unit = shots[0].length[1]
    for axes in panel[-1]:
        axes.set_xlabel(f"x [{unit}]")
    for axes in panel[:, 0]:
        axes.set_ylabel(f"y [{unit}]")
    seen = {layer.name: layer for snapshot in shots for layer in snapshot.layers()}
    patches = layer_patches(shots[0].show.in_legend(seen.values()))
    figure.legend(
        handles=patches,
        loc="outside lower center",
        ncols=len(patches),
        frameon=False,
        handlelength=1.2,
        columnspacing=1.2,
    )
    _save(figure, folder / "morphology")


def _shape(snapshot: Snapshot) -> float:
    """Height over width of the space for a plane."""
    width, height = np.ptp(snapshot.points[:, :2], axis=0)
    return float(np.clip(height / width, 0.3, 1.25))


def _save(figure: Any, path: Path) -> None:
    import matplotlib.pyplot as plt

    for ending, metadata in ((".pdf", {"CreationDate": None}), (".png", {})):
        figure.savefig(path.with_suffix(ending), metadata=metadata)
    plt.close(figure)


if __name__ == "__main__":
    main(sys.argv[1:])
