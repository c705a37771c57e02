"""Powder that is pressed to a pellet: an elliptic cap that grows with the density.

    (q/M)² + p (p − p_c) ≤ 0,  p_c = J [p_min + c S(D)],  associated flow
    S(D) = {ln[1/(1−D)] − ln[1/(1−D₀)]}/k_H,  D = D₀/J_p
    c = (1 + η²/M²)/(1 + 2η/3),  η² + 3η = M²:  S is the axial stress in a rigid die
    return: p = p_tr − K Δε_v,  q = q_tr/(1 + 6Gλ/M²),  Δε_v = λ (2p − p_c), on the cap

p, q  pressure and √(3/2)|s| of the Kirchhoff stress [Pa]   J, J_p  det F and det F_p [1]
D, D₀  relative density without elastic strain, at first [1]  M  q/p of the critical state [1]
k_H  Heckel coefficient [1/Pa]   p_min  cohesion [Pa]   Δε_v  plastic compaction of a step [1]

Beyond the critical state, p < p_c/2, the powder dilates and softens; how much a point has dilated
is its history. Powder that is looser than at first keeps p_c = J p_min. Source: Heckel, Trans. AIME
221 (1961) 671 for S; modified Cam clay for the cap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dendrolith.core.declare import quantity
from dendrolith.physics.finite_strain import Hencky
from dendrolith.physics.points import FloatArray, IntArray, Trial

LARGEST = 0.02  # step of Δε_v in an iteration
ITERATIONS, CONVERGED = 100, 1e-12  # of Newton's method, its last step
HALVINGS = 60  # of an interval, to round-off


@dataclass(frozen=True, slots=True)
class PowderCap(Hencky):
    """Electrolyte powder. Moduli are those of the Kirchhoff stress, J times those of the pellet."""

    equation: ClassVar[str] = "(q/M)² + p (p − p_c) ≤ 0,  p_c = J [p_min + c S(D)]"

    start_density: float = quantity("1", "relative density D_0 at first", above=0, below=1)
    heckel: float = quantity("1/Pa", "Heckel coefficient k_H, of axial die pressure", above=0)
    critical_ratio: float = quantity("1", "ratio M of q to p in the critical state", above=0)
    cohesion: float = quantity("Pa", "pressure p_min that the loose powder bears", above=0)

    @property
    def die_ratio(self) -> float:
        """η = q/p in a rigid die [1]."""
        return (math.sqrt(9 + 4 * self.critical_ratio**2) - 3) / 2

    @property
    def wall_ratio(self) -> float:
        """K₀, radial over axial stress in a rigid die [1]."""
        return (1 - self.die_ratio / 3) / (1 + 2 * self.die_ratio / 3)

    @property
    def axial_factor(self) -> float:
        """c, p_c over axial stress in a rigid die [1]."""
        eta = self.die_ratio
        return (1 + (eta / self.critical_ratio) ** 2) / (1 + 2 * eta / 3)

    def die_stress(self, density: FloatArray) -> FloatArray:
        """S [Pa] at a density."""
        return np.asarray(np.log((1 - self.start_density) / (1 - density)) / self.heckel)

    def die_density(self, stress: float) -> float:
        """D at an axial stress in a rigid die [Pa], without cohesion."""
        return 1 - (1 - self.start_density) * math.exp(-self.heckel * stress)

    def density(self, plastic_volume: FloatArray) -> FloatArray:
        """D (n,) at det F_p (n,)."""
        return np.asarray(self.start_density / plastic_volume)

    def returned(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Onto the cap, by Newton's method on Δε_v and λ."""
        s, p, q = self.split(trial.strain)
        p_c = self._size(trial, np.arange(len(p)), np.zeros(len(p)))[0]
        flows = np.flatnonzero((q / self.critical_ratio) ** 2 + p * (p - p_c) > 0)
        compaction, shrink = np.zeros(len(p)), np.ones(len(p))
        if flows.size:
            compaction[flows], shrink[flows] = self._solve(trial, flows, p[flows], q[flows])
        p, s = p - self.bulk_modulus * compaction, shrink[:, None] * s
        dilated = trial.history + np.maximum(-compaction, 0.0)
        return self.strain(s, p), s - p[:, None], dilated

    def _size(
        self, trial: Trial, rows: IntArray, compaction: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """p_c and dp_c/dΔε_v of some points [Pa]."""
        D = self.density(trial.plastic_volume[rows]) * np.exp(compaction)
        D, J = np.minimum(D, 1 - 1e-9), trial.volume[rows]
        pressed = self.start_density < D
        stress, slope = self.die_stress(D), D / ((1 - D) * self.heckel)
        size = J * (self.cohesion + self.axial_factor * np.where(pressed, stress, 0.0))
        return size, J * self.axial_factor * np.where(pressed, slope, 0.0)

    def _solve(
        self, trial: Trial, rows: IntArray, p_tr: FloatArray, q_tr: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Δε_v and the factor of the deviator of points that flow."""
        K, G, M2 = self.bulk_modulus, self.shear_modulus, self.critical_ratio**2
        dv, flow = np.zeros(len(rows)), np.zeros(len(rows))  # flow: λ [1/Pa]
        scale = self._size(trial, rows, dv)[0]
        for _ in range(ITERATIONS):
            p_c, slope = self._size(trial, rows, dv)
            p, shear = p_tr - K * dv, 1 + 6 * G * flow / M2
            q2 = (q_tr / shear) ** 2 / M2
            r1, r2 = dv - flow * (2 * p - p_c), (q2 + p * (p - p_c)) / scale**2
            a, b = 1 + flow * (2 * K + slope), -(2 * p - p_c)
            c = (-K * (2 * p - p_c) - p * slope) / scale**2
            d = -12 * G / M2 * q2 / shear / scale**2
            det = a * d - b * c
            step, more = (b * r2 - d * r1) / det, (c * r1 - a * r2) / det
            share = np.minimum(1.0, LARGEST / np.maximum(np.abs(step), 1e-300))
            dv = dv + share * step
            flow = np.maximum(flow + share * more, 0.0)
            late = ~(np.abs(step) < CONVERGED)
            if not late.any():
                break
        shrink = 1 / (1 + 6 * G * flow / M2)
        if late.any():
            dv[late], shrink[late] = self._bracketed(trial, rows[late], p_tr[late], q_tr[late])
        return dv, shrink

    def _bracketed(
        self, trial: Trial, rows: IntArray, p_tr: FloatArray, q_tr: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Δε_v and the factor of the deviator by bisection, where Newton's method has failed.

        p moves from p_tr towards p_c/2, where λ is infinite and q is 0: the stress is on the cap in
        between. p_c moves towards p too, so the way is at most (2 p_tr − p_c)/2K.
        """
        K, G, M2 = self.bulk_modulus, self.shear_modulus, self.critical_ratio**2

        def distance(dv: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            p_c = self._size(trial, rows, dv)[0]
            return p_tr - K * dv, p_c, 2 * (p_tr - K * dv) - p_c

        def shrunk(dv: FloatArray, apart: FloatArray) -> FloatArray:
            return np.asarray(apart / (apart + 6 * G / M2 * dv))  # of q, at λ = dv/(2p − p_c)

        start = distance(np.zeros(len(rows)))[2]
        low: FloatArray = np.zeros(len(rows))
        high: FloatArray = np.asarray(start / (2 * K))
        for _ in range(HALVINGS):  # to p = p_c/2
            middle: FloatArray = np.asarray((low + high) / 2)
            beyond = distance(middle)[2] * start <= 0
            low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        low, high = np.zeros(len(rows)), low
        for _ in range(HALVINGS):  # to the cap
            middle = np.asarray((low + high) / 2)
            p, p_c, apart = distance(middle)
            outside = (q_tr * shrunk(middle, apart)) ** 2 / M2 + p * (p - p_c) > 0
            low, high = np.where(outside, middle, low), np.where(outside, high, middle)
        return high, shrunk(high, distance(high)[2])
