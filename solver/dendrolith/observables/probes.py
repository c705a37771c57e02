"""Fields at points in every step, and along lines at the output times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.fields.sampling import Sampler
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.observables.probe_input import Probe

FloatArray = npt.NDArray[np.float64]
Source = Callable[[], FloatArray]


@dataclass(frozen=True, slots=True)
class _Located:
    """A probe, its table and where it looks."""

    probe: Probe
    listing: Table
    points: FloatArray
    sampler: Sampler


class Probes(Observable):
    """One table a probe, ``probe_<name>.csv``; linear between the nodes.

    Args:
        probes: where to look.
        space: scalar P1 space of the fields.
        sources: column → nodal values of this rank at the present step, ghosts last.

    Attributes:
        tables: the tables.
    """

    def __init__(
        self, probes: Sequence[Probe], space: fem.FunctionSpace, sources: Mapping[str, Source]
    ) -> None:
        self._sources = sources
        self._located = [self._locate(space, probe) for probe in probes]
        self.tables = tuple(located.listing for located in self._located)

    def _locate(self, space: fem.FunctionSpace, probe: Probe) -> _Located:
        along = () if probe.to is None else ("distance [m]", "x [m]", "y [m]", "z [m]")
        points = np.array(probe.points())
        return _Located(
            probe,
            Table(f"probe_{probe.name}", ("time [s]", *along, *self._sources)),
            points,
            Sampler.at(space, points),
        )

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """A row for each point; at an output time a row for each point of each line."""
        return {
            located.listing.name: self._rows(located, view.time)
            for located in self._located
            if located.probe.to is None or view.milestone
        }

    def _rows(self, located: _Located, time: float) -> list[Row]:
        values = located.sampler.values([source() for source in self._sources.values()])
        if located.probe.to is None:
            return [(time, *map(float, values[0]))]
        distances = np.linspace(0.0, located.probe.length, len(values))
        lines = np.column_stack([distances, located.points, values])
        return [(time, *map(float, line)) for line in lines]
