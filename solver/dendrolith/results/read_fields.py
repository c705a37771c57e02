"""Reads the field output of a run from its directory alone, whatever number of ranks wrote it.

A run that was resumed has written segments (`segments.py`); only the times that belong to the run
are seen. Needs ADIOS2, and neither MPI nor DOLFINx.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adios2
import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.results.field_files import segment_files

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SCALARS = ("types", "step")  # one value, whatever the number of ranks
COUNTS = ("NumberOfNodes", "NumberOfEntities")  # one value a rank
MESH = {"geometry", "connectivity", *SCALARS, *COUNTS}  # all that is no field
# Corners of the cells in the order of VTK, by VTK's number of the Lagrange cell.
CELL_TYPES = {
    68: "interval",
    69: "triangle",
    70: "quadrilateral",
    71: "tetrahedron",
    72: "hexahedron",
}
_SIZES = {"uint8_t": 1, "uint32_t": 4}  # bytes; all others have 8
# VTK goes around a face, the reference cell row by row.
_TO_REFERENCE = {"quadrilateral": [0, 1, 3, 2], "hexahedron": [0, 1, 3, 2, 4, 5, 7, 6]}


@dataclass(frozen=True, slots=True)
class StoredFields:
    """Nodal fields at one time; nodes and cells that several ranks wrote are there once.

    Attributes:
        points: (n_nodes, 3) [m].
        cells: (n_cells, corners) numbers of points in the order of the reference cell.
        cell_type: interval, triangle, quadrilateral, tetrahedron or hexahedron.
        values: name → (n_nodes,), of vectors (n_nodes, 3), in SI.
        time: [s].
    """

    points: FloatArray
    cells: IntArray
    cell_type: str
    values: dict[str, FloatArray]
    time: float

    @property
    def dim(self) -> int:
        """Dimension of space: one, two or three."""
        return {"interval": 1, "triangle": 2, "quadrilateral": 2}.get(self.cell_type, 3)


@dataclass(frozen=True, slots=True)
class Segment:
    """What one start of a run wrote: folder, files by stem, and the times that count [s]."""

    folder: Path
    files: dict[str, str]
    times: list[float]

    def path(self, stem: str) -> Path:
        """The file of a stem; each holds the fields of one element."""
        return self.folder / self.files[stem]


def segments_of(run: Path) -> list[Segment]:
    """The segments with at least one time, in order.

    Raises:
        ConfigError: the folder holds no field output, or its list is not readable.
    """
    folder = run / "fields"
    path = folder / "index.json"
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        listed = [_listed(folder, entry, index.get("version", 1)) for entry in index["segments"]]
    except FileNotFoundError:
        return _unlisted(run)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}: is not readable ({error}): without this list of valid times the fields "
            "cannot be used; run again with another --out"
        ) from None
    return [segment for segment in listed if segment.times]


def _listed(folder: Path, entry: dict[str, Any], version: int) -> Segment:
    """A segment of the index; the first version listed files whether they were written or not."""
    times = [float(time) for time in entry["times"]]
    files = {stem: str(name) for stem, name in entry.items() if stem != "times"}
    if version == 1:
        absent = [stem for stem in [*files][1:] if not (folder / files[stem]).exists()]
        files = {stem: name for stem, name in files.items() if stem not in absent}
    return Segment(folder, files, times if files else [])


def _unlisted(run: Path) -> list[Segment]:
    """All that the files of an old run hold: there was no list before runs could be resumed."""
    files = segment_files(run / "fields")
    if not files:
        raise ConfigError(f"{run}: no fields/index.json: no run directory with fields")
    segment = Segment(run / "fields", files, [])
    with opened(segment.path(next(iter(files)))) as source:
        stored = source.read("step", step_selection=[0, source.num_steps()]).ravel()
    segment.times.extend(np.unique(stored).tolist())
    return [segment]


def output_times(run: Path) -> list[float]:
    """Times of the field output [s], in order; may be empty.

    Raises:
        ConfigError: the folder holds no field output.
    """
    return [time for segment in segments_of(run) for time in segment.times]


def pieces(segment: Segment, stem: str) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """All variables at each time of a segment, as they are stored.

    Raises:
        ConfigError: the file is damaged.
    """
    with opened(segment.path(stem)) as source:
        for step in _steps_at(source, segment.times):
            yield _one_piece(source, step)


def description(segment: Segment, stem: str) -> str:
    """What ParaView reads of a file first."""
    with opened(segment.path(stem)) as source:
        return str(source.read_attribute("vtk.xml"))


def read_fields(
    run: Path, time: float, names: Collection[str] | None = None, *, stem: str = ""
) -> StoredFields:
    """The nodal fields at one of `output_times`.

    Args:
        run: the run directory.
        time: [s].
        names: fields that are wanted; None: all.
        stem: the file to read; empty: all files that share the nodes of the first.

    Raises:
        ConfigError: there is no such time, or a file is damaged.
    """
    for segment in segments_of(run):
        if time in segment.times:
            return _joined(segment, [stem] if stem else list(segment.files), time, names)
    raise ConfigError(f"{run}: no fields at t = {time:g} s")


def _joined(
    segment: Segment, stems: list[str], time: float, names: Collection[str] | None
) -> StoredFields:
    """The first file, with the fields of those others that have the same nodes."""
    first: StoredFields | None = None
    for stem in stems:
        if stem not in segment.files:
            known = ", ".join(segment.files)
            raise ConfigError(
                f"{segment.folder}: no file {stem} at t = {time:g} s; there are: {known}"
            )
        with opened(segment.path(stem)) as source:
            stored = {*source.available_variables()} - MESH
            wanted = stored if names is None else stored.intersection(names)
            if first is not None and not wanted:
                continue
            step = next(_steps_at(source, [time]))
            found = _stored(_one_piece(source, step, wanted | MESH), time)
        if first is None:
            first = found
        elif _same_nodes(first, found):
            first.values.update(found.values)
    assert first is not None
    return first


def _same_nodes(one: StoredFields, other: StoredFields) -> bool:
    """Nodes are sorted by their coordinates: the same ones are in the same places."""
    size = float(np.ptp(one.points, axis=0).max(initial=0.0))
    same = one.points.shape == other.points.shape
    return same and bool(np.abs(one.points - other.points).max(initial=0.0) <= 1e-8 * size)


def _stored(piece: dict[str, npt.NDArray[Any]], time: float) -> StoredFields:
    cell_type = CELL_TYPES[int(piece["types"][0])]
    corners = piece["connectivity"][:, 1:].astype(np.int64)
    points = piece["geometry"].astype(np.float64)
    if corners.min(initial=0) < 0 or corners.max(initial=0) >= len(points):
        raise ValueError("cells have corners that are not there")
    kept, place = _same_points(points)
    corners = place[corners]
    _, once = np.unique(np.sort(corners, axis=1), axis=0, return_index=True)
    values = {
        name: np.squeeze(array, axis=1 if array.shape[1] == 1 else ()).astype(np.float64)[kept]
        for name, array in piece.items()
        if name not in MESH and not name.startswith("vtk")
    }
    order = _TO_REFERENCE.get(cell_type, slice(None))
    return StoredFields(points[kept], corners[np.sort(once)][:, order], cell_type, values, time)


def _same_points(points: FloatArray) -> tuple[IntArray, IntArray]:
    """Rows to keep of (n, 3) points, and for each row the number of its like among them.

    Each rank writes its own cells and a layer of its neighbours', with coordinates that differ in
    the last bits.
    """
    fine = 1e-9 * max(float(np.ptp(points, axis=0).max(initial=0.0)), 1e-300)
    # moved off the simple fractions, on which grids have their nodes and rounding its jumps
    numbers = np.round((points - points.min(axis=0, initial=0.0)) / fine + 0.2718281)
    _, kept, place = np.unique(numbers, axis=0, return_index=True, return_inverse=True)
    return kept.astype(np.int64), place.reshape(-1).astype(np.int64)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A field file for reading; errors while it is open name the file.

    Raises:
        ConfigError: it is absent or damaged.
    """
    if not path.exists():
        raise ConfigError(f"{path}: is missing: the run must write it again")
    try:
        with adios2.FileReader(str(path)) as source:
            _check_size(source, path)
            yield source
    except (RuntimeError, ValueError, LookupError, TypeError, OSError, MemoryError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({_reason(error)}): it is damaged, or being written; try "
            "again, or run anew with another --out"
        ) from None


