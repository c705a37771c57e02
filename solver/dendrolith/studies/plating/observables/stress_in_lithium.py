"""Stress in lithium, stack pressure, and the parts of the elastic force on lithium."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from dendrolith.core.parallel import global_max, global_sum, global_sums
from dendrolith.fields.measures import Measures
from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.integrals import Integrals
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.mechanics import Mechanics
from dendrolith.studies.plating.nodal_stress import UNITS, NodalStress
from dendrolith.studies.plating.pieces import LITHIUM

FloatArray = npt.NDArray[np.float64]


class StressInLithium(Observable):
    """Stress and strain where ξ > ½, stack pressure, parts of the elastic force.

    ξ is that of the last solve for the stress: what became lithium since then still carries the
    stress of stiff electrolyte. Elasticity is linear: `beyond_yield` is the part of the lithium
    whose von Mises stress is above the yield strength of the input. The volume strain is the mean
    over the lithium. The stack pressure is an outcome where the gap is fixed. The parts of the
    force are means over the surface of lithium of ∂f_elas/∂h, without χ_m: positive ones resist
    lithium.
    """

    columns = (
        "pressure_in_lithium [Pa]",
        "von_mises_in_lithium [Pa]",
        "volume_strain_in_lithium [1]",
        "beyond_yield [1]",
        "stack_pressure [Pa]",
        "force_by_eigenstrain [J/m^3]",
        "force_by_electrolyte_modulus [J/m^3]",
        "force_by_pore_modulus [J/m^3]",
    )

    def __init__(
        self,
        f: PlatingFields,
        mechanics: Mechanics,
        nodal: NodalStress,
        m: Measures,
        volume: FloatArray,
        stack_pressure: Callable[[], float],
    ) -> None:
        self._stack_pressure = stack_pressure
        self._f, self._mechanics, self._stress, self._volume = f, mechanics, nodal, volume
        self._yield, self._comm = mechanics.chosen.yield_strength, f.state.domain.comm
        self._integrals = Integrals(
            f.state.domain,
            [mechanics.pressure_along_x, mechanics.interface, *mechanics.force_parts.values()],
            m.dx,
        )
        self._values: tuple[float, ...] = ()
        self._integrated = -1

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Two stresses [Pa], strain [1], part beyond yield [1], pressure [Pa], forces [J/m³]."""
        return (*self._in_lithium(), *self._of_the_cell())

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

    def _of_the_cell(self) -> tuple[float, ...]:
        """Stack pressure and parts of the force, integrated when the stress is a new one.

        With a fixed gap the pressure is that of the present lithium, in every step.
        """
        if self._integrated != self._mechanics.solved:
            self._integrated = self._mechanics.solved
            pressure, surface, *forces = self._integrals()
            whole = global_sum(self._comm, float(np.sum(self._volume)))
            self._values = (
                pressure / whole,
                *(float(force / surface) if surface > 0 else 0.0 for force in forces),
            )
        if self._mechanics.fixed_gap:
            return (self._stack_pressure(), *self._values[1:])
        return self._values
