"""Ionic access of the nodes, and whether the kinetics are bounded where lithium reacts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import global_max
from dendrolith.fields.bind import in_numbers
from dendrolith.physics.kinetics import EXPONENT_BOUND
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.schemes.block import Block
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]


class PoreAccess(Block):
    """Keeps a(ρ) at the nodes; pores that evolve `update` it.

    Attributes:
        values: (n_owned,) a(ρ) [1].
    """

    name = "access"

    def __init__(self, laws: Laws) -> None:
        space = laws.f.scalar_space
        self._owned = space.dofmap.index_map.size_local
        self._nodal = fem.Function(space)
        self._expression = fem.Expression(laws.access(), compat.interpolation_points(space))
        self.values: FloatArray = np.empty(0)
        self.update()

    def update(self) -> None:
        """Evaluate it at the present pores."""
        self._nodal.interpolate(self._expression)
        self.values = self._nodal.x.array[: self._owned].copy()

    def reject(self) -> None:
        """The pores are back at the last accepted step."""
        self.update()

    def restore(self, data: CheckpointData) -> None:
        """The pores are those of the checkpoint."""
        self.update()


class BoundedKinetics:
    """Tells whether the linear continuation of the exponentials is active at an interface."""

    def __init__(self, laws: Laws, access: PoreAccess) -> None:
        self._laws, self._access, space = laws, access, laws.f.scalar_space
        self._nodal, points = fem.Function(space), compat.interpolation_points(space)
        self._overpotential = fem.Expression(laws.overpotential(laws.f.phi), points)

    def active(self, cells: npt.NDArray[np.int32] | None = None) -> bool:
        """Is it active where lithium reacts (collective)?

        Args:
            cells: some that have all nodes that react; None: all cells.
        """
        f, kinetics = self._laws.f, in_numbers(self._laws.kinetics)
        threshold, access = in_numbers(self._laws.lithium).metal_threshold, self._access.values
        xi = f.xi.x.array[: access.size]
        reacting = (xi > threshold) & (xi < 1 - threshold) & (access > CLOSED_TO_LITHIUM)
        self._nodal.interpolate(self._overpotential, cells)
        eta = self._nodal.x.array[: access.size]
        alpha = max(kinetics.transfer_coefficient, 1 - kinetics.transfer_coefficient)
        exponent = alpha * FARADAY * np.abs(eta) / (GAS_CONSTANT * kinetics.temperature)
        return global_max(f.state.domain.comm, exponent[reacting]) > EXPONENT_BOUND
