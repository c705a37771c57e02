"""Critical currents as they are known: exactly, within a step of a ramp, or not reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dendrolith.networks.graph import BoolArray, FloatArray

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Observations:
    """Critical currents with their uncertainty; equal ones may be counted together.

    Attributes:
        lower, upper: (n,) bounds: equal where a current is known exactly, `upper` infinite where no
            short circuit came up to `lower`. All in one unit, and above 0 but for lower bounds.
        area: (n,) area of the electrode over the reference area.
        count: (n,) specimens that a row stands for.
    """

    lower: FloatArray
    upper: FloatArray
    area: FloatArray
    count: FloatArray

    @property
    def failed(self) -> BoolArray:
        """(n,) rows with a short circuit."""
        return np.isfinite(self.upper)

    @property
    def exact(self) -> BoolArray:
        """(n,) rows whose current is a number."""
        return np.asarray(self.lower == self.upper)

    @property
    def stepped(self) -> bool:
        """Some failures are known to a step only."""
        return bool(np.any(self.failed & ~self.exact))

    @property
    def total(self) -> float:
        """Number of specimens."""
        return float(self.count.sum())

    @property
    def failures(self) -> float:
        """Number of specimens with a short circuit."""
        return float(self.count[self.failed].sum())

    def per_specimen(self, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """(total,) values (n,) of the rows, each as often as its row counts."""
        return np.repeat(values, self.count.astype(int))

    @property
    def middle(self) -> FloatArray:
        """(n,) a number for each row: the middle of its interval, or where the test ended."""
        return np.where(self.failed, 0.5 * (self.lower + self.upper), self.lower)


def observations(
    lower: FloatArray, upper: FloatArray | None = None, area: FloatArray | None = None
) -> Observations:
    """Rows of a table, equal ones together.

    Args:
        lower: (n,) as in `Observations`.
        upper: (n,) as there; without it all are exact.
        area: (n,) over the reference area (absent: 1).
    """
    lower = np.asarray(lower, dtype=float)
    upper = lower if upper is None else np.asarray(upper, dtype=float)
    area = np.ones(lower.size) if area is None else np.asarray(area, dtype=float)
    rows, count = np.unique(np.column_stack([lower, upper, area]), axis=0, return_counts=True)
    return Observations(rows[:, 0], rows[:, 1], rows[:, 2], count.astype(float))


def in_steps(data: Observations, width: float) -> Observations:
    """Observations whose exact currents are known to a step of ln J: many of them are one row.

    Args:
        data: the currents.
        width: of the steps.
    """
    step = np.floor(np.log(np.where(data.exact, data.lower, 1.0)) / width)
    lower = np.where(data.exact, np.exp(width * step), data.lower)
    upper = np.where(data.exact, np.exp(width * (step + 1)), data.upper)
    rows, place = np.unique(np.column_stack([lower, upper, data.area]), axis=0, return_inverse=True)
    count = np.bincount(place.ravel(), data.count).astype(float)
    return Observations(rows[:, 0], rows[:, 1], rows[:, 2], count)


def distribution_function(data: Observations) -> tuple[FloatArray, FloatArray]:
    """Kaplan–Meier: failure probability after each current at which something failed.

    Returns:
        (currents, probabilities); an interval counts at its upper end.
    """
    when = np.where(data.failed, data.upper, data.lower)
    order = np.lexsort((~data.failed, when))
    count, failed, when = data.count[order], data.failed[order], when[order]
    at_risk = count[::-1].cumsum()[::-1]
    survival = np.cumprod(1.0 - np.where(failed, count, 0.0) / at_risk)
    last = np.append(np.flatnonzero(np.diff(when)), when.size - 1)
    shown = last[np.diff(np.append(1.0, survival[last])) < 0]
    return when[shown], 1.0 - survival[shown]
