"""PNG pictures of a run, drawn on rank 0 with Matplotlib, without a display."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.look import LOOK, head, lone, look, name_ticks
from dendrolith.fields.section import SIMPLICES, WholeMesh, middle_section
from dendrolith.observables.columns import STEP, TIME
from dendrolith.observables.show import Chart, Layer, Show

if TYPE_CHECKING:  # pictures of a finished run need neither MPI nor DOLFINx
    from dolfinx import fem
    from mpi4py import MPI

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NOTHING = Show()

# Perceptually uniform, also without red or green.
COLOUR_MAP = "viridis"

SHOWN = {"V": (1e3, "mV"), "Pa": (1e-6, "MPa")}  # SI unit → factor and unit of pictures
TIME_STEP = Chart("Time step", "time step", "s", 1.0, ((STEP, "dt"),), log=True)

BAR = 0.8  # height of a colour bar over that of its axes
LARGEST_PANEL = 4  # fields in the overview


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is drawn at one time: the whole domain in 2-D, its middle plane in 3-D.

    Attributes:
        points: (n_points, 2 or 3) coordinates, of which x and y are drawn [m].
        cells: (n_cells, 3) triangles.
        fields: name → (n_points,) values in SI; empty where there is no plane to draw.
        time: [s].
        plane: where the plane lies, for titles; empty in 2-D.
        show: what the study says of fields and layers.
    """

    points: FloatArray
    cells: IntArray
    fields: dict[str, FloatArray]
    time: float
    plane: str = ""
    show: Show = NOTHING

    @classmethod
    def join(
        cls,
        fields: Mapping[str, fem.Function],
        time: float,
        show: Show = NOTHING,
        comm: MPI.Comm | None = None,
    ) -> Snapshot | None:
        """Join nodal fields of one space on rank 0 (collective); None on the other ranks.

        Args:
            fields: scalar nodal fields by name.
            time: [s].
            show: what the study says of them.
            comm: its rank 0 has the snapshot where there are no fields.
        """
        if not fields:
            return cls.empty(time, show) if comm is None or comm.rank == 0 else None
        from dendrolith.fields.gathering import GatheredMesh

        mesh = GatheredMesh(next(iter(fields.values())).function_space)
        joined = {name: mesh.nodal(function) for name, function in fields.items()}
        values = {name: array for name, array in joined.items() if array is not None}
        return cls.cut(mesh, values, time, show) if values else None

    @classmethod
    def empty(cls, time: float, show: Show) -> Snapshot:
        """Of a run without a plane."""
        return cls(np.empty((0, 2)), np.empty((0, 3), dtype=np.int64), {}, time, "", show)

    @classmethod
    def cut(
        cls, mesh: WholeMesh, values: Mapping[str, FloatArray], time: float, show: Show = NOTHING
    ) -> Snapshot:
        """Take what is drawn from nodal values (n_nodes,) of the whole mesh."""
        if mesh.cell_type not in SIMPLICES:
            return cls.empty(time, show)
        section = middle_section(mesh)
        drawn = {name: section.values(array) for name, array in values.items() if array.ndim == 1}
        snapshot = cls(section.points, section.triangles, drawn, time, "", show)
        if section.z is None:
            return snapshot
        factor, unit = snapshot.length
        return replace(snapshot, plane=f"mid-plane z = {factor * section.z:.4g} {unit}")

    @property
    def length(self) -> tuple[float, str]:
        """Factor from metres, and unit, of the coordinates in pictures."""
        return self.show.length_unit(float(np.ptp(self.points[:, :2], axis=0).max()))

    @property
    def height_over_width(self) -> float:
        """Of the domain as drawn, within what a page bears."""
        width, height = np.ptp(self.points[:, :2], axis=0)
        return float(np.clip(height / width, 0.25, 2.0))

    def has(self, name: str) -> bool:
        """Can this field, or the morphology, be drawn?"""
        return bool(self.levels()) if name == self.show.morphology else name in self.fields

    def scaled(self, name: str) -> FloatArray:
        """Values of a field in the unit of pictures."""
        return unit_of(self.show, name)[0] * self.fields[name]

    def levels(self) -> dict[str, FloatArray | None]:
        """Layers that occur, in the order of drawing, with the values that are positive in them.

        Empty where a field is missing that a layer depends on.
        """
        found: dict[str, FloatArray | None] = {}
        for layer in self.show.layers:
            try:
                level = None if layer.level is None else layer.level(self.fields)
            except KeyError:
                return {}
            if level is None or level.max(initial=0.0) > 0:
                found[layer.name] = level
        return found if self.fields else {}

    def layers(self) -> list[Layer]:
        """Layers that occur, in the order of the legend."""
        present = self.levels()
        return self.show.in_legend(layer for layer in self.show.layers if layer.name in present)

    @property
    def moment(self) -> str:
        """When and, in 3-D, where: for titles."""
        return ", ".join(filter(None, (f"t = {self.time:.4g} s", self.plane)))


