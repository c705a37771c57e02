"""Field files are read back as they were meant, whatever cells and ranks wrote them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from dolfinx import fem, io, mesh
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import from_root, on_root
from dendrolith.fields.section import SIMPLICES
from dendrolith.results.read_fields import output_times, read_fields
from dendrolith.results.segments import SegmentIndex

CELLS = {"triangle": 2, "quadrilateral": 2, "tetrahedron": 3, "hexahedron": 3}
TIMES = [0.0, 0.5]


def write(comm: MPI.Comm, folder: Path, cell: str) -> None:
    """ξ = 1 + x + 2y + 3z + t on a box of one by two (by three), and a displacement."""
    box = {
        2: lambda: mesh.create_rectangle(comm, [[0, 0], [1, 2]], [7, 5], mesh.CellType[cell]),
        3: lambda: mesh.create_box(comm, [[0, 0, 0], [1, 2, 3]], [4, 3, 5], mesh.CellType[cell]),
    }[CELLS[cell]]()
    xi = fem.Function(fem.functionspace(box, ("Lagrange", 1)), name="xi")
    u = fem.Function(fem.functionspace(box, ("Lagrange", 1, (CELLS[cell],))), name="u")
    u.interpolate(lambda x: x[: CELLS[cell]])
    with (
        io.VTXWriter(comm, folder / "cell.bp", [xi], "BP4") as scalars,
        io.VTXWriter(comm, folder / "u.bp", [u], "BP4") as vectors,
    ):
        for time in TIMES:
            xi.interpolate(lambda x, time=time: 1 + x[0] + 2 * x[1] + 3 * x[2] + time)
            scalars.write(time)
            vectors.write(time)
    index = {"segments": [{"cell": "cell.bp", "u": "u.bp", "times": TIMES}], "last_state": None}
    if comm.rank == 0:
        (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    comm.barrier()


def measure(points: np.ndarray, corners: np.ndarray) -> float:
    """Area or volume of simplices."""
    edges = points[corners[:, 1:]] - points[corners[:, :1]]
    dim = edges.shape[1]
    return float(np.abs(np.linalg.det(edges[:, :, :dim])).sum()) / (2 if dim == 2 else 6)


@pytest.mark.parametrize("cell", CELLS)
def test_nodes_cells_and_values(tmp_path, cell):
    comm = MPI.COMM_WORLD
    run = from_root(comm, tmp_path)
    on_root(comm, lambda: (run / "fields").mkdir(exist_ok=True))
    write(comm, run / "fields", cell)
    dim = CELLS[cell]
    assert output_times(run) == TIMES
    stored = read_fields(run, 0.5)
    assert (stored.cell_type, stored.dim, stored.time) == (cell, dim, 0.5)
    assert len(stored.points) == (8 * 6 if dim == 2 else 5 * 4 * 6)
    x, y, z = stored.points.T
    np.testing.assert_allclose(stored.values["xi"], 1.5 + x + 2 * y + 3 * z, rtol=1e-12)
    moved = read_fields(run, 0.0, stem="u")
    np.testing.assert_allclose(moved.values["u"], moved.points, atol=1e-12)
    simplices = np.concatenate([stored.cells[:, part] for part in SIMPLICES[cell]])
    assert measure(stored.points, simplices) == pytest.approx(2.0 if dim == 2 else 6.0)


@pytest.mark.serial
def test_cut_and_absent_files_are_named(tmp_path):
    fields = tmp_path / "fields"
    with pytest.raises(ConfigError, match="no run directory with fields"):
        output_times(tmp_path)
    fields.mkdir()
    write(MPI.COMM_SELF, fields, "triangle")
    with pytest.raises(ConfigError, match=r"no fields at t = 0\.25 s"):
        read_fields(tmp_path, 0.25)
    data = fields / "cell.bp" / "data.0"
    data.write_bytes(data.read_bytes()[:1000])
    with pytest.raises(ConfigError, match=r"cell\.bp: cannot be read .* 1000 are there"):
        read_fields(tmp_path, 0.0)
    (fields / "u.bp" / "md.idx").unlink()
    with pytest.raises(ConfigError, match=r"u\.bp: cannot be read"):
        read_fields(tmp_path, 0.0, stem="u")
    (fields / "index.json").write_text('{"segments": [{}]}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"index\.json: is not readable"):
        output_times(tmp_path)


@pytest.mark.serial
def test_old_runs_have_no_list(tmp_path):
    (tmp_path / "fields").mkdir()
    write(MPI.COMM_SELF, tmp_path / "fields", "triangle")
    (tmp_path / "fields" / "index.json").unlink()
    assert output_times(tmp_path) == TIMES
    assert read_fields(tmp_path, 0.5).values["xi"].min() == pytest.approx(1.5)


@pytest.mark.serial
def test_files_with_the_same_nodes_are_read_together(tmp_path):
    """All of them, those that are asked for, or one file."""
    (tmp_path / "fields").mkdir()
    write(MPI.COMM_SELF, tmp_path / "fields", "quadrilateral")
    stored = read_fields(tmp_path, 0.5)
    assert set(stored.values) == {"xi", "u"}
    np.testing.assert_allclose(stored.values["u"], stored.points, atol=1e-12)
    assert set(read_fields(tmp_path, 0.5, ["xi"]).values) == {"xi"}
    assert set(read_fields(tmp_path, 0.5, ["u", "absent"]).values) == {"u"}
    assert set(read_fields(tmp_path, 0.5, stem="u").values) == {"u"}
    with pytest.raises(ConfigError, match=r"no file v at t = 0\.5 s; there are: cell, u"):
        read_fields(tmp_path, 0.5, stem="v")


@pytest.mark.serial
@pytest.mark.parametrize("version", [1, 2])
def test_a_listed_file_that_is_absent(tmp_path, version):
    """The first version listed a displacement that no run without stress has written."""
    fields = tmp_path / "fields"
    fields.mkdir()
    write(MPI.COMM_SELF, fields, "triangle")
    index = json.loads((fields / "index.json").read_text(encoding="utf-8"))
    if version > 1:
        (fields / "index.json").write_text(json.dumps({**index, "version": version}))
    shutil.rmtree(fields / "u.bp")
    if version == 1:
        assert set(read_fields(tmp_path, 0.5).values) == {"xi"}
        return
    with pytest.raises(ConfigError, match=r"u\.bp: is missing"):
        read_fields(tmp_path, 0.5)


@pytest.mark.serial
def test_index_lists_the_files_that_are_there(tmp_path):
    """Of each segment its own; joined files belong to none."""
    for name in ("strain.bp", "strain-2.bp", "nodal.bp", "all-nodal.bp", "nodal-3.bp"):
        (tmp_path / name).mkdir()
    index = SegmentIndex(MPI.COMM_SELF, tmp_path)
    for time in (0.0, 1.0):
        index.begin()
        index.add(time)
    stored = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert stored["segments"] == [
        {"nodal": "nodal.bp", "strain": "strain.bp", "times": [0.0]},
        {"strain": "strain-2.bp", "times": [1.0]},
    ]
    index.cut(0.5)
    assert index.times == [[0.0], []]
