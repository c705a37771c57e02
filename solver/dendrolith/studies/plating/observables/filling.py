"""Where lithium goes: into pores, along their walls, and how deep into the electrolyte."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dendrolith.core.parallel import global_sums
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.observables.nodal import phase
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.observables.regions import Regions

FloatArray = npt.NDArray[np.float64]

LAYERS = 10


class Filling(Observable):
    """Filled part of the pores, preference for walls, and ``layers.csv`` at the output times.

    `filled_pore_fraction` is ∫ h over the pores, where ρ < 0, over their volume. `wall_preference`
    tells a network from a tree: the share of the electrolyte's solid lithium that lies on walls
    over the share that walls have in the solid; 1 where lithium does not care, or cannot. The ten
    layers of equal thickness lie between foil and counter electrode (Cao et al. 2023, fig. 3J).
    """

    columns = ("filled_pore_fraction [1]", "wall_preference [1]")
    tables = (
        Table(
            "layers",
            (
                "time [s]",
                "layer [1]",
                "from [m]",
                "to [m]",
                "lithium_fraction [1]",
                "pore_fraction [1]",
                "filled_fraction [1]",
            ),
        ),
    )

    def __init__(
        self, f: PlatingFields, volume: FloatArray, regions: Regions, thickness: float
    ) -> None:
        self._f, self._volume, self._regions = f, volume, regions
        self._comm, self._thickness = f.state.domain.comm, thickness

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Filled part of the pores [1], 0 without any, and preference for walls [1]."""
        lithium, empty = self._lithium_and_void()
        weight = self._volume * self._regions.electrolyte
        wall, solid, _ = (self._volume * zone for zone in self._regions.zones())
        filled, pores, on_wall, walls, in_solid, solids = map(
            float,
            global_sums(
                self._comm,
                np.array(
                    [
                        weight @ (lithium * empty),
                        weight @ empty,
                        wall @ lithium,
                        wall.sum(),
                        (wall + solid) @ lithium,
                        (wall + solid).sum(),
                    ]
                ),
            ),
        )
        cares = walls > 0 and in_solid > 0
        preference = on_wall / in_solid / (walls / solids) if cares else 1.0
        return filled / pores if pores > 0 else 0.0, preference

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """A row for each layer at an output time: what lithium, open and filled pores take up."""
        return {"layers": self._layer_rows(view)} if view.milestone else {}

    def _layer_rows(self, view: StepView) -> list[Row]:
        lithium, empty = self._lithium_and_void()
        layers = self._volume * self._regions.layers(LAYERS)
        parts = (np.ones_like(empty), lithium, empty * (1 - lithium), empty * lithium)
        total, metal, open_pores, filled = global_sums(
            self._comm, np.stack([layers @ part for part in parts])
        )
        depth = self._thickness / LAYERS
        return [
            (
                view.time,
                k + 1,
                k * depth,
                (k + 1) * depth,
                *(
                    float(part[k] / total[k]) if total[k] > 0 else math.nan  # no node lies there
                    for part in (metal, open_pores, filled)
                ),
            )
            for k in range(LAYERS)
        ]

    def _lithium_and_void(self) -> tuple[FloatArray, FloatArray]:
        """Values of h(ξ), and 1 in pores, at the nodes of this rank."""
        f, owned = self._f, len(self._volume)
        empty = np.where(f.rho.x.array[:owned] < 0, 1.0, 0.0)
        return phase(f.xi.x.array[:owned]), empty
