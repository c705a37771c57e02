"""A stack pressure from a table: followed to its tolerance, by itself no other than a constant."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.stack_pressure import StackPressure
from dendrolith.studies.plating.pressure_course import (
    PRESSURE_TOLERANCE,
    FollowedPressure,
    read_course,
)
from dendrolith.studies.plating.stress import Stress
from dendrolith.studies.register import load
from tests.cases import UM, Stepper, cell, config, front
from tests.studies import CONFIGS

EXAMPLE = CONFIGS / "creep" / "dendrite_under_creep.yaml"


def table(folder, *rows, title="time [s],stack_pressure [MPa]"):
    path = folder / f"table{MPI.COMM_WORLD.rank}.csv"
    path.write_text("\n".join([title, *rows, ""]), encoding="utf-8")
    return str(path)


def pressed(**changes):
    return config(geometry__height=4 * UM, **changes)


def test_pressure_is_that_of_the_middle_of_a_step(tmp_path):
    chosen = StackPressure(table(tmp_path, "10,2", "12,6", "20,6"), start=10.0)
    settings = pressed(elasticity=Elasticity(rate_tolerance=0.0), stack_pressure=chosen)
    stepper = Stepper(cell(settings, front(10 * UM)))
    stepper.start(0.1)
    stress = stepper.block(Stress)
    assert stress.stack_pressure() == pytest.approx(2e6, rel=1e-6)
    stepper.advance(0.2)
    assert stress.stack_pressure() == pytest.approx(2.2e6, rel=1e-6)
    stepper.reject()
    assert stress.stack_pressure() == pytest.approx(2e6, rel=1e-6)
    for _ in range(2):
        stepper.advance(0.2)
        stepper.accept()
    assert stress.stack_pressure() == pytest.approx(2.6e6, rel=1e-6)
    saved = stepper.block(FollowedPressure).save()
    stepper.advance(1.0)
    stepper.block(FollowedPressure).restore(saved)
    assert stress.mechanics.pressure == pytest.approx(2.6e6, rel=1e-12)


def test_small_changes_are_waited_for(tmp_path):
    chosen = StackPressure(table(tmp_path, "0,8", "100,10"))
    settings = pressed(elasticity=Elasticity(), stack_pressure=chosen)
    stepper = Stepper(cell(settings, front(10 * UM)))
    stepper.start(0.1)
    course, stress = read_course(chosen), stepper.block(Stress)
    time, seen = 0.0, set()
    for _ in range(20):
        stepper.advance(1.0)
        stepper.accept()
        time += 1.0
        seen.add(stress.mechanics.pressure)
        assert (
            abs(stress.mechanics.pressure - course(time - 0.5))
            <= PRESSURE_TOLERANCE * course.largest
        )
    assert 2 <= len(seen) <= 8  # 4 % of the largest in all


def test_a_constant_table_is_a_constant_pressure(tmp_path):
    chosen = StackPressure(table(tmp_path, "0,5", "9,5"))
    fields = []
    for settings in (
        pressed(elasticity=Elasticity(), stack_pressure=chosen),
        pressed(elasticity=Elasticity(pressure=5e6)),
    ):
        made = cell(settings, front(10 * UM))
        stepper = Stepper(made)
        stepper.start(0.1)
        for _ in range(3):
            stepper.advance(0.1)
            stepper.accept()
        fields.append((made.f.xi.x.array.copy(), made.f.u.x.array.copy()))
    for one, other in zip(*fields, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("title", "rows", "overrides", "said"),
    [
        ("time [s],force [N]", ("0,1", "9,1"), (), "a title like pressure [MPa]"),
        ("when,pressure [MPa]", ("0,1", "9,1"), (), "a title like time [s]"),
        ("time [s],pressure [MPa]", ("0,1",), (), "two or more"),
        ("time [s],pressure [MPa]", ("0,1", "9,1"), (), "ends 9 s after the start"),
        ("time [s],pressure [MPa]", ("0,1", "1e6,-1"), (), "-1e+06 Pa: 0 or more"),
        ("time [s],pressure [MPa]", ("3,1", "1e6,1"), (), "3 s before the first row"),
        ("time [s],pressure [MPa]", ("0,1", "1e6,1"), ("elasticity.pressure=1 MPa",),
         "leave one of them out"),
        ("time [s],pressure [MPa]", ("0,1", "1e6,1"), ("elasticity.right=fixed_gap",),
         "use right: pressure"),
    ],
)  # fmt: skip
def test_tables_that_do_not_serve_are_refused(tmp_path, title, rows, overrides, said):
    words = [f"stack_pressure.table={table(tmp_path, *rows, title=title)}", *overrides]
    with pytest.raises(ConfigError) as caught:
        load(EXAMPLE, [*words, "stack_pressure.start=0 s"])
    assert any(said in problem for problem in caught.value.problems), caught.value.problems
