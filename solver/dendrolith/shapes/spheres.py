"""Random round pores from a seed: fraction and mean size are met exactly on the sharp shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from dendrolith.core.errors import ConfigError
from dendrolith.studies.plating.schema import Geometry, Pores

FloatArray = npt.NDArray[np.float64]

TRIES_PER_PORE = 20_000
ARRANGEMENTS = 5  # a few large spheres may block all places for the rest: start again
UNIT_BALL = {2: math.pi / 4, 3: math.pi / 6}  # area or volume of diameter 1


@dataclass(frozen=True, slots=True)
class Balls:
    """Sharp pore shapes: discs in 2-D, spheres in 3-D.

    Attributes:
        centres: (n, dim) [m].
        radii: (n,) [m].
        geometry: the cell; where its sides are periodic, every ball has images beyond them.
    """

    centres: FloatArray
    radii: FloatArray
    geometry: Geometry

    def distance(self, x: FloatArray) -> FloatArray:
        """Signed distance to the nearest pore wall [m] at points (2 or 3, n), negative in pores."""
        d = np.full(x.shape[1], np.inf)
        for centre, radius in zip(self.centres, self.radii, strict=True):
            np.minimum(d, _distance(self.geometry, x, centre) - radius, out=d)
        return d

    def order_parameter(self, x: FloatArray, wall_width: float) -> FloatArray:
        """ρ = tanh(2d/δ_ρ) [1]."""
        rho: FloatArray = np.tanh(2 * self.distance(x) / wall_width)
        return rho


def random_pores(
    geometry: Geometry, pores: Pores, lithium_distance: Callable[[FloatArray], FloatArray]
) -> Balls:
    """Place non-overlapping balls in the electrolyte, clear of lithium and of the cell's sides.

    The same numbers on every rank: only the seed decides.

    Args:
        geometry: the cell.
        pores: fraction, sizes, seed and wall width.
        lithium_distance: signed distance to the initial lithium [m] at points (dim, n).

    Raises:
        ConfigError: the box is too small for the fraction and size, or the balls do not fit.
    """
    generator = np.random.default_rng(pores.seed)
    radii = np.sort(_diameters(geometry, pores, generator) / 2)[::-1]
    gap = 1.5 * pores.walls.wall_width
    widest = 2 * radii[0] + gap
    if widest >= min(geometry.electrolyte_thickness, *geometry.face):
        raise ConfigError(
            [f"pores: a pore of {2 * radii[0]:.3g} m does not fit into the electrolyte clear of "
             "its sides: enlarge the cell or lower pores.mean_diameter"]
        )  # fmt: skip
    most = 0
    for _ in range(ARRANGEMENTS):
        centres = _arrange(geometry, radii, gap, generator, lithium_distance)
        if len(centres) == radii.size:
            return Balls(centres, radii, geometry)
        most = max(most, len(centres))
    raise ConfigError(
        [f"pores: only {most} of {radii.size} pores fit without touching: lower pores.fraction"
         " or pores.walls.wall_width, or enlarge the cell"]
    )  # fmt: skip


def _distance(geometry: Geometry, x: FloatArray, centre: FloatArray) -> FloatArray:
    """Distance [m] of points (2 or 3, n) from a centre (dim,), or from its nearest image."""
    apart = [geometry.apart(x[axis] - where, axis) for axis, where in enumerate(centre)]
    distance: FloatArray = np.linalg.norm(apart, axis=0)
    return distance


def _arrange(
    geometry: Geometry,
    radii: FloatArray,
    gap: float,
    generator: np.random.Generator,
    lithium_distance: Callable[[FloatArray], FloatArray],
) -> FloatArray:
    """Centres (n, dim) [m] of as many balls as found a place one after another."""
    lowest = np.array([geometry.lithium_thickness, *(0.0 for _ in geometry.face)])
    highest = np.array(geometry.extents)
    # a side that is periodic is none
    walls = np.array([1.0, *((0.0 if geometry.periodic else 1.0) for _ in geometry.face)])
    centres = np.empty((0, lowest.size))
    for k, radius in enumerate(radii):
        margin = radius + gap / 2
        for _ in range(TRIES_PER_PORE):
            c = generator.uniform(lowest + margin * walls, highest - margin * walls)
            clear_of_pores = _distance(geometry, centres.T, c) > radii[:k] + radius + gap
            if clear_of_pores.all() and lithium_distance(c[:, None])[0] > margin:
                centres = np.vstack([centres, c])
                break
        else:
            break
    return centres


def _diameters(geometry: Geometry, pores: Pores, generator: np.random.Generator) -> FloatArray:
    """Diameters [m] whose mean and total area (3-D: volume) are exactly the wanted ones.

    n pores of mean d̄ fill φV if the mean of (d/d̄)^dim is φV/(n v d̄^dim), v that of a ball of
    diameter 1. Of a spread s this mean is 1 + s² in 2-D, 1 + 3s² in 3-D for a symmetric sample: n
    is the number whose s comes nearest the wanted one.
    """
    dim, mean = geometry.dim, pores.mean_diameter
    volume = pores.fraction * geometry.electrolyte_thickness * geometry.electrode_area
    of_mean_size = volume / (UNIT_BALL[dim] * mean**dim)
    n_largest = math.floor(of_mean_size)
    if n_largest < 1:
        raise ConfigError(["pores: the electrolyte is too small for one pore of the mean size"])
    spreads = {
        n: math.sqrt((of_mean_size / n - 1) / math.comb(dim, 2))
        for n in range(max(1, n_largest // 2), n_largest + 1)
    }
    n = min(spreads, key=lambda n: abs(spreads[n] - pores.diameter_spread))
    if n == 1 and spreads[n] > 0.005:
        raise ConfigError(["pores: a single pore cannot meet both fraction and mean diameter"])
    if n == 1:
        return np.full(1, mean)
    sample = np.clip(generator.standard_normal(n), -2.0, 2.0)
    sample = (sample - sample.mean()) / sample.std()
    spread = _spread(sample, of_mean_size / n, dim)
    diameters: FloatArray = mean * (1 + spread * sample)
    if diameters.min() < mean / 4:
        raise ConfigError(
            [f"pores: {n} pores cannot meet fraction and mean diameter with a sensible spread "
             f"({spread:.2f} instead of {pores.diameter_spread:g}): enlarge the cell"]
        )  # fmt: skip
    return diameters


def _spread(sample: FloatArray, wanted: float, dim: int) -> float:
    """The s with mean((1 + s z)^dim) = `wanted` for the standardised sample z."""

    def excess(s: float) -> float:
        return float(np.mean((1 + s * sample) ** dim)) - wanted

    largest = 1 / abs(float(sample.min()))  # where the smallest pore vanishes
    if excess(0.0) >= 0 or excess(largest) <= 0:
        return 0.0 if excess(0.0) >= 0 else largest
    return float(brentq(excess, 0.0, largest, xtol=1e-15))
