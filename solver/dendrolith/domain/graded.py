"""A box whose rows of cells are not equally high: fine where it matters."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # an input is read before DOLFINx is loaded
    from dendrolith.domain.domain import Domain

FloatArray = npt.NDArray[np.float64]

COARSENING = 1.2  # height of a row over that of its neighbour nearer to the band


def banded(extent: float, size: float, band: float | None) -> FloatArray:
    """(n + 1,) places of the rows' ends from 0 to `extent`: a middle row, mirror images around it.

    Args:
        extent: length of the axis [m].
        size: of a row in the band [m].
        band: half the height of the band [m]; None: all rows are equal.
    """
    half = extent / 2
    if band is None or band + size >= half:
        return np.linspace(0, extent, 2 * round((extent / size - 1) / 2) + 2)
    fine = size * (np.arange(round(band / size) + 1) + 0.5)
    left, growth = half - fine[-1], COARSENING
    rows = max(1, round(np.log1p(left / size * (growth - 1) / growth) / np.log(growth)))
    coarse = np.cumsum(growth ** np.arange(1, rows + 1))
    above = np.concatenate([fine, fine[-1] + left * coarse / coarse[-1]])
    return np.concatenate([half - above[::-1], half + above])


def move_rows(domain: Domain, axis: int, places: FloatArray) -> Domain:
    """Move the nodes of a box with equal rows along an axis to `places` (n + 1,) [m]."""
    x = domain.mesh.geometry.x
    row = np.rint(x[:, axis] / places[-1] * (len(places) - 1)).astype(np.int64)
    x[:, axis] = places[row]
    return dataclasses.replace(domain, structured=False)
