"""Mesh files: names, numbers, parts, and what is refused."""

import math
import sys
import types
from pathlib import Path

import meshio
import numpy as np
import pytest
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import from_root, gather_everywhere, integral
from dendrolith.domain.box import create_box
from dendrolith.domain.distribute import distribute
from dendrolith.domain.extents import Box
from dendrolith.domain.mesh_file import Needs, read_mesh
from dendrolith.domain.simplices import SimplexMesh
from dendrolith.fields.measures import Measures
from dendrolith.fields.numbering import original_numbers

LAYERED = Path(__file__).parents[2] / "meshes" / "layered.msh"
PLANE = Needs(2, ("left", "right", "bottom", "top"), ("lithium", "electrolyte"))
SPACE = Needs(3, (*PLANE.boundaries, "front", "back"), PLANE.regions)
COMM, UM = MPI.COMM_WORLD, 1e-6


def strip(**changes):
    """Two layers of two triangles each, 3 by 1; `changes` replace points, cells, groups."""
    points = [(0, 0, 0), (1, 0, 0), (3, 0, 0), (0, 1, 0), (1, 1, 0), (3, 1, 0), (9, 9, 0)]
    groups = {
        "left": ("line", [(0, 3)]), "right": ("line", [(2, 5)]),
        "bottom": ("line", [(0, 1), (1, 2)]), "top": ("line", [(3, 4), (4, 5)]),
        "lithium": ("triangle", [(0, 1, 4), (0, 3, 4)]),
        "electrolyte": ("triangle", [(1, 2, 5), (1, 5, 4)]),
    }  # fmt: skip
    points = changes.pop("points", points)
    groups |= changes
    groups = {name: group for name, group in groups.items() if group is not None}
    blocks = [(kind, np.array(cells)) for kind, cells in groups.values()]
    sets = {
        name: [np.arange(len(cells)) if n == number else [] for n, (_, cells) in enumerate(blocks)]
        for number, name in enumerate(groups)
    }
    return meshio.Mesh(np.array(points, dtype=float), blocks, cell_sets=sets)


def as_flags(source):
    """The same with an array of 0 and 1 for each name, which .vtu and .xdmf can hold."""
    data = {
        name: [np.isin(np.arange(len(b.data)), its).astype(np.int32)
               for b, its in zip(source.cells, sets, strict=True)]
        for name, sets in source.cell_sets.items()
    }  # fmt: skip
    return meshio.Mesh(source.points, source.cells, cell_data=data)


def write(source, path, **words):
    """Write a mesh and give its path."""
    source.write(path, **words)
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.vtu", {}), ("a.xdmf", {"data_format": "XML"})],
)
def test_names_are_found_in_arrays(tmp_path, name, words, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None if name == "a.vtu" else types.ModuleType("h5py"))
    made = read_mesh(write(as_flags(strip()), tmp_path / name, **words), 1e-3, PLANE)
    assert made.points.shape == (6, 2)  # the node that no cell uses is gone
    assert (made.volumes() > 0).all()
    assert math.fsum(made.volumes()) == pytest.approx(3e-6)
    assert set(made.boundaries) == set(PLANE.boundaries)
    assert made.areas() == pytest.approx({"left": 1e-3, "right": 1e-3, "bottom": 3e-3, "top": 3e-3})
    sizes = {name: made.volumes()[cells].sum() for name, cells in made.regions.items()}
    assert sizes == pytest.approx({"lithium": 1e-6, "electrolyte": 2e-6})


