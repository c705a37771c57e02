"""Finite strain in space: elastic and plastic part of a deformation, in principal directions.

    F = F_e F_p,  b_e = F C_p⁻¹ Fᵀ = Σ λ_a² n_a⊗n_a,  ε_a = ln λ_a,  P = Σ τ_a (n_a⊗n_a) F⁻ᵀ
    return: ε_a of the trial → elastic ε_a and τ_a;  C_p⁻¹ ← F⁻¹ (Σ e^{2ε_a} n_a⊗n_a) F⁻ᵀ

As `finite_strain`, whose laws it takes, for bodies that are not round. A point has all nine
components of F and of C_p⁻¹, row by row.
"""

from __future__ import annotations

import numpy as np

from dendrolith.physics.points import FloatArray, Law, Points, Trial


def _sum(values: FloatArray, directions: FloatArray) -> FloatArray:
    """Σ x_a n_a⊗n_a (n, 3, 3) of values (n, 3) and directions (n, 3, 3), a direction a column."""
    return np.asarray(np.einsum("na,nia,nja->nij", values, directions, directions))


def nominal_stress(law: Law, F: FloatArray, before: Points, dt: float) -> tuple[FloatArray, Points]:
    """P (n, 9) [Pa], as F is laid out, and the points after a step.

    Args:
        law: of the solid.
        F: (n, 9) at the end of the step.
        before: the points before it.
        dt: the step [s].
    """
    whole, plastic = F.reshape(-1, 3, 3), before.plastic.reshape(-1, 3, 3)
    squares, directions = np.linalg.eigh(whole @ plastic @ whole.transpose(0, 2, 1))
    volume = np.linalg.det(whole)
    trial = Trial(0.5 * np.log(squares), volume, before.plastic_volume, before.history, dt)
    strain, tau, history = law.returned(trial)
    inverse = np.linalg.inv(whole)
    turned = inverse.transpose(0, 2, 1)
    plastic = inverse @ _sum(np.exp(2 * strain), directions) @ turned
    P = _sum(tau, directions) @ turned
    return P.reshape(-1, 9), Points(plastic.reshape(-1, 9), history)
