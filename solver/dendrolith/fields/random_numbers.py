"""Random numbers at the nodes that depend on seed, step and node alone, not on the ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from scipy.special import ndtri

from dendrolith.domain.domain import Domain
from dendrolith.fields.numbering import original_numbers

FloatArray = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

# of SplitMix64 (Steele, Lea and Flood 2014, 10.1145/2660193.2660195)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ROUNDS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


class NodalRandomNumbers:
    """Standard normal numbers at the nodes of a scalar P1 space.

    The number of a node follows from its own number, as the mesh was made: a rank makes no more
    than it needs, and any number of ranks makes the same ones.
    """

    def __init__(self, domain: Domain, space: fem.FunctionSpace, seed: int) -> None:
        self._seed = np.array([seed], dtype=np.uint64)
        self._original: Words = original_numbers(domain, space).astype(np.uint64)

    def draw(self, step: int) -> FloatArray:
        """Numbers of step `step` at the nodes of this rank, ghosts included."""
        stream = mixed(mixed(self._seed) + np.uint64(step))
        words = mixed(stream + self._original * GOLDEN)
        numbers: FloatArray = ndtri(((words >> np.uint64(11)) + 0.5) * 2.0**-53)
        return numbers


def mixed(words: Words) -> Words:
    """Words as random as SplitMix64 makes them, unlike for unlike ones."""
    for shift, factor in ROUNDS:
        words = (words ^ (words >> np.uint64(shift))) * np.uint64(factor)
    return words
