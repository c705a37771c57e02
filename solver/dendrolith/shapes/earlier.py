"""What an earlier run has left in its electrolyte: turned, and put into another cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.interpolate import LinearNDInterpolator

from dendrolith.core.declare import file, quantity
from dendrolith.core.sections import Section

FloatArray = npt.NDArray[np.float64]

EARLIER = (
    "is no key; lithium that a run has left: earlier_lithium: {file: ..., cut: ..., turn: 90 deg}"
)


@dataclass(frozen=True, slots=True)
class EarlierLithium(Section):
    """Lithium and cracks in the electrolyte of an earlier run; its foil is taken off."""

    refused_keys: ClassVar[Mapping[str, str]] = {
        "rotate": "is no key; use turn, as turn: 90 deg",
        "from_run": "is no key; use file, which dendrolith.open_run(RUN).save_fields writes",
    }

    file: str = file("fields of that run, as dendrolith.open_run(RUN).save_fields writes them")
    cut: float = quantity("m", "what lay left of this in that run is left out: its foil", above=0)
    turn: float = quantity(
        "rad", "by which the electrolyte of that run is turned about its middle", default=0.0
    )


def turned(
    chosen: EarlierLithium,
    points: FloatArray,
    values: FloatArray,
    middle: tuple[float, float],
    x: FloatArray,
) -> FloatArray:
    """Values (n, k) at points x (2 or 3, n) of the new cell; 0 where the earlier one has none.

    Args:
        chosen: how they are cut and turned.
        points: (m, 3) of the earlier cell, in a plane [m].
        values: (m, k) there, of k fields.
        middle: where the middle of what is kept comes to lie [m].
        x: points of the new cell [m].
    """
    low = np.array([chosen.cut, points[:, 1].min()])
    high = points[:, :2].max(axis=0)
    cosine, sine = math.cos(chosen.turn), math.sin(chosen.turn)
    apart = x[:2] - np.array(middle)[:, None]
    back = np.array([[cosine, sine], [-sine, cosine]]) @ apart + ((low + high) / 2)[:, None]
    near = 1e-9 * float((high - low).max())
    inside = np.all((back >= low[:, None] - near) & (back <= high[:, None] + near), axis=0)
    found: FloatArray = np.zeros((x.shape[1], values.shape[1]))
    at = np.clip(back[:, inside], low[:, None], high[:, None])
    found[inside] = LinearNDInterpolator(points[:, :2], values, fill_value=0.0)(at.T)
    return found
