"""Pictures as grey values: slices of a tomography, or labels painted in grey. Loads no DOLFINx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
        raise ConfigError(f"{path}: is no file: give the path of a picture, such as slice.png")
    try:
        pixels = _of_32_bits(path)
        if pixels is None:
            pixels = image.imread(path)
    except ConfigError:
        raise
    except Exception as error:  # whatever a reader of pictures meets in a file that is none
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(
            f"{path}: cannot be read as a picture: {reason}: save it as PNG"
        ) from None
    if pixels.ndim not in (2, 3) or min(pixels.shape[:2]) < 2:
        raise ConfigError(f"{path}: is no picture of two by two pixels or more")
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise ConfigError(
            f"{path}: has more than {MOST_PIXELS:.0e} pixels: crop it or scale it down"
        )
    full = np.iinfo(pixels.dtype).max if np.issubdtype(pixels.dtype, np.integer) else 1
    grey = pixels.astype(np.float64) / full
    if grey.ndim == 3:
        colours = grey.shape[2]
        grey = grey[..., :3] @ np.array(LUMINANCE) if colours >= 3 else grey[..., 0]
    flipped: FloatArray = grey[::-1]
    return flipped


def _of_32_bits(path: Path) -> npt.NDArray[Any] | None:
    """Pixels of 32 bits, which a conversion to colours would cut off; None: they have fewer.

    Raises:
        ConfigError: they are neither floats from 0 to 1 nor whole numbers from 0 to 255.
    """
    from PIL import Image

    with Image.open(path) as picture:
        if picture.mode not in ("F", "I") or picture.format == "PNG":
            return None
        pixels = np.asarray(picture)
    full = 1 if picture.mode == "F" else np.iinfo(np.uint8).max
    least, most = float(pixels.min()), float(pixels.max())  # NaN, if there is one
    if not 0 <= least <= most <= full:
        raise ConfigError(
            f"{path}: has numbers of 32 bits from {least:g} to {most:g}, which are no grey "
            "values: save it with 8 or 16 bits a pixel"
        )
    return pixels if picture.mode == "F" else pixels.astype(np.uint8)
