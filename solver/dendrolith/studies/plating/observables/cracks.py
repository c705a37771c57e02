"""Cracks and the lithium in them."""

from __future__ import annotations

import logging
import math

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.parallel import global_max, global_sums, integral
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import PieceFinder
from dendrolith.observables.base import Observable, StepView
from dendrolith.schemes.alternating import RUNNING, SWEEPS
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.laws import Laws

logger = logging.getLogger(__name__)

BROKEN = 0.95  # damage at which nothing holds a node to the next one
FREE = 1e-6  # of the cell: no smaller pieces are told of


def shortest_edge(domain: Domain) -> float:
    """Of the mesh [m]: the size of a row of cells where it is finest (collective)."""
    topology = domain.mesh.topology
    topology.create_entities(1)
    topology.create_connectivity(1, topology.dim)
    edges = np.arange(topology.index_map(1).size_local, dtype=np.int32)
    return -global_max(domain.comm, -domain.mesh.h(1, edges))


class CrackState(Observable):
    """Length and opening of all cracks, how dry they are, and what has broken off.

    `crack_length` is ∫2w(d)/(c_w ℓ) over that of a unit of crack on this mesh. Dry is the part of
    what cracks cost without lithium.
    `cracked_through` is the first time at which no electrolyte joins both electrodes. A piece of
    solid that neither touches has broken off: the stiffness left in broken material alone holds it.

    Args:
        laws: of the cell, cracks among them.
        domain: its mesh.
        nodes: of cracks.
    """

    columns = (
        "crack_length [m]",
        "surface_energy [J/m]",
        "opening_volume [m^2]",
        "dry_fraction [1]",
        "cracked_through [s]",
        "broken_off [1]",
        "sweeps [1]",
        "running [1]",
        "unstable_events [1]",
    )

    def __init__(self, laws: Laws, domain: Domain, nodes: CrackNodes) -> None:
        (broken,), m = laws.damages, laws.m
        self._d, self._nodes, self._comm = broken.d, nodes, domain.comm
        law, fraction = broken.law, laws.lithium.fraction(laws.f.xi)
        density = law.surface_density(broken.d)
        self._area, self._wet = fem.form(density * m.dx), fem.form(density * fraction * m.dx)
        self._length = fem.form(law.length_density(broken.d, shortest_edge(domain)) * m.dx)
        cost = math.prod(laws.toughness_factors, start=law.toughness) * density
        self._energy = fem.form(cost * m.dx)
        self._finder = PieceFinder(domain, broken.d.function_space, nodes.volume)
        self._through, self._events, self._told = math.nan, 0.0, 0

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """All of them."""
        length, area = integral(self._length), integral(self._area)
        opening = global_sums(self._comm, np.array([self._nodes.openings().sum()]))[0]
        dry = 1 - integral(self._wet) / area if area > 0 else 0.0
        off = self._broken_off(view.time)
        report = view.report
        self._events += report.number("unstable_events")
        effort = (report.number(SWEEPS), report.number(RUNNING))
        energy = integral(self._energy)
        return length, energy, float(opening), dry, self._through, off, *effort, self._events

    def _broken_off(self, time: float) -> float:
        """How many pieces of solid are held by nothing (collective)."""
        (pieces,) = self._finder.find(0.5 + BROKEN - self._d.x.array).values()
        if math.isnan(self._through) and not (pieces.left & pieces.right).any():
            self._through = time
        large = pieces.volume > FREE * pieces.volume.sum()
        count = int((large & ~pieces.left & ~pieces.right).sum())
        if count > self._told:
            self._told = count
            logger.warning(
                "t = %.4g s: %d piece(s) of solid broken off, held by the stiffness left in "
                "broken material alone (damage.residual): displacement there means nothing",
                time,
                count,
            )
        return float(count)

    def save(self) -> CheckpointData:
        """When it was cracked through, and what has been told."""
        return numbers_of(self, ("_through", "_events", "_told"))

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, ("_through", "_events", "_told"), data)


class PressedLithium(Observable):
    """Lithium that presses: its largest pressure, how much lies in openings, and its segments.

    Args:
        laws: of the cell, lithium pressure among them.
        nodal_volume: of each node [m³, in 2-D m²].
        area: of the counter electrode [m², in 2-D m].
    """

    columns = ("lithium_pressure_max [Pa]", "lithium_in_openings [mol/m^2]", "segments [1]")

    def __init__(self, laws: Laws, nodal_volume: PETSc.Vec, area: float) -> None:
        (self._openings,), self._comm = laws.openings, laws.f.state.domain.comm
        molar_volume = in_numbers(laws.lithium).molar_volume
        self._amount = nodal_volume.array.copy() / (molar_volume * area)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """All of them."""
        openings = self._openings
        held = openings.volume.x.array[: len(self._amount)] @ self._amount
        (amount,) = global_sums(self._comm, np.array([held]))
        pressure = global_max(self._comm, openings.pressure.x.array)
        return pressure, float(amount), global_max(self._comm, openings.segment.x.array)
