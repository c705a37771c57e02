"""How long a crack is dry before its lithium comes, in a run of a plating cell with cracks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Window:
    """A place that a crack and its lithium come to.

    Attributes:
        place: its distance from the foil [m].
        crack, lithium: first time that each is there [s]; inf where it is not.
    """

    place: float
    crack: float
    lithium: float

    @property
    def length(self) -> float:
        """Time in which it is broken and without lithium [s]; nan where the crack is not."""
        if math.isinf(self.crack):
            return math.nan
        return max(self.lithium - self.crack, 0.0)


def windows(series: Mapping[str, FloatArray], places: Sequence[float]) -> list[Window]:
    """Windows at places, to the output of a step.

    Args:
        series: columns ``time``, ``crack_tip`` and ``tip_height``, (n,) each [s, m, m]. The tip of
            lithium is where ξ = ½, on lithium that holds on to the foil.
        places: distances from the foil [m].
    """
    return [
        Window(place, *(_first(series, name, place) for name in ("crack_tip", "tip_height")))
        for place in places
    ]


def _first(series: Mapping[str, FloatArray], name: str, place: float) -> float:
    """First time at which a column is `place` [m] or more; inf: never."""
    there = np.flatnonzero(series[name] >= place * (1 - 1e-9))
    return float(series["time"][there[0]]) if len(there) else math.inf


def speed(series: Mapping[str, FloatArray], begin: float, end: float) -> float:
    """Mean speed of lithium's tip between two places [m/s]; nan where it does not come there."""
    since, until = (_first(series, "tip_height", place) for place in (begin, end))
    return (end - begin) / (until - since) if math.isfinite(until) and until > since else math.nan
