"""A network of conductances whose potential follows each new one by a rank-one update.

    A = Σ g_ab (e_a − e_b)(e_a − e_b)ᵀ,   A φ = I
    A → A + g u uᵀ :   φ → φ − z g (uᵀφ)/(1 + g uᵀz),   z = A⁻¹u

A is factorised once; A⁻¹u is that of the first A corrected by all updates since (Sherman–Morrison).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from dendrolith.networks.graph import FloatArray, IntArray

GROUND = -1
ROOM = 64  # updates that memory is made for at a time


class Resistors:
    """Potentials of nodes under given currents.

    Args:
        size: number of nodes beside the ground, whose potential is 0.
        pairs: (k, 2) nodes that are joined; `GROUND` for the ground.
        conductances: (k,) [S/m, per depth].
        currents: (size,) fed into the nodes [A/m].

    Attributes:
        potential: (size,) [V].
    """

    def __init__(
        self, size: int, pairs: IntArray, conductances: FloatArray, currents: FloatArray
    ) -> None:
        first, second = pairs.T
        both = (first != GROUND) & (second != GROUND)
        one, two, g = first[both], second[both], conductances[both]
        alone = np.where(first == GROUND, second, first)[~both]
        rows = np.concatenate([one, two, one, two, alone])
        columns = np.concatenate([two, one, one, two, alone])
        values = np.concatenate([-g, -g, g, g, conductances[~both]])
        matrix = coo_array((values, (rows, columns)), shape=(size, size)).tocsc()
        self._solve = splu(
            matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
        ).solve
        self._directions: FloatArray = np.empty((size, ROOM), order="F")
        self._factors: FloatArray = np.empty(ROOM)
        self._number = 0
        self.potential: FloatArray = self._solve(currents)

    def join(self, first: int, second: int, conductance: float) -> None:
        """Join two nodes, or one to the `GROUND`."""
        jump = np.zeros(len(self.potential))
        jump[first] = 1.0
        drop = self.potential[first]
        if second != GROUND:
            jump[second] = -1.0
            drop -= self.potential[second]
        k, made = self._number, self._directions
        z: FloatArray = self._solve(jump)
        across = self._across(made[:, :k], first, second)
        z = z - made[:, :k] @ (self._factors[:k] * across)
        factor = conductance / (1.0 + conductance * self._across(z, first, second))
        if k == self._factors.size:
            more = np.empty_like(made)
            self._directions = made = np.asfortranarray(np.concatenate([made, more], axis=1))
            self._factors = np.concatenate([self._factors, np.empty_like(self._factors)])
        made[:, k], self._factors[k] = z, factor
        self._number = k + 1
        self.potential -= z * (factor * drop)

    @staticmethod
    def _across(values: FloatArray, first: int, second: int) -> FloatArray:
        difference = values[first] if second == GROUND else values[first] - values[second]
        return np.asarray(difference)
