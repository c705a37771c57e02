"""Fields at points in every step, and along lines at the output times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.fields.sampling import Sampler
from dendrolith.fields.state import CONCENTRATION, ELECTRONIC, IONIC
from dendrolith.observables.base import Listing, Moment, Observable, Row
from dendrolith.observables.context import Scene
from dendrolith.observables.probe_input import Probe
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.nodal_stress import UNITS, NodalStress

FloatArray = npt.NDArray[np.float64]
Source = Callable[[], FloatArray]


@dataclass(frozen=True, slots=True)
class _Located:
    """A probe, its table and where it looks."""

    probe: Probe
    listing: Listing
    points: FloatArray
    sampler: Sampler


class Probes(Observable):
    """One table a probe, ``probe_<name>.csv``; linear between the nodes.

    Potentials are relative to the counter electrode, as in the field output.

    Attributes:
        listings: the tables.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        cell = scene.cell
        self._sources = _sources(cell, scene.stress)
        self._located = [self._locate(cell, probe) for probe in cell.config.output.probes]
        self.listings = tuple(located.listing for located in self._located)

    def _locate(self, cell: Cell, probe: Probe) -> _Located:
        along = () if probe.to is None else ("distance [m]", "x [m]", "y [m]", "z [m]")
        points = np.array(probe.points())
        return _Located(
            probe, Listing(f"probe_{probe.name}", ("time [s]", *along, *self._sources)), points,
            Sampler.at(cell.state.scalar_space, points),
        )  # fmt: skip

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Row]]:
        """A row for each point; at an output time a row for each point of each line."""
        return {
            located.listing.name: self._rows(located, moment.time)
            for located in self._located
            if located.probe.to is None or moment.milestone
        }

    def _rows(self, located: _Located, time: float) -> list[Row]:
        values = located.sampler.values([source() for source in self._sources.values()])
        if located.probe.to is None:
            return [(time, *map(float, values[0]))]
        distances = np.linspace(0.0, located.probe.length, len(values))
        lines = np.column_stack([distances, located.points, values])
        return [(time, *map(float, line)) for line in lines]


def _sources(cell: Cell, stress: NodalStress | None) -> dict[str, Source]:
    """Nodal values of this rank by column."""
    state = cell.state

    def potential(kind: int) -> Source:
        return lambda: state.component(kind) - float(cell.cell_voltage.value)

    sources: dict[str, Source] = {
        "xi [1]": lambda: state.xi.x.array,
        "rho [1]": lambda: state.rho.x.array,
        "phi_el [V]": potential(ELECTRONIC),
        "phi_ion [V]": potential(IONIC),
    }
    if state.binary:
        sources["c_ion [1]"] = lambda: state.component(CONCENTRATION)
    fields = stress.fields if stress is not None else {}
    for name, field in fields.items():
        sources[f"{name} [{UNITS[name]}]"] = lambda field=field: field.x.array  # type: ignore[misc]
    return sources
