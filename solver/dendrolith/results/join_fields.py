"""The field output of a run that was resumed, as one series for ParaView.

Every start of a run writes segments of its own (`segments.py`). Here their valid times are copied,
in order, into one file ``fields/all-<stem>.bp`` for each stem. The pieces of all ranks become one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import adios2
import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.results.field_files import JOINED
from dendrolith.results.read_fields import (
    COUNTS,
    SCALARS,
    Segment,
    description,
    pieces,
    segments_of,
)


def join_fields(run: Path) -> list[Path]:
    """Write the joined files; returns their paths.

    Raises:
        ConfigError: the folder holds no field output, a damaged one, or may not be written in.
    """
    segments = segments_of(run)
    for folder in (run / "fields", *(run / "fields").glob(f"{JOINED}*.bp")):
        # ADIOS2 aborts where it cannot write
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise ConfigError(f"{folder}: may not be written: join a copy of the run")
    everywhere = [stem for stem in segments[0].files if _in_all(segments, stem)] if segments else []
    if not everywhere:
        raise ConfigError(f"{run}: has no fields to join")
    return [_join(segments, stem, run / "fields" / f"{JOINED}{stem}.bp") for stem in everywhere]


def _in_all(segments: list[Segment], stem: str) -> bool:
    """Does every segment have such a file?"""
    return all(stem in segment.files and segment.path(stem).exists() for segment in segments)


def _join(segments: list[Segment], stem: str, target: Path) -> Path:
    io = adios2.Adios().declare_io("joined")
    io.set_engine("BP4")
    with adios2.Stream(io, str(target), "w") as stream:
        for number, segment in enumerate(segments):
            for place, piece in enumerate(pieces(segment, stem)):
                stream.begin_step()
                for name, values in piece.items():
                    _put(stream, name, values)
                if number == place == 0:
                    stream.write_attribute("vtk.xml", description(segment, stem))
                stream.end_step()
    return target


def _put(stream: Any, name: str, values: npt.NDArray[Any]) -> None:
    if name in SCALARS + COUNTS:
        stream.write(name, values[:1].reshape(()))
    else:
        values = np.ascontiguousarray(values)
        stream.write(name, values, [], [], list(values.shape))
