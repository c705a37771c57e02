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
from dendrolith.studies.plating.charge import ChargeBalance
from dendrolith.studies.plating.equations import Equations, equations
from dendrolith.studies.plating.model import Model


class CoupledBalance:
    """Residual on (φ_el, φ_ion[, c], ξ).

    Attributes:
        balance: its forms; the unknown is `balance.unknown`.
        coefficients: a₀, a₁, a₂ of the time derivative.
        xi_old, xi_older: lithium at the last two accepted steps [1].
        touching: lithium at the beginning of the attempted step: that of its contacts, also when
            currents are read after it is accepted [1].
        c_older: concentration at the last but one [1].
        row_scale: for the rows of lithium the mobility of the node, 1 for the others; undoes the
            division by a.
    """

    def __init__(self, model: Model) -> None:
        self._laws, self._f = model.laws, model.f
        f, mesh = model.f, model.domain.mesh
        self.components = f.components + 1
        space = fem.functionspace(mesh, ("Lagrange", 1, (self.components,)))
        unknown = fem.Function(space, name="coupled")
        self.xi_old, self.xi_older = (fem.Function(f.scalar_space) for _ in range(2))
        self.touching, self.c_older = (fem.Function(f.scalar_space) for _ in range(2))
        self.coefficients = [fem.Constant(mesh, value) for value in (1.0, -1.0, 0.0)]
        content = model.laws.lithium.content
        xi = unknown[self.components - 1]
        plated = self.derivative(content(xi), content(self.xi_old), content(self.xi_older))
        plating = FARADAY * plated
        test = ufl.TestFunction(space)
        eq = equations(
            model.laws,
            unknown,
            xi=xi,
            lithium=(unknown, test, test[self.components - 1]),
            i=plating,
            c_rate=lambda c: self.derivative(c, f.c_old, self.c_older),
        )
        rows = self._lithium(eq, unknown, test[self.components - 1])
        where = (model.laws, model.domain, model.resistances)
        self.balance = ChargeBalance(*where, unknown, self.touching, eq, plating, more=rows)
        self.row_scale = compat.create_vector(self.balance.residual)

    def derivative(self, new: Expr, old: Expr, older: Expr) -> Expr:
        """∂X/∂t from X at three times [X/s]."""
        a_0, a_1, a_2 = self.coefficients
        return (a_0 * new + a_1 * old + a_2 * older) / self._laws.dt

    def _lithium(self, eq: Equations, unknown: fem.Function, v: Expr) -> Expr:
        """F c_Li ∫ ψ {∂ξ/∂t / a + L_ξ μ_ξ + L_η m′ B} v; where a = 0, ∂ξ/∂t = 0."""
        laws, lithium, xi = self._laws, self._laws.lithium, unknown[self.components - 1]
        access, open_part = self._f.access, self._f.open_part
        rate = self.derivative(xi, self.xi_old, self.xi_older)
        is_open = ufl.gt(access, CLOSED_TO_LITHIUM)
        rate = ufl.conditional(is_open, open_part * rate / access, rate / CLOSED_TO_LITHIUM)
        reaction = open_part * laws.reaction_rate(xi, unknown, explicit=self.xi_old)
        mu = eq.well + eq.tension + eq.force
        charge = FARADAY * lithium.c_Li
        return charge * ((rate - reaction) * v * laws.m.nodes) + (charge * lithium.L_xi * mu)

    def set_mobility(self, mobility: npt.NDArray[np.float64]) -> None:
        """Take the mobility of the owned nodes for the rows of lithium."""
        n = self.components
        self.row_scale.array[:] = 1.0
        self.row_scale.array[n - 1 :: n] = mobility

    def load(self) -> None:
        """Start from the fields of the state."""
        x, f = self.balance.unknown.x.array, self._f
        self.touching.x.array[:] = self.xi_old.x.array
        for kind in range(f.components):
            x[kind :: self.components] = f.component(kind)
        x[f.components :: self.components] = f.xi.x.array

    def store(self) -> None:
        """Give the solution to the state."""
        x, f = self.balance.unknown.x.array, self._f
        for kind in range(f.components):
            f.component(kind)[:] = x[kind :: self.components]
        f.xi.x.array[:] = x[f.components :: self.components]

    def shift(self) -> None:
        """Make the last accepted step the last but one, and the state the last."""
        self.xi_older.x.array[:] = self.xi_old.x.array
        self.xi_old.x.array[:] = self._f.xi.x.array
        for _ in self._f.concentrations:
            self.c_older.x.array[:] = self._f.c_old.x.array
