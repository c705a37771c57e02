"""The problem of a plate and what is measured on it."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.parallel import global_max, integral, largest
from dendrolith.core.sections import present
from dendrolith.domain.box import create_box
from dendrolith.domain.graded import move_nodes
from dendrolith.fields.output import FieldFile, Layout
from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.effort import SolverEffort
from dendrolith.observables.energy import Amounts
from dendrolith.schemes.problem import Problem
from dendrolith.studies.fracture.blocks import Loading, Staggered
from dendrolith.studies.fracture.model import Model
from dendrolith.studies.fracture.schema import Config, WeakPlane
from dendrolith.studies.study import Setup

BROKEN = 0.95  # damage at which the tip of a crack lies


class Pull(Observable):
    """Displacement and force of the top, the stress far from the notch and the work done.

    The force is linear over a step: the work is exact but for third order in the step.

    Args:
        model: the plate.
    """

    columns = (
        "displacement [m]", "reaction_force [N/m]", "mean_stress [Pa]", "work [J/m]",
        "largest_damage [1]",
    )  # fmt: skip

    def __init__(self, model: Model) -> None:
        self._model, self._force = model, fem.form(model.force)
        self._work = self._last_force = self._last_place = 0.0

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        model = self._model
        force, place = integral(self._force), float(model.target.value)
        self._work += (force + self._last_force) / 2 * (place - self._last_place)
        self._last_force, self._last_place = force, place
        damage = global_max(model.domain.comm, model.d.x.array[~model.notched])
        return place, force, force / model.config.geometry.width, self._work, damage

    def save(self) -> CheckpointData:
        """Work, and force and displacement up to which it is counted."""
        return numbers_of(self, ("_work", "_last_force", "_last_place"))

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, ("_work", "_last_force", "_last_place"), data)


class Press(Observable):
    """Volume and pressure in the crack, its compliance, its tip, and the work done on its half.

    The tip is the farthest node of the line of the notch with more damage than 0.95. The pressure
    is linear in the volume over a step: the work is exact but for third order in the step. That of
    a stack pressure does not count.

    Args:
        model: the plate.
    """

    columns = (
        "volume [m^2]", "pressure [Pa]", "compliance [m^2/Pa]", "crack_tip [m]", "work [J/m]",
        "largest_damage [1]",
    )  # fmt: skip

    def __init__(self, model: Model) -> None:
        self._model = model
        self._work = self._last_pressure = self._last_volume = 0.0
        plate, x = model.config.geometry, model.state.scalar_space.tabulate_dof_coordinates()
        away = np.abs(x[:, 1] - plate.height / 2)
        self._line, self._x = away < plate.middle_row / 2 * (1 + 1e-6), x[:, 0] - plate.centre

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        model, d = self._model, self._model.d.x.array
        volume, pressure = float(model.target.value), float(model.pressure.value)
        self._work += (pressure + self._last_pressure) / 2 * (volume - self._last_volume)
        self._last_pressure, self._last_volume = pressure, volume
        broken = self._line & (d > BROKEN)
        tip = largest(model.domain.comm, float(self._x[broken].max(initial=0.0)))
        damage = global_max(model.domain.comm, d[~model.notched])
        return model.halves * volume, pressure, model.compliance, tip, self._work, damage

    def save(self) -> CheckpointData:
        """Work, and pressure and volume up to which it is counted."""
        return numbers_of(self, ("_work", "_last_pressure", "_last_volume"))

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, ("_work", "_last_pressure", "_last_volume"), data)


class OtherTip(Observable):
    """The left tip of the crack in a whole plate, from the middle of the notch.

    Args:
        model: the plate.
    """

    columns = ("crack_tip_left [m]",)

    def __init__(self, model: Model) -> None:
        self._model, plate = model, model.config.geometry
        self._way = plate.centre - model.state.scalar_space.tabulate_dof_coordinates()[:, 0]

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Of the farthest node with more damage than 0.95."""
        model = self._model
        far = self._way[model.d.x.array > BROKEN].max(initial=0.0)
        return (largest(model.domain.comm, float(far)),)


class Rise(Observable):
    """How high above the line of the notch the crack has come: it kinks into a weak plane.

    Args:
        model: the plate.
    """

    columns = ("crack_rise [m]",)

    def __init__(self, model: Model) -> None:
        self._model = model
        x = model.state.scalar_space.tabulate_dof_coordinates()
        self._height = np.abs(x[:, 1] - model.config.geometry.height / 2)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Of the farthest node with more damage than 0.95."""
        model = self._model
        high = self._height[model.d.x.array > BROKEN].max(initial=0.0)
        return (largest(model.domain.comm, float(high)),)


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The plate with its notch, unloaded (collective)."""
    plate = config.geometry
    domain = move_nodes(create_box(comm, plate), 0, plate.columns)
    domain = move_nodes(domain, 1, plate.rows)
    model = Model(config, domain)
    pulled = config.loading.rate is not None
    loading = Loading(config.loading, model.target, 1.0 if pulled else 1 / model.halves)
    problem = Problem(comm, [loading, Staggered(model)], state=model.state, what="fracture")
    load = Pull(model) if pulled else Press(model)
    rises: list[Observable] = [Rise(model)] if present(config, WeakPlane) else []
    rises += [OtherTip(model)] if plate.whole else []
    energies = Amounts(
        {
            "elastic_energy [J/m]": fem.form(model.elastic_energy),
            "fracture_energy [J/m]": fem.form(model.fracture_energy),
        }
    )
    return Setup(
        problem,
        [load, *rises, energies, SolverEffort(("sweeps", "newton_iterations", "running"))],
        [FieldFile("cell", (model.d,)), FieldFile("u", (model.u,))],
        [Layout.of(domain, model.state.scalar_space)],
    )
