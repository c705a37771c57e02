"""Pictures of fields with PyVista, off screen: bare, so that the page sets their words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
from PIL import Image

from dendrolith.core.formats import length_unit
from dendrolith.observables.show import Layer, Show
from dendrolith.results.pictures import COLOUR_MAP, FloatArray, IntArray, Snapshot
from dendrolith.results.read_fields import StoredFields
from dendrolith.results.report.pixels import pixels

_FINE = 2  # drawn that much larger, then made smaller: smooth edges
_VTK_CELLS = {"triangle": 5, "quadrilateral": 9, "tetrahedron": 10, "hexahedron": 12}
_TO_VTK = {"quadrilateral": [0, 1, 3, 2], "hexahedron": [0, 1, 3, 2, 4, 5, 7, 6]}
_EYE = (0.75, -1.0, 0.5)  # from where the view in 3-D is seen: small x at the left
_MIDDLE = 0.25  # opacity of the mid-plane


class Renderer:
    """An artist with PyVista.

    Args:
        width: of a picture [pixels].
    """

    def __init__(self, width: int) -> None:
        self._width = width
        pv.OFF_SCREEN = True

    def plane(self, snapshot: Snapshot, name: str, span: tuple[float, float], path: Path) -> None:
        """A field in the plane with its contour in white; the morphology as its layers."""
        show, factor = snapshot.show, snapshot.length[0]
        mesh = _flat(snapshot)
        low, high = snapshot.points[:, :2].min(axis=0), snapshot.points[:, :2].max(axis=0)
        width, height = high - low
        plotter = _plotter(*pixels(width, height, self._width))
        if name == show.morphology:
            _add_layers(plotter, mesh, snapshot)
        else:
            mesh["shown"] = snapshot.scaled(name)
            colour_map = show.colour_maps.get(name, COLOUR_MAP)
            bare = {"lighting": False, "show_scalar_bar": False, "interpolate_before_map": True}
            plotter.add_mesh(mesh, scalars="shown", clim=span, cmap=colour_map, **bare)
            _add_contour(plotter, mesh, snapshot)
        plotter.camera_position = "xy"
        plotter.enable_parallel_projection()
        middle = factor * 0.5 * (low + high)
        plotter.camera.focal_point = (*middle, 0.0)
        plotter.camera.position = (*middle, 1000.0)
        plotter.camera.parallel_scale = factor * 0.5 * float((high - low)[1])
        self._save(plotter, path)

    def view(self, fields: StoredFields, show: Show, path: Path) -> None:
        """Layers as solid bodies, or such that one can see through them, and the mid-plane."""
        grid = _grid(fields)
        plotter = _plotter(self._width, round(0.8 * self._width))
        plotter.add_mesh(grid.outline(), color="#8a93a0", line_width=2 * _FINE)
        x, y, z = grid.center
        middle = grid.slice(normal="z", origin=(x, y, z))
        ground = next((layer.colour for layer in show.layers if layer.level is None), "white")
        plotter.add_mesh(middle, color=ground, opacity=_MIDDLE, lighting=False)
        for layer in show.layers:
            if layer.level is not None and layer.opacity > 0:
                grid["inside"] = layer.level(fields.values)
                _add_body(plotter, grid, layer)
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
            # VTK loses the alpha of translucent bodies: it is found from two backgrounds
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
    """Triangles in the unit of the picture."""
    points = np.zeros((len(snapshot.points), 3))
    points[:, :2] = snapshot.length[0] * snapshot.points[:, :2]
    return pv.PolyData(points, _rows(snapshot.cells).ravel())


def _grid(fields: StoredFields) -> Any:
    order = _TO_VTK.get(fields.cell_type, slice(None))
    types = np.full(len(fields.cells), _VTK_CELLS[fields.cell_type], dtype=np.uint8)
    factor = length_unit(float(np.ptp(fields.points, axis=0).max()))[0]
    cells = _rows(fields.cells[:, order]).ravel()
    return pv.UnstructuredGrid(cells, types, factor * fields.points)


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


def _add_body(plotter: Any, grid: Any, layer: Layer) -> None:
    """The part of the grid where ``inside`` is positive."""
    body = _surface(grid.clip_scalar(scalars="inside", value=0.0, invert=False))
    if not body.n_points:
        return
    if layer.opacity == 1.0:
        shine = {"specular": 0.35, "specular_power": 20, "ambient": 0.12}
    else:
        shine = {"specular": 0.5, "opacity": layer.opacity}
    plotter.add_mesh(body, color=layer.colour, smooth_shading=True, **shine)


def _add_layers(plotter: Any, mesh: Any, snapshot: Snapshot) -> None:
    """Flat colours, later layers above earlier ones."""
    colours = {layer.name: layer.colour for layer in snapshot.show.layers}
    for height, (name, level) in enumerate(snapshot.levels().items()):
        if level is None:
            plotter.add_mesh(mesh, color=colours[name], lighting=False)
        else:
            _add_above(plotter, mesh, level, colours[name], float(height))


def _add_above(plotter: Any, mesh: Any, values: FloatArray, colour: str, height: float) -> None:
    """Lay the part where `values` are positive over what is there."""
    mesh["inside"] = values
    part = mesh.clip_scalar(scalars="inside", value=0.0, invert=False)
    if part.n_cells:
        plotter.add_mesh(part.translate((0, 0, height)), color=colour, lighting=False)


def _add_contour(plotter: Any, mesh: Any, snapshot: Snapshot) -> None:
    """The white line that the study has on every picture."""
    contour = snapshot.show.contour
    if contour is None or contour[0] not in snapshot.fields:
        return
    mesh["contour"] = snapshot.fields[contour[0]]
    line = mesh.contour([contour[1]], scalars="contour")
    if line.n_points:
        plotter.add_mesh(
            line.translate((0, 0, 1.0)), color="white", line_width=1.2 * _FINE, lighting=False
        )


def trial() -> None:
    """Draw a ball for nobody: ends this process in one way or another where PyVista cannot draw."""
    plotter = _plotter(32, 32)
    plotter.add_mesh(pv.Sphere(), color="grey")
    _picture(plotter, "white")


if __name__ == "__main__":
    trial()
