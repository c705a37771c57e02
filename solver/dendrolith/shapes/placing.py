"""Random spheres from a seed: fraction and mean size are met exactly on the sharp shapes.

A single sphere has the mean size, and the fraction to `SINGLE`. Where no spheres have both, or they
do not fit, the message names the nearest fraction that would do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from dendrolith.core.errors import ConfigError
from dendrolith.domain.extents import BoxGeometry
from dendrolith.shapes.shape import Shape
from dendrolith.shapes.spheres import LARGEST_FRACTION, RandomSpheres, Spheres, distance_from

FloatArray = npt.NDArray[np.float64]

TRIES_PER_SPHERE = 20_000
FEWEST_POINTS = 8  # drawn at once
# Clear distances over the mean diameter, tried from the widest on: where spheres lie does not
# depend on the width of their walls. Random spheres fill no more than the saturated part of space.
SPACINGS = (0.75, 0.5, 0.25)
SATURATED = {2: 0.547, 3: 0.384}  # of random sequential addition
ARRANGEMENTS = 5  # a few large spheres may block all places for the rest: start again
UNIT_BALL = {2: math.pi / 4, 3: math.pi / 6}  # area or volume of diameter 1
SINGLE = 0.01  # part of its area or volume by which a single sphere may miss the fraction
MOST_TRIALS = 10  # of other fractions, for a message
LOWERED = 0.9  # fraction over the one tried before
TRIALS = 2  # arrangements of each


@dataclass(frozen=True, slots=True)
class Layer:
    """The part of a box that spheres may fill.

    Attributes:
        box: the whole.
        start: where the layer begins along x [m]; it ends with the box.
        thickness: of the layer [m].
    """

    box: BoxGeometry
    start: float
    thickness: float


def random_spheres(wanted: RandomSpheres, layer: Layer, gap: float, clear_of: Shape) -> Spheres:
    """Place non-overlapping spheres in a layer, clear of a shape and of the sides of the box.

    The same numbers on every rank: only the seed decides. They keep the widest of `SPACINGS` that
    leaves room for all, or where that is less, `gap`.

    Args:
        wanted: fraction, sizes and seed.
        layer: where.
        gap: smallest distance between two surfaces; to sides and shape half of it [m].
        clear_of: no sphere touches this shape.

    Raises:
        ConfigError: the box is too small for the fraction and size, or the spheres do not fit.
    """
    try:
        return _widest(wanted, layer, gap, clear_of)
    except ConfigError as error:
        raise ConfigError(f"{error}{_cure(wanted, layer, gap, clear_of)}") from None


def _widest(wanted: RandomSpheres, layer: Layer, gap: float, clear_of: Shape) -> Spheres:
    """Place them with the widest clear distance; arguments and errors as of `random_spheres`."""
    for spacing in SPACINGS:
        wide = spacing * wanted.mean_diameter
        crowding = wanted.fraction * (1 + spacing) ** layer.box.dim
        if wide >= gap and crowding < SATURATED[layer.box.dim]:
            try:
                return _place(wanted, layer, wide, clear_of)
            except ConfigError:
                continue
    return _place(wanted, layer, gap, clear_of)


def _cure(wanted: RandomSpheres, layer: Layer, gap: float, clear_of: Shape) -> str:
    """The nearest fraction that fits, or else the size of one sphere, as the end of a message."""
    others = sorted(_fractions(wanted, layer), key=lambda f: abs(f - wanted.fraction))
    single = wanted.mean_diameter * _of_mean_size(wanted, layer) ** (1 / layer.box.dim)
    diameter = float(f"{single:.4g}")
    trials = [(replace(wanted, fraction=f), f"pores.fraction {f:g}") for f in others]
    one = f"pores.mean_diameter {1e6 * diameter:g} um, a single pore,"
    for trial, words in [*trials, (replace(wanted, mean_diameter=diameter), one)]:
        try:
            _place(trial, layer, gap, clear_of, arrangements=TRIALS)
        except ConfigError:
            continue
        return f"; {words} would do"
    return ""


def _fractions(wanted: RandomSpheres, layer: Layer) -> set[float]:
    """Fractions, to four digits, that some number of spheres has with the wanted spread."""
    dim, number = layer.box.dim, _of_mean_size(wanted, layer)
    larger = 1 + math.comb(dim, 2) * wanted.diameter_spread**2
    fewer = (math.floor(number * LOWERED**k) for k in range(MOST_TRIALS))
    found = set()
    for n in {math.ceil(number), *fewer, 1} - {0}:
        share = n * wanted.fraction / number * (larger if n > 1 else 1.0)
        found.add(float(f"{share:.4g}"))
    return {fraction for fraction in found if fraction <= LARGEST_FRACTION}


def _of_mean_size(wanted: RandomSpheres, layer: Layer) -> float:
    """How many spheres of the mean size have the wanted fraction."""
    dim = layer.box.dim
    volume = wanted.fraction * layer.thickness * layer.box.face_area
    return volume / (UNIT_BALL[dim] * wanted.mean_diameter**dim)


def _place(
    wanted: RandomSpheres,
    layer: Layer,
    gap: float,
    clear_of: Shape,
    arrangements: int = ARRANGEMENTS,
) -> Spheres:
    """Place them with one clear distance; arguments and errors as of `random_spheres`."""
    generator = np.random.default_rng(wanted.seed)
    radii = np.sort(_diameters(layer, wanted, generator) / 2)[::-1]
    room = min(layer.thickness, *layer.box.face) - gap
    if 2 * radii[0] >= room:
        raise ConfigError(
            f"pores: a pore of {2e6 * radii[0]:.3g} um does not fit into the electrolyte clear "
            f"of its sides: enlarge the cell, or lower pores.mean_diameter below "
            f"{1e6 * max(room, 0.0) * wanted.mean_diameter / (2 * radii[0]):.3g} um"
        )
    most = 0
    for _ in range(arrangements):
        centres = _arrange(layer, radii, gap, generator, clear_of)
        if len(centres) == radii.size:
            return Spheres(centres, radii, layer.box)
        most = max(most, len(centres))
    raise ConfigError(
        f"pores: only {most} of {radii.size} pores fit without touching: lower pores.fraction"
        " or pores.walls.wall_width, or enlarge the cell"
    )


def _arrange(
    layer: Layer, radii: FloatArray, gap: float, generator: np.random.Generator, clear_of: Shape
) -> FloatArray:
    """Centres (n, dim) [m] of as many spheres as found a place one after another."""
    box = layer.box
    lowest = np.array([layer.start, *(0.0 for _ in box.face)])
    highest = np.array(box.extents)
    # a side that is periodic is none
    walls = np.array([1.0, *((0.0 if box.periodic else 1.0) for _ in box.face)])
    centres: FloatArray = np.empty((0, lowest.size))
    for k, radius in enumerate(radii):
        margin = radius + gap / 2
        taken = Spheres(centres, radii[:k], box)
        inside = lowest + margin * walls, highest - margin * walls
        centre = _first_free(inside, radius, gap, taken, generator, clear_of)
        if centre is None:
            break
        centres = np.vstack([centres, centre])
    return centres


def _first_free(
    inside: tuple[FloatArray, FloatArray],
    radius: float,
    gap: float,
    taken: Spheres,
    generator: np.random.Generator,
    clear_of: Shape,
) -> FloatArray | None:
    """The first point (dim,) [m] drawn in a box that is clear of all else; None if none is.

    Points are drawn and looked at together, twice as many each time. The generator stays as if they
    were drawn one by one.
    """
    tried, dim = 0, inside[0].size
    while tried < TRIES_PER_SPHERE:
        before = generator.bit_generator.state
        number = min(tried + FEWEST_POINTS, TRIES_PER_SPHERE - tried)
        points = generator.uniform(*inside, (number, dim))
        distance = distance_from(taken.box, points.T[..., None], taken.centres.T)
        free = (distance > taken.radii + radius + gap).all(axis=1)
        free &= clear_of.distance(points.T) > radius + gap / 2
        if free.any():
            first = int(free.argmax())
            generator.bit_generator.state = before
            generator.uniform(*inside, (first + 1, dim))
            found: FloatArray = points[first]
            return found
        tried += number
    return None


def _diameters(layer: Layer, wanted: RandomSpheres, generator: np.random.Generator) -> FloatArray:
    """Diameters [m] whose mean and total area (3-D: volume) are exactly the wanted ones.

    n spheres of mean d̄ fill φV if the mean of (d/d̄)^dim is φV/(n v d̄^dim), v that of a sphere of
    diameter 1. Of a spread s this mean is 1 + s² in 2-D, 1 + 3s² in 3-D for a symmetric sample: n
    is the number whose s comes nearest the wanted one.
    """
    dim, mean, of_mean_size = layer.box.dim, wanted.mean_diameter, _of_mean_size(wanted, layer)
    n_largest = math.floor(of_mean_size)
    spreads = {
        n: math.sqrt((of_mean_size / n - 1) / math.comb(dim, 2))
        for n in range(max(1, n_largest // 2), n_largest + 1)
    }
    n = min(spreads, key=lambda n: abs(spreads[n] - wanted.diameter_spread), default=1)
    if n == 1 and abs(of_mean_size - 1) > SINGLE:
        raise ConfigError(
            f"pores: fraction {wanted.fraction:g} is {of_mean_size:.3g} pores of "
            f"{1e6 * mean:.4g} um: change fraction or mean_diameter, or enlarge the cell"
        )
    if n == 1:
        return np.full(1, mean)
    sample = np.clip(generator.standard_normal(n), -2.0, 2.0)
    sample = (sample - sample.mean()) / sample.std()
    spread = _spread(sample, of_mean_size / n, dim)
    diameters: FloatArray = mean * (1 + spread * sample)
    if diameters.min() < mean / 4:
        raise ConfigError(
            f"pores: {n} pores cannot meet fraction and mean diameter with a sensible spread "
            f"({spread:.2f} instead of {wanted.diameter_spread:g}): enlarge the cell"
        )
    return diameters


def _spread(sample: FloatArray, wanted: float, dim: int) -> float:
    """The s with mean((1 + s z)^dim) = `wanted` for the standardised sample z."""

    def excess(s: float) -> float:
        return float(np.mean((1 + s * sample) ** dim)) - wanted

    largest = 1 / abs(float(sample.min()))  # where the smallest pore vanishes
    if excess(0.0) >= 0 or excess(largest) <= 0:
        return 0.0 if excess(0.0) >= 0 else largest
    return float(brentq(excess, 0.0, largest, xtol=1e-15))
