"""Random numbers at the nodes, drawn anew in every step."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.domain.domain import Domain
from dendrolith.fields.random_numbers import NodalRandomNumbers
from dendrolith.schemes.block import NOTHING, Block
from dendrolith.schemes.report import Report


class RandomField(Block):
    """Puts a standard normal number over √(V_i Δt) into a nodal field, in every step.

    Args:
        domain: the mesh.
        zeta: scalar P1 function that receives the numbers [1/√(m³ s), in 2-D 1/√(m² s)].
        seed: of the numbers.
        volume: of each node [m³, in 2-D m²].
    """

    name = "seeded numbers"

    def __init__(self, domain: Domain, zeta: fem.Function, seed: int, volume: PETSc.Vec) -> None:
        self._zeta, self._step = zeta, 0
        self._numbers = NodalRandomNumbers(domain, zeta.function_space, seed)
        nodal = fem.Function(zeta.function_space)
        nodal.x.array[: volume.getLocalSize()] = volume.array
        nodal.x.scatter_forward()
        self._per_node = np.sqrt(nodal.x.array)

    def advance(self, dt: float) -> Report:
        """Draw the numbers of the step."""
        self._zeta.x.array[:] = self._numbers.draw(self._step) / (self._per_node * np.sqrt(dt))
        return NOTHING

    def accept(self) -> None:
        """The next step draws new numbers."""
        self._step += 1

    def save(self) -> CheckpointData:
        """Which numbers come next."""
        return CheckpointData(numbers={"step": self._step})

    def restore(self, data: CheckpointData) -> None:
        """Go on from there."""
        self._step = data.numbers["step"]
