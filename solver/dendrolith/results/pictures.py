"""PNG pictures of a run, drawn on rank 0 with Matplotlib, without a display."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

from dendrolith.fields.section import WholeMesh, middle_section
from dendrolith.results.look import LOOK
from dendrolith.studies.plating.field_table import FIELDS

if TYPE_CHECKING:  # pictures of a finished run need neither MPI nor DOLFINx
    from dolfinx import fem

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PHASES = {
    "pore": "#f5f2ea",
    "filled pore": "#e0a526",
    "electrolyte": "#5b7fa6",
    "lithium": "#8b1e3f",
}

# Perceptually uniform, also without red or green.
COLOUR_MAPS = {"pressure": "magma", "von_mises": "magma"}
COLOUR_MAP = "viridis"

SHOWN = {"V": (1e3, "mV"), "Pa": (1e-6, "MPa")}  # SI unit → factor and unit of pictures

BAR = 0.8  # height of a colour bar over that of its axes

PICTURES = ("label", "phi_ion", "phi_el", "pressure", "c_ion")  # the first four in the overview


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is drawn at one time: the whole cell in 2-D, its middle plane in 3-D.

    Attributes:
        points: (n_points, 2 or 3) coordinates, of which x and y are drawn [m].
        cells: (n_cells, 3) triangles.
        fields: name → (n_points,) values in SI.
        time: [s].
        plane: where the plane lies, for titles; empty in 2-D.
    """

    points: FloatArray
    cells: IntArray
    fields: dict[str, FloatArray]
    time: float
    plane: str = ""

    @classmethod
    def join(cls, fields: Mapping[str, fem.Function], time: float) -> Snapshot | None:
        """Join nodal fields of one space on rank 0 (collective); None on the other ranks."""
        from dendrolith.fields.gathering import GatheredMesh

        mesh = GatheredMesh(next(iter(fields.values())).function_space)
        joined = {name: mesh.nodal(function) for name, function in fields.items()}
        values = {name: array for name, array in joined.items() if array is not None}
        return cls.cut(mesh, values, time) if values else None

    @classmethod
    def cut(cls, mesh: WholeMesh, values: Mapping[str, FloatArray], time: float) -> Snapshot:
        """Take what is drawn from nodal values (n_nodes,) of the whole mesh."""
        section = middle_section(mesh)
        drawn = {name: section.values(array) for name, array in values.items()}
        plane = "" if section.z is None else f"mid-plane z = {1e6 * section.z:.4g} µm"
        return cls(section.points, section.triangles, drawn, time, plane)

    @property
    def height_over_width(self) -> float:
        """Of the cell as drawn, within what a page bears."""
        width, height = np.ptp(self.points[:, :2], axis=0)
        return float(np.clip(height / width, 0.25, 2.0))

    def scaled(self, name: str) -> FloatArray:
        """Values of a field in the unit of pictures."""
        return shown(name)[0] * self.fields[name]

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
    """Draw morphology, potentials, stress, time series and an overview; returns the files."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(LOOK)
    names = [name for name in PICTURES if name in snapshot.fields]
    files = []
    # inches: so much for titles and labels, and what bars leave of the width for the axes
    for name in names:
        size = (6, 1.2 + 4.1 * snapshot.height_over_width)
        figure, axes = plt.subplots(figsize=size, layout="constrained")
        draw_field(figure, axes, snapshot, name)
        figure.suptitle(f"{title}\n{snapshot.moment}", fontsize=9)
        files.append(_save(figure, folder / f"{name}.png"))
    figure = draw_series(rows, title)
    files.append(_save(figure, folder / "timeseries.png"))
    size = (10, 0.3 + 2 * (0.8 + 3.3 * snapshot.height_over_width))
    figure, panel = plt.subplots(2, 2, figsize=size, layout="constrained")
    for axes, name in zip(panel.flat, names, strict=False):
        draw_field(figure, axes, snapshot, name)
    for axes in panel.flat[len(names) :]:
        axes.axis("off")
    figure.suptitle(f"{title}   ({snapshot.moment})", fontsize=11)
    files.append(_save(figure, folder / "overview.png"))
    return files


def shown(name: str) -> tuple[float, str]:
    """Factor from SI, and unit, in which pictures show a field."""
    return SHOWN.get(FIELDS[name].unit, (1.0, FIELDS[name].unit))


def limits(values: FloatArray) -> tuple[float, float]:
    """Range of colours: all but the 0.4 % that stand out, never empty."""
    low, high = np.percentile(values, [0.2, 99.8])
    return float(low), float(high if high > low else low + max(1e-9 * abs(low), 1e-12))


def phases_in(xi: FloatArray, rho: FloatArray) -> list[str]:
    """Names of the phases that occur, in the order of `PHASES`."""
    present = {"lithium", "electrolyte"} | ({"pore"} if rho.min() < 0 else set())
    if overlap(xi, rho).max() > 0:
        present.add("filled pore")
    return [name for name in PHASES if name in present]


def overlap(xi: FloatArray, rho: FloatArray) -> FloatArray:
    """Positive in filled pores, clear of the wall: there lithium and pore always overlap a bit."""
    both: FloatArray = np.minimum(xi - 0.5, -rho - 0.5)
    return both


def draw_field(figure: Any, axes: Any, snapshot: Snapshot, name: str) -> None:
    """Draw one nodal field with its name, symbol and unit; `label` as the four phases."""
    colours = paint(axes, snapshot, name)
    if colours is None:
        phase_bar(figure, axes, phases_in(snapshot.fields["xi"], snapshot.fields["rho"]))
    else:
        figure.colorbar(colours, ax=axes, label=colour_label(name), shrink=BAR, extend="both")
    axes.set_title("morphology" if name == "label" else FIELDS[name].meaning)
    axes.set_xlabel("x [µm]")
    axes.set_ylabel("y [µm]")


def paint(axes: Any, snapshot: Snapshot, name: str, span: tuple[float, float] | None = None) -> Any:
    """Fill axes in µm with a field between two values, or with the phases for `label`.

    Returns:
        What a colour bar is made from; None for the phases.
    """
    from matplotlib.tri import Triangulation

    x, y = 1e6 * snapshot.points[:, 0], 1e6 * snapshot.points[:, 1]
    mesh, colours = Triangulation(x, y, snapshot.cells), None
    if name == "label":
        _paint_phases(axes, mesh, snapshot)
    else:
        values = snapshot.scaled(name)
        low, high = span or limits(values)
        colours = axes.tripcolor(
            mesh, values, shading="gouraud", cmap=COLOUR_MAPS.get(name, COLOUR_MAP),
            vmin=low, vmax=high, rasterized=True,
        )  # fmt: skip
        axes.tricontour(mesh, snapshot.fields["xi"], [0.5], colors="white", linewidths=0.7)
    axes.set_aspect("equal")
    axes.set_xlim(x.min(), x.max())
    axes.set_ylim(y.min(), y.max())
    return colours


def colour_label(name: str) -> str:
    """Symbol and unit of a field."""
    return f"{_typeset(FIELDS[name].symbol)} [{shown(name)[1]}]"


def _typeset(symbol: str) -> str:
    """Set what follows an underscore as an index."""
    base, _, index = symbol.partition("_")
    return f"${base}_{{\\mathrm{{{index}}}}}$" if index else symbol


def _paint_phases(axes: Any, mesh: Any, snapshot: Snapshot) -> None:
    """Pore, filled pore, electrolyte and lithium as flat colours with sharp borders."""
    xi, rho = snapshot.fields["xi"], snapshot.fields["rho"]
    axes.set_facecolor(PHASES["electrolyte"])
    axes.tricontourf(mesh, rho, [-10, 0], colors=[PHASES["pore"]])
    axes.tricontourf(mesh, xi, [0.5, 10], colors=[PHASES["lithium"]])
    if "filled pore" in phases_in(xi, rho):
        axes.tricontourf(mesh, overlap(xi, rho), [0, 10], colors=[PHASES["filled pore"]])


def phase_bar(figure: Any, axes: Any, phases: list[str]) -> None:
    """A bar of the phases beside the axes, as high as a colour bar."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, NoNorm

    colours = ScalarMappable(NoNorm(), ListedColormap([PHASES[name] for name in phases]))
    bar = figure.colorbar(
        colours, ax=axes, shrink=BAR, boundaries=np.arange(len(phases) + 1) - 0.5,
        ticks=range(len(phases)),
    )  # fmt: skip
    bar.set_ticklabels(phases)
    bar.ax.tick_params(length=0, labelsize=8)


