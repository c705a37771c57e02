"""How far cracks are ahead of the lithium in them, and when each comes to the other electrode."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.parallel import largest_of_each
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import HALF, PieceFinder
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.crack_access import HALF_OPEN
from dendrolith.studies.plating.crack_nodes import BROKEN, CrackNodes
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.schema import Geometry

FloatArray = npt.NDArray[np.float64]


class DryCrack(Observable):
    """Cracks and the lithium in them along x, from the foil on.

    A crack is connected nodes with A_d > ½. Of those that begin within ℓ of the foil `crack_tip` is
    the farthest node with d > 0.9, `lithium_in_crack` the farthest with ξ > ½. Over all cracks
    `dry_crack_length` is the largest distance in x from their lithium to their tip; without lithium
    from their near end. `crack_through` and `lithium_through` are when a crack from the foil, and
    the lithium in it, come within 3ℓ of the counter electrode: nothing breaks within 2ℓ of it, and
    a crack that is stopped there ends some ½ℓ before.

    Args:
        laws: of the cell, cracks among them.
        domain: its mesh.
        nodes: of cracks.
        geometry: of the cell.
    """

    columns = (
        "crack_tip [m]",
        "lithium_in_crack [m]",
        "dry_crack_length [m]",
        "crack_through [s]",
        "lithium_through [s]",
    )

    def __init__(self, laws: Laws, domain: Domain, nodes: CrackNodes, geometry: Geometry) -> None:
        (broken,), self._comm = laws.damages, domain.comm
        self._d, self._xi, space = broken.d, laws.f.xi, broken.d.function_space
        self._finder = PieceFinder(domain, space, nodes.volume)
        self._x = space.tabulate_dof_coordinates()[:, 0] - geometry.lithium_thickness
        length = in_numbers(broken.law).length
        self._near = length
        self._far = geometry.electrolyte_thickness - 3 * length
        self._crack_through = self._lithium_through = math.nan

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """All of them."""
        begin, tips, lithium = self._ends()
        from_foil = begin <= self._near
        dry = tips - np.where(np.isfinite(lithium), lithium, begin)
        tip = float(tips[from_foil].max(initial=0.0))
        wet = float(lithium[from_foil].max(initial=0.0))
        if math.isnan(self._crack_through) and tip >= self._far:
            self._crack_through = view.time
        if math.isnan(self._lithium_through) and wet >= self._far:
            self._lithium_through = view.time
        return tip, wet, float(dry.max(initial=0.0)), self._crack_through, self._lithium_through

    def _ends(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of each crack its near end, tip and farthest lithium, or ±∞ [m] (collective)."""
        d, x = self._d.x.array, self._x
        (pieces,) = self._finder.find(HALF + d - HALF_OPEN).values()
        inside, found = pieces.label >= 0, np.full((3, pieces.count), -np.inf)
        broken, wet = inside & (d > BROKEN), inside & (self._xi.x.array > HALF)
        for row, where, far in zip(found, (broken, broken, wet), (-x, x, x), strict=True):
            np.maximum.at(row, pieces.label[where], far[where])
        begin, tips, lithium = largest_of_each(self._comm, found)
        return -begin, tips, lithium

    def save(self) -> CheckpointData:
        """When crack and lithium came through."""
        return numbers_of(self, ("_crack_through", "_lithium_through"))

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, ("_crack_through", "_lithium_through"), data)
