"""The sum of plating: every equation of the cell, one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ufl
from dolfinx import fem

from dendrolith.physics.electronic_potential import conduction, supply
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.ionic_potential import consumption
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws


@dataclass(frozen=True, slots=True)
class Equations:
    """Weak forms of a cell; rows of the balances are currents [A, in 2-D A/m].

    Attributes:
        well, tension, force: ∫ μ_ξ v in its parts, each of which a scheme treats in its own way.
        electrons, ions, anions: conduction and storage; anions: 0 where the salt is fixed.
        reaction: what the reaction transfers from electrons to ions.
        stress: mechanical equilibrium; empty without elasticity.
    """

    well: Expr
    tension: Expr
    force: Expr
    electrons: Expr
    ions: Expr
    anions: Expr
    reaction: Expr
    stress: tuple[Expr, ...]

    @property
    def conduction(self) -> Expr:
        """The balances of charge and salt without reaction and contacts."""
        return self.electrons + self.ions + self.anions


def equations(
    laws: Laws,
    phi: fem.Function,
    *,
    xi: Expr,
    lithium: tuple[fem.Function, Expr, Expr],
    i: Expr,
    c_rate: Callable[[Expr], Expr],
) -> Equations:
    """All equations; how lithium moves with r = a {−L_ξ μ_ξ − L_η m′(ξ) B(η)} is the scheme's.

    Args:
        laws: of the cell.
        phi: blocked P1 function (φ_el, φ_ion[, c][, more]).
        xi: lithium that sets properties and energies [1].
        lithium: the function that `xi` is or is part of, its test function, and that of ξ.
        i: charge that the reaction transfers, F c_Li ∂m(ξ)/∂t [A/m³].
        c_rate: ∂c/∂t as a function of c [1/s].
    """
    test, (whole, direction, v_xi) = ufl.TestFunction(phi.function_space), lithium
    dx, nodes, T = laws.m.dx, laws.m.nodes, laws.kinetics.temperature
    phi_el, w, v = phi[ELECTRONIC], test[ELECTRONIC], test[IONIC]
    sigma_el, sigma_ion = (
        laws.conductivity(name, xi) for name in ("electronic_conductivity", "ionic_conductivity")
    )
    return Equations(
        # μ_ξ = W g′(ξ) − ∇·κ[γ(n)/γ]²∇ξ + χ_m ∂f_elas/∂ξ
        well=ufl.derivative(laws.bulk_energy(xi), whole, direction),
        tension=ufl.derivative(laws.surface_energy(xi), whole, direction),
        force=laws.force(v_xi),
        # −∇·(σ_el ∇φ_el) = +i
        electrons=conduction(phi_el, w, sigma_el=sigma_el) * dx,
        # ∇·i_ion = −i
        ions=laws.salt.ions(phi, v, sigma_ion=sigma_ion, T=T) * dx,
        # F c₀ ∂c/∂t = ∇·{(1 − t₊) σ_ion [(RT/F)∇c − ĉ∇φ_ion]}
        anions=anions(laws, phi, test, sigma_ion, c_rate),
        reaction=(supply(w, plating=i) + consumption(v, plating=i)) * nodes,
        # ∇·σ = 0
        stress=tuple(mechanics.balance for mechanics in laws.mechanics),
    )


def anions(
    laws: Laws, phi: Expr, test: Expr, sigma_ion: Expr, c_rate: Callable[[Expr], Expr]
) -> Expr:
    """Balance of the anions; 0 where they are fixed [A, in 2-D A/m].

    Args:
        laws: of the cell.
        phi: (φ_el, φ_ion, c[, more]).
        test: its test function.
        sigma_ion: at c = 1 [S/m].
        c_rate: ∂c/∂t as a function of c [1/s].
    """
    T, terms = laws.kinetics.temperature, []
    for kind in laws.f.concentrations:
        c, q = phi[kind], test[kind]
        terms.append(laws.salt.anion_storage(c_rate(c), q) * laws.m.nodes)
        transport = laws.salt.anion_transport(c, phi[IONIC], q, sigma_ion=sigma_ion, T=T)
        terms.append(transport * laws.m.dx)
    return sum(terms)
