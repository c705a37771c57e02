"""A curve through points that falls or rises with them and never in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class MonotoneCurve:
    """Piecewise cubic (PCHIP) through points; a call gives its value.

    Args:
        x: (n ≥ 2,) places, rising.
        y: (n,) values.
    """

    def __init__(self, x: Sequence[float], y: Sequence[float]) -> None:
        # half a second, which an input without such a curve need not wait for
        from scipy.interpolate import PchipInterpolator

        self._curve = PchipInterpolator(np.asarray(x), np.asarray(y))
        self._slope = self._curve.derivative()

    def __call__(self, x: Any) -> Any:
        """Value."""
        return self._curve(x)

    def slope(self, x: Any) -> Any:
        """Derivative."""
        return self._slope(x)
