"""The mesh of a plating cell: structured, or from a file that matches the nominal lengths."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.domain.extents import SIDES
from dendrolith.domain.mesh_file import BOX, Needs, read_mesh
from dendrolith.domain.simplices import SimplexMesh
from dendrolith.studies.plating.schema import Geometry

LITHIUM, ELECTROLYTE = "lithium", "electrolyte"
# Cells beside the foil may be so much larger or smaller than mesh_size before a note says so.
SIZE_RATIO = 1.5


def read_cell_mesh(geometry: Geometry) -> SimplexMesh:
    """The mesh file of a geometry (not collective).

    Raises:
        ConfigError: it cannot be read, is no good mesh, or does not match the geometry.
    """
    assert geometry.mesh_file is not None
    path = Path(geometry.mesh_file)
    needs = Needs(geometry.dim, SIDES[: 2 * geometry.dim], (LITHIUM, ELECTROLYTE), geometry.extents)
    mesh = read_mesh(path, geometry.mesh_unit or 1.0, needs)
    foil, thickness = mesh.regions[LITHIUM], geometry.lithium_thickness
    end = float(mesh.points[mesh.cells[foil], 0].max())
    part = mesh.volumes()[foil].sum() / (thickness * geometry.face_area)
    if end > thickness + BOX * geometry.length or abs(part - 1) > BOX * geometry.length / thickness:
        raise ConfigError(
            f"{path}: region '{LITHIUM}' reaches to x = {end:.6g} m and fills {part:.6g} of a "
            f"foil of lithium_thickness {thickness:.6g} m: mend one of them; protrusions are "
            "an input of their own"
        )
    return mesh


def notes(mesh: SimplexMesh, geometry: Geometry) -> list[str]:
    """What a careful user would want to know of a mesh before the run."""
    found = []
    surface = np.abs(mesh.points[:, 0] - geometry.lithium_thickness) <= BOX * geometry.length
    sizes = mesh.edge_lengths(mesh.cells[surface[mesh.cells].any(axis=1)])
    typical = float(np.median(sizes))
    if not 1 / SIZE_RATIO <= typical / geometry.mesh_size <= SIZE_RATIO:
        found.append(
            f"mesh_size is {1e6 * geometry.mesh_size:.3g} um, and edges of cells beside the foil "
            f"are {1e6 * typical:.3g} um: delta/h is another than the one above"
        )
    wrong, edges = mesh.wrong_signs()
    if wrong:
        found.append(
            f"{wrong} of {edges} edges have a stiffness of the wrong sign (obtuse angles): fields "
            "may pass their bounds a little there"
        )
    return found


def describe_mesh(mesh: SimplexMesh, geometry: Geometry) -> list[str]:
    """Nodes, cells and sizes of a mesh file, and notes, one a line."""
    sizes = 1e6 * mesh.edge_lengths(mesh.cells)
    kind = {2: "triangles", 3: "tetrahedra"}[mesh.dim]
    return [
        f"{len(mesh.points)} nodes, {len(mesh.cells)} {kind} from {geometry.mesh_file}, edges "
        f"{sizes.min():.3g} to {sizes.max():.3g} um",
        *(f"note: {note}" for note in notes(mesh, geometry)),
    ]
