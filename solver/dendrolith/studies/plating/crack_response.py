"""What pressures in cracks do to the displacement, at one stiffness: it is linear in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import all_agree
from dendrolith.fields.state import owned_values, set_owned_values
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.openings import Openings
from dendrolith.studies.plating.stress import Stress

FloatArray = npt.NDArray[np.float64]
Sums = Callable[[FloatArray], FloatArray]  # of nodal values outside of segments, and in each


class CrackResponse:
    """Displacement without pressure and by a unit of each, kept until the stiffness changes.

    Args:
        u: displacement.
        nodes: of cracks.
        openings: pressure and segments.
        stiffness: fields that the stiffness depends on, beside the lithium of the last solve.
        unit: pressure that it is found with [Pa].

    Attributes:
        at_rest: (n,) V⁰ [m³, in 2-D m²].
        compliance: (n, n) C [m³/Pa, in 2-D m²/Pa].
    """

    def __init__(
        self,
        u: fem.Function,
        nodes: CrackNodes,
        openings: Openings,
        stiffness: list[fem.Function],
        unit: float,
    ) -> None:
        self._u, self._nodes, self._openings, self._unit = u, nodes, openings, unit
        self._fields = [*stiffness, openings.segment]
        self._rest: FloatArray = u.x.array.copy()
        self._units: list[FloatArray] = []
        self._made_with: FloatArray = np.zeros(0)
        self._solved = -1
        self.at_rest: FloatArray = np.zeros(0)
        self.compliance: FloatArray = np.zeros((0, 0))

    def find(self, stress: Stress, count: int, sums: Sums) -> None:
        """Find it for `count` segments where it is not known (collective).

        Raises:
            SolverDiverged: a solve failed.
        """
        if self._is_known(stress, count):
            return
        u, pressure = self._u.x.array, self._openings.pressure.x.array
        label = self._openings.number()
        pressure[:], u[:] = 0.0, self._rest
        stress.solve()
        self._rest, guesses = u.copy(), self._units
        self._units = []
        for k in range(1, count + 1):
            pressure[:] = np.where(label == k, self._unit, 0.0)
            u[:] = self._rest + (self._unit * guesses[k - 1] if k <= len(guesses) else 0.0)
            stress.solve(other_load_alone=True)
            self._units.append((u - self._rest) / self._unit)
        self._made_with = self._stiffness()
        self.settle(stress)
        self._measure(sums)

    def settle(self, stress: Stress) -> None:
        """The stress at the nodes is that of the present displacement."""
        self._solved = stress.mechanics.solved

    def forget(self) -> None:
        """The lithium of the last solve is another one."""
        self._solved = -1

    def apply(self, pressures: FloatArray) -> None:
        """Put the displacement of these pressures [Pa] into u."""
        u = self._u.x.array
        u[:] = self._rest
        for p, unit in zip(pressures, self._units, strict=True):
            u += p * unit

    def _is_known(self, stress: Stress, count: int) -> bool:
        same = self._solved == stress.mechanics.solved and len(self._units) == count
        same = same and np.array_equal(self._stiffness(), self._made_with)
        return all_agree(self._u.function_space.mesh.comm, same)

    def _stiffness(self) -> FloatArray:
        return np.concatenate([field.x.array for field in self._fields])

    def _measure(self, sums: Sums) -> None:
        """V⁰ and C of these displacements."""
        u = self._u.x.array
        present = u.copy()
        u[:] = self._rest
        self.at_rest = sums(self._nodes.openings())[1:]
        self.compliance = np.zeros((len(self._units),) * 2)
        for k, unit in enumerate(self._units):
            u[:] = unit
            self.compliance[:, k] = sums(self._nodes.openings())[1:]
        u[:] = present

    def save(self) -> CheckpointData:
        """The displacements."""
        u, present, kept = self._u, self._u.x.array.copy(), {}
        named = {"rest": self._rest, **{f"unit{k}": unit for k, unit in enumerate(self._units)}}
        for name, values in named.items():
            u.x.array[:] = values
            kept[name] = owned_values(u)
        u.x.array[:] = present
        return CheckpointData({"units": len(self._units)}, kept)

    def restore(self, data: CheckpointData, stress: Stress, sums: Sums) -> None:
        """Take them back; fields of the state are restored already (collective)."""
        u, present, found = self._u, self._u.x.array.copy(), []
        for name in ["rest", *(f"unit{k}" for k in range(data.numbers["units"]))]:
            set_owned_values(u, data.nodal[name])
            found.append(u.x.array.copy())
        u.x.array[:] = present
        self._rest, *self._units = found
        self._made_with = self._stiffness()
        self.settle(stress)
        self._measure(sums)
