"""How critical currents depend on the size of the cell: weakest link in area, not in thickness.

    weakest link:  J₀ ∝ A^{−1/m} at constant m

Facets have independent critical currents on a square lattice. Cells side by side fail by the
weakest, so the law holds in area. A path is a chain of facets: in thickness it does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dendrolith.networks.bottleneck import Bottleneck
from dendrolith.networks.graph import FloatArray
from dendrolith.networks.lattices import square
from dendrolith.networks.observations import observations
from dendrolith.networks.weibull import fit_weibull

AREA, THICKNESS = "area", "thickness"
LENGTH, WIDTH = 4, 32  # facets of the smallest cell
FACTORS = (1, 2, 4, 8)
SAMPLES = 600
BOND_SHAPE = 2.0  # Weibull modulus of a facet


@dataclass(frozen=True, slots=True)
class SizeEffect:
    """One size.

    Attributes:
        along: `AREA` or `THICKNESS`.
        factor: over the smallest cell.
        shape, scale: m and J₀ (over that of a facet).
        predicted: J₀ by the weakest link from the smallest cell.
    """

    along: str
    factor: int
    shape: float
    scale: float
    predicted: float


def size_effects(seed: int, samples: int = SAMPLES) -> list[SizeEffect]:
    """Fits for both directions of growth, smallest cells first."""
    found = []
    for number, along in enumerate((AREA, THICKNESS)):
        first = None
        for factor in FACTORS:
            grows = (1, factor) if along == AREA else (factor, 1)
            rng = np.random.default_rng(np.random.SeedSequence([seed, number, factor]))
            fitted = fit_weibull(observations(_currents(*grows, samples, rng)))
            first = first or fitted
            found.append(
                SizeEffect(
                    along,
                    factor,
                    fitted.shape,
                    fitted.scale,
                    first.scale * factor ** (-1.0 / first.shape),
                )
            )
    return found


def _currents(along: int, across: int, samples: int, rng: np.random.Generator) -> FloatArray:
    graph = square(LENGTH * along + 1, WIDTH * across, 1.0)
    paths = Bottleneck(graph)
    return np.array(
        [paths.current(rng.weibull(BOND_SHAPE, len(graph.edges))) for _ in range(samples)]
    )
