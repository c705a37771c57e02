"""Pictures of fields with PyVista, off screen: bare, so that the page sets their words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
from PIL import Image

from dendrolith.results.pictures import (
    COLOUR_MAP,
    COLOUR_MAPS,
    PHASES,
    FloatArray,
    IntArray,
    Snapshot,
    overlap,
    phases_in,
)
from dendrolith.results.read_fields import StoredFields
from dendrolith.results.report.draw import pixels

_FINE = 2  # drawn that much larger, then made smaller: smooth edges
_VTK_CELLS = {"triangle": 5, "quadrilateral": 9, "tetrahedron": 10, "hexahedron": 12}
_TO_VTK = {"quadrilateral": [0, 1, 3, 2], "hexahedron": [0, 1, 3, 2, 4, 5, 7, 6]}
_EYE = (0.75, -1.0, 0.5)  # from where the view in 3-D is seen: the foil at the left


class Renderer:
    """An artist with PyVista.

    Args:
        width: of a picture [pixels].
    """

    def __init__(self, width: int) -> None:
        self._width = width
        pv.OFF_SCREEN = True

    def plane(self, snapshot: Snapshot, name: str, span: tuple[float, float], path: Path) -> None:
        """A field in the plane with the surface of lithium in white; `label` as the phases."""
        mesh = _flat(snapshot)
        low, high = snapshot.points[:, :2].min(axis=0), snapshot.points[:, :2].max(axis=0)
        width, height = high - low
        plotter = _plotter(*pixels(width, height, self._width))
        if name == "label":
            _add_phases(plotter, mesh, snapshot)
        else:
            mesh["shown"] = snapshot.scaled(name)
            plotter.add_mesh(
                mesh, scalars="shown", clim=span, lighting=False, show_scalar_bar=False,
                cmap=COLOUR_MAPS.get(name, COLOUR_MAP), interpolate_before_map=True,
            )  # fmt: skip
            _add_contour(plotter, mesh, "xi", 0.5, "white")
        plotter.camera_position = "xy"
        plotter.enable_parallel_projection()
        middle = 1e6 * 0.5 * (low + high)
        plotter.camera.focal_point = (*middle, 0.0)
        plotter.camera.position = (*middle, 1000.0)
        plotter.camera.parallel_scale = 1e6 * 0.5 * float((high - low)[1])
        self._save(plotter, path)

    def view(self, fields: StoredFields, path: Path) -> None:
        """The surface ξ = ½, pores one can see through, and the mid-plane."""
        grid = _grid(fields)
        plotter = _plotter(self._width, round(0.8 * self._width))
        plotter.add_mesh(grid.outline(), color="#8a93a0", line_width=2 * _FINE)
        x, y, z = grid.center
        middle = grid.slice(normal="z", origin=(x, y, z))
        plotter.add_mesh(middle, color=PHASES["electrolyte"], opacity=0.25, lighting=False)
        lithium = _surface(grid.clip_scalar(scalars="xi", value=0.5, invert=False))
        if lithium.n_points:
            plotter.add_mesh(
                lithium, color=PHASES["lithium"], smooth_shading=True, specular=0.35,
                specular_power=20, ambient=0.12,
            )  # fmt: skip
        pores = _surface(grid.clip_scalar(scalars="rho", value=0.0, invert=True))
        if pores.n_points:
            plotter.add_mesh(
                pores, color=PHASES["pore"], opacity=0.45, smooth_shading=True, specular=0.5
            )
        plotter.camera.focal_point = (x, y, z)
        plotter.camera.position = np.array([x, y, z]) + grid.length * np.array(_EYE)
        plotter.camera.up = (0.0, 0.0, 1.0)
        plotter.reset_camera()
        plotter.camera.zoom(1.1)
        self._save(plotter, path, clear=True)

    def _save(self, plotter: Any, path: Path, *, clear: bool = False) -> None:
        """Write a small PNG; `clear` lets the page show through where nothing is."""
        white = _picture(plotter, "white")
        picture = Image.fromarray(white)
        if clear:
            # VTK forgets the alpha of what one can see through: it is found from two backgrounds
            black = _picture(plotter, "black").astype(float)
            alpha = 1.0 - np.clip((white - black).mean(axis=2, keepdims=True) / 255.0, 0.0, 1.0)
            colour = np.divide(black, alpha, out=np.zeros_like(black), where=alpha > 0)
            stacked = np.concatenate([colour, 255.0 * alpha], axis=2)
            picture = Image.fromarray(np.clip(stacked, 0, 255).round().astype(np.uint8))
            picture = picture.crop(picture.getchannel("A").getbbox())
        plotter.close()
        size = (picture.width // _FINE, picture.height // _FINE)
        small = picture.resize(size, Image.Resampling.LANCZOS)
        if not clear:  # a field has no more colours than its map
            small = small.quantize(256, method=Image.Quantize.MEDIANCUT)
        small.save(path, optimize=True)


def _picture(plotter: Any, background: str) -> npt.NDArray[np.uint8]:
    """(height, width, 3) pixels before a background."""
    plotter.set_background(background)
    plotter.render()  # a second picture would show what was there for the first
    shot: npt.NDArray[np.uint8] = plotter.screenshot(return_img=True)
    return shot


def _plotter(width: int, height: int) -> Any:
    return pv.Plotter(off_screen=True, window_size=[_FINE * width, _FINE * height], border=False)


def _flat(snapshot: Snapshot) -> Any:
    """Triangles in µm, with ξ and ρ."""
    points = np.zeros((len(snapshot.points), 3))
    points[:, :2] = 1e6 * snapshot.points[:, :2]
    mesh = pv.PolyData(points, _rows(snapshot.cells).ravel())
    for name in ("xi", "rho"):
        mesh[name] = snapshot.fields[name]
    return mesh


def _grid(fields: StoredFields) -> Any:
    order = _TO_VTK.get(fields.cell_type, slice(None))
    types = np.full(len(fields.cells), _VTK_CELLS[fields.cell_type], dtype=np.uint8)
    grid = pv.UnstructuredGrid(_rows(fields.cells[:, order]).ravel(), types, 1e6 * fields.points)
    for name in ("xi", "rho"):
        grid[name] = fields.values[name]
    return grid


def _rows(cells: IntArray) -> npt.NDArray[np.int64]:
    """Rows (number of corners, corners …) as VTK wants them."""
    return np.column_stack([np.full(len(cells), cells.shape[1]), cells])


def _surface(part: Any) -> Any:
    """The skin of a part, smooth but for its edges on the sides of the box."""
    skin = part.extract_surface(algorithm=None)
    if not skin.n_points:
        return skin
    return skin.compute_normals(
        cell_normals=False, split_vertices=True, feature_angle=40.0, auto_orient_normals=True
    )


def _add_phases(plotter: Any, mesh: Any, snapshot: Snapshot) -> None:
    xi, rho = snapshot.fields["xi"], snapshot.fields["rho"]
    plotter.add_mesh(mesh, color=PHASES["electrolyte"], lighting=False)
    _add_above(plotter, mesh, -rho, "pore", 1.0)
    _add_above(plotter, mesh, xi - 0.5, "lithium", 2.0)
    if "filled pore" in phases_in(xi, rho):
        _add_above(plotter, mesh, overlap(xi, rho), "filled pore", 3.0)


def _add_above(plotter: Any, mesh: Any, values: FloatArray, phase: str, height: float) -> None:
    """Lay the part where `values` are positive over what is there, in the colour of a phase."""
    mesh["inside"] = values
    part = mesh.clip_scalar(scalars="inside", value=0.0, invert=False)
    if part.n_cells:
        plotter.add_mesh(part.translate((0, 0, height)), color=PHASES[phase], lighting=False)


def _add_contour(plotter: Any, mesh: Any, name: str, value: float, colour: str) -> None:
    line = mesh.contour([value], scalars=name)
    if line.n_points:
        plotter.add_mesh(
            line.translate((0, 0, 1.0)), color=colour, line_width=1.2 * _FINE, lighting=False
        )


def trial() -> None:
    """Draw a ball for nobody: ends this process in one way or another where PyVista cannot draw."""
    plotter = _plotter(32, 32)
    plotter.add_mesh(pv.Sphere(), color=PHASES["lithium"])
    _picture(plotter, "white")


if __name__ == "__main__":
    trial()
