"""Interpolation functions of nodal values: what `physics.interpolation` writes for forms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.physics.crack_access import OPENS_FROM, OPENS_OVER
from dendrolith.physics.interpolation import (
    interpolation,
    interpolation_prime,
    smoothstep,
    smoothstep_prime,
)

FloatArray = npt.NDArray[np.float64]


def metal(xi: FloatArray, threshold: float) -> FloatArray:
    """Values of m(ξ) [1]."""
    fraction: FloatArray = smoothstep(_between(xi, threshold))
    return fraction


def metal_slope(xi: FloatArray, threshold: float) -> FloatArray:
    """m′(ξ) (1 − 2ξ_c) [1]."""
    slope: FloatArray = smoothstep_prime(_between(xi, threshold))
    return slope


def phase(xi: FloatArray) -> FloatArray:
    """H of the clamped ξ [1]."""
    fraction: FloatArray = interpolation(np.clip(xi, 0.0, 1.0))
    return fraction


def phase_slope(xi: FloatArray) -> FloatArray:
    """h′ of the clamped ξ [1]."""
    slope: FloatArray = interpolation_prime(np.clip(xi, 0.0, 1.0))
    return slope


def solid(rho: FloatArray) -> FloatArray:
    """Values of s(ρ) [1]."""
    fraction: FloatArray = np.clip((1 + rho) / 2, 0.0, 1.0)
    return fraction


def opened(d: FloatArray) -> FloatArray:
    """A_d of damage [1]."""
    part: FloatArray = smoothstep(np.clip((d - OPENS_FROM) / OPENS_OVER, 0.0, 1.0))
    return part


def _between(xi: FloatArray, threshold: float) -> FloatArray:
    """Where ξ lies between the threshold and one less it, within 0 and 1."""
    return np.clip((xi - threshold) / (1 - 2 * threshold), 0.0, 1.0)
