"""Small cells that the tests share: one place that knows how to make a Config in Python."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from dendrolith.control.sequence import ControlSequence
from dendrolith.control.stages import Stage
from dendrolith.core.parallel import integral
from dendrolith.domain.box import create_box
from dendrolith.domain.domain import Domain
from dendrolith.observables.base import Entry, StepView
from dendrolith.observables.table import ObservableTable
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.lithium_metal import LithiumMetal
from dendrolith.physics.phases import Metal, Phase
from dendrolith.schemes.block import Block
from dendrolith.schemes.march import March, Step
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import Report
from dendrolith.solvers.balances import AssembledBalance
from dendrolith.studies.plating.allen_cahn import AllenCahn
from dendrolith.studies.plating.blocks import make_blocks
from dendrolith.studies.plating.build import observables
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.output import DerivedFields
from dendrolith.studies.plating.pieces import StepPieces
from dendrolith.studies.plating.schema import (
    Config,
    Geometry,
    Materials,
    Output,
    SolverChoice,
    TimeControl,
)  # fmt: skip
from dendrolith.studies.plating.split import Charge, Lithium, Middle

B = TypeVar("B", bound=Block)

UM = 1e-6
DELTA = 4 * UM

LITHIUM = Metal(1e4, 7.82e9, 0.38, ionic_conductivity=1e-4)
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


def lithium_plated(made: Model) -> float:
    """∫ c_Li m per electrode area [mol/m²]."""
    return lithium_in(made) / made.domain.area("right")


def lithium_in(made: Model) -> float:
    """∫ c_Li m [mol, in 2-D mol/m]."""
    return integral(fem.form(made.laws.lithium.content(made.f.xi) * made.laws.m.nodes))


def lithium_volume(made: Model) -> float:
    """∫ m(ξ) [m³, in 2-D m²]."""
    return lithium_in(made) / float(made.config.lithium_metal.c_Li)


def surface_energy(made: Model) -> float:
    """∫ W g(ξ) + ½ κ |∇ξ|² [J, in 2-D J/m]."""
    xi, lithium = made.f.xi, made.laws.lithium
    bulk, gradient = lithium.bulk_energy(xi), lithium.gradient_energy(xi)
    return integral(fem.form(bulk * made.m.nodes + gradient * made.m.dx))


def cell(settings: Config, xi=None, rho=None, comm: MPI.Comm = MPI.COMM_WORLD) -> Model:
    """A cell whose order parameters are given functions of the points (3, n)."""
    made = Model(settings, _mesh(settings.geometry, comm.py2f()))
    made.f.rho.x.array[:] = 1.0
    if rho is not None:
        made.f.rho.interpolate(rho)
    if xi is not None:
        made.f.xi.interpolate(xi)
    made.f.begin()
    return made


def front(position: float, delta: float = DELTA):
    """ξ of a flat front, lithium on the left."""
    return lambda x: 0.5 * (1 - np.tanh(2 * (x[0] - position) / delta))


def disc(centre: tuple[float, float], radius: float, delta: float = DELTA):
    """ξ of a lithium disc."""
    return lambda x: (
        0.5 * (1 - np.tanh(2 * (np.hypot(x[0] - centre[0], x[1] - centre[1]) - radius) / delta))
    )


class Stepper:
    """A cell and the problem that advances it, with its parts at hand.

    Attributes:
        model: the cell.
        made: its blocks.
        problem: all of it.
        terminals: of the cell.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.made = make_blocks(model)
        self.terminals, self.order = self.made.terminals, self.made.order
        control = model.config.control
        self.problem = Problem(
            model.domain.comm,
            self.made.blocks,
            state=model.f.state,
            starters=self.made.starters,
            control=ControlSequence(control, self.terminals, model.config.time.min_step),
            order=self.order,
            what="growth of lithium",
        )
        for name in ("advance", "accept", "reject", "start", "save", "restore", "close"):
            setattr(self, name, getattr(self.problem, name))
        self.reset_history = self.problem.reset_history

    @property
    def balance(self) -> AssembledBalance:
        """Charge balance as last assembled."""
        return self.terminals.balance

    @property
    def longest_step(self) -> float:
        """Largest step that the blocks allow [s]."""
        return self.problem.longest_step

    def block(self, kind: type[B]) -> B:
        """The block of a class."""
        return next(b for b in (*self.made.blocks, *self.made.starters) if isinstance(b, kind))

    def march(self) -> Iterator[Step]:
        """Every accepted step to the end of the time or the control."""
        config = self.model.config
        return iter(March(self.problem, config.time, config.output.every))

    def predict_middle(self, dt: float) -> None:
        """ξ* of a step of `dt` [s]."""
        self.block(Middle).find(dt)

    def update_allen_cahn_rate(self, dt: float) -> None:
        """R_AC in the middle of the step, and with it where the reaction takes place."""
        self.block(AllenCahn).advance(dt)
        self.block(Charge).reaction.find_active_nodes()

    def solve_fields(self, dt: float) -> Report:
        """Stress, potentials and concentration after `dt` [s] at the present lithium and pores."""
        self.predict_middle(dt)
        report = Report()
        for stress in self.made.stresses:
            report += Report(numbers={"elastic_iterations": stress.update(dt)})
        report += self.block(AllenCahn).advance(dt)
        return report + self.block(Charge).advance(dt)

    def advance_lithium(self, dt: float) -> float:
        """ξ ← ξ + Δt r with the rate at the present potentials; returns max |Δξ|."""
        return self.block(Lithium).advance(dt).change

    def update_stress(self) -> None:
        """Stress at the present lithium, solved if it moved enough from where it was solved."""
        f = self.model.f
        f.xi_middle.x.array[:] = f.xi.x.array
        for stress in self.made.stresses:
            stress.update(0.0)


def pieces_of(model: Model) -> StepPieces:
    """Connected lithium of a cell."""
    return model.pieces


def table_of(stepper: Stepper) -> ObservableTable:
    """All that is measured on a cell.

    Before anything is solved a vector of no meaning stands for the balance: only what looks at
    currents is wrong then.
    """
    model, made = stepper.model, stepper.made
    if not hasattr(made.terminals, "balance"):
        made.terminals.balance = AssembledBalance(model.charge, model.nodal_volume)
    derived = DerivedFields.of(model.f, model.laws.voltage)
    stresses = {k: field for stress in made.stresses for k, field in stress.nodal.fields.items()}
    return ObservableTable(observables(model, made, derived, stresses))


def rows_of(table: ObservableTable, view: StepView) -> dict[str, list[dict[str, Entry]]]:
    """New rows of all tables as dictionaries, by the name of the table."""
    return {
        name: [dict(zip(table.tables[name], row, strict=True)) for row in rows]
        for name, rows in table.rows(view).items()
    }
