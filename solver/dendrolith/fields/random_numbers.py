"""Random numbers at the nodes that depend on seed and step alone, not on the ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.domain.domain import Domain
from dendrolith.fields.numbering import original_numbers

FloatArray = npt.NDArray[np.float64]


class NodalRandomNumbers:
    """Standard normal numbers at the nodes of a scalar P1 space.

    Every rank draws the numbers of the whole mesh, in the order in which the mesh was made, and
    takes those of its own nodes: a few nanoseconds a node, and the same on any number of ranks.
    """

    def __init__(self, domain: Domain, space: fem.FunctionSpace, seed: int) -> None:
        self._seed = seed
        self._original = original_numbers(domain, space)
        self._nodes = int(space.mesh.geometry.index_map().size_global)

    def draw(self, step: int) -> FloatArray:
        """Numbers of step `step` at the nodes of this rank, ghosts included."""
        generator = np.random.Generator(np.random.Philox(key=self._seed, counter=[0, 0, step, 0]))
        numbers: FloatArray = generator.standard_normal(self._nodes)[self._original]
        return numbers
