"""Stages, events and restarts of the march of a problem without a mesh."""

import json
from dataclasses import replace

import pytest
from mpi4py import MPI

from dendrolith.control.sequence import EVENT_TOLERANCE, ControlSequence
from dendrolith.control.stages import Stage, Until
from dendrolith.control.terminals import TerminalReading
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.errors import StepTooSmall
from dendrolith.schemes.block import Block
from dendrolith.schemes.march import March
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import Report
from dendrolith.schemes.timestep import TimeSteps

pytestmark = pytest.mark.serial

CAPACITY = 100.0  # F/m²


class Capacitor(Block):
    """A capacitor with terminals; with more charge than `breakdown` it leaks all of its current.

    A held current changes its voltage; a held voltage is there at the end of the step.
    """

    name = "capacitor"

    def __init__(self, breakdown=float("inf")):
        self.held, self.charge, self.before = None, 0.0, 0.0
        self.current, self.breakdown = 0.0, breakdown
        self.stages = []

    def advance(self, dt):
        density = self.held.current_density
        if density is None:
            density = (CAPACITY * self.held.voltage - self.charge) / dt
        self.current, self.charge = density, self.charge + density * dt
        return Report()

    def accept(self):
        self.before = self.charge

    def reject(self):
        self.charge = self.before

    def save(self):
        return CheckpointData({"charge": self.charge})

    def restore(self, data):
        self.charge = self.before = data.numbers["charge"]

    # terminals

    def hold(self, stage):
        self.held = stage
        self.stages.append(str(stage))

    def read(self):
        broken = self.charge > self.breakdown
        ionic, electronic = (0.0, self.current) if broken else (self.current, 0.0)
        return TerminalReading(self.voltage, ionic, electronic)

    @property
    def voltage(self):
        return self.charge / CAPACITY


def marched(*stages, breakdown=float("inf"), **limits):
    """The cell and its march."""
    limits = TimeSteps(**{"end": 1e3, "max_step": 4.0, "first_step": 1.0, **limits})
    cell = Capacitor(breakdown)
    control = ControlSequence(stages, cell, limits.min_step)
    problem = Problem(MPI.COMM_SELF, [cell], control=control)
    return cell, March(problem, limits, every=1e9)


def test_an_event_is_located_and_the_next_stage_begins_there():
    """The voltage rises by 0.02 V/s: the limit is met to the tolerance, with no step too many."""
    limit = 0.777
    cell, march = marched(
        Stage(current=2.0, until=Until(voltage_above=limit)), Stage(rest=3.0),
        Stage(current=-2.0, until=Until(voltage_below=0.5)),
    )  # fmt: skip
    steps = list(march)
    ends = [max(step.time for step in steps if step.stage == k) for k in range(3)]
    assert ends[0] == pytest.approx(limit * CAPACITY / 2, rel=2 * EVENT_TOLERANCE)
    assert ends[1] == ends[0] + 3.0
    assert ends[2] - ends[1] == pytest.approx((limit - 0.5) * CAPACITY / 2, rel=1e-5)
    assert steps[-1].finishes
    assert [stage.split()[0] for stage in cell.stages] == ["2", "rest", "-2"]
    # a straight line: false position finds it at once
    assert sum(step.rejected for step in steps if step.stage == 0) == 1


def test_a_held_current_ends_exactly_when_its_charge_has_passed():
    _, march = marched(Stage(current=-3.0, until=Until(charge=50.0)))
    steps = list(march)
    assert steps[-1].time == pytest.approx(50 / 3, rel=1e-12)
    assert sum(step.rejected for step in steps) == 0


def test_an_event_that_no_shorter_step_avoids_ends_the_stage_with_the_step_as_first_tried():
    """More electronic than ionic current: from none to all within a step, however short."""
    _, march = marched(Stage(current=2.0, until=Until(short=True)), breakdown=15.0)
    steps = list(march)
    assert steps[-1].finishes
    assert steps[-1].dt > 1.0
    assert steps[-1].time - steps[-1].dt <= 7.5 < steps[-1].time
    assert steps[-1].rejected >= 1


class Leaking(Capacitor):
    """One that loses 1e-3 of its lithium in a second at rest, beyond the end that it begins at."""

    lost = 0.0

    def advance(self, dt):
        self.kept, self.lost = self.lost, self.lost + 1e-3 * dt
        return super().advance(dt)

    def reject(self):
        super().reject()
        self.lost = self.kept

    def read(self):
        return replace(super().read(), exhausted=self.lost)


@pytest.mark.parametrize(("held", "lasts"), [({"rest": 5.0}, 5.0), ({"rest": 50.0}, 10.0)])
def test_a_rest_goes_on_at_an_end_of_the_lithium(held, lasts):
    """A cell is assembled there, and leaks: it rests until 0.01 beyond. A current ends at once."""
    cell = Leaking()
    limits = TimeSteps(end=1e3, max_step=4.0, first_step=1.0)
    control = ControlSequence((Stage(**held), Stage(current=-1.0)), cell, limits.min_step)
    march = March(Problem(MPI.COMM_SELF, [cell], control=control), limits, every=1e9)
    ends = [max(s.time for s in steps) for steps in by_stage(march)]
    assert ends[0] == pytest.approx(lasts, rel=1e-5)
    assert ends[1] - ends[0] <= 1.0


def by_stage(march):
    """Steps of the first and of the second stage."""
    steps = list(march)
    return [[step for step in steps if step.stage == k] for k in range(2)]


def test_a_voltage_that_no_cell_has_is_taken_back():
    cell, march = marched(Stage(current=500.0), min_step=1e-3)
    with pytest.raises(StepTooSmall, match="would need 10"):
        list(march)
    assert cell.charge / CAPACITY <= 10


STAGES = (
    Stage(current=2.0, until=Until(voltage_above=0.333)), Stage(rest=2.5),
    Stage(voltage=0.1, until=Until(charge=20.0)), Stage(current=-1.0, until=Until(time=5.0)),
)  # fmt: skip


@pytest.mark.parametrize("kept", range(1, 15))
def test_a_restart_after_any_step_changes_nothing(kept):
    """Within a stage, and where one has ended and the next has not begun."""
    _, whole = marched(*STAGES)
    steps = list(whole)
    assert len(steps) >= 15
    assert len({step.stage for step in steps}) == len(STAGES)
    first, march = marched(*STAGES)
    for _ in range(kept):
        march.step()
    data = march.save()
    assert json.loads(json.dumps(data.numbers)) == data.numbers
    second, again = marched(*STAGES)
    again.restore(data)
    assert second.held == first.held
    assert list(again) == steps[kept:]
