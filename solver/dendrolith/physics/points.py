"""Points of a solid, what they have gone through, and the tangent of any law of them.

    ∂P/∂F by a small change of each component of F

What a law returns is in principal directions, so it serves points around an axis and in space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PERTURBATION = 1e-7  # of a component of F, for the tangent


@dataclass(frozen=True, slots=True)
class Points:
    """What n points of a material have gone through.

    Attributes:
        plastic: (n, 4) C_p⁻¹, or (n, 9) row by row in space.
        history: (n,) the one number of the law, such as a plastic strain.
    """

    plastic: FloatArray
    history: FloatArray

    @classmethod
    def virgin(cls, count: int, *, space: bool = False) -> Points:
        """`count` points without a past."""
        unit = np.eye(3).ravel() if space else np.array([1.0, 0.0, 1.0, 1.0])
        return cls(np.tile(unit, (count, 1)), np.zeros(count))

    @property
    def plastic_volume(self) -> FloatArray:
        """(n,) det F_p."""
        if self.plastic.shape[1] == 9:
            return np.asarray(np.linalg.det(self.plastic.reshape(-1, 3, 3)) ** -0.5)
        rr, rz, zz, around = self.plastic.T
        return np.asarray(((rr * zz - rz**2) * around) ** -0.5)


@dataclass(frozen=True, slots=True)
class Trial:
    """Strains of points if nothing flowed in a step, and where they come from.

    Attributes:
        strain: (n, 3) principal logarithmic ε.
        volume: (n,) det F.
        plastic_volume: (n,) det F_p before the step.
        history: (n,) that of the points before the step.
        dt: the step [s].
    """

    strain: FloatArray
    volume: FloatArray
    plastic_volume: FloatArray
    history: FloatArray
    dt: float


class Law(Protocol):
    """A solid: from trial strains to what they become."""

    def returned(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Elastic strain (n, 3), principal Kirchhoff stress (n, 3) [Pa], history (n,)."""
        ...


class Stress(Protocol):
    """From F (n, k) to P (n, k) [Pa] and the points after a step."""

    def __call__(
        self, law: Law, F: FloatArray, before: Points, dt: float, /
    ) -> tuple[FloatArray, Points]:
        """Those of a law, the points before the step, and the step [s]."""
        ...


def tangent(
    law: Law,
    F: FloatArray,
    before: Points,
    dt: float,
    P: FloatArray,
    stress: Stress,
) -> FloatArray:
    """∂P/∂F (n, k, k) [Pa], by a small change of each of the k components of F.

    Args:
        law: of the solid.
        F: (n, k) at the end of the step.
        before: the points before it.
        dt: the step [s].
        P: what `stress` gives there.
        stress: from F to P.
    """
    components = F.shape[1]
    found = np.empty((len(F), components, components))
    for component in range(components):
        moved = F.copy()
        moved[:, component] += PERTURBATION
        found[:, :, component] = (stress(law, moved, before, dt)[0] - P) / PERTURBATION
    return found
