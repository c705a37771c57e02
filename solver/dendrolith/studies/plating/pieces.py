"""Connected lithium of a cell, found once a step for all who look at it."""

from __future__ import annotations

from collections.abc import Mapping

from dendrolith.fields.connected import HALF, PieceFinder, Pieces
from dendrolith.observables.base import StepView
from dendrolith.studies.plating.islands import metal_begins
from dendrolith.studies.plating.model import Model

LITHIUM = HALF
# The other two say how much that choice matters.
THRESHOLDS = (LITHIUM, 0.3, 0.7)


class StepPieces:
    """Pieces of lithium at several thresholds of ξ, the smallest of which is where metal begins.

    Attributes:
        finder: finds them; holds edges and volumes of the nodes.
    """

    def __init__(self, model: Model) -> None:
        thresholds = tuple(dict.fromkeys((*THRESHOLDS, metal_begins(model))))
        volume = model.nodal_volume.array.copy()
        self.finder = PieceFinder(model.domain, model.f.scalar_space, volume, thresholds)
        self._xi, self._views = model.f.xi, [StepView(-1.0, 0.0)]
        self._pieces: Mapping[float, Pieces] = {}

    def at(self, view: StepView) -> Mapping[float, Pieces]:
        """The pieces after a step by threshold, labelled when first asked for (collective)."""
        if self._views[0] is not view:
            self._pieces, self._views = self.finder.find(self._xi.x.array), [view]
        return self._pieces
