"""The fields of a cell, now and at the last accepted step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.checkpoint_data import Memory
from dendrolith.domain.domain import Domain

ELECTRONIC, IONIC, CONCENTRATION = 0, 1, 2  # components of `State.phi`


class State:
    """All unknowns on P1 elements; `accept` and `reject` move between steps.

    Attributes:
        components: of `phi`: 2, or 3 in a binary electrolyte.
        xi, rho: order parameters [1].
        phi: (φ_el, φ_ion[, c]): potentials relative to the collector [V] and concentration [1].
        c_old: concentration at the last accepted step [1].
        u: displacement [m].
        xi_stressed, rho_stressed: ξ and ρ for which `u` was solved; stress and elastic driving
            force use these three together [1].
        pressure: nodal P_m of that stress [Pa].
        xi_initial: ξ at the start of the run [1].
        zeta: white noise of the step, a standard normal number over √(V_i Δt) [1/√(m³ s)].
        potential_free_rate: part of r that does not depend on the potentials [1/s].
        rate, relaxation: ∂ξ/∂t of the step just taken, and its potential-free part [1/s].
        xi_middle: ξ at the middle of the step, for properties and rates [1].
    """

    def __init__(self, cell_mesh: Domain, *, binary: bool = False) -> None:
        domain = cell_mesh.mesh
        self.components = 3 if binary else 2
        self.scalar_space = fem.functionspace(domain, ("Lagrange", 1))
        self.potential_space = fem.functionspace(domain, ("Lagrange", 1, (self.components,)))
        self.vector_space = fem.functionspace(domain, ("Lagrange", 1, (domain.geometry.dim,)))
        self.xi = self._nodal("xi")
        self.rho = self._nodal("rho")
        self.phi = fem.Function(self.potential_space, name="phi")
        self.c_old = self._nodal("c_old")
        self.u = fem.Function(self.vector_space, name="u")
        self.xi_stressed, self.rho_stressed = (
            self._nodal("xi_stressed"),
            self._nodal("rho_stressed"),
        )
        self.pressure = self._nodal("pressure")
        self.xi_initial = self._nodal("xi_initial")
        self.zeta = self._nodal("zeta")
        self.potential_free_rate = self._nodal("potential_free_rate")
        self.rate, self.relaxation = self._nodal("rate"), self._nodal("relaxation")
        self.xi_middle = self._nodal("xi_middle")
        if binary:
            self.component(CONCENTRATION)[:] = 1.0
        self._kept = (
            self.xi, self.rho, self.phi, self.u, self.xi_stressed, self.rho_stressed,
            self.xi_initial, self.rate, self.relaxation,
        )  # fmt: skip
        self._evolving = (
            self.xi, self.rho, self.phi, self.u, self.xi_stressed, self.rho_stressed,
            self.potential_free_rate, self.rate, self.relaxation,
        )  # fmt: skip
        self._accepted = [f.x.array.copy() for f in self._evolving]

    def _nodal(self, name: str) -> fem.Function:
        return fem.Function(self.scalar_space, name=name)

    @property
    def binary(self) -> bool:
        """Is there a concentration?"""
        return self.components > CONCENTRATION

    def component(self, kind: int) -> npt.NDArray[np.float64]:
        """Nodal values of one component of `phi` on this rank, ghosts included; a view."""
        values: npt.NDArray[np.float64] = self.phi.x.array[kind :: self.components]
        return values

    def start(self) -> None:
        """Make the current fields the beginning of a run (collective)."""
        # a vectorised tanh may differ in its last digit between a node and its ghost
        for function in (self.xi, self.rho):
            function.x.scatter_forward()
        self.xi_initial.x.array[:] = self.xi_middle.x.array[:] = self.xi.x.array
        self.rho_stressed.x.array[:] = self.rho.x.array
        self.accept()

    def stay(self) -> None:
        """Take the middle of the step for its beginning."""
        self.xi_middle.x.array[:] = self.xi.x.array
        self.rate.x.array[:] = self.relaxation.x.array[:] = 0.0

    def forget_rates(self) -> None:
        """What drives the cell has changed: the last step says nothing of the next."""
        for function in (self.rate, self.relaxation):
            self._accepted[self._evolving.index(function)][:] = 0.0
            function.x.array[:] = 0.0

    def remember(self) -> Memory:
        """The fields of the last accepted step; what a step computes before use is left out."""
        return Memory(nodal={function.name: owned_values(function) for function in self._kept})

    def recall(self, memory: Memory) -> None:
        """Take the fields back (collective)."""
        for function in self._kept:
            set_owned_values(function, memory.nodal[function.name])
        self.accept()

    def accept(self) -> None:
        """Make the current fields the state that a failed step returns to."""
        if self.binary:
            self.c_old.x.array[:] = self.component(CONCENTRATION)
        for function, accepted in zip(self._evolving, self._accepted, strict=True):
            accepted[:] = function.x.array

    def reject(self) -> None:
        """Return every field, ghosts included, to the last accepted step; not the pressure."""
        for function, accepted in zip(self._evolving, self._accepted, strict=True):
            function.x.array[:] = accepted


def owned_values(function: fem.Function) -> npt.NDArray[np.float64]:
    """(n_owned, components) copy of the nodal values that this rank owns."""
    dofmap = function.function_space.dofmap
    size = dofmap.index_map_bs
    owned: npt.NDArray[np.float64] = function.x.array[: dofmap.index_map.size_local * size]
    return owned.reshape(-1, size).copy()


def set_owned_values(function: fem.Function, values: npt.NDArray[np.float64]) -> None:
    """Set the nodal values of all ranks, each its own; ghosts follow (collective)."""
    function.x.array[: values.size] = values.reshape(-1)
    function.x.scatter_forward()