def draw_if_possible(
    folder: Path, snapshot: Snapshot | None, rows: list[dict[str, float]], title: str
) -> None:
    """Draw on the rank that has the snapshot; failing to draw never fails a run."""
    if snapshot is None or not rows:
        return
    try:
        draw_all(folder, snapshot, rows, title)
    except Exception as error:
        logger.warning("the pictures could not be drawn (%s); the results are complete", error)


def draw_all(
    folder: Path, snapshot: Snapshot, rows: list[dict[str, float]], title: str
) -> list[Path]:
    """Draw the fields of the study, the time series and an overview; returns the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(LOOK)
    names = [name for name in snapshot.show.pictures if snapshot.has(name)]
    files = []
    # inches: so much for titles and labels, and what bars leave of the width for the axes
    for name in names:
        size = (6, 1.2 + 4.1 * snapshot.height_over_width)
        figure, axes = plt.subplots(figsize=size, layout="constrained")
        draw_field(figure, axes, snapshot, name)
        head(figure, f"{title}\n{snapshot.moment}", 9)
        files.append(_save(figure, folder / f"{name}.png"))
    figure = draw_series(rows, title, (*snapshot.show.series, TIME_STEP))
    files.append(_save(figure, folder / "timeseries.png"))
    if names:
        figure = draw_overview(snapshot, names[:LARGEST_PANEL])
        head(figure, f"{title}   ({snapshot.moment})", 11)
        files.append(_save(figure, folder / "overview.png"))
    return files


def draw_overview(snapshot: Snapshot, names: list[str]) -> Any:
    """Draw up to four fields side by side."""
    import matplotlib.pyplot as plt

    rows, columns = _grid(len(names))
    size = (5 * columns, 0.3 + rows * (0.8 + 3.3 * snapshot.height_over_width))
    figure, panel = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for axes, name in zip(panel.flat, names, strict=False):
        draw_field(figure, axes, snapshot, name)
    for axes in panel.flat[len(names) :]:
        axes.axis("off")
    return figure


def _grid(count: int) -> tuple[int, int]:
    """Rows and columns of so many diagrams, two beside each other."""
    return -(-count // 2), min(count, 2)


def unit_of(show: Show, name: str) -> tuple[float, str]:
    """Factor from SI, and unit, in which pictures show a field."""
    unit = show.declared(name).unit
    return SHOWN.get(unit, (1.0, unit))


def limits(values: FloatArray) -> tuple[float, float]:
    """Range of colours: all but the 0.4 % that stand out, never empty."""
    low, high = np.percentile(values, [0.2, 99.8])
    return float(low), float(high if high > low else low + max(1e-9 * abs(low), 1e-12))


def draw_field(figure: Any, axes: Any, snapshot: Snapshot, name: str) -> None:
    """Draw one nodal field with its name, symbol and unit; the morphology as its layers."""
    show = snapshot.show
    colours = paint(axes, snapshot, name)
    if colours is None:
        layer_bar(figure, axes, snapshot.layers())
    else:
        label = colour_label(show, name)
        figure.colorbar(colours, ax=axes, label=label, shrink=BAR, extend="both")
    axes.set_title("morphology" if name == show.morphology else show.declared(name).meaning)
    name_axes(axes, snapshot)


def name_axes(axes: Any, snapshot: Snapshot) -> None:
    """Coordinates with their unit."""
    unit = snapshot.length[1]
    axes.set_xlabel(f"x [{unit}]" if unit else "x")
    axes.set_ylabel(f"y [{unit}]" if unit else "y")


def paint(axes: Any, snapshot: Snapshot, name: str, span: tuple[float, float] | None = None) -> Any:
    """Fill axes with a field between two values, or with the layers for the morphology.

    Returns:
        What a colour bar is made from; None for the layers.
    """
    from matplotlib.colors import Normalize
    from matplotlib.tri import Triangulation

    show, factor = snapshot.show, snapshot.length[0]
    x, y = factor * snapshot.points[:, 0], factor * snapshot.points[:, 1]
    mesh, colours = Triangulation(x, y, snapshot.cells), None
    if name == show.morphology:
        _paint_layers(axes, mesh, snapshot)
    else:
        low, high = span or limits(snapshot.scaled(name))
        colour_map = show.colour_maps.get(name, COLOUR_MAP)
        colours = _shade(axes, mesh, snapshot.scaled(name), Normalize(low, high), colour_map)
        if show.contour is not None and show.contour[0] in snapshot.fields:
            of_field, value = show.contour
            line = {"colors": "white", "linewidths": 0.7}
            axes.tricontour(mesh, snapshot.fields[of_field], [value], **line)
    axes.set_aspect("equal")
    axes.set_xlim(x.min(), x.max())
    axes.set_ylim(y.min(), y.max())
    return colours


def _shade(axes: Any, mesh: Any, values: FloatArray, norm: Any, colour_map: str) -> Any:
    """Gouraud shading, as `tripcolor` has it, but without a path a triangle to find limits by."""
    from matplotlib.collections import TriMesh

    colours = TriMesh(mesh, norm=norm, cmap=colour_map, array=values, rasterized=True)
    colours.set_in_layout(False)  # the axes hold it
    axes.add_collection(colours, autolim=False)
    return colours


def colour_label(show: Show, name: str) -> str:
    """Symbol and unit of a field."""
    unit = unit_of(show, name)[1]
    return f"{_typeset(show.declared(name).symbol)} [{unit}]"


def _typeset(symbol: str) -> str:
    """Set what follows an underscore as an index."""
    base, _, index = symbol.partition("_")
    return f"${base}_{{\\mathrm{{{index}}}}}$" if index else symbol


def _paint_layers(axes: Any, mesh: Any, snapshot: Snapshot) -> None:
    """Flat colours with sharp borders."""
    colours = {layer.name: layer.colour for layer in snapshot.show.layers}
    for name, level in snapshot.levels().items():
        if level is None:
            axes.set_facecolor(colours[name])
        else:
            axes.tricontourf(mesh, level, [0.0, level.max() + 1.0], colors=[colours[name]])


def layer_bar(figure: Any, axes: Any, layers: list[Layer]) -> None:
    """A bar of the layers beside the axes, as high as a colour bar."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, NoNorm

    colours = ScalarMappable(NoNorm(), ListedColormap([layer.colour for layer in layers]))
    edges, ticks = np.arange(len(layers) + 1) - 0.5, range(len(layers))
    bar = figure.colorbar(colours, ax=axes, shrink=BAR, boundaries=edges, ticks=ticks)
    bar.set_ticklabels([layer.name for layer in layers])
    bar.ax.tick_params(length=0, labelsize=8)


