"""Small cells that the tests share: one place that knows how to make a Config in Python."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
from mpi4py import MPI

from dendrolith.control.stages import Stage
from dendrolith.core.parallel import integral
from dendrolith.domain.box import create_box
from dendrolith.domain.domain import Domain
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.lithium_metal import LithiumMetal
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.cell import Cell
from dendrolith.studies.plating.schema import (
    Config,
    Geometry,
    Materials,
    Output,
    SolverChoice,
    TimeControl,
)  # fmt: skip

UM = 1e-6
DELTA = 4 * UM

LITHIUM = Phase(1e-4, 1e4, 7.82e9, 0.38)
ELECTROLYTE = Phase(1.0, 3.2e-7, 22.1e9, 0.37)
PORE = Phase(1e-4, 3.2e-7, 22.1e6, 0.2)


def config(**changes: Any) -> Config:
    """A strip, 10 µm of lithium and 30 µm of electrolyte, MUMPS; `changes` replace parts.

    A key is written section__name, for example ``geometry__mesh_size=1e-6``; `voltage=0.1` is short
    for a control of that one stage where no other is given.
    """
    base = Config(
        geometry=Geometry(10 * UM, 30 * UM, 1 * UM, 1 * UM),
        materials=Materials(LITHIUM, ELECTROLYTE, PORE),
        lithium_metal=LithiumMetal(interface_width=DELTA, capillary_mobility=2e-12),
        kinetics=ButlerVolmer(exchange_current_density=100.0),
        control=(Stage(voltage=0.05),),
        time=TimeControl(end=1.0),
        output=Output(every=1e9),
        solver=SolverChoice(linear="mumps", charge_tolerance=1e-10),
    )
    sections: dict[str, Any] = {}
    if "voltage" in changes:
        changes.setdefault("control", (Stage(voltage=changes["voltage"]),))
        del changes["voltage"]
    for key, value in changes.items():
        section, _, name = key.partition("__")
        if name:
            part = sections.get(section, getattr(base, section))
            sections[section] = dataclasses.replace(part, **{name: value})
        else:
            sections[section] = value
    return dataclasses.replace(base, **sections)


@functools.cache
def _mesh(geometry: Geometry, comm: int) -> Domain:
    """One mesh a geometry: the partitioner may number a second one otherwise (its threads race)."""
    return create_box(MPI.Comm.f2py(comm), geometry)


def lithium_plated(made: Cell) -> float:
    """∫ c_Li m per electrode area [mol/m²]."""
    return integral(made.lithium_content) / made.cell_mesh.electrode_area


def cell(settings: Config, xi=None, rho=None, comm: MPI.Comm = MPI.COMM_WORLD) -> Cell:
    """A cell whose order parameters are given functions of the points (3, n)."""
    made = Cell(settings, _mesh(settings.geometry, comm.py2f()))
    made.state.rho.x.array[:] = 1.0
    if rho is not None:
        made.state.rho.interpolate(rho)
    if xi is not None:
        made.state.xi.interpolate(xi)
    made.state.start()
    return made


def front(position: float, delta: float = DELTA):
    """ξ of a flat front, lithium on the left."""
    return lambda x: 0.5 * (1 - np.tanh(2 * (x[0] - position) / delta))


def disc(centre: tuple[float, float], radius: float, delta: float = DELTA):
    """ξ of a lithium disc."""
    return lambda x: (
        0.5 * (1 - np.tanh(2 * (np.hypot(x[0] - centre[0], x[1] - centre[1]) - radius) / delta))
    )
