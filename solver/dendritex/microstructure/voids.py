"""Random round pores from a seed: fraction and mean size are met exactly on the sharp shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendritex.config.schema import Geometry, Pores
from dendritex.errors import ConfigError

FloatArray = npt.NDArray[np.float64]

TRIES_PER_PORE = 20_000


@dataclass(frozen=True, slots=True)
class Discs:
    """Sharp pore shapes.

    Attributes:
        centres: (n, 2) [m].
        radii: (n,) [m].
    """

    centres: FloatArray
    radii: FloatArray

    def distance(self, x: FloatArray) -> FloatArray:
        """Signed distance to the nearest pore wall [m] at points (2 or 3, n), negative in pores."""
        d = np.full(x.shape[1], np.inf)
        for (cx, cy), radius in zip(self.centres, self.radii, strict=True):
            np.minimum(d, np.hypot(x[0] - cx, x[1] - cy) - radius, out=d)
        return d

    def order_parameter(self, x: FloatArray, wall_width: float) -> FloatArray:
        """ρ = tanh(2d/δ_ρ) [1]."""
        rho: FloatArray = np.tanh(2 * self.distance(x) / wall_width)
        return rho


def random_pores(
    geometry: Geometry, pores: Pores, lithium_distance: Callable[[FloatArray], FloatArray]
) -> Discs:
    """Place non-overlapping discs in the electrolyte, clear of lithium and of the cell's sides.

    The same numbers on every rank: only the seed decides.

    Args:
        geometry: the cell.
        pores: fraction, sizes, seed and wall width.
        lithium_distance: signed distance to the initial lithium [m] at points (2, n).

    Raises:
        ConfigError: the box is too small for the fraction and size, or the discs do not fit.
    """
    generator = np.random.default_rng(pores.seed)
    radii = np.sort(_diameters(geometry, pores, generator) / 2)[::-1]
    gap = 1.5 * pores.walls.wall_width
    left = geometry.lithium_thickness
    right = left + geometry.electrolyte_thickness
    centres = np.empty((radii.size, 2))
    for k, radius in enumerate(radii):
        margin = radius + gap / 2
        if 2 * margin >= min(right - left, geometry.height):
            raise ConfigError(
                [f"pores: a pore of {2 * radius:.3g} m does not fit into the electrolyte clear of "
                 "its sides: enlarge the cell or lower pores.mean_diameter"]
            )  # fmt: skip
        for _ in range(TRIES_PER_PORE):
            c = generator.uniform(
                (left + margin, margin), (right - margin, geometry.height - margin)
            )
            clear_of_pores = np.hypot(*(centres[:k] - c).T) > radii[:k] + radius + gap
            if clear_of_pores.all() and lithium_distance(c[:, None])[0] > margin:
                centres[k] = c
                break
        else:
            raise ConfigError(
                [f"pores: only {k} of {radii.size} pores fit without touching: lower pores.fraction"
                 " or pores.walls.wall_width, or enlarge the cell"]
            )  # fmt: skip
    return Discs(centres, radii)


def _diameters(geometry: Geometry, pores: Pores, generator: np.random.Generator) -> FloatArray:
    """Diameters [m] whose mean and total area are exactly the wanted ones.

    n pores of mean d̄ fill φA if their variance is 4φA/(πn) − d̄²: n is the number whose spread
    comes nearest the wanted one, and a drawn sample is then shifted and scaled to it.
    """
    area = pores.fraction * geometry.electrolyte_thickness * geometry.height
    mean = pores.mean_diameter
    n_largest = math.floor(4 * area / (math.pi * mean**2))
    candidates = [n for n in range(max(1, n_largest // 2), n_largest + 1)]
    spreads = {
        n: math.sqrt(max(4 * area / (math.pi * n) - mean**2, 0.0)) / mean for n in candidates
    }
    if not candidates:
        raise ConfigError(["pores: the electrolyte is too small for one pore of the mean size"])
    n = min(candidates, key=lambda n: abs(spreads[n] - pores.diameter_spread))
    if n == 1 and spreads[n] > 0.005:
        raise ConfigError(["pores: a single pore cannot meet both fraction and mean diameter"])
    if n == 1:
        return np.full(1, mean)
    sample = np.clip(generator.standard_normal(n), -2.0, 2.0)
    sample = (sample - sample.mean()) / sample.std()
    diameters: FloatArray = mean * (1 + spreads[n] * sample)
    if diameters.min() < mean / 4:
        raise ConfigError(
            [f"pores: {n} pores cannot meet fraction and mean diameter with a sensible spread "
             f"({spreads[n]:.2f} instead of {pores.diameter_spread:g}): enlarge the cell"]
        )  # fmt: skip
    return diameters