@pytest.mark.parametrize("turned", [(), (3, 5)])
@pytest.mark.parametrize("version", ["2.2", "4.1"])
def test_names_are_found_in_gmsh_files(tmp_path, version, turned):
    """Also where a group names a curve with a minus, as lists of loops do."""
    import gmsh

    gmsh.initialize(interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("Mesh.MshFileVersion", float(version))
    gmsh.open(str(LAYERED))
    for _, tag in gmsh.model.getPhysicalGroups(1):
        if tag in turned:
            name = gmsh.model.getPhysicalName(1, tag)
            curves = [-curve for curve in gmsh.model.getEntitiesForPhysicalGroup(1, tag)]
            gmsh.model.removePhysicalGroups([(1, tag)])
            gmsh.model.addPhysicalGroup(1, curves, tag, name)
    gmsh.write(str(tmp_path / "a.msh"))
    gmsh.finalize()
    one, other = read_mesh(tmp_path / "a.msh", UM, PLANE), read_mesh(LAYERED, UM, PLANE)
    assert one.areas() == pytest.approx(other.areas())
    assert {n: len(c) for n, c in one.regions.items()} == {
        n: len(c) for n, c in other.regions.items()
    }


@pytest.mark.parametrize("binary", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_second_group_of_a_curve_counts(tmp_path, sign, binary):
    """Facets of two groups are refused, also where the second turns the curve around."""
    import gmsh

    gmsh.initialize(interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
    gmsh.option.setNumber("Mesh.Binary", binary)
    gmsh.open(str(LAYERED))
    tags = [tag for _, tag in gmsh.model.getPhysicalGroups(1)]
    curves = [sign * gmsh.model.getEntitiesForPhysicalGroup(1, tag)[0] for tag in tags[:2]]
    gmsh.model.addPhysicalGroup(1, curves, 40, "rim")
    gmsh.write(str(tmp_path / "a.msh"))
    gmsh.finalize()
    with pytest.raises(ConfigError, match="boundary 'rim' shares"):
        read_mesh(tmp_path / "a.msh", UM, PLANE)


WRONG = {
    "no names": (
        strip(**dict.fromkeys(("left", "right", "bottom", "top")), lithium=None,
              electrolyte=("triangle", [(0, 1, 4), (0, 3, 4), (1, 2, 5), (1, 5, 4)])),
        r"has no boundary 'left': it has none",
    ),
    "near": (strip(left=None, Left=("line", [(0, 3)])), "no boundary 'left': did you mean Left"),
    "dimension": (strip(top=None, lithium=None, electrolyte=None,
                        top2=("triangle", [(0, 1, 4), (0, 3, 4), (1, 2, 5), (1, 5, 4)])),
                  "no region 'lithium': it has top2"),
    "quads": (strip(electrolyte=("quad", [(1, 2, 5, 4)])), "holds 1 quad cells: only triangle"),
    "second order": (strip(lithium=("triangle6", [(0, 1, 4, 3, 2, 5)])), "ElementOrder = 1"),
    "no area": (strip(points=[(0, 0, 0), (1, 0, 0), (3, 0, 0), (0, 1, 0), (2, 0, 0), (3, 0, 0)]),
                r"3 of 4 cells have no volume, the first near \(1, 0\) m: mesh again"),
    "not finite": (strip(points=[(0, 0, 0), (1, 0, 0), (3, 0, 0), (0, 1, 0), (1, np.inf, 0),
                                 (3, 1, 0)]), "coordinates that are no numbers"),
    "bent": (strip(points=[(0, 0, 0), (1, 0, 0), (3, 0, 1), (0, 1, 0), (1, 1, 0), (3, 1, 0)]),
             "is a surface in space"),
    "not joined": (
        strip(points=[(0, 0, 0), (1, 0, 0), (3, 0, 0), (0, 1, 0), (1, 1, 0), (3, 1, 0), (1, 0, 0),
                      (1, 1, 0)],
              electrolyte=("triangle", [(6, 2, 5), (6, 5, 7)]),
              bottom=("line", [(0, 1), (6, 2)]), top=("line", [(3, 4), (7, 5)])),
        "falls into 2 pieces that share no facet, the smallest of 2 cells .* merge coincident",
    ),
    "doubled": (strip(electrolyte=("triangle", [(1, 2, 5), (1, 5, 4), (0, 1, 4), (0, 1, 4)])),
                "3 facets have more than two cells"),
    "uncovered": (strip(more=("triangle", [(1, 5, 4)]), electrolyte=("triangle", [(1, 2, 5)])),
                  None),
    "stray facet": (strip(top=("line", [(3, 4), (3, 5)])),
                    r"'top': 1 of its 2 facets are no facets of cells, the first near \(1.5, 1\)"),
    "a node too many": (strip(lithium=("triangle", [(0, 1, 4), (0, 3, 44)])),
                        "names nodes 0 to 44, and has 7: save it again"),
    "a facet's node too many": (strip(left=("line", [(0, 33)])), "names nodes 0 to 33, and has 7"),
    "a node below the first": (strip(lithium=("triangle", [(0, 1, 4), (-7, 3, 4)])),
                               "names nodes -7 to 5, and has 7"),
    "shared facet": (strip(top=("line", [(3, 4), (4, 5), (0, 3)])), "'top' shares 1 facets with"),
    "inside": (strip(left=("line", [(1, 4)])), "'left': 1 of its 1 facets lie inside the mesh"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_meshes_are_refused(tmp_path, what):
    source, complaint = WRONG[what]
    path = write(as_flags(source), tmp_path / "a.vtu")
    if complaint is None:
        assert "more" in read_mesh(path, 1.0, PLANE).regions
        return
    with pytest.raises(ConfigError, match=complaint) as refused:
        read_mesh(path, 1.0, PLANE)
    assert all(problem.startswith(f"{path}: ") for problem in refused.value.problems)


def test_cells_without_a_region_are_refused(tmp_path):
    source = as_flags(strip())
    source.cell_data["lithium"][4][0] = 0
    with pytest.raises(ConfigError, match=r"1 of 4 cells are in no region, the first near \(0\.66"):
        read_mesh(write(source, tmp_path / "a.vtu"), 1.0, PLANE)
    source.cell_data["lithium"][4][0] = source.cell_data["electrolyte"][4][:] = 1
    with pytest.raises(ConfigError, match="cells are in more than one region"):
        read_mesh(write(source, tmp_path / "a.vtu"), 1.0, PLANE)


def test_a_mesh_without_any_name_is_refused(tmp_path):
    source = strip()
    plain = meshio.Mesh(source.points, [("triangle", np.array([(0, 1, 4), (0, 3, 4)]))])
    with pytest.raises(ConfigError, match="has no named groups: name the parts"):
        read_mesh(write(plain, tmp_path / "a.vtu"), 1.0, PLANE)


def test_files_that_are_none_are_refused(tmp_path, capfd):
    for name, content, complaint in (
        ("gone.msh", None, "is no file: give the path of a mesh"),
        ("a.msh", "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n1 1 1 1\n", "cannot be read as a"),
        ("b.msh", "", "cannot be read as a mesh"),
        ("c.vtu", "<VTKFile", "cannot be read as a mesh"),
        ("d.txt", "1 2 3", "cannot be read as a mesh"),
        ("e.msh", LAYERED.read_text()[:40_000], "cannot be read as a mesh"),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_text(content)
        with pytest.raises(ConfigError, match=complaint):
            read_mesh(path, 1.0, PLANE)
    assert capfd.readouterr() == ("", "")


def test_what_needs_another_package_says_which(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    (tmp_path / "a.med").write_text("HDF")
    with pytest.raises(ConfigError, match=r"needs h5py to be read: pip install h5py, or save it"):
        read_mesh(tmp_path / "a.med", 1.0, PLANE)


def test_dimensions_must_agree(tmp_path):
    with pytest.raises(ConfigError, match="holds a 2-D mesh, and the geometry is 3-D: leave"):
        read_mesh(LAYERED, UM, SPACE)
    lines = meshio.Mesh(strip().points, [("line", np.array([(0, 1)]))])
    with pytest.raises(ConfigError, match="holds no cells, and the geometry is 2-D"):
        read_mesh(write(lines, tmp_path / "a.vtu"), 1.0, PLANE)


def test_errors_reach_all_ranks():
    with pytest.raises(ConfigError, match="is no file"):
        distribute(COMM, lambda: read_mesh(Path("gone.msh"), 1.0, PLANE))


def block(box: Box) -> SimplexMesh:
    """The structured mesh of a box as any other, its cells in another order."""
    made = create_box(MPI.COMM_SELF, box)
    cells = np.asarray(made.mesh.geometry.dofmap, dtype=np.int64)
    order = np.random.default_rng(0).permutation(len(cells))
    points = made.mesh.geometry.x[:, : box.dim].copy()
    facets = {
        name: np.asarray(
            mesh.entities_to_geometry(made.mesh, box.dim - 1, made.side(name)), dtype=np.int64
        )
        for name in made.boundaries
    }
    left = points[cells[order]].mean(axis=1)[:, 0] < 2 * UM
    regions = {"lithium": np.flatnonzero(left), "electrolyte": np.flatnonzero(~left)}
    return SimplexMesh(points, cells[order], facets, regions)


@pytest.mark.parametrize("depth", [None, 4 * UM])
def test_parts_have_the_names_and_numbers_of_the_whole(depth, tmp_path):
    """Areas, volumes and node numbers on any number of ranks; every node is owned once."""
    whole = block(Box(6 * UM, 5 * UM, 1 * UM, depth))
    path = Path(from_root(COMM, str(tmp_path / "a.vtu")))
    if COMM.rank == 0:
        kind = {2: ("line", "triangle"), 3: ("triangle", "tetra")}[whole.dim]
        blocks = [(kind[0], f) for f in whole.boundaries.values()] + [(kind[1], whole.cells)]
        source = meshio.Mesh(np.pad(whole.points, ((0, 0), (0, 3 - whole.dim))) / UM, blocks)
        for number, name in enumerate(whole.boundaries):
            source.cell_data[name] = [
                np.full(len(data), int(n == number)) for n, (_, data) in enumerate(blocks)
            ]
        for name, cells in whole.regions.items():
            flags = [np.zeros(len(data), dtype=int) for _, data in blocks]
            flags[-1][cells] = 1
            source.cell_data[name] = flags
        write(source, path)
    domain = distribute(COMM, lambda: read_mesh(path, UM, PLANE if depth is None else SPACE))
    assert not domain.structured
    ds, one = Measures.of(domain).ds, fem.Constant(domain.mesh, 1.0)
    for name, tag in domain.boundaries.items():
        area = integral(fem.form(one * ds(tag)))
        assert area == pytest.approx(domain.area(name))
    dx = Measures.of(domain).dx
    for name, part in (("lithium", 2 / 6), ("electrolyte", 4 / 6)):
        volume = integral(fem.form(one * dx(domain.regions[name])))
        assert volume == pytest.approx(part * np.abs(whole.volumes()).sum())
    space = fem.functionspace(domain.mesh, ("Lagrange", 1))
    numbers = original_numbers(domain, space)
    x = space.tabulate_dof_coordinates()[:, : whole.dim]
    np.testing.assert_allclose(x, whole.points[numbers], atol=1e-12 * UM)
    owned = numbers[: space.dofmap.index_map.size_local]
    np.testing.assert_array_equal(
        np.sort(np.concatenate(gather_everywhere(COMM, owned))), np.arange(len(whole.points))
    )


def test_parts_are_the_same_each_time():
    first, second = (distribute(COMM, lambda: read_mesh(LAYERED, UM, PLANE)) for _ in range(2))
    np.testing.assert_array_equal(first.node_numbers, second.node_numbers)
    np.testing.assert_array_equal(first.mesh.geometry.dofmap, second.mesh.geometry.dofmap)
    cells = first.mesh.topology.index_map(2)
    assert abs(cells.size_local - cells.size_global / COMM.size) <= 1


def test_obtuse_angles_are_counted():
    """A kite: the angles beside its inner edge sum to more than 180° or to less."""
    cells, none = np.array([(0, 1, 2), (1, 0, 3)]), {}
    for height, wrong in ((0.4, 1), (0.6, 0)):
        points = np.array([(0.0, 0.0), (1.0, 0.0), (0.5, height), (0.5, -height)])
        assert SimplexMesh(points, cells, none, none).wrong_signs() == (wrong, 5)
    assert block(Box(3.0, 3.0, 1.0, 3.0)).wrong_signs()[0] == 0
