"""Observables of one class keep what is their own, between samples and over a restart."""

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.table import SAMPLED_EVERY, ObservableTable


class Count(Observable):
    """Counts its calls, from a number of its own on."""

    def __init__(self, name: str, since: int, *, sampled: bool = False) -> None:
        self.columns, self.sampled, self._calls = (f"{name} [1]",), sampled, since

    def __call__(self, view: StepView) -> tuple[float, ...]:
        self._calls += 1
        return (float(self._calls),)

    def save(self) -> CheckpointData:
        return CheckpointData(numbers={"calls": self._calls})

    def restore(self, data: CheckpointData) -> None:
        self._calls = data.numbers["calls"]


def counted(table: ObservableTable, step: int) -> list[float]:
    view = StepView(time=float(step), dt=1.0, step=step)
    return list(table.measure(view).values())[3:]


def test_two_of_a_class_are_restored_each():
    table = ObservableTable([Count("a", 0), Count("b", 100)])
    assert counted(table, 1) == [1.0, 101.0]
    later = ObservableTable([Count("a", 0), Count("b", 0)])
    later.restore(table.save())
    assert counted(later, 2) == counted(table, 2) == [2.0, 102.0]


def test_two_of_a_class_are_sampled_each():
    table = ObservableTable([Count("a", 0, sampled=True), Count("b", 100, sampled=True)])
    first = counted(table, SAMPLED_EVERY)
    assert first == counted(table, SAMPLED_EVERY + 1) == [1.0, 101.0]
    assert counted(table, 2 * SAMPLED_EVERY) == [2.0, 102.0]
