"""Connected lithium of a cell, found once a step for all who look at it."""

from __future__ import annotations

from collections.abc import Mapping

from petsc4py import PETSc

from dendrolith.domain.domain import Domain
from dendrolith.fields.connected import HALF, PieceFinder, Pieces
from dendrolith.observables.base import StepView
from dendrolith.studies.plating.islands import metal_begins
from dendrolith.studies.plating.laws import Laws

LITHIUM = HALF
# The other two say how much that choice matters.
THRESHOLDS = (LITHIUM, 0.3, 0.7)


class StepPieces:
    """Pieces of lithium at several thresholds of ξ, the smallest of which is where metal begins.

    Attributes:
        finder: finds them; holds edges and volumes of the nodes.
    """

    def __init__(self, laws: Laws, domain: Domain, volume: PETSc.Vec) -> None:
        thresholds = tuple(dict.fromkeys((*THRESHOLDS, metal_begins(laws))))
        space, owned = laws.f.scalar_space, volume.array.copy()
        self.finder = PieceFinder(domain, space, owned, thresholds)
        self._xi, self._views = laws.f.xi, [StepView(-1.0, 0.0)]
        self._pieces: Mapping[float, Pieces] = {}

    def at(self, view: StepView) -> Mapping[float, Pieces]:
        """The pieces after a step by threshold, labelled when first asked for (collective)."""
        if self._views[0] is not view:
            self._pieces, self._views = self.finder.find(self._xi.x.array), [view]
        return self._pieces
