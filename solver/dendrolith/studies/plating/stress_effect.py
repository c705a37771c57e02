"""What stress has to do with the rate of lithium: that says when to solve for it again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import global_sum
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.kept_vector import KeptVector
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]


class StressEffect:
    """Share of the rate that stress makes, and how far fronts are from where it was solved.

        share     [Σ L_ξ|∫χ_m ∂f_elas/∂ξ v| + Σ V|r|(F|η_stress|/RT + |1 − i₀(P_m)/i₀|)] / Σ V|r|
        distance  Σ V|ξ − ξ_stressed| / Σ V 4ξ(1 − ξ), in interface widths, the mean of all fronts

    Args:
        laws: of the cell, those of the stress added.
        volume: V of each node [m³, in 2-D m²].
        xi: the lithium for which stress is asked.
        forces: ∫χ_m ∂f_elas/∂ξ v; empty: stress drives no lithium.
    """

    def __init__(
        self, laws: Laws, volume: PETSc.Vec, xi: fem.Function, forces: Sequence[KeptVector]
    ) -> None:
        self._laws, self._volume, self._xi, f = laws, volume.array.copy(), xi, laws.f
        self._comm = f.state.domain.comm
        self._forces = forces
        per_volt = FARADAY / (GAS_CONSTANT * laws.kinetics.temperature)
        on_reaction: list[Expr] = [abs(per_volt * shift) for shift in laws.overpotentials]
        on_reaction += [abs(1 - factor) for factor in laws.exchange_factors]
        points = compat.interpolation_points(f.scalar_space)
        self._on_reaction = [fem.Expression(effect, points) for effect in on_reaction]
        self._nodal = fem.Function(f.scalar_space)

    def share(self) -> float:
        """Of the last rate, by the present stress [1] (collective); 1 where nothing has moved."""
        f, owned = self._laws.f, len(self._volume)
        moved = self._volume * np.abs(f.rate.x.array[:owned])
        made = 0.0
        for force in self._forces:
            made += in_numbers(self._laws.lithium).L_xi * self._sum(np.abs(force().array_r))
        for effect in self._on_reaction:
            compat.interpolate(self._nodal, effect)
            made += self._sum(moved * self._nodal.x.array[:owned])
        total = self._sum(moved)
        return made / total if total > 0 else 1.0

    def distance(self) -> float:
        """Of all fronts from where stress was solved, in interface widths (collective)."""
        away = np.abs(self._xi.x.array - self._laws.f.xi_stressed.x.array)[: len(self._volume)]
        return self._sum(self._volume * away) / self._fronts()

    def speed(self) -> float:
        """Of all fronts, in interface widths [1/s] (collective)."""
        rate = self._laws.f.rate.x.array[: len(self._volume)]
        return self._sum(self._volume * np.abs(rate)) / self._fronts()

    def _fronts(self) -> float:
        """Σ V 4ξ(1 − ξ): area of all fronts times δ [m³, in 2-D m²]."""
        xi = np.clip(self._xi.x.array[: len(self._volume)], 0.0, 1.0)
        return max(self._sum(self._volume * 4 * xi * (1 - xi)), np.finfo(float).tiny)

    def _sum(self, values: FloatArray) -> float:
        return global_sum(self._comm, float(values.sum()))
