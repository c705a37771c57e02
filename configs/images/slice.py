"""Make pores.png, a picture that stands for a slice of a tomography: grey, blurred, with noise.

    python configs/images/slice.py configs/images/pores.png

It shows 60 µm × 48 µm of a solid electrolyte at four pixels a micrometre. Pores are dark and have
the irregular shapes of a smooth random field below a level. None touches an electrode, left and
right.
"""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image
from scipy import ndimage

ROWS, COLUMNS = 192, 240
PORE, SOLID = 70.0, 180.0  # grey values
POROSITY = 0.16
SIZE, BLUR, NOISE = 10.0, 1.2, 6.0  # of the random field and the edges [pixels], grey values
SMALLEST = 400  # pores below so many pixels are left out
FREE = 16  # columns without pores beside each electrode


def main(path: str) -> None:
    """Draw the picture and write it."""
    generator = np.random.default_rng(34)
    field = ndimage.gaussian_filter(generator.standard_normal((ROWS, COLUMNS)), SIZE)
    field[:, :FREE] = field[:, -FREE:] = field.max()
    pores = field < np.quantile(field[:, FREE:-FREE], POROSITY)
    label, count = ndimage.label(pores)
    sizes = ndimage.sum_labels(pores, label, np.arange(count + 1))
    pores &= sizes[label] > SMALLEST
    grey = ndimage.gaussian_filter(np.where(pores, PORE, SOLID), BLUR)
    grey += NOISE * generator.standard_normal(grey.shape)
    Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8)).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
