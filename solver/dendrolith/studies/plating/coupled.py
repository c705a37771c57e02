"""All unknowns in one residual: lithium with the charge balances, implicit in time.

    F c_Li { ∂ξ/∂t / a + L_ξ μ_ξ(ξ) + L_η m′(ξ) B(η) } = 0        ±i = ±F ∂(c_Li m)/∂t
    ∂X/∂t = (a₀ X⁺ + a₁ X + a₂ X⁻)/Δt

with a₀, a₁, a₂ = 1, −1, 0 (backward Euler) or those of BDF2 with variable steps. Rows are currents,
as those of the balances. Stress, pores and noise are those found before the step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.constants import FARADAY
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.charge import ChargeBalance


class CoupledBalance:
    """Residual on (φ_el, φ_ion[, c], ξ).

    Attributes:
        balance: its forms; the unknown is `balance.unknown`.
        coefficients: a₀, a₁, a₂ of the time derivative.
        xi_old, xi_older: lithium at the last two accepted steps [1].
        c_older: concentration at the last but one [1].
        row_scale: a(ρ) for the rows of lithium, 1 for the others; undoes the division by a.
    """

    def __init__(self, cell: Cell) -> None:
        self._cell, state = cell, cell.state
        domain = cell.cell_mesh.mesh
        self.components = state.components + 1
        space = fem.functionspace(domain, ("Lagrange", 1, (self.components,)))
        unknown = fem.Function(space, name="coupled")
        self.xi_old, self.xi_older = (fem.Function(state.scalar_space) for _ in range(2))
        self.c_older = fem.Function(state.scalar_space)
        self.coefficients = [fem.Constant(domain, value) for value in (1.0, -1.0, 0.0)]
        content = cell.lithium.content
        xi = unknown[self.components - 1]
        self.balance = ChargeBalance(
            cell, unknown, xi=xi, more=self._lithium(unknown, xi),
            plating=FARADAY * self.derivative(
                content(xi), content(self.xi_old), content(self.xi_older)
            ),
            c_rate=lambda c: self.derivative(c, state.c_old, self.c_older),
        )  # fmt: skip
        self.row_scale = compat.create_vector(self.balance.residual)

    def derivative(self, new: Expr, old: Expr, older: Expr) -> Expr:
        """∂X/∂t from X at three times [X/s]."""
        a_0, a_1, a_2 = self.coefficients
        return (a_0 * new + a_1 * old + a_2 * older) / self._cell.dt

    def _lithium(self, unknown: fem.Function, xi: Expr) -> Expr:
        cell = self._cell
        test = ufl.TestFunction(unknown.function_space)
        v = test[self.components - 1]
        energy = cell.bulk_energy(xi) + cell.surface_energy(xi)
        access = ufl.max_value(cell.access(), CLOSED_TO_LITHIUM)
        rate = self.derivative(xi, self.xi_old, self.xi_older) / access
        reaction = cell.reaction_rate(xi, unknown, noise_at=self.xi_old)
        relaxation = ufl.derivative(energy, unknown, test) + cell.elastic_force(v)
        return (
            FARADAY * cell.lithium.c_Li * ((rate - reaction) * v * cell.nodes)
            + FARADAY * cell.lithium.c_Li * cell.lithium.L_xi * relaxation
        )

    def set_access(self, access: npt.NDArray[np.float64]) -> None:
        """Take a(ρ) at the owned nodes for the rows of lithium."""
        n = self.components
        self.row_scale.array[:] = 1.0
        self.row_scale.array[n - 1 :: n] = access.clip(CLOSED_TO_LITHIUM)

    def load(self) -> None:
        """Start from the fields of the state."""
        x, state = self.balance.unknown.x.array, self._cell.state
        for kind in range(state.components):
            x[kind :: self.components] = state.component(kind)
        x[state.components :: self.components] = state.xi.x.array

    def store(self) -> None:
        """Give the solution to the state."""
        x, state = self.balance.unknown.x.array, self._cell.state
        for kind in range(state.components):
            state.component(kind)[:] = x[kind :: self.components]
        state.xi.x.array[:] = x[state.components :: self.components]

    def shift(self, *, binary: bool) -> None:
        """Make the last accepted step the last but one, and the state the last."""
        self.xi_older.x.array[:] = self.xi_old.x.array
        self.xi_old.x.array[:] = self._cell.state.xi.x.array
        if binary:
            self.c_older.x.array[:] = self._cell.state.c_old.x.array
