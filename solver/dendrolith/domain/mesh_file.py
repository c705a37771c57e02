"""Mesh files: gmsh's .msh, .vtu, .xdmf and whatever meshio reads. Loads no DOLFINx.

Names come from where the format keeps them:

    physical groups of gmsh            .msh, and .vtu that meshio made of it
    cell sets                          Abaqus, MED, …
    arrays of 0 and 1, one a name      .vtu, .xdmf: 1 where the cell or facet belongs to the name

Named groups of cells are regions, those of their facets boundaries.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.domain.extents import SIDES
from dendrolith.domain.simplices import SimplexMesh

IntArray = npt.NDArray[np.int64]

# meshio's names by dimension; what has no place in a mesh of simplices, and why
CELLS = {2: "triangle", 3: "tetra"}
FACETS = {2: "line", 3: "triangle"}
DIMENSIONS = {"vertex": 0, "line": 1, "triangle": 2, "tetra": 3}
PHYSICAL = "gmsh:physical"
BOX = 1e-6  # of the size of a box, to which a mesh must fill it
PLANE = 1e-9  # of the size of a mesh, to which the plane of a 2-D mesh is z = const


@dataclass(frozen=True, slots=True)
class Needs:
    """What a study asks of a mesh.

    Attributes:
        dim: dimension of space.
        boundaries: names of boundaries that must be there, on the outside.
        regions: names of regions that must be there.
        extents: of the box from the origin that the mesh must fill, and on whose sides the
            boundaries called as sides must lie [m]; empty: any shape.
    """

    dim: int
    boundaries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    extents: tuple[float, ...] = ()


def read_mesh(path: Path, unit: float, needs: Needs) -> SimplexMesh:
    """Read and check a mesh (not collective).

    Args:
        path: the file.
        unit: length of 1 in the file [m].
        needs: what must be there.

    Raises:
        ConfigError: the file cannot be used; one line for each problem.
    """
    source = _read(path)
    _refuse(path, _kind_problems(source, needs.dim))
    mesh = _simplices(source, needs.dim, unit)
    _refuse(path, _missing_names(mesh, needs))
    _refuse(path, mesh.problems())
    _refuse(path, _inside_problems(mesh, needs) + _box_problems(mesh, needs.extents))
    return mesh


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        raise ConfigError(*(f"{path}: {problem}" for problem in problems))


def _inside_problems(mesh: SimplexMesh, needs: Needs) -> list[str]:
    """Required boundaries that are not on the outside."""
    return [
        f"boundary '{name}': {inside} of its {len(mesh.boundaries[name])} facets lie inside the "
        "mesh: leave only the outside in the group"
        for name in needs.boundaries
        if (inside := mesh.interior(name))
    ]


def _box_problems(mesh: SimplexMesh, extents: tuple[float, ...]) -> list[str]:
    """Where the mesh does not fill the box, and its sides do not lie on those of the box."""
    if not extents:
        return []
    far = BOX * max(extents)
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    if np.abs(low).max() > far or np.abs(high - extents).max() > far:
        return [
            f"spans {_corner(low)} to {_corner(high)} m, and the geometry {_corner(0 * low)} to "
            f"{_corner(np.array(extents))} m: mend the lengths, or mesh_unit"
        ]
    problems = []
    for number, name in enumerate(SIDES[: 2 * mesh.dim]):
        axis, where = number // 2, extents[number // 2] * (number % 2)
        if name in mesh.boundaries:
            x = mesh.points[np.unique(mesh.boundaries[name]), axis]
            full = math.prod(e for a, e in enumerate(extents) if a != axis)
            if np.abs(x - where).max() > far:
                problems.append(
                    f"boundary '{name}' reaches from {'xyz'[axis]} = {x.min():.6g} m to "
                    f"{x.max():.6g} m, and that side of the box is at {where:.6g} m: name the "
                    "sides left, right (x), bottom, top (y), front, back (z)"
                )
            elif abs((area := mesh.areas()[name]) - full) > BOX * full:
                unit = "m" if mesh.dim == 2 else "m^2"
                problems.append(
                    f"boundary '{name}' covers {area:.6g} of {full:.6g} {unit} of its side: put "
                    "all its facets into the group, each once"
                )
    volume, box = math.fsum(mesh.volumes()), math.prod(extents)
    if abs(volume - box) > BOX * box:
        problems.append(
            f"fills {volume / box:.6g} of the box: close its holes, let no cells overlap"
        )
    return problems


def _corner(x: npt.NDArray[np.float64]) -> str:
    return f"({', '.join(f'{value:.6g}' for value in x)})"


def _read(path: Path) -> Any:
    """What meshio makes of a file."""
    import meshio  # only where a mesh file is asked for

    if not path.is_file():
        raise ConfigError(f"{path}: is no file: give the path of a mesh, such as cell.msh")
    said = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
            warnings.catch_warnings(),
            _tags_without_signs(),
        ):
            warnings.filterwarnings("error", message="string or file could not be read")
            return meshio.read(path)
    except ImportError as error:
        raise ConfigError(
            f"{path}: needs {error.name} to be read: pip install {error.name}, or save it as "
            ".msh or .vtu"
        ) from None
    except (Exception, SystemExit) as error:  # meshio ends the process where it cannot read
        why = str(error) if isinstance(error, Exception) else ""
        reason = (why or said.getvalue()).strip().splitlines()
        raise ConfigError(
            f"{path}: cannot be read as a mesh{': ' + reason[0] if reason else ''}: save it "
            "again, as .msh (gmsh, version 4.1 or 2.2, Mesh.SaveAll = 0, no partitions), "
            ".vtu or .xdmf"
        ) from None


@contextlib.contextmanager
def _tags_without_signs() -> Iterator[None]:
    """In gmsh 4.1 a tag is below zero for a group that turns an entity around.

    meshio compares with its sign, so only the first group of an entity could be found afterwards.
    """
    from meshio.gmsh import _gmsh41

    signed = _gmsh41._read_entities

    def unsigned(*given: Any) -> Any:
        physical, bounding = signed(*given)
        groups = [{e: [abs(tag) for tag in its] for e, its in one.items()} for one in physical]
        return tuple(groups), bounding

    _gmsh41._read_entities = unsigned
    try:
        yield
    finally:
        _gmsh41._read_entities = signed


def _kind_problems(source: Any, dim: int) -> list[str]:
    """Cells that a mesh of simplices of this dimension has no use for."""
    counts: dict[str, int] = {}
    for block in source.cells:
        counts[block.type] = counts.get(block.type, 0) + len(block.data)
    strange = {kind: n for kind, n in counts.items() if kind not in DIMENSIONS and n}
    if strange:
        kinds = ", ".join(f"{n} {kind}" for kind, n in strange.items())
        return [
            f"holds {kinds} cells: only {CELLS[dim]} cells are used in {dim}-D; mesh without "
            "recombination, with straight edges (gmsh: Mesh.ElementOrder = 1)"
        ]
    highest = max((DIMENSIONS[kind] for kind, n in counts.items() if n), default=0)
    if highest != dim:
        cure = {2: "give geometry.depth for a 3-D mesh", 3: "leave geometry.depth out"}[dim]
        has = f"a {highest}-D mesh" if highest > 1 else "no cells"
        return [f"holds {has}, and the geometry is {dim}-D: {cure}, or choose another file"]
    count = len(source.points)
    for kind in (CELLS[dim], FACETS[dim]):
        numbers = _blocks(source, kind)
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
            return [
                f"names nodes {numbers.min()} to {numbers.max()}, and has {count}: save it again"
            ]
    points = source.points[np.unique(_blocks(source, CELLS[dim]))]
    if not np.isfinite(points).all():
        return ["has coordinates that are no numbers: save it again"]
    z = points[:, dim:]
    if z.size and np.ptp(z, axis=0).max() > PLANE * np.ptp(points, axis=0).max():
        return ["is a surface in space: a 2-D mesh lies in a plane z = constant"]
    return []


def _simplices(source: Any, dim: int, unit: float) -> SimplexMesh:
    """Nodes in use, in the order of the file; cells with positive volume; named groups."""
    used, numbers = np.unique(_blocks(source, CELLS[dim]), return_inverse=True)
    cells = numbers.reshape(-1, dim + 1)
    new = np.full(len(source.points), -1, dtype=np.int64)
    new[used] = np.arange(len(used))
    points = unit * np.asarray(source.points, dtype=np.float64)[used, :dim]
    upside_down = SimplexMesh(points, cells, {}, {}).volumes() < 0
    cells[upside_down, :2] = cells[upside_down, 1::-1]
    groups = list(_groups(source))
    facets = _blocks(source, FACETS[dim])
    return SimplexMesh(
        points,
        cells,
        {n: new[facets[its]] for n, kind, its in groups if kind == FACETS[dim]},
        {n: its for n, kind, its in groups if kind == CELLS[dim]},
    )


def _blocks(source: Any, kind: str) -> IntArray:
    """(n, nodes per cell) all cells of a kind, in the order of the file."""
    width = DIMENSIONS[kind] + 1
    its = [block.data for block in source.cells if block.type == kind]
    cells: IntArray = np.concatenate([np.empty((0, width), dtype=np.int64), *its])
    return cells.astype(np.int64)


def _groups(source: Any) -> Iterator[tuple[str, str, IntArray]]:
    """Name, kind of cells and their numbers among those of their kind; none is empty."""
    for name, sets in _members(source).items():
        for kind in sorted({block.type for block in source.cells}):
            before, found = 0, list[IntArray]([np.empty(0, dtype=np.int64)])
            for block, its in zip(source.cells, sets, strict=True):
                if block.type == kind:
                    found.append(before + np.asarray(its, dtype=np.int64))
                    before += len(block.data)
            numbers = np.concatenate(found)
            if numbers.size:
                yield name, kind, numbers


def _members(source: Any) -> dict[str, list[IntArray]]:
    """For each name and each block of the file the numbers of the cells that belong to it."""
    members = {
        name: [its if its is not None else np.empty(0, dtype=np.int64) for its in sets]
        for name, sets in source.cell_sets.items()
        if not name.startswith("gmsh:")
    }
    if PHYSICAL in source.cell_data:
        blocks = list(zip(source.cells, source.cell_data[PHYSICAL], strict=True))
        for name, entry in source.field_data.items():
            if np.size(entry) == 2:
                tag, dim = map(int, entry)
                tagged = [  # in version 2.2 below zero of what a group turns around
                    np.flatnonzero((np.abs(tags) == tag) & (DIMENSIONS[block.type] == dim))
                    for block, tags in blocks
                ]
                known = members.get(name, tagged)
                members[name] = [np.union1d(*both) for both in zip(known, tagged, strict=True)]
    for name, arrays in source.cell_data.items():
        values = np.concatenate([np.ravel(array) for array in arrays])
        flags = np.issubdtype(values.dtype, np.integer) and np.isin(values, (0, 1)).all()
        lone = values.size == sum(len(block.data) for block in source.cells)  # one a cell
        if name not in members and flags and lone and ":" not in name:
            members[name] = [np.flatnonzero(array) for array in arrays]
    return members


def _missing_names(mesh: SimplexMesh, needs: Needs) -> list[str]:
    """Names that are asked for and not there."""
    if not mesh.boundaries and not mesh.regions and (needs.boundaries or needs.regions):
        return [
            'has no named groups: name the parts before meshing (in gmsh Physical Surface("..."), '
            'Physical Curve("..."), Mesh.SaveAll = 0), or store an array of whole numbers 0 and 1 '
            "for each name"
        ]
    return [
        f"has no {what} '{name}'{_nearest(name, list(there), list(others))}"
        for what, wanted, there, others in (
            ("boundary", needs.boundaries, mesh.boundaries, mesh.regions),
            ("region", needs.regions, mesh.regions, mesh.boundaries),
        )
        for name in wanted
        if name not in there
    ]


def _nearest(name: str, known: Sequence[str], others: Sequence[str]) -> str:
    """What may have been meant, as the end of a message."""
    if name in others:
        return ": the group of that name holds what has another dimension"
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f": did you mean {' or '.join(near)}?"
    return f": it has {', '.join(known)}" if known else ": it has none"
