"""The fields of a cell, now and at the last accepted step."""

from __future__ import annotations

from dolfinx import fem

from dendritex.mesh.create import CellMesh

ELECTRONIC, IONIC = 0, 1  # components of `State.phi`


class State:
    """All unknowns on P1 elements; `accept` and `reject` move between steps.

    Attributes:
        xi, rho: order parameters [1].
        phi: (φ_el, φ_ion), components `ELECTRONIC` and `IONIC`, relative to the collector [V].
        u: displacement [m].
        xi_stressed: ξ for which `u` was solved; stress and elastic driving force use this pair [1].
        allen_cahn_rate: part of r that does not depend on the potentials [1/s].
        rate: r of the step just taken [1/s].
    """

    def __init__(self, cell_mesh: CellMesh) -> None:
        domain = cell_mesh.mesh
        self.scalar_space = fem.functionspace(domain, ("Lagrange", 1))
        self.potential_space = fem.functionspace(domain, ("Lagrange", 1, (2,)))
        self.vector_space = fem.functionspace(domain, ("Lagrange", 1, (domain.geometry.dim,)))
        self.xi = fem.Function(self.scalar_space, name="xi")
        self.rho = fem.Function(self.scalar_space, name="rho")
        self.phi = fem.Function(self.potential_space, name="phi")
        self.u = fem.Function(self.vector_space, name="u")
        self.xi_stressed = fem.Function(self.scalar_space, name="xi_stressed")
        self.allen_cahn_rate = fem.Function(self.scalar_space, name="allen_cahn_rate")
        self.rate = fem.Function(self.scalar_space, name="rate")
        self._evolving = (
            self.xi, self.phi, self.u, self.xi_stressed, self.allen_cahn_rate, self.rate,
        )  # fmt: skip
        self._accepted = [f.x.array.copy() for f in self._evolving]

    def accept(self) -> None:
        """Make the current fields the state that a failed step returns to."""
        for function, accepted in zip(self._evolving, self._accepted, strict=True):
            accepted[:] = function.x.array

    def reject(self) -> None:
        """Return every field, ghosts included, to the last accepted step."""
        for function, accepted in zip(self._evolving, self._accepted, strict=True):
            function.x.array[:] = accepted
