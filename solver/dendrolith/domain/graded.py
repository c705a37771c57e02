"""A box whose columns or rows of cells are not equally wide: fine where it matters."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # an input is read before DOLFINx is loaded
    from dendrolith.domain.domain import Domain

FloatArray = npt.NDArray[np.float64]

COARSENING = 1.2  # width of a cell over that of its neighbour nearer to the band


def _numbers(length: float, size: float, band: float | None) -> tuple[int, int]:
    """Cells in the band, and wider ones beyond it; without the latter all are equal."""
    fine = 0 if band is None else round(band / size)
    left = length - fine * size
    if band is None or left <= size:
        return max(1, round(length / size)), 0
    # r + r² + … + rⁿ sizes are about what is left
    rows = np.log1p(left / size * (COARSENING - 1) / COARSENING) / np.log(COARSENING)
    return fine, max(1, round(rows))


def how_many(length: float, size: float, band: float | None) -> int:
    """Number of cells of `outwards`."""
    return sum(_numbers(length, size, band))


def outwards(length: float, size: float, band: float | None) -> FloatArray:
    """(n,) distances at which cells end that begin at 0, the last one `length` [m].

    Args:
        length: to be divided [m].
        size: of the cells in the band [m].
        band: from 0 on; beyond it cells become wider [m]. None: all cells are equal.
    """
    fine, coarse = _numbers(length, size, band)
    if not coarse:
        return length / fine * np.arange(1, fine + 1, dtype=np.float64)
    wider = np.cumsum(COARSENING ** np.arange(1.0, coarse + 1))
    left = length - fine * size
    return np.concatenate([size * np.arange(1, fine + 1), fine * size + left * wider / wider[-1]])


def move_nodes(domain: Domain, axis: int, places: FloatArray) -> Domain:
    """Move the nodes of a box with equal cells along an axis to `places` (n + 1,) [m]."""
    x = domain.mesh.geometry.x
    number = np.rint(x[:, axis] / places[-1] * (len(places) - 1)).astype(np.int64)
    x[:, axis] = places[number]
    return dataclasses.replace(domain, structured=False)
