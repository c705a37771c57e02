"""A stack pressure from a table: read once, then followed from step to step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.sections import present
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.stack_pressure import StackPressure
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.schema import Config
from dendrolith.traces.signals import read_pressure

if TYPE_CHECKING:  # an input is read before DOLFINx is loaded
    from dolfinx import fem

FloatArray = npt.NDArray[np.float64]

PRESSURE_TOLERANCE = 5e-3  # of the largest pressure: a change that is waited for


@dataclass(frozen=True, slots=True)
class Course:
    """A pressure over the time of a run.

    Attributes:
        time: (n ≥ 2,) rising, 0 at the start of the run [s].
        pressure: (n,) [Pa].
    """

    time: FloatArray
    pressure: FloatArray

    @property
    def largest(self) -> float:
        """Its largest value [Pa]."""
        return float(self.pressure.max())

    def __call__(self, time: float) -> float:
        """P at a time [s], in Pa."""
        return float(np.interp(time, self.time, self.pressure))


def read_course(chosen: StackPressure) -> Course:
    """The course of a table, from its start on.

    Raises:
        ConfigError: the table cannot be read.
    """
    time, pressure = read_pressure(Path(chosen.table))
    return Course(time - (time[0] if chosen.start is None else chosen.start), pressure)


def largest_pressure(config: Config) -> float:
    """Largest stack pressure that a run has [Pa]; 0 without one.

    Raises:
        ConfigError: it stands in a table that cannot be read.
    """
    courses = [read_course(chosen).largest for chosen in present(config, StackPressure)]
    constant = [elastic.pressure for elastic in present(config, Elasticity)]
    return max([*courses, *constant], default=0.0)


class FollowedPressure(Block):
    """Sets the pressure of a step to that in its middle.

    A pressure that differs from the set one by less than a part of the largest is not set: stress
    is solved anew for each.

    Args:
        pressure: of the laws [Pa].
        course: p(t).
        tolerance: that part.
    """

    name = "stack_pressure"

    def __init__(self, pressure: fem.Constant, course: Course, tolerance: float) -> None:
        self._pressure, self._course = pressure, course
        self._least = tolerance * course.largest
        self._time, self._passed = 0.0, 0.0
        pressure.value = self._accepted = course(0.0)

    def advance(self, dt: float) -> Report:
        """Set the pressure of a step of `dt` [s]."""
        self._passed = dt
        present = self._course(self._time + dt / 2)
        if abs(present - self._accepted) > self._least:
            self._pressure.value = present
        return Report()

    def accept(self) -> None:
        """Keep the attempted step."""
        self._time, self._passed = self._time + self._passed, 0.0
        self._accepted = float(self._pressure.value)

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self._passed, self._pressure.value = 0.0, self._accepted

    def save(self) -> CheckpointData:
        """Time and pressure."""
        return CheckpointData({"time": self._time, "pressure": self._accepted})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._time, self._accepted = data.numbers["time"], data.numbers["pressure"]
        self.reject()
