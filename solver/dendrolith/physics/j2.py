"""Solids that flow by shear alone: yielding with hardening, and creep.

    q ≤ σ_y + H α,  ε̇_p = (3/2) γ̇ s/q,  α̇ = γ̇            (yielding)
    q ≤ σ(α), linear between points of a curve from (0, σ_y) on; H is its slope beyond the last
    q = σ₁ γ̇^n,  n = 1/m                                   (creep)
    both: the larger of the two flows; the stress is at most either of them
    return: s ← (1 − 3GΔγ/q) s,  q − 3GΔγ = σ(α + Δγ)  or  σ₁ (Δγ/Δt)^n

q  √(3/2) |s|, of the Kirchhoff stress [Pa]   σ_y  yield stress [Pa]   H  hardening modulus [Pa]
α  equivalent plastic strain [1]              σ₁, m  as in `power_law_flow`

On a curve σ(α′) + 3G α′ = q + 3G α has one root α′ = α + Δγ, by linear interpolation.
Source: Simo and Hughes, Computational Inelasticity (1998), box 3.1; backward Euler for creep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dendrolith.core.declare import quantity, section, sequence
from dendrolith.core.sections import Section
from dendrolith.physics.finite_strain import Hencky
from dendrolith.physics.points import FloatArray, Trial

ITERATIONS, CONVERGED = 60, 1e-12  # of Newton's method on ln Δγ
NOTHING = 1e-30  # stress over G that moves nothing
FAR = 100.0  # plastic strain up to which a curve is extended


def _shrunk(
    solid: Hencky, s: FloatArray, p: FloatArray, q: FloatArray, flow: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Elastic strain and stress after a flow Δγ (n,)."""
    rest = 1 - 3 * solid.shear_modulus * flow / np.where(q > 0, q, 1.0)
    s = rest[:, None] * s
    return solid.strain(s, p), s - p[:, None]


@dataclass(frozen=True, slots=True)
class Norton(Section):
    """Creep below the yield stress."""

    equation: ClassVar[str] = "q = σ₁ γ̇^n,  n = 1/m"

    creep_exponent: float = quantity("1", "creep exponent m", at_least=1, at_most=50)
    reference_stress: float = quantity("Pa", "stress sigma_1 that creeps at 1/s", above=0)

    def equations(self) -> list[tuple[str, str]]:
        """Its creep."""
        return [("creep", self.equation)]

    def flow(self, q: FloatArray, shear_modulus: float, dt: float) -> FloatArray:
        """Δγ (n,) of a trial q (n,) [Pa] in a step [s]; NaN where none is found: it is refused.

        Newton's method on ln Δγ, whose residual is monotone and convex.
        """
        G, n = shear_modulus, 1 / self.creep_exponent
        scale = self.reference_stress * dt**-n
        q = np.maximum(q, NOTHING * G)
        # at x = ln Δγ both 3G e^x ≤ q and scale e^{nx} ≤ q: the smaller bound is above the root
        x = np.minimum(np.log(q / (3 * G)), np.log(q / scale) / n)
        for _ in range(ITERATIONS):
            elastic, viscous = 3 * G * np.exp(x), scale * np.exp(n * x)
            step = (elastic + viscous - q) / (elastic + n * viscous)
            x = x - step
            late = ~(np.abs(step) < CONVERGED)
            if not late.any():
                break
        return np.asarray(np.where(late, np.nan, np.exp(x)))


@dataclass(frozen=True, slots=True)
class FlowPoint(Section):
    """A point of a curve of hardening."""

    strain: float = quantity("1", "equivalent plastic strain alpha", above=0, at_most=10)
    stress: float = quantity("Pa", "flow stress there", above=0)


@dataclass(frozen=True, slots=True)
class Plastic(Hencky):
    """A solid that yields: tube, rod."""

    equation: ClassVar[str] = "q ≤ σ_y + H α"

    yield_stress: float = quantity("Pa", "yield stress sigma_y", above=0)
    hardening: float = quantity(
        "Pa", "hardening modulus H, beyond the last point of a curve", default=0.0, at_least=0
    )
    curve: tuple[FlowPoint, ...] = sequence(
        "points of the flow stress over the plastic strain, both rising from yield_stress at 0 on",
        default=(),
    )
    creep: Norton | None = section("creep below the yield stress (absent: none)", default=None)

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A curve rises."""
        strain, stress = self._points()
        if (np.diff(strain) > 0).all() and (np.diff(stress) >= 0).all():
            return []
        first = f"strain 0, stress {self.yield_stress:g} Pa (yield_stress)"
        return [("curve", f"must rise in strain, and not fall in stress, from {first} on")]

    def _points(self) -> tuple[FloatArray, FloatArray]:
        """Strain and stress of the curve, from the yield stress on."""
        points = [(0.0, self.yield_stress), *((p.strain, p.stress) for p in self.curve)]
        strain, stress = np.array(points).T
        return strain, stress

    def _flow(self, q: FloatArray, before: FloatArray) -> FloatArray:
        """Δγ (n,) of a trial q (n,) [Pa] at a plastic strain (n,)."""
        stiff = 3 * self.shear_modulus
        if not self.curve:
            beyond = q - self.yield_stress - self.hardening * before
            return np.asarray(np.maximum(beyond, 0.0) / (stiff + self.hardening))
        strain, stress = self._points()
        strain, stress = np.append(strain, FAR), np.append(stress, 0.0)
        stress[-1] = stress[-2] + self.hardening * (FAR - strain[-2])
        after = np.interp(q + stiff * before, stress + stiff * strain, strain)
        return np.maximum(after - before, 0.0)

    def returned(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Onto the yield surface, in closed form, or below it by creep; the history is α."""
        s, p, q = self.split(trial.strain)
        flow = self._flow(q, trial.history)
        if self.creep is not None:
            flow = np.maximum(flow, self.creep.flow(q, self.shear_modulus, trial.dt))
        return *_shrunk(self, s, p, q, flow), trial.history + flow
