"""Stress in lithium, and stack pressure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from dendrolith.core.parallel import global_max, global_sum, global_sums, integral
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.mechanics import Mechanics
from dendrolith.studies.plating.nodal_stress import UNITS, NodalStress
from dendrolith.studies.plating.pieces import LITHIUM

FloatArray = npt.NDArray[np.float64]


class StressInLithium(Observable):
    """Stress and strain where ξ > ½, stack pressure.

    ξ is that of the last solve for the stress: what became lithium since then still carries the
    stress of stiff electrolyte. Elasticity is linear: `beyond_yield` is the part of the lithium
    whose von Mises stress is above the yield strength of the input. The volume strain is the mean
    over the lithium. The stack pressure is an outcome where the gap is fixed.
    """

    columns = (
        "pressure_in_lithium [Pa]",
        "von_mises_in_lithium [Pa]",
        "volume_strain_in_lithium [1]",
        "beyond_yield [1]",
        "stack_pressure [Pa]",
    )

    def __init__(
        self,
        f: PlatingFields,
        mechanics: Mechanics,
        nodal: NodalStress,
        volume: FloatArray,
        stack_pressure: Callable[[], float],
    ) -> None:
        self._stack_pressure = stack_pressure
        self._f, self._mechanics, self._stress, self._volume = f, mechanics, nodal, volume
        self._yield, self._comm = mechanics.chosen.yield_strength, f.state.domain.comm
        self._along_x_mean, self._integrated = 0.0, -1

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Two stresses [Pa], volume strain [1], part beyond yield [1], stack pressure [Pa]."""
        return (*self._in_lithium(), self._of_the_cell())

    def _in_lithium(self) -> tuple[float, ...]:
        owned = len(self._volume)
        lithium = self._f.xi_stressed.x.array[:owned] > LITHIUM
        pressure, von_mises, strain = (
            self._stress.fields[name].x.array[:owned][lithium] for name in UNITS
        )
        volume, comm = self._volume[lithium], self._comm
        beyond_yield = volume[von_mises > self._yield].sum()
        total, strained, beyond = global_sums(
            comm, np.array([volume.sum(), volume @ strain, beyond_yield])
        )
        largest = (global_max(comm, pressure), global_max(comm, von_mises))
        if total == 0:
            return 0.0, 0.0, 0.0, 0.0  # no lithium, no stress in it
        return (*largest, float(strained / total), float(beyond / total))

    def _of_the_cell(self) -> float:
        """Stack pressure [Pa], integrated when the stress is a new one.

        With a fixed gap it is that of the present lithium, in every step.
        """
        if self._mechanics.fixed_gap:
            return self._stack_pressure()
        if self._integrated != self._mechanics.solved:
            self._integrated = self._mechanics.solved
            whole = global_sum(self._comm, float(np.sum(self._volume)))
            self._along_x_mean = integral(self._mechanics.mean_stress) / whole
        return self._along_x_mean
