"""The plane that is drawn: areas, values and neighbours on all cell types."""

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.fields.gathering import GatheredMesh
from dendrolith.fields.section import middle_section
from dendrolith.results.pictures import Snapshot
from dendrolith.studies.plating.schema import Geometry

# 3-D: nodes in the middle plane for an even number of layers, none for an odd one
CASES = [
    ("triangle", None), ("quadrilateral", None),
    ("tetrahedron", 4.0), ("tetrahedron", 3.0), ("hexahedron", 4.0), ("hexahedron", 3.0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "depth"), CASES)
def test_section_covers_the_plane_once(kind, depth):
    geometry = Geometry(2.0, 3.0, 4.0, 1.0, depth=depth, cell_type=kind)
    space = fem.functionspace(create_box(MPI.COMM_WORLD, geometry).mesh, ("Lagrange", 1))
    gathered = GatheredMesh(space)
    field = fem.Function(space)
    field.interpolate(lambda x: 3 * x[0] - 2 * x[1] + 5 * x[2] + 1)
    nodal = gathered.nodal(field)
    if nodal is None:
        return
    section = middle_section(gathered)
    assert section.z == (None if depth is None else pytest.approx(depth / 2))
    x, y = section.points[section.triangles].transpose(2, 0, 1)
    area = np.abs((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
                  - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])) / 2  # fmt: skip
    assert area.sum() == pytest.approx(5.0 * 4.0)
    assert area.min() > 1e-3
    sides = np.concatenate([section.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    _, uses = np.unique(np.sort(sides, axis=1), axis=0, return_counts=True)
    assert uses.max() == 2  # it is a proper triangulation: no side is shared by more than two
    assert len(np.unique(section.points.round(9), axis=0)) == len(section.points)
    expected = 3 * section.points[:, 0] - 2 * section.points[:, 1] + 5 * (depth or 0) / 2 + 1
    np.testing.assert_allclose(section.values(nodal), expected, atol=1e-12)


@pytest.mark.parametrize(("kind", "depth"), CASES)
def test_snapshot_names_the_plane(kind, depth):
    geometry = Geometry(2e-6, 3e-6, 4e-6, 1e-6, None if depth is None else 1e-6 * depth, kind)
    space = fem.functionspace(create_box(MPI.COMM_WORLD, geometry).mesh, ("Lagrange", 1))
    xi = fem.Function(space)
    snapshot = Snapshot.join({"xi": xi}, 2.0)
    assert (snapshot is None) == (MPI.COMM_WORLD.rank > 0)
    if snapshot is not None:
        plane = "" if depth is None else f", mid-plane z = {depth / 2:g} µm"
        assert snapshot.moment == f"t = 2 s{plane}"
        assert len(snapshot.fields["xi"]) == len(snapshot.points)
