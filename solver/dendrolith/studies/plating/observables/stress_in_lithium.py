"""Stress in lithium, stack pressure, and the parts of the elastic force on lithium."""

from __future__ import annotations

import numpy as np

from dendrolith.core.parallel import global_max, global_sum, global_sums, integral
from dendrolith.fields.connected import LITHIUM
from dendrolith.observables.base import Moment, Observable
from dendrolith.observables.context import Scene
from dendrolith.observables.integrals import Integrals
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.nodal_stress import UNITS
from dendrolith.studies.plating.schema import Config


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

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        elastic = scene.cell.config.elasticity
        assert scene.stress is not None
        assert elastic is not None
        self._stress, self._yield = scene.stress, elastic.yield_strength
        cell, mechanics = scene.cell, scene.cell.mechanics
        assert mechanics is not None
        self._integrals = Integrals(
            cell.cell_mesh.mesh,
            [mechanics.pressure_along_x, mechanics.interface, *mechanics.force_parts.values()],
            cell.dx,
        )
        self._values: tuple[float, ...] = ()
        self._integrated = -1

    @classmethod
    def applies(cls, config: Config) -> bool:
        """Only with elasticity."""
        return config.elasticity is not None

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Two stresses [Pa], strain [1], part beyond yield [1], pressure [Pa], forces [J/m³]."""
        return (*self._in_lithium(moment), *self._of_the_cell(moment.cell))

    def _in_lithium(self, moment: Moment) -> tuple[float, ...]:
        owned, volume = self.scene.finder.owned, self.scene.finder.volume
        lithium = moment.cell.state.xi_stressed.x.array[:owned] > LITHIUM
        pressure, von_mises, strain = (
            self._stress.fields[name].x.array[:owned][lithium] for name in UNITS
        )
        comm, volume = moment.cell.cell_mesh.comm, volume[lithium]
        total, strained, beyond = global_sums(
            comm, np.array([volume.sum(), volume @ strain, volume[von_mises > self._yield].sum()])
        )
        largest = (global_max(comm, pressure), global_max(comm, von_mises))
        if total == 0:
            return 0.0, 0.0, 0.0, 0.0  # no lithium, no stress in it
        return (*largest, float(strained / total), float(beyond / total))

    def _of_the_cell(self, cell: Cell) -> tuple[float, ...]:
        """Stack pressure and parts of the force, integrated when the stress is a new one."""
        mechanics = cell.mechanics
        assert mechanics is not None
        if self._integrated != mechanics.solved:
            self._integrated = mechanics.solved
            pressure, surface, *forces = self._integrals()
            self._values = (
                pressure / _volume(cell),
                *(float(force / surface) if surface > 0 else 0.0 for force in forces),
            )
        return self._values


def stack_pressure(cell: Cell) -> float:
    """Mean traction on the right side [Pa], compression positive.

    The nodal reactions summed: with the virtual displacement x/L they are −∫σ_xx/(L A).
    """
    assert cell.mechanics is not None
    return integral(cell.mechanics.mean_stress) / _volume(cell)


def _volume(cell: Cell) -> float:
    return global_sum(cell.cell_mesh.comm, float(np.sum(cell.nodal_volume.array)))
