"""Fields at points in every step, and along lines at the output times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendritex.config.probes import Probe
from dendritex.mesh.locate import Sampler
from dendritex.model.cell import Cell
from dendritex.model.state import CONCENTRATION, ELECTRONIC, IONIC
from dendritex.observables.base import Entry, Listing, Moment

FloatArray = npt.NDArray[np.float64]
Source = Callable[[], FloatArray]


@dataclass(frozen=True, slots=True)
class _Located:
    """A probe, its table and where it looks."""

    probe: Probe
    listing: Listing
    points: FloatArray
    sampler: Sampler


class Probes:
    """One table a probe, ``probe_<name>.csv``; linear between the nodes.

    Potentials are relative to the counter electrode, as in the field output.

    Args:
        cell: the cell.
        stresses: nodal stress fields by name, kept up to date by their owner.

    Attributes:
        listings: the tables.
    """

    def __init__(self, cell: Cell, stresses: Mapping[str, fem.Function]) -> None:
        self._sources = _sources(cell, stresses)
        self._located = [self._locate(cell, probe) for probe in cell.config.output.probes]
        self.listings = tuple(located.listing for located in self._located)

    def _locate(self, cell: Cell, probe: Probe) -> _Located:
        along = () if probe.to is None else ("distance [m]", "x [m]", "y [m]", "z [m]")
        points = np.array(probe.points())
        return _Located(
            probe, Listing(f"probe_{probe.name}", ("time [s]", *along, *self._sources)), points,
            Sampler.at(cell.state.scalar_space, points),
        )  # fmt: skip

    def start(self, moment: Moment) -> None:
        """Nothing is kept."""

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Sequence[Entry]]]:
        """A row for each point; at an output time a row for each point of each line."""
        return {
            located.listing.name: self._rows(located, moment.time)
            for located in self._located
            if located.probe.to is None or moment.milestone
        }

    def _rows(self, located: _Located, time: float) -> list[Sequence[Entry]]:
        values = located.sampler.values([source() for source in self._sources.values()])
        if located.probe.to is None:
            return [(time, *map(float, values[0]))]
        distances = np.linspace(0.0, located.probe.length, len(values))
        lines = np.column_stack([distances, located.points, values])
        return [(time, *map(float, line)) for line in lines]


def _sources(cell: Cell, stresses: Mapping[str, fem.Function]) -> dict[str, Source]:
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
    for name, field in stresses.items():
        sources[f"{name} [Pa]"] = lambda field=field: field.x.array  # type: ignore[misc]
    return sources
