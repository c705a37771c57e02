"""Lithium that forms off the electrodes, and lithium at boundaries of grains."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.parallel import global_sum
from dendrolith.domain.extents import beyond
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.nucleation import Nuclei
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium


class Nucleated(Observable):
    """Nuclei so far, and the lowest overpotential of the sites at the begin of the step."""

    columns = ("nuclei [1]", "site_overpotential [V]")

    def __init__(self, nuclei: Nuclei) -> None:
        self._nuclei = nuclei

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both."""
        return float(self._nuclei.count), self._nuclei.lowest


class AtBoundaries(Observable):
    """Part of the lithium beyond the foil that lies on boundaries of grains, b > ½.

    Args:
        laws: of the cell.
        volume: (n_owned,) of each node [m³, in 2-D m²].
        foil: where the electrolyte begins [m].
    """

    columns = ("boundary_lithium_fraction [1]",)

    def __init__(self, laws: Laws, volume: npt.NDArray[np.float64], foil: float) -> None:
        space = laws.f.scalar_space
        self._lithium, self._comm = NodalLithium(laws, volume), space.mesh.comm
        self._beyond = beyond(space.tabulate_dof_coordinates()[: len(volume), 0], foil)
        self._on = laws.f.state["boundary"].x.array[: len(volume)] > 0.5

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Part [1]; nan without lithium there."""
        held = self._beyond * self._lithium.now()
        whole = global_sum(self._comm, float(held.sum()))
        on = global_sum(self._comm, float(held[self._on].sum()))
        return (on / whole if whole > 0 else float("nan"),)