def phase_patches(names: list[str]) -> list[Any]:
    """Entries of a legend."""
    from matplotlib.patches import Patch

    return [Patch(facecolor=PHASES[name], edgecolor="0.3", label=name) for name in names]


def draw_series(rows: list[dict[str, float]], title: str) -> Any:
    """Draw currents, tip height, lithium and step size over time."""
    import matplotlib.pyplot as plt

    def column(name: str) -> FloatArray:
        return np.array([row[name] for row in rows])

    time = column("time [s]")
    figure, panel = plt.subplots(2, 2, figsize=(9, 6), sharex=True, layout="constrained")
    ax = panel[0, 0]
    ax.semilogy(time, np.abs(column("ionic_current [A/m^2]")), label="ionic")
    ax.semilogy(time, np.abs(column("electronic_current [A/m^2]")), label="electronic (leakage)")
    ax.set_ylabel("|current density| [A/m²]")
    ax.legend(frameon=False)
    panel[0, 1].plot(time, 1e6 * column("tip_height [m]"))
    panel[0, 1].set_ylabel("tip height [µm]")
    panel[1, 0].plot(time, 1e3 * column("lithium_in_electrolyte [mol/m^2]"), label="in electrolyte")
    panel[1, 0].plot(time, 1e3 * column("dead_lithium [mol/m^2]"), label="dead")
    panel[1, 0].set_ylabel("lithium [mmol/m²]")
    panel[1, 0].legend(frameon=False)
    panel[1, 1].semilogy(time, column("dt [s]"))
    panel[1, 1].set_ylabel("time step [s]")
    for ax in panel[1]:
        ax.set_xlabel("time [s]")
    figure.suptitle(title, fontsize=11)
    return figure


def _save(figure: Any, path: Path) -> Path:
    import matplotlib.pyplot as plt

    figure.savefig(path)
    plt.close(figure)
    return path
