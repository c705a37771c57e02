"""A word where ranks and what else runs on a machine exceed its cores."""

import pytest
from mpi4py import MPI

from dendrolith.core.occupancy import note, occupied


@pytest.mark.parametrize(
    ("ranks", "load", "cores"), [(2, 0.0, 2), (2, 0.9, 2), (1, 1.5, 2), (4, 60.0, 64)]
)
def test_nothing_to_say(ranks, load, cores):
    assert note(ranks, load, cores) == ""


@pytest.mark.parametrize(("ranks", "load", "cores"), [(2, 1.0, 2), (1, 2.0, 2), (3, 0.0, 2)])
def test_more_processes_than_cores(ranks, load, cores):
    said = note(ranks, load, cores)
    assert f"{ranks} rank" in said
    assert f"on {cores} cores" in said


def test_this_machine(monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: MPI.COMM_WORLD.size)
    assert occupied(MPI.COMM_WORLD) == ""
    monkeypatch.setattr("os.getloadavg", lambda: (100.0, 0.0, 0.0))
    assert "load of 100.0" in occupied(MPI.COMM_WORLD)
