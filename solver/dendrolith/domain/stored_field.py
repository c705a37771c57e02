"""Nodal values that a run has left in a file: `RunResults.save_fields` writes it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]

POINTS = "points"


def read_nodal(path: Path, name: str) -> tuple[FloatArray, FloatArray]:
    """Points (n, 3) [m] and the (n,) values of a field there.

    Args:
        path: of the file.
        name: of the field.

    Raises:
        ConfigError: the file cannot be read, or does not have the field.
    """
    cure = "write one with dendrolith.open_run(RUN).save_fields('fields.npz', TIME)"
    try:
        with np.load(path, allow_pickle=False) as stored:
            points, values = stored[POINTS], stored[name]
    except KeyError:
        raise ConfigError([f"{path}: has no field {name}: {cure}"]) from None
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError([f"{path}: is no file of fields ({why}): {cure}"]) from None
    if points.ndim != 2 or points.shape[1] != 3 or values.shape != points.shape[:1]:
        raise ConfigError([f"{path}: points and {name} do not belong together: {cure}"])
    return points.astype(np.float64), values.astype(np.float64)
