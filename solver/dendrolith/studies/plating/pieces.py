"""Connected lithium of a cell, found once a step for all who ask: observables and solvers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from petsc4py import PETSc

from dendrolith.core.parallel import all_agree
from dendrolith.domain.domain import Domain
from dendrolith.domain.extents import SIDES
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import HALF, PieceFinder, Pieces
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.laws import Laws

LITHIUM = HALF
# The other two say how much that choice matters.
THRESHOLDS = (LITHIUM, 0.3, 0.7)

ACROSS = SIDES[2:]  # those that are no electrodes

# Where m has no threshold it is above zero everywhere; below this ξ it is less than 0.0012.
LEAST_METAL = 0.05


class StepPieces:
    """Pieces of lithium at several thresholds of ξ, the smallest of which is where metal begins.

    Attributes:
        finder: finds them; holds edges and volumes of the nodes.
        mirrors: (n_sides, n_owned) nodes on each side beyond which lithium goes on in its image.
    """

    def __init__(self, laws: Laws, domain: Domain, volume: PETSc.Vec) -> None:
        thresholds = tuple(dict.fromkeys((*THRESHOLDS, metal_begins(laws))))
        space, owned = laws.f.scalar_space, volume.array.copy()
        self.finder = PieceFinder(domain, space, owned, thresholds)
        sides = [side for side in ACROSS if side in domain.boundaries]  # joined ones are none
        self.mirrors = np.zeros((len(sides), self.finder.owned), dtype=bool)
        for mask, side in zip(self.mirrors, sides, strict=True):
            nodes = dofs_on(space, domain, side)
            mask[nodes[nodes < self.finder.owned]] = True
        self._comm, self._xi = domain.comm, laws.f.xi.x
        self._labelled = np.full_like(self._xi.array, np.nan)
        self._pieces: Mapping[float, Pieces] = {}

    def now(self) -> Mapping[float, Pieces]:
        """The pieces of the present ξ by threshold, labelled when first asked for (collective)."""
        if not all_agree(self._comm, np.array_equal(self._xi.array, self._labelled)):
            self._pieces = self.finder.find(self._xi.array)
            self._labelled[:] = self._xi.array
        return self._pieces


def metal_begins(laws: Laws) -> float:
    """Least ξ at which a point counts as metal: where m(ξ) > 0 [1]."""
    return max(in_numbers(laws.lithium).metal_threshold, LEAST_METAL)
