"""The field output of a run that was resumed, as one series for ParaView.

Every start of a run writes segments of its own (`segments.py`). Here their valid times are copied,
in order, into ``fields/all-cell.bp`` and ``fields/all-u.bp``; the pieces of all ranks become one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adios2
import numpy as np
import numpy.typing as npt

from dendritex.errors import ConfigError

_SCALAR = ("types", "step")  # one value, whatever the number of ranks
_COUNTS = ("NumberOfNodes", "NumberOfEntities")  # one value a rank


def join_fields(run: Path) -> list[Path]:
    """Write the joined files; returns their paths.

    Raises:
        ConfigError: the folder holds no field output.
    """
    folder = run / "fields"
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        segments = index["segments"]
    except (OSError, ValueError, KeyError):
        raise ConfigError([f"{run}: no fields/index.json: no run directory with fields"]) from None
    written = []
    for stem in ("cell", "u"):
        parts = [(folder / segment[stem], segment["times"]) for segment in segments]
        if all(path.exists() for path, times in parts if times):
            written.append(_join([part for part in parts if part[1]], folder / f"all-{stem}.bp"))
    return written


def _join(parts: list[tuple[Path, list[float]]], target: Path) -> Path:
    io = adios2.Adios().declare_io("joined")
    io.set_engine("BP4")
    with adios2.Stream(io, str(target), "w") as stream:
        described = False
        for path, times in parts:
            with adios2.FileReader(str(path)) as source:
                for step in _steps(source, times):
                    stream.begin_step()
                    for name, values in _one_piece(source, step).items():
                        _put(stream, name, values)
                    if not described:
                        stream.write_attribute("vtk.xml", source.read_attribute("vtk.xml"))
                        described = True
                    stream.end_step()
    return target


def _steps(source: Any, times: list[float]) -> Iterator[int]:
    """Numbers of the steps of a file that are at `times`; the last one where a time is twice."""
    count = int(source.num_steps())
    stored = source.read("step", step_selection=[0, count]).ravel()
    for time in times:
        yield int(np.flatnonzero(stored == time)[-1])


def _one_piece(source: Any, step: int) -> dict[str, npt.NDArray[Any]]:
    """All variables of a step, the blocks of all ranks joined."""
    names = list(source.available_variables())
    blocks = len(source.all_blocks_info("geometry")[step])
    joined: dict[str, npt.NDArray[Any]] = {}
    for name in names:
        if name in _SCALAR:
            joined[name] = source.read(name, step_selection=[step, 1]).ravel()[:1]
        elif name not in _COUNTS:
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


def _put(stream: Any, name: str, values: npt.NDArray[Any]) -> None:
    if name in _SCALAR + _COUNTS:
        stream.write(name, values[:1].reshape(()))
    else:
        values = np.ascontiguousarray(values)
        stream.write(name, values, [], [], list(values.shape))
