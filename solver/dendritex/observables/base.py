"""What an observable is: named columns and one value for each at an accepted step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dendritex.model.cell import Cell
from dendritex.model.charge import AssembledBalance
from dendritex.observables.lithium_pieces import Pieces


@dataclass(frozen=True, slots=True)
class Moment:
    """All an observable may look at.

    Attributes:
        cell: the cell with its state after the step; its potentials are those of the step.
        xi: (n_nodes,) order parameter of the whole cell on rank 0, None elsewhere.
        pieces: connected lithium on rank 0, None elsewhere.
        balance: charge balance as last assembled.
        time, dt: end and length of the step [s].
        stage: number of the control stage, from 0.
        newton_iterations, krylov_iterations: of the charge balance.
        fallback_solves: systems solved directly because the chosen solver failed.
        plated: ∫ i of the step [A, in 2-D A/m].
        bounded_kinetics: the exponentials are continued linearly at an interface.
    """

    cell: Cell
    xi: npt.NDArray[np.float64] | None
    pieces: Pieces | None
    balance: AssembledBalance
    time: float
    dt: float
    stage: int
    newton_iterations: int
    krylov_iterations: int
    fallback_solves: int
    plated: float
    bounded_kinetics: bool


class Observable(Protocol):
    """Columns ``name [unit]`` and how to measure them. Calls are collective."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names with units."""
        ...

    def __call__(self, moment: Moment) -> tuple[float, ...]:
        """Measure; every rank gets the same values."""
        ...