def _check_size(source: Any, path: Path) -> None:
    """ADIOS2 waits for ever for data that its index promises and a file that was cut lacks."""
    promised = 0
    for name, facts in source.available_variables().items():
        size = _SIZES.get(facts["Type"], 8)
        for step in source.all_blocks_info(name):
            for block in step if isinstance(step, list) else [step]:
                shape = [int(extent) for extent in block["Count"].split(",") if extent]
                promised += size * math.prod(shape)
    found = sum(file.stat().st_size for file in path.glob("data.*"))
    if found < promised:
        raise ValueError(f"{promised} bytes of data are promised, {found} are there")


def _reason(error: Exception) -> str:
    """What ADIOS2 says, without where in its code and in which colour."""
    text = re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip()
    lines = text.rpartition("> : ")[2].strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _steps_at(source: Any, times: list[float]) -> Iterator[int]:
    """Numbers of the steps of a file that are at `times`; the last one where a time is twice."""
    count = int(source.num_steps())
    stored = source.read("step", step_selection=[0, count]).ravel()
    for time in times:
        found = np.flatnonzero(stored == time)
        if not found.size:
            raise ValueError(f"nothing at t = {time:g} s")
        yield int(found[-1])


def _one_piece(
    source: Any, step: int, wanted: Collection[str] | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Variables of a step, the blocks of all ranks joined; without a choice all of them."""
    stored = source.available_variables()
    names = [name for name in stored if wanted is None or name in wanted]
    blocks = len(source.all_blocks_info("geometry")[step])
    joined: dict[str, npt.NDArray[Any]] = {}
    for name in names:
        if name in SCALARS:
            joined[name] = source.read(name, step_selection=[step, 1]).ravel()[:1]
        elif name not in COUNTS:
            parts = [
                source.read(name, block_id=block, step_selection=[step, 1])
                for block in range(blocks)
            ]
            joined[name] = (
                _connected(parts, source, step) if name == "connectivity" else _stack(parts)
            )
    joined["NumberOfNodes"] = np.array([len(joined["geometry"])], dtype=np.uint32)
    joined["NumberOfEntities"] = np.array([len(joined["connectivity"])], dtype=np.uint32)
    return joined


def _stack(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(
        [part.reshape(-1, part.shape[-1] if part.ndim > 1 else 1) for part in parts]
    )


def _connected(parts: list[npt.NDArray[Any]], source: Any, step: int) -> npt.NDArray[Any]:
    """Rows (number of corners, corners …), the corners counted through all pieces."""
    first, moved = 0, []
    for block, part in enumerate(parts):
        rows = part.copy()
        rows[:, 1:] += first
        moved.append(rows)
        first += len(source.read("geometry", block_id=block, step_selection=[step, 1]))
    return np.concatenate(moved)
