"""Fields of every element survive a checkpoint, on any number of ranks that read it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.errors import ConfigError
from dendrolith.domain.box import create_box
from dendrolith.fields.numbering import original_cells, original_numbers
from dendrolith.fields.output import Layout
from dendrolith.fields.state import State
from dendrolith.fields.table import DG0, P1, QUADRATURE, Field
from dendrolith.results.checkpoint import Checkpoints
from dendrolith.results.recorder import Outcome, Recorder
from dendrolith.studies.plating.schema import Geometry

COMM = MPI.COMM_WORLD
FIELDS = (
    Field("level", "s", "1", "at the nodes", P1, restarts=True),
    Field("way", "u", "m", "a vector at the nodes", P1, components=0, evolves=True, restarts=True),
    Field("damage", "d", "1", "in the cells", DG0, evolves=True, restarts=True),
    Field("slip", "g", "1", "three in each cell", DG0, components=3, restarts=True),
    Field("creep", "e", "1", "at the points of dx", QUADRATURE, evolves=True, restarts=True),
    Field("flow", "v", "1", "vectors there", QUADRATURE, components=0, restarts=True),
    Field("lost", "a", "1", "in no checkpoint", DG0),
)
KEPT = [field.name for field in FIELDS if field.restarts]
HEIGHT, DEPTH = 5.0, 3.0
KINDS = {"triangle": None, "quadrilateral": None, "tetrahedron": DEPTH, "hexahedron": DEPTH}


def made(comm, kind, *, periodic=False):
    """A state on a box and the numbers of its nodes and cells."""
    box = create_box(comm, Geometry(2.0, 4.0, HEIGHT, 1.0, KINDS[kind], kind, periodic=periodic))
    state = State(box.mesh, FIELDS)
    owned = state.scalar_space.dofmap.index_map.size_local
    numbers = original_numbers(box, state.scalar_space)[:owned]
    return state, Layout(numbers, original_cells(box))


def fill(state):
    """Values that tell the place and the component that they stand for."""
    x, *lateral = ufl.SpatialCoordinate(state.domain)
    place = x
    for y, period in zip(lateral, (HEIGHT, DEPTH), strict=False):
        place += ufl.sin(2 * math.pi * y / period + 1) / period
    for name in state:
        space = state[name].function_space
        parts = [place + 10 * part for part in range(space.dofmap.index_map_bs)]
        values = parts[0] if len(parts) == 1 else ufl.as_vector(parts)
        state[name].interpolate(fem.Expression(values, compat.interpolation_points(space)))
        state[name].x.scatter_forward()


def arrays(state, names=KEPT):
    """Of this rank, ghosts included."""
    return {name: state[name].x.array.copy() for name in names}


def written(state, layout, tmp_path):
    """A folder with a checkpoint of the state."""
    comm = state.domain.comm
    folder = comm.bcast(tmp_path)
    Checkpoints(comm, folder, layout).write(1, state.save())
    return folder


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_element_on_the_same_ranks(kind, periodic, tmp_path):
    """To the last digit, ghosts too; what does not restart is left alone."""
    state, layout = made(COMM, kind, periodic=periodic)
    fill(state)
    before, folder = arrays(state), written(state, layout, tmp_path)
    again, layout = made(COMM, kind, periodic=periodic)
    again.restore(Checkpoints(COMM, folder, layout).newest()[1])
    for name, values in arrays(again).items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)
    assert not again["lost"].x.array.any()


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("writer", "reader"), [(COMM, MPI.COMM_SELF), (MPI.COMM_SELF, COMM)],
    ids=["read by one alone", "written by one alone"],
)  # fmt: skip
def test_every_element_on_another_number_of_ranks(kind, periodic, writer, reader, tmp_path):
    """Each value is back at its place: nodes, cells and their points, by the mesh as made."""
    state, layout = made(writer, kind, periodic=periodic)
    fill(state)
    folder = COMM.bcast(written(state, layout, tmp_path))
    other, layout = made(reader, kind, periodic=periodic)
    other.restore(Checkpoints(reader, folder, layout).newest()[1])
    restored = arrays(other)
    fill(other)
    for name, values in arrays(other).items():
        np.testing.assert_allclose(restored[name], values, rtol=0, atol=1e-12, err_msg=name)


def test_a_restored_state_is_what_a_failed_step_returns_to():
    state, _ = made(COMM, "triangle")
    fill(state)
    data, before = state.save(), arrays(state)
    other, _ = made(COMM, "triangle")
    other.restore(data)
    for name in KEPT:
        other[name].x.array[:] += 1.0
    other.reject()
    for name, values in arrays(other).items():
        evolves = other.fields[name].evolves
        np.testing.assert_array_equal(values, before[name] if evolves else before[name] + 1.0)


def test_data_of_a_state_are_a_row_for_each_node_and_each_cell():
    state, layout = made(COMM, "triangle")
    data = state.save()
    assert data.nodal.keys() == {"level", "way"}
    assert {values.shape for values in data.nodal.values()} == {
        (len(layout.nodes), 1), (len(layout.nodes), 2)
    }  # fmt: skip
    points = 3  # of dx on a triangle
    columns = {"damage": 1, "slip": 3, "creep": points, "flow": 2 * points}
    assert {name: values.shape for name, values in data.cellwise.items()} == {
        name: (len(layout.cells), n) for name, n in columns.items()
    }


def test_data_that_are_joined_come_apart_again():
    """By their kinds, whatever dots their names have."""
    parts = {
        name: CheckpointData({"a.b": number}, {"a": np.eye(2)}, {"c": number * np.eye(3)})
        for number, name in enumerate(["one", "one.two", "onerous"])
    }
    joined = CheckpointData.join({"first": CheckpointData.join(parts), "last": CheckpointData()})
    first = joined.part("first")
    for name in ("one.two", "onerous"):
        found = first.part(name)
        assert found.numbers == parts[name].numbers
        np.testing.assert_array_equal(found.nodal["a"], parts[name].nodal["a"])
        np.testing.assert_array_equal(found.cellwise["c"], parts[name].cellwise["c"])
    assert joined.part("last") == CheckpointData()


def test_a_rank_that_owns_nothing_knows_the_names(tmp_path):
    """With none of the nodes and cells it read no file, and a restart failed on it alone."""
    made = CheckpointData(nodal={"state.xi": np.empty((0, 1))})
    slots = Checkpoints(MPI.COMM_SELF, tmp_path / str(COMM.rank), Layout())
    slots.write(1, made)
    found = slots.newest()
    assert found is not None
    assert found[1].nodal["state.xi"].shape == (0, 1)


@pytest.mark.parametrize("ranks", [1, 2])
def test_what_one_rank_lacks_ends_the_job(tmp_path, ranks):
    """Others may wait amid the restart: they hear of it by the end of the job alone."""

    class Lacking:
        def restore(self, data):
            raise KeyError("xi")

    part = object.__new__(Recorder)
    part._comm, part._parts = SimpleNamespace(size=ranks), {"march": Lacking()}
    part._checkpoints = SimpleNamespace(newest=lambda: (3, CheckpointData()))
    part._directory, part.outcome = SimpleNamespace(path=tmp_path), Outcome(tmp_path)
    with pytest.raises(ConfigError, match="march") as refused:
        part.resume()
    assert refused.value.alone == (ranks > 1)
