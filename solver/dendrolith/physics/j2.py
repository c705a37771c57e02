"""Solids that flow by shear alone: yielding with linear hardening, and creep.

    q ≤ σ_y + H α,  ε̇_p = (3/2) γ̇ s/q,  α̇ = γ̇            (yielding)
    q = σ₁ γ̇^n                                             (creep)
    return: s ← (1 − 3GΔγ/q) s,  q − 3GΔγ = σ_y + H(α + Δγ)  or  σ₁ (Δγ/Δt)^n

q  √(3/2) |s|, of the Kirchhoff stress [Pa]   σ_y  yield stress [Pa]   H  hardening modulus [Pa]
α  equivalent plastic strain [1]              σ₁, n  as in `power_law_flow`

Source: Simo and Hughes, Computational Inelasticity (1998), box 3.1; backward Euler for creep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dendrolith.core.declare import quantity
from dendrolith.physics.finite_strain import FloatArray, Hencky, Trial

ITERATIONS, CONVERGED = 60, 1e-12  # of Newton's method on ln Δγ


def _shrunk(
    solid: Hencky, s: FloatArray, p: FloatArray, q: FloatArray, flow: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Elastic strain and stress after a flow Δγ (n,)."""
    rest = 1 - 3 * solid.shear_modulus * flow / np.where(q > 0, q, 1.0)
    s = rest[:, None] * s
    return solid.strain(s, p), s - p[:, None]


@dataclass(frozen=True, slots=True)
class Plastic(Hencky):
    """A solid that yields: tube, rod."""

    equation: ClassVar[str] = "q ≤ σ_y + H α"

    yield_stress: float = quantity("Pa", "yield stress sigma_y", above=0)
    hardening: float = quantity("Pa", "hardening modulus H", default=0.0, at_least=0)

    def returned(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Onto the yield surface, in closed form; the history is α."""
        s, p, q = self.split(trial.strain)
        beyond = q - self.yield_stress - self.hardening * trial.history
        flow = np.maximum(beyond, 0.0) / (3 * self.shear_modulus + self.hardening)
        return *_shrunk(self, s, p, q, flow), trial.history + flow


@dataclass(frozen=True, slots=True)
class Creeping(Hencky):
    """A solid that creeps: lithium with its elastic strain."""

    equation: ClassVar[str] = "q = σ₁ γ̇^n"

    unit_stress: float = quantity("Pa s^n", "flow stress sigma_1 at 1/s", above=0)
    sensitivity: float = quantity("1", "rate sensitivity n", above=0, at_most=1)

    def returned(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Backward Euler: Newton's method on ln Δγ, whose residual is monotone and convex."""
        s, p, q = self.split(trial.strain)
        G, n = self.shear_modulus, self.sensitivity
        scale = self.unit_stress * trial.dt**-n
        q_safe = np.maximum(q, np.finfo(float).tiny)
        # at x = ln Δγ both 3G e^x ≤ q and scale e^{nx} ≤ q: the smaller bound is above the root
        x = np.minimum(np.log(q_safe / (3 * G)), np.log(q_safe / scale) / n)
        for _ in range(ITERATIONS):
            elastic, viscous = 3 * G * np.exp(x), scale * np.exp(n * x)
            step = (elastic + viscous - q_safe) / (elastic + n * viscous)
            x = x - step
            late = ~(np.abs(step) < CONVERGED)
            if not late.any():
                break
        flow = np.where(late, np.nan, np.exp(x))  # the step of the solid is refused
        return *_shrunk(self, s, p, q, flow), trial.history + flow
