"""Charge balance of the electrons, and the electronic conductivity that opens.

    −∇·(σ_el ∇φ_el) = +i,  i = F c_Li ∂m(ξ)/∂t |_r
    left:   φ_el = −V                 right:  σ_el ∂_n φ_el = −φ_el [m(ξ) + (1 − m(ξ))/1000]/R_c
    σ_el = m(ξ) σ_Li + (1 − m(ξ)) (s σ_SE + (1 − s) σ_pore)

φ_el  electronic potential [V]      σ_el  electronic conductivity [S/m]      V  cell voltage [V]
R_c  area-specific resistance of metal on the counter electrode [Ω m²]      m  metal fraction [1]

A bridge of metal touches with the width that it has, ∫m. Electrolyte touches a thousand times
worse, far better than it conducts. The metal fraction m is zero below its threshold, so a dissolved
neck and the overlapping tails of two fronts conduct like the electrolyte. σ_Li is a numerical cap
(bulk lithium: 1.08e7 S/m).
Source: leakage conductivity of Cao et al. 2023 (10.1002/adfm.202307998); solver/theory.md.
"""

import ufl

from dendrolith.physics.interpolation import Expr

EQUATION = "−∇·(σ_el ∇φ_el) = +i,  i = F c_Li ∂m(ξ)/∂t |_r"


ELECTROLYTE_CONTACT = 1e-3  # contact of electrolyte over that of metal


def conduction(phi_el: Expr, v: Expr, *, sigma_el: Expr) -> Expr:
    """Weak form of −∇·(σ_el ∇φ_el)."""
    return ufl.inner(sigma_el * ufl.grad(phi_el), ufl.grad(v))


def supply(v: Expr, *, plating: Expr) -> Expr:
    """−i v: plating takes electrons out of the metal."""
    return -plating * v


def contact_share(m: Expr, tau: Expr = 1.0) -> Expr:
    """1/R_c of a mixture over that of metal; τ: what a product multiplies that of metal by [1]."""
    return m / tau + ELECTROLYTE_CONTACT * (1 - m)


def contact(phi_el: Expr, v: Expr, *, conductance: Expr) -> Expr:
    """Counter electrode φ_el/R_c, with `conductance` 1/R_c [S/m²]."""
    return conductance * phi_el * v
