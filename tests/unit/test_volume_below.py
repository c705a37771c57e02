"""Volume in which a nodal field is negative: cut simplices, every cell type."""

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.fields.volume_below import VolumeBelow, fractions_below
from dendrolith.studies.plating.schema import Geometry
from tests.cases import UM


@pytest.mark.serial
@pytest.mark.parametrize("nodes", [3, 4])
def test_parts_of_simplices(nodes):
    """Against a hundred thousand points in each, whatever the signs of the nodes."""
    generator = np.random.default_rng(1)
    inside = generator.dirichlet(np.ones(nodes), 100_000)
    for _ in range(20):
        values = generator.normal(size=(1, nodes))
        counted = np.mean(inside @ values[0] < 0)
        assert fractions_below(values)[0] == pytest.approx(counted, abs=5e-3)
        assert fractions_below(values)[0] + fractions_below(-values)[0] == pytest.approx(1)


@pytest.mark.serial
def test_nodes_on_the_contour():
    """Zeros and equal values are no special cases: a half, and nothing."""
    assert fractions_below(np.array([[-1.0, 0.0, 1.0]]))[0] == pytest.approx(0.5)
    assert fractions_below(np.array([[-1.0, -1.0, 1.0, 1.0]]))[0] == pytest.approx(0.5)
    assert fractions_below(np.zeros((1, 4)))[0] == 0.0
    assert fractions_below(np.array([[0.0, 0.0, -1.0]]))[0] == 1.0


@pytest.mark.parametrize("cell_type", ["triangle", "quadrilateral", "tetrahedron", "hexahedron"])
def test_a_plane_through_a_box(cell_type):
    """Exact for a linear field, also where the plane is oblique to the mesh."""
    depth = 3 * UM if cell_type in ("tetrahedron", "hexahedron") else None
    geometry = Geometry(2 * UM, 4 * UM, 3 * UM, 1 * UM, depth, cell_type)
    domain = create_box(MPI.COMM_WORLD, geometry)
    space = fem.functionspace(domain.mesh, ("Lagrange", 1))
    plane = fem.Function(space)
    plane.interpolate(lambda x: x[0] + 0.3 * x[1] - 2.2 * UM)
    exact = (2.2 - 0.15 * 3) * 3 * UM**2 * (1 if depth is None else depth)
    assert VolumeBelow(space)(plane.x.array) == pytest.approx(exact, rel=1e-12)


def test_sides_that_are_joined():
    """The cells at the seam are no larger than the others."""
    domain = create_box(MPI.COMM_WORLD, Geometry(2 * UM, 4 * UM, 6 * UM, 1 * UM, periodic=True))
    space = fem.functionspace(domain.mesh, ("Lagrange", 1))
    plane = fem.Function(space)
    plane.interpolate(lambda x: x[0] - 2.2 * UM)
    assert VolumeBelow(space)(plane.x.array) == pytest.approx(2.2 * 6 * UM**2, rel=1e-12)
