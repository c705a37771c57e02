"""Pictures as grey values: slices of a tomography, or labels painted in grey. Loads no DOLFINx."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]

MOST_PIXELS = 30_000_000
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue, as ITU-R BT.601


def read_grey(path: Path) -> FloatArray:
    """(n_rows, n_columns) grey values of a picture: 0 black, 1 white; the first row is the lowest.

    Colours become their luminance, transparency is left out.

    Args:
        path: PNG, or what Pillow reads beside it.

    Raises:
        ConfigError: there is no such file, it is no picture, or it is too large.
    """
    from matplotlib import image  # only where a picture is asked for

    if not path.is_file():
        raise ConfigError([f"{path}: is no file: give the path of a picture, such as slice.png"])
    try:
        pixels = image.imread(path)
    except Exception as error:  # whatever a reader of pictures meets in a file that is none
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(
            [f"{path}: cannot be read as a picture: {reason}: save it as PNG"]
        ) from None
    if pixels.ndim not in (2, 3) or min(pixels.shape[:2]) < 2:
        raise ConfigError([f"{path}: is no picture of two by two pixels or more"])
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise ConfigError(
            [f"{path}: has more than {MOST_PIXELS:.0e} pixels: crop it or scale it down"]
        )
    full = np.iinfo(pixels.dtype).max if np.issubdtype(pixels.dtype, np.integer) else 1
    grey = pixels.astype(np.float64) / full
    if grey.ndim == 3:
        colours = grey.shape[2]
        grey = grey[..., :3] @ np.array(LUMINANCE) if colours >= 3 else grey[..., 0]
    flipped: FloatArray = grey[::-1]
    return flipped
