"""What a problem does with its blocks and its state, and a block with its children."""

import math

import pytest
from mpi4py import MPI

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.schemes.block import Block
from dendrolith.schemes.march import March
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import Report
from dendrolith.schemes.timestep import TimeSteps

pytestmark = pytest.mark.serial

COMM = MPI.COMM_SELF


class Noted(Block):
    """Writes down what is asked of it."""

    def __init__(self, name, notes, longest=math.inf, children=()):
        self.name, self.notes, self._longest, self._children = name, notes, longest, children

    @property
    def children(self):
        return self._children

    @property
    def longest_step(self):
        return min(self._longest, super().longest_step)

    def note(self, what):
        self.notes.append(f"{self.name} {what}")

    def advance(self, dt):
        self.note("advance")
        return Report(0.1, 0.2, {"solves": 1.0, self.name: dt})

    def start(self, dt):
        self.note("start")

    def accept(self):
        self.note("accept")
        super().accept()

    def reject(self):
        self.note("reject")
        super().reject()

    def reset_history(self):
        self.note("reset")
        super().reset_history()

    def save(self):
        own = CheckpointData({"name": self.name})
        return CheckpointData.join({"own": own, "inside": super().save()})

    def restore(self, data):
        self.note(f"restore {data.part('own').numbers['name']}")
        super().restore(data.part("inside"))

    def close(self):
        self.note("close")
        super().close()


class NotedState(Noted):
    """What a problem asks of the fields."""

    def save(self):
        return CheckpointData({"name": self.name})

    def restore(self, data):
        self.note(f"restore {data.numbers['name']}")


@pytest.fixture
def made():
    """A problem of two blocks, one of them with a child, and what was asked of all."""
    notes = []
    child = Noted("child", notes, longest=3.0)
    blocks = [Noted("first", notes, 5.0, [child]), Noted("second", notes)]
    problem = Problem(COMM, blocks, state=NotedState("state", notes), what="the test")
    return problem, notes


def test_a_problem_looks_before_each_block_whether_it_is_to_stop():
    notes = []
    problem = Problem(COMM, [Noted("first", notes), Noted("second", notes)])
    problem.watch(lambda: notes.append("look"))
    problem.advance(0.1)
    assert notes == ["look", "first advance", "look", "second advance"]


def test_blocks_advance_in_order_and_their_reports_add_up(made):
    problem, notes = made
    report = problem.advance(0.5)
    assert notes == ["first advance", "second advance"]  # a child is its parent's to advance
    assert report.change == pytest.approx(0.2)  # changes of one field by several blocks
    assert report.error == 0.2
    assert report.numbers == {"solves": 2.0, "first": 0.5, "second": 0.5}
    assert report.number("nobody's") == 0
    assert problem.longest_step == 3.0


@pytest.mark.parametrize(
    ("call", "order"),
    [
        # blocks may look at the step that ends
        ("accept", ["first", "child", "second", "state"]),
        # blocks find their own from the state
        ("reject", ["state", "first", "child", "second"]),
    ],
)
def test_the_state_comes_last_or_first(made, call, order):
    problem, notes = made
    getattr(problem, call)()
    assert notes == [f"{name} {call}" for name in order]


def test_the_start_is_accepted(made):
    problem, notes = made
    problem.start(1.0)
    ends = ["first accept", "child accept", "second accept", "state accept"]
    assert notes == ["first start", "second start", *ends]


def test_a_restart_gives_each_block_its_own(made):
    problem, notes = made
    problem.restore(problem.save())
    assert notes == [f"{name} restore {name}" for name in ("state", "first", "child", "second")]


def test_everything_is_closed_once_and_blocks_of_the_start_too():
    notes = []
    shared, last, at_start = (Noted(name, notes) for name in ("shared", "last", "at start"))
    Problem(COMM, [shared, last], starters=[at_start, shared]).close()
    assert notes == ["shared close", "last close", "at start close"]


def test_history_is_reset_all_through(made):
    problem, notes = made
    problem.reset_history()
    assert notes == ["first reset", "child reset", "second reset"]


def test_a_problem_without_fields_says_so(made):
    problem, _ = made
    assert problem.state.name == "state"
    with pytest.raises(LookupError, match="no fields"):
        _ = Problem(COMM, []).state


def test_a_problem_that_nothing_drives_goes_on_to_the_end():
    steps = list(March(Problem(COMM, [Block()]), TimeSteps(end=1.0, first_step=0.3), 0.5))
    assert [step.time for step in steps if step.milestone] == [0.5, 1.0]
    assert {step.stage for step in steps} == {0}
    assert [step.finishes for step in steps] == [False] * (len(steps) - 1) + [True]


def test_two_blocks_of_one_name_are_refused():
    """In a checkpoint one would replace the other."""
    with pytest.raises(ValueError, match="names of their own"):
        Problem(COMM, [Noted("same", []), Noted("other", []), Noted("same", [])])
