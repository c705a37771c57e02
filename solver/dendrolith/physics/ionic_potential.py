"""Charge balance of the ions.

    −∇·(σ_ion ∇φ_ion) = −i,  c = 1
    right:  σ_ion ∂_n φ_ion = −φ_ion/R_ct          elsewhere: no flux

φ_ion  ionic potential [V]      σ_ion  ionic conductivity [S/m]      i  plating rate [A/m³]
c  Li⁺ over its reference, that of a single-ion conductor (binary: see ion_transport.py) [1]
R_ct  area-specific resistance of the counter electrode [Ω m²]

Source: two-potential form of Cao et al. 2023 (10.1002/adfm.202307998), eq. S3; solver/theory.md.
"""

import ufl

from dendrolith.physics.interpolation import Expr

EQUATION = "−∇·(σ_ion ∇φ_ion) = −i,  c = 1"


def conduction(phi_ion: Expr, v: Expr, *, sigma_ion: Expr) -> Expr:
    """Weak form of −∇·(σ_ion ∇φ_ion)."""
    return ufl.inner(sigma_ion * ufl.grad(phi_ion), ufl.grad(v))


def consumption(v: Expr, *, plating: Expr) -> Expr:
    """+i v: plating takes ions out of the electrolyte."""
    return plating * v


def contact(phi_ion: Expr, v: Expr, *, conductance: Expr) -> Expr:
    """Counter electrode φ_ion/R_ct, with `conductance` 1/R_ct [S/m²]."""
    return conductance * phi_ion * v
