"""The toughness that a crack along a boundary finds: less tough in a band, tough beside it.

    G_eff = min over d of ∫ G(t)/c_w [w(d)/ℓ + ℓ d′²] dt,  d(0) = 1,  d → 0
    AT1: (G d′)′ = G/(2ℓ²) while d > 0,  d = d′ = 0 at its end      AT2: (G d′)′ = G d/ℓ²

t  distance from the boundary [m]      G(t)  toughness there [J/m²]      d  damage of the crack [1]

The profile of a crack is wider than a band of width w < 3ℓ and pays for the grains beside it too:
with G_gb/G_g = ½ in a band of w = ℓ AT1 finds 0.65 G_g. So the toughness of the band is chosen such
that the crack finds what the input says.

On a mesh a crack is broken over a width B, and d falls from its edges: what lies within B is paid
for whole. In a narrow band d falls within the band itself, and there B counts: one of w = ℓ/2 that
costs 0.45 G_g where B → 0 costs 0.69 G_g with B = 0.17 ℓ.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_banded
from scipy.optimize import brentq

from dendrolith.physics.fracture import AT1, AT2

FloatArray = npt.NDArray[np.float64]
Band = Callable[[FloatArray], FloatArray]  # t/ℓ → G(t)/G_g

POINTS = 8000
LEAST_RATIO = 1e-3  # of a band: below it the profile is no longer resolved
IN_BROKEN = {AT1: 3 / 8, AT2: 1 / 2}  # energy of d = 1 over B/ℓ, 1/c_w
REACH = 16.0  # of the profile of AT2 beyond which nothing is left [ℓ]


def felt_toughness(band: Band, model: str, broken: float = 0.0) -> float:
    """G_eff/G_g [1] of a crack in the middle of a band, both on the same mesh.

    Args:
        band: G(t)/G_g at distances t/ℓ ≥ 0 from its middle.
        model: AT1 or AT2.
        broken: B/ℓ; 0: no mesh.
    """
    step, half = REACH / POINTS, broken / 2
    beside, within = (np.arange(POINTS) + 0.5) * step, (np.arange(POINTS) + 0.5) * half / POINTS
    profile = (_of_at1 if model == AT1 else _of_at2)(band(half + beside), step)
    row = broken * IN_BROKEN[model]
    return (profile + row * float(np.mean(band(within)))) / (1 + row)


def _of_at1(q: FloatArray, step: float) -> float:
    """G_eff/G_g of AT1: −G d′ = ½ ∫ G up to the end of the crack, to which d falls from 1 to 0.

    Args:
        q: G/G_g in equal parts from the middle on.
        step: their width over ℓ.
    """
    middle, held = (np.arange(len(q)) + 0.5) * step, np.append(0.0, np.cumsum(q) * step)
    ends: FloatArray = np.arange(len(q) + 1, dtype=np.float64) * step

    def flux(end: float) -> FloatArray:
        whole = np.interp([end], ends, held)
        found: FloatArray = np.maximum(whole - np.interp(middle, ends, held), 0.0) / 2
        return found

    end = brentq(lambda end: float(np.sum(flux(end) / q) * step) - 1, step, REACH)
    slope = -flux(float(end)) / q
    d = np.append(1.0, 1 + np.cumsum(slope) * step)
    held_d = np.where(slope < 0, np.maximum((d[1:] + d[:-1]) / 2, 0.0), 0.0)
    return float(2 * 3 / 8 * np.sum(q * (held_d + slope**2)) * step)


def _of_at2(q: FloatArray, step: float) -> float:
    """G_eff/G_g of AT2, linear in d; arguments as above."""
    points = len(q) + 1
    conduct, hold = q / step, q * step / 2
    diagonal = np.zeros(points)
    diagonal[:-1] += conduct + hold
    diagonal[1:] += conduct + hold
    bands = np.zeros((3, points))
    bands[0, 1:], bands[1], bands[2, :-1] = -conduct, diagonal, -conduct
    bands[1, 0], bands[0, 1] = 1.0, 0.0
    right = np.zeros(points)
    right[0] = 1.0
    d = solve_banded((1, 1), bands, right)
    slope = np.diff(d) / step
    held_d = (d[1:] ** 2 + d[:-1] ** 2) / 2
    return float(np.sum(q * (held_d + slope**2)) * step)


def band_ratio(felt: float, shape: Band, model: str, broken: float = 0.0) -> float:
    """G/G_g [1] in the middle of a band at which a crack along it finds `felt` of G_g.

    Args:
        felt: G_eff/G_g wanted, at most 1.
        shape: b(t/ℓ) of the band, 1 in its middle: G/G_g = 1 − (1 − ratio) b.
        model: AT1 or AT2.
        broken: B/ℓ; 0: no mesh.

    Raises:
        ValueError: the band is too narrow: a crack along it finds more whatever is in it.
    """

    def excess(ratio: float) -> float:
        return felt_toughness(lambda t: 1 - (1 - ratio) * shape(t), model, broken) - felt

    least = excess(LEAST_RATIO)
    if least > 0:
        raise ValueError(f"a crack along so narrow a band finds {least + felt:.2g} of G_c or more")
    return float(brentq(excess, LEAST_RATIO, 1.0, xtol=1e-6)) if felt < 1 else 1.0


def ratio_of_gaussian(felt: float, width: float, model: str, broken: float = 0.0) -> float:
    """G/G_g [1] in the middle of a band b = e^{−(2t/w)²}, `width` w/ℓ; else as `band_ratio`."""
    return band_ratio(felt, lambda t: np.exp(-((2 * t / width) ** 2)), model, broken)
