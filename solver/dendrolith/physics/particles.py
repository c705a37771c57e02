"""Diffusion in the particles of an electrode: what the surface of a sphere has beyond the mean.

    x_s = x + Σ_n a_n − r j,   da_n/dt = −λ_n² a_n/τ − 2j/(3Q),   tan λ_n = λ_n
    r = τ/(3Q) (1/5 − Σ_n 2/λ_n²)          the modes beyond the last, which follow at once

x_s, x  lithium fraction at the surface and on average [1]     τ = R²/D  diffusion time [s]
a_n     modes of the profile [1]     j  current density [A/m²]     Q  charge of x from 0 to 1 [C/m²]

At a steady current x_s = x − τj/(15Q), the parabola; soon after a step of j, T = t/τ, it is
x − τj/(3Q) {2(T/π)^½ − 2T}. Source: the sphere with a given flux, Carslaw & Jaeger 1959,
section 9.7. Deviation: all particles are alike, and D does not depend on x.
"""

import math
from dataclasses import dataclass

COUNT = 20  # modes: the others are 5 % of the parabola


def _root(n: int) -> float:
    """λ_n, the n-th positive zero of tan λ − λ, by λ = nπ + arctan λ."""
    root = (n + 0.5) * math.pi
    for _ in range(60):
        root = n * math.pi + math.atan(root)
    return root


ROOTS = tuple(_root(n) for n in range(1, COUNT + 1))


@dataclass(frozen=True, slots=True)
class Particles:
    """Spheres, as many as an electrode has.

    Attributes:
        time: τ [s].
        charge: Q [C/m²].
    """

    time: float
    charge: float

    def at_once(self) -> float:
        """The r of modes that follow at once [m²/A]."""
        rest = 0.2 - sum(2 / root**2 for root in ROOTS)
        return self.time / (3 * self.charge) * rest

    def driven(self, dt: float) -> tuple[list[float], list[float]]:
        """What a time [s] leaves of each mode [1], and what a steady current adds [m²/A]."""
        left = [math.exp(-(root**2) * dt / self.time) for root in ROOTS]
        whole = 2 * self.time / (3 * self.charge)
        added = [whole / root**2 * (1 - kept) for root, kept in zip(ROOTS, left, strict=True)]
        return left, added

    def after(self, modes: list[float], j: float, dt: float) -> list[float]:
        """The a_n after a time [s] at a current density [A/m²]."""
        return [a * kept - more * j for a, kept, more in zip(modes, *self.driven(dt), strict=True)]

    def surface(self, modes: list[float], dt: float) -> tuple[float, float]:
        """x_s − x = m − g j of a current j that flows for a time dt [s]: m [1] and g [m²/A]."""
        left, added = self.driven(dt)
        return sum(a * kept for a, kept in zip(modes, left, strict=True)), self.at_once() + sum(
            added
        )
