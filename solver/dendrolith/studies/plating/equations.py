"""The sum of plating: every equation of the cell, one line each.

lithium    ∂ξ/∂t = r,  r = a {−L_ξ μ_ξ − L_η m′(ξ) B(η)}      i = F c_Li ∂m(ξ)/∂t
electrons  −∇·(σ_el ∇φ_el) = +i
ions       ∇·i_ion = −i
anions     F c₀ ∂c/∂t = ∇·{(1 − t₊) σ_ion [(RT/F)∇c − ĉ∇φ_ion]}
stress     ∇·σ = 0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ufl
from dolfinx import fem

from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.fields import CONCENTRATION, ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws


@dataclass(frozen=True, slots=True)
class Potential:
    """∫ μ_ξ v in its parts, each of which a scheme treats in its own way.

    Attributes:
        well: W g′(ξ).
        tension: −∇·κ[γ(n)/γ]²∇ξ.
        force: χ_m ∂f_elas/∂ξ and what other laws add; 0 without any.
    """

    well: Expr
    tension: Expr
    force: Expr


@dataclass(frozen=True, slots=True)
class Balances:
    """Weak forms of the balances of charge and salt; every row is a current.

    Attributes:
        electrons, ions, anions: conduction and storage; 0 where there is no such balance.
        reaction: what the reaction transfers between them.
    """

    electrons: Expr
    ions: Expr
    anions: Expr
    reaction: Expr

    @property
    def conduction(self) -> Expr:
        """All but the reaction."""
        return self.electrons + self.ions + self.anions


def chemical_potential(laws: Laws, xi: Expr, unknown: fem.Function, v: Expr) -> Potential:
    """∫ μ_ξ v with μ_ξ = W g′(ξ) − ∇·κ[γ(n)/γ]²∇ξ + χ_m ∂f_elas/∂ξ.

    Args:
        laws: of the cell.
        xi: lithium, the function `unknown` or a component of it.
        unknown: what the energy is differentiated by, in the direction of `v`.
        v: test function, of the space of `unknown`.
    """
    return Potential(
        well=ufl.derivative(laws.bulk_energy(xi), unknown, v),
        tension=ufl.derivative(laws.surface_energy(xi), unknown, v),
        force=laws.force(v),
    )


def balances(
    laws: Laws,
    unknown: fem.Function,
    *,
    xi: Expr,
    plating: Expr,
    c_rate: Callable[[Expr], Expr],
) -> Balances:
    """Balances of electrons, ions and, where the salt moves, anions; contacts apart.

    Args:
        laws: of the cell.
        unknown: blocked P1 function (φ_el, φ_ion[, c][, more]).
        xi: lithium that sets the conductivities [1].
        plating: i, what the reaction transfers [A/m³].
        c_rate: ∂c/∂t as a function of c [1/s].
    """
    test = ufl.TestFunction(unknown.function_space)
    dx, nodes, T = laws.m.dx, laws.m.nodes, laws.kinetics.temperature
    sigma_el, sigma_ion = laws.electronic_conductivity(xi), laws.ionic_conductivity(xi)
    w, v = test[ELECTRONIC], test[IONIC]
    electrons = electronic_potential.conduction(unknown[ELECTRONIC], w, sigma_el=sigma_el)
    ions = laws.salt.ions(unknown, v, sigma_ion=sigma_ion, T=T)
    anions: Expr = 0
    if laws.f.salt_moves:
        c, q = unknown[CONCENTRATION], test[CONCENTRATION]
        storage = laws.salt.anion_storage(c_rate(c), q)
        transport = laws.salt.anion_transport(c, unknown[IONIC], q, sigma_ion=sigma_ion, T=T)
        anions = storage * nodes + transport * dx
    reaction = electronic_potential.supply(w, plating=plating)
    reaction += ionic_potential.consumption(v, plating=plating)
    return Balances(electrons * dx, ions * dx, anions, reaction * nodes)
