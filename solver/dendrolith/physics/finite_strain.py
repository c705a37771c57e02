"""Finite strain around an axis: elastic and plastic part of a deformation, in principal directions.

    F = F_e F_p,  b_e = F C_p⁻¹ Fᵀ = Σ λ_a² n_a⊗n_a,  ε_a = ln λ_a
    τ = Σ τ_a n_a⊗n_a,  P = τ F⁻ᵀ,  elastic: τ_a = 2G dev ε_a + K tr ε
    return: ε_a of the trial → elastic ε_a and τ_a;  C_p⁻¹ ← F⁻¹ (Σ e^{2ε_a} n_a⊗n_a) F⁻ᵀ

F  deformation gradient [1]   b_e  elastic left Cauchy–Green tensor [1]   P  nominal stress [Pa]
ε  logarithmic strain [1]     C_p  plastic right Cauchy–Green tensor [1]  τ  Kirchhoff stress [Pa]

A point has F = (F_rr, F_rz, F_zr, F_zz, F_θθ) and C_p⁻¹ = (rr, rz, zz, θθ): nothing turns around
the axis. Source: Simo, Comput. Methods Appl. Mech. Eng. 99 (1992) 61, the exponential return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.points import FloatArray, Law, Points, Trial

IDENTITY = np.array([1.0, 0.0, 0.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True)
class Hencky(Section):
    """Elasticity of logarithmic strain."""

    young_modulus: float = quantity("Pa", "Young's modulus E", above=0)
    poisson_ratio: float = quantity("1", "Poisson's ratio nu", above=-1, below=0.5)

    @property
    def shear_modulus(self) -> float:
        """G [Pa]."""
        return self.young_modulus / (2 * (1 + self.poisson_ratio))

    @property
    def bulk_modulus(self) -> float:
        """K [Pa]."""
        return self.young_modulus / (3 * (1 - 2 * self.poisson_ratio))

    def split(self, strain: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Deviator s (n, 3), pressure p (n,) and q = √(3/2) |s| (n,) of a strain (n, 3) [Pa]."""
        volume = strain.sum(axis=1)
        s = 2 * self.shear_modulus * (strain - volume[:, None] / 3)
        return s, -self.bulk_modulus * volume, np.sqrt(1.5 * (s**2).sum(axis=1))

    def strain(self, s: FloatArray, p: FloatArray) -> FloatArray:
        """The strain (n, 3) of a deviator and a pressure."""
        return s / (2 * self.shear_modulus) - p[:, None] / (3 * self.bulk_modulus)

    def returned(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Nothing flows."""
        s, p, _ = self.split(trial.strain)
        return trial.strain, s - p[:, None], trial.history


def _principal(b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """λ² (n, 3) and cosine and sine (n,) of the first direction, of tensors (n, 4)."""
    rr, rz, zz, around = b.T
    mean, half = (rr + zz) / 2, (rr - zz) / 2
    first = mean + np.hypot(half, rz)
    angle = np.arctan2(rz, half) / 2
    second = (rr * zz - rz**2) / first
    return np.column_stack([first, second, around]), np.cos(angle), np.sin(angle)


def _tensor(values: FloatArray, c: FloatArray, s: FloatArray) -> FloatArray:
    """Tensors (n, 4) of principal values (n, 3)."""
    first, second, around = values.T
    return np.column_stack(
        [
            first * c**2 + second * s**2,
            (first - second) * c * s,
            first * s**2 + second * c**2,
            around,
        ]
    )


def _pushed(F: FloatArray, tensor: FloatArray) -> FloatArray:
    """F T Fᵀ (n, 4) of tensors (n, 4)."""
    a, b, c, d, around = F.T
    rr, rz, zz, hoop = tensor.T
    return np.column_stack(
        [
            a * a * rr + 2 * a * b * rz + b * b * zz,
            a * c * rr + (a * d + b * c) * rz + b * d * zz,
            c * c * rr + 2 * c * d * rz + d * d * zz,
            around**2 * hoop,
        ]
    )


def _inverse(F: FloatArray) -> FloatArray:
    """F⁻¹ (n, 5)."""
    a, b, c, d, around = F.T
    det = a * d - b * c
    return np.column_stack([d / det, -b / det, -c / det, a / det, 1 / around])


def nominal_stress(law: Law, F: FloatArray, before: Points, dt: float) -> tuple[FloatArray, Points]:
    """P (n, 5) [Pa], as F is laid out, and the points after a step.

    Args:
        law: of the solid.
        F: (n, 5) at the end of the step.
        before: the points before it.
        dt: the step [s].
    """
    a, b, c, d, around = F.T
    squares, cosine, sine = _principal(_pushed(F, before.plastic))
    volume = (a * d - b * c) * around
    trial = Trial(0.5 * np.log(squares), volume, before.plastic_volume, before.history, dt)
    strain, tau, history = law.returned(trial)
    inverse = _inverse(F)
    plastic = _pushed(inverse, _tensor(np.exp(2 * strain), cosine, sine))
    rr, rz, zz, hoop = _tensor(tau, cosine, sine).T
    ia, ib, ic, id_, over = inverse.T
    P = np.column_stack(
        [rr * ia + rz * ib, rr * ic + rz * id_, rz * ia + zz * ib, rz * ic + zz * id_, hoop * over]
    )
    return P, Points(plastic, history)
