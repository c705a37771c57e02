"""Stack pressure of a cell with a flat front: springs in series under uniaxial strain.

    p (1 + k C) = p₀ (1 + k C₀) + k (Δh + e s),   C = Σ h_i/M_i,   M = E (1 − ν)/[(1 + ν)(1 − 2ν)]
    e = ε⁰ (1 + ν)/(1 − ν) of lithium,   Δh = V_m q/F − v_c q_c/F

s  way of the front [m]      k  stiffness of the frame [Pa/m]     C  compliance of the cell [m/Pa]
h_i thickness of a layer [m]  p₀ stack pressure at the start [Pa]  Δh thickness added [m]

P_m at the front is the mean over h, the part of lithium, from 0 to 1: stiffness and eigenstrain are
those of the blend. A constant pressure has k = 0; a fixed gap k → ∞, where nothing but eigenstrain
is added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dendrolith.physics.elasticity import (
    FIXED_GAP,
    OVERPOTENTIAL,
    PRESSURE,
    Elasticity,
    lame_parameters,
)
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.scales import uniaxial_modulus

_HALF = 0.5 * math.sqrt(0.6)
GAUSS = ((0.5 - _HALF, 0.5, 0.5 + _HALF), (5 / 18, 8 / 18, 5 / 18))  # places from 0 to 1, weights


def lame(phase: Phase) -> tuple[float, float]:
    """λ and μ [Pa]."""
    first, second = lame_parameters(phase.young_modulus, phase.poisson_ratio)
    return float(first), float(second)


@dataclass(frozen=True, slots=True)
class PlanarStress:
    """Pressure on a cell whose front is flat.

    Attributes:
        law: mechanics of the input.
        lithium, electrolyte: elasticity of the layers.
        foil, thickness: of the layers at the start [m].
    """

    law: Elasticity
    lithium: Phase
    electrolyte: Phase
    foil: float
    thickness: float

    def compliance(self, way: float) -> float:
        """C once the front has gone a way [m] [m/Pa]."""
        foil, rest = self.foil + way, self.thickness - way
        return foil / uniaxial_modulus(self.lithium) + rest / uniaxial_modulus(self.electrolyte)

    def pressure(self, way: float, added: float) -> float:
        """The p once the front has gone s and Δh was added [m] [Pa]."""
        law, nu = self.law, self.lithium.poisson_ratio
        grown = law.eigenstrain * (1 + nu) / (1 - nu) * way
        if law.right == PRESSURE:
            return law.pressure
        before, now = self.compliance(0.0), self.compliance(way)
        if law.right == FIXED_GAP:
            return (law.pressure * before + grown) / now
        k = law.frame_stiffness
        return (law.pressure * (1 + k * before) + k * (added + grown)) / (1 + k * now)

    def shift(self, pressure: float, molar_volume: float) -> float:
        """Overpotential that p adds, by the mean P_m over the front [V]."""
        mean = sum(weight * self._within(h, pressure) for h, weight in zip(*GAUSS, strict=True))
        acts = {OVERPOTENTIAL: float(self.law.overpotential(mean, molar_volume))}
        return acts.get(self.law.coupling, 0.0)

    def _within(self, h: float, pressure: float) -> float:
        """Hydrostatic P_m where the front is lithium to a part h: −tr σ/3 at σ_xx = −p [Pa]."""
        pairs = zip(lame(self.lithium), lame(self.electrolyte), strict=True)
        lame_lambda, lame_mu = (h * metal + (1 - h) * rest for metal, rest in pairs)
        bulk, eigen = 3 * lame_lambda + 2 * lame_mu, self.law.eigenstrain * h
        along_x = (bulk * eigen - pressure) / (lame_lambda + 2 * lame_mu)
        return bulk * (3 * eigen - along_x) / 3
