"""Which stage of a soft short a cell is in, by two rates.

    r = (dense lithium that forms)/(current),   dV/dt
    III  r < −0.05 and dV/dt < 0        IV  r ≥ 0, after III
    I    r > 0.9, before II             II  else
    V    it is discharged               rest  no current

A stage is left 0.05 behind the limit at which it began. Source: the stages that Huang et al. 2024
(10.1021/acsenergylett.4c00704) name in voltage and pressure; the limits are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

ONE, TWO, THREE, FOUR, DISCHARGE, REST = "I", "II", "III", "IV", "V", "rest"
UNSURE = "not sure"
NUMBERS = {REST: 0, ONE: 1, TWO: 2, THREE: 3, FOUR: 4, DISCHARGE: 5, UNSURE: -1}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of r, and what a stage is left behind them by [1]."""

    clean: float = 0.9
    falling: float = -0.05
    hysteresis: float = 0.05

    def scaled(self, factor: float) -> Limits:
        """All distances, of r from 1 or from 0, times a factor."""
        clean = 1 - factor * (1 - self.clean)
        return Limits(clean, factor * self.falling, factor * self.hysteresis)


class StageRule:
    """The rule; it keeps the stages that this charge has had.

    Args:
        limits: of r.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._now, self._fell = REST, False

    def next(self, ratio: float, rate: float, current: float) -> str:
        """The stage of the next sample.

        Args:
            ratio: r [1]; NaN keeps the stage.
            rate: dV/dt [V/s].
            current: of the cell, positive when it is charged, in any unit.
        """
        if current == 0:
            return REST
        if current < 0:
            self._now, self._fell = DISCHARGE, False
            return DISCHARGE
        if self._now in (DISCHARGE, REST):
            self._now, self._fell = ONE, False
        if math.isfinite(ratio):
            self._now = self._charging(ratio, rate)
        return self._now

    def _charging(self, ratio: float, rate: float) -> str:
        limits, now = self._limits, self._now
        if ratio < limits.falling and rate < 0:
            self._fell = True
            return THREE
        if self._fell:
            if now == THREE:
                return THREE if ratio < limits.falling + limits.hysteresis else FOUR
            return FOUR
        if now == ONE and ratio > limits.clean - limits.hysteresis:
            return ONE
        return TWO

    def save(self) -> dict[str, Any]:
        """What it keeps."""
        return {"now": self._now, "fell": self._fell}

    def restore(self, kept: dict[str, Any]) -> None:
        """Take it back."""
        self._now, self._fell = kept["now"], kept["fell"]
