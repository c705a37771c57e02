"""Lithium between a rod and a wall: pressure of a film that closes and of a slot that fills.

    p̄ = p_film + p_slot + p_edge = C(h, L) V^n
    p_film = f (2K/(n+3)) (R/h) [((2n+1)/n) V R/h²]^n
    strip: p_film = f (2K/(n+2)) (R/h) [((2n+1)/n) 2V R/h²]^n
    p_slot = (2KL/g) [((2n+1)/n) 2v/g]^n,  v = A V/A_s
    p_edge = β σ₁ (v/g)^n

p̄  mean pressure on the rod [Pa]            V  closing speed of the film, v_pl − ḣ [m/s]
h  thickness of the film [m]                 v  mean speed in the slot [m/s]
R  radius, or half-width [m]                 g, L  width and filled length of the slot [m]
A, A_s  cross-sections of rod and slot [m²]  f, β  factors of film and edge [1]

Nothing slips; K and σ₁ belong to `power_law_flow`. The slot is narrow, g ≪ R, and is taken as flat.
f and β come from finite elements (see the manual): f is the stretching that a thin film leaves out,
β the corner at the rod's edge and the free front. Source of the closed forms: Reynolds' equation of
a power-law fluid, Bird, Armstrong and Hassager, Dynamics of Polymeric Liquids 1 (1987).
"""

import math
from dataclasses import dataclass

# (h/R, f) of a squeezed disc and strip, (g/h, β) of an edge, m = 6.6, both from finite elements
FILM_FACTORS = ((0.0, 1.0), (0.03937, 1.025), (0.07874, 1.062), (0.15748, 1.149), (0.31496, 1.364))
STRIP_FACTORS = ((0.0, 1.0), (0.01, 1.003), (0.03937, 1.018), (0.07874, 1.045), (0.15748, 1.107))
EDGE_FACTORS = ((0.24, 2.75), (0.4, 2.32), (0.8, 1.94))


def between(points: tuple[tuple[float, float], ...], x: float) -> float:
    """Linear interpolation in a table of (x, y) sorted by x; beyond its ends, the end value."""
    for number, (b, high) in enumerate(points[1:]):
        a, low = points[number]
        if x <= b:
            return low + (high - low) * max(x - a, 0.0) / (b - a)
    return points[-1][1]


@dataclass(frozen=True, slots=True)
class Lubrication:
    """Film and slot of one cell.

    Attributes:
        n: rate sensitivity [1].
        K: shear factor [Pa s^n].
        unit_stress: σ₁ [Pa s^n].
        radius: R [m].
        gap: g [m].
        corrected: with f and β; else f = 1 and β = 0, the pure closed forms.
        edge_factor: β in place of that of the table.
        depth: of a strip of half-width R between two slots [m]; None: a disc.
    """

    n: float
    K: float
    unit_stress: float
    radius: float
    gap: float
    corrected: bool = True
    edge_factor: float | None = None
    depth: float | None = None

    @property
    def area(self) -> float:
        """A [m²]."""
        if self.depth is not None:
            return 2 * self.depth * self.radius
        return math.pi * self.radius**2

    @property
    def slot_area(self) -> float:
        """A_s [m²]."""
        if self.depth is not None:
            return 2 * self.depth * self.gap
        return math.pi * ((self.radius + self.gap) ** 2 - self.radius**2)

    @property
    def _profile(self) -> float:
        """(2n+1)/n: shear rate at a wall over what a linear profile has."""
        return (2 * self.n + 1) / self.n

    def film(self, h: float) -> float:
        """p_film/V^n of a film of thickness `h` [m]; [Pa (s/m)^n]."""
        n, R = self.n, self.radius
        outwards, speed, table = (
            (3, 1, FILM_FACTORS) if self.depth is None else (2, 2, STRIP_FACTORS)
        )
        factor = between(table, h / R) if self.corrected else 1.0
        rate = self._profile * speed * R / h**2
        return float(factor * 2 * self.K / (n + outwards) * R / h * rate**n)

    @property
    def centre(self) -> float:
        """Pressure at the centre of a film over its mean [1]."""
        n = self.n
        return (n + 3) / (n + 1) if self.depth is None else (n + 2) / (n + 1)

    def slot(self, length: float) -> float:
        """p_slot/V^n of a slot filled over `length` [m]; [Pa (s/m)^n]."""
        v, g = self.area / self.slot_area, self.gap
        return float(2 * self.K * length / g * (self._profile * 2 * v / g) ** self.n)

    def edge(self, h: float) -> float:
        """p_edge/V^n at a film of thickness `h` [m]; [Pa (s/m)^n]."""
        beta = self.edge_factor
        if beta is None:
            beta = between(EDGE_FACTORS, self.gap / h) if self.corrected else 0.0
        return float(beta * self.unit_stress * (self.area / self.slot_area / self.gap) ** self.n)

    def resistance(self, h: float, length: float) -> float:
        """C = p̄/V^n [Pa (s/m)^n]."""
        return self.film(h) + self.slot(length) + self.edge(h)

    def squeezed(self, h: float, pressure: float, time: float) -> float:
        """Thickness of a film without a slot after a time under a constant pressure [m].

        h = h₀ [1 + (1 + m) V₀ t/h₀]^{−1/(1+m)}; h/(2R) and f are held.

        Args:
            h: thickness h₀ at the start [m].
            pressure: mean pressure [Pa].
            time: [s].
        """
        m = 1 / self.n
        # p ∝ V^n h^{−(1+2n)}: V ∝ h^{m+2}
        V = (pressure / self.film(h)) ** m
        return float(h * (1 + (1 + m) * V * time / h) ** (-1 / (1 + m)))

    def filled(self, pressure: float, time: float) -> float:
        """Length that a constant pressure at its mouth fills of an empty slot in a time [m]."""
        m, g = 1 / self.n, self.gap
        speed = self.n / (2 * self.n + 1) * g / 2 * (g * pressure / (2 * self.K)) ** m
        return float(((m + 1) * speed * time) ** (1 / (m + 1)))
