"""Nodal values that a run has left in a file: `RunResults.save_fields` writes it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]

POINTS = "points"
WRITE_ONE = "write one with dendrolith.open_run(RUN).save_fields('fields.npz', TIME)"


def read_nodal(
    path: Path, needed: Mapping[str, str], others: tuple[str, ...] = ()
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Points (n, 3) [m] and the (n,) values of fields there, by name.

    Args:
        path: of the file.
        needed: what to do without the field, by its name; empty: write the file.
        others: read where the file has them.

    Raises:
        ConfigError: the file cannot be read, or lacks a field that is needed.
    """
    if path.is_file() and not zipfile.is_zipfile(path):
        raise ConfigError(f"{path}: is no file of fields (no .npz): {WRITE_ONE}")
    try:
        with np.load(path, allow_pickle=False) as stored:
            wanted = [*needed, *(name for name in others if name in stored)]
            for name in [POINTS, *wanted]:
                if name not in stored:
                    cure = needed.get(name) or WRITE_ONE
                    raise ConfigError(f"{path}: has no field {name}: {cure}")
            points, values = stored[POINTS], {name: stored[name] for name in wanted}
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{path}: is no file of fields ({why}): {WRITE_ONE}") from None
    for name, there in values.items():
        if points.ndim != 2 or points.shape[1] != 3 or there.shape != points.shape[:1]:
            raise ConfigError(f"{path}: points and {name} do not belong together: {WRITE_ONE}")
    return points.astype(np.float64), {name: v.astype(np.float64) for name, v in values.items()}
