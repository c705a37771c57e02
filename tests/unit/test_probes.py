"""Points and lines: linear functions are read off exactly, on every cell type and rank count."""

import dataclasses

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.domain.place import Place
from dendrolith.fields.sampling import Sampler
from dendrolith.observables.base import StepView
from dendrolith.observables.probe_input import Probe
from dendrolith.studies.plating.schema import Output
from tests.cases import UM, Stepper, cell, config, front, rows_of, table_of

CELLS = [
    ("triangle", None),
    ("quadrilateral", None),
    ("tetrahedron", 6 * UM),
    ("hexahedron", 6 * UM),
]


@pytest.mark.parametrize(("kind", "depth"), CELLS)
@pytest.mark.parametrize("periodic", [False, True])
def test_linear_functions_are_exact(kind, depth, periodic):
    geometry = dataclasses.replace(
        config().geometry, cell_type=kind, height=6 * UM, depth=depth, mesh_size=2 * UM
    )
    made = create_box(MPI.COMM_WORLD, dataclasses.replace(geometry, periodic=periodic))
    space = fem.functionspace(made.mesh, ("Lagrange", 1))
    extents = np.array([*geometry.extents, 0.0])[:3]
    points = np.random.default_rng(5).uniform(0, 1, (40, 3)) * extents
    points[:3] = [0 * extents, extents, extents / 2]  # corners and the middle are nodes or edges
    slopes = [2e5, 0.0, 0.0] if periodic else [2e5, -3e5, 4e5]  # periodic functions only
    function = fem.Function(space)
    function.interpolate(lambda x: 1.0 + np.array(slopes) @ x)
    found = Sampler.at(space, points).values([function.x.array, 2 * function.x.array])
    expected = 1.0 + points @ slopes
    assert found[:, 0] == pytest.approx(expected, abs=1e-12)
    assert found[:, 1] == pytest.approx(2 * expected, abs=1e-12)


def test_a_point_and_a_line():
    """A row in every step; at an output time one for each sample; potentials from the counter."""
    probes = (
        Probe("gap", Place(20 * UM, 0.5 * UM)),
        Probe("line", Place(0.0, 0.5 * UM), Place(40 * UM, 0.5 * UM), samples=5),
    )
    split = Stepper(cell(config(output=Output(every=1.0, probes=probes)), front(10 * UM)))
    split.start(1e-3)
    table, view = table_of(split), StepView(time=0.5, dt=0.1, step=1)
    listed = rows_of(table, view)
    assert [row["time [s]"] for row in listed["probe_gap"]] == [0.5]
    assert "probe_line" not in listed
    listed = rows_of(table, dataclasses.replace(view, milestone=True))["probe_line"]
    lines = {name: [row[name] for row in listed] for name in table.tables["probe_line"]}
    assert lines["distance [m]"] == pytest.approx([0, 10 * UM, 20 * UM, 30 * UM, 40 * UM])
    assert lines["x [m]"] == lines["distance [m]"]
    assert lines["xi [1]"][0] == pytest.approx(1.0, abs=1e-3)
    assert lines["xi [1]"][1] == pytest.approx(0.5, abs=1e-9)
    assert lines["phi_el [V]"][0] == pytest.approx(-0.05, abs=1e-9)
    assert lines["phi_el [V]"][-1] == pytest.approx(0.0, abs=1e-5)  # the contact resists
    assert lines["phi_ion [V]"] == sorted(lines["phi_ion [V]"])