def layer_patches(layers: Iterable[Layer]) -> list[Any]:
    """Entries of a legend."""
    from matplotlib.patches import Patch

    return [Patch(facecolor=layer.colour, edgecolor="0.3", label=layer.name) for layer in layers]


def draw_series(rows: list[dict[str, float]], title: str, charts: Iterable[Chart]) -> Any:
    """Draw charts over time, those that the rows have columns for."""
    import matplotlib.pyplot as plt

    present = [chart for chart in charts if chart.curves[0][0] in rows[0]]
    height, width = _grid(len(present))
    figure, panel = plt.subplots(
        height,
        width,
        figsize=(4.5 * width, 3 * height),
        sharex=True,
        layout="constrained",
        squeeze=False,
    )
    for axes, chart in zip(panel.flat, present, strict=False):
        _draw_chart(axes, chart, rows)
    for axes in panel.flat[len(present) :]:
        axes.axis("off")
    for column in range(width):
        lowest = panel[(len(present) - 1 - column) // width, column]
        lowest.tick_params(labelbottom=True)
        lowest.set_xlabel(TIME)
    head(figure, title, 11)
    return figure


def _draw_chart(axes: Any, chart: Chart, rows: list[dict[str, float]]) -> None:
    time = np.array([row[TIME] for row in rows])
    curves = [(column, name) for column, name in chart.curves if column in rows[0]]
    for place, (column, name) in enumerate(curves):
        values = chart.factor * np.array([row[column] for row in rows])
        draw = axes.semilogy if chart.log else axes.plot
        shown = np.abs(values) if chart.absolute else values
        draw(time, shown, label=name, **lone(shown), **look(place))
    if chart.log:
        name_ticks(axes.yaxis)
    axes.set_ylabel(chart.axis if chart.unit == "1" else f"{chart.axis} [{chart.unit}]")
    if len(curves) > 1:
        axes.legend(frameon=False)


def _save(figure: Any, path: Path) -> Path:
    import matplotlib.pyplot as plt

    figure.savefig(path)
    plt.close(figure)
    return path
