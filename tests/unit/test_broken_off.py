"""What a run leaves in its directory that Ctrl-C has broken off, as in a notebook."""

import json

import pytest
from mpi4py import MPI

import dendrolith
from dendrolith.results import recorder
from dendrolith.results.lock import owner_of
from dendrolith.results.run_directory import RunDirectory
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

CIRCUIT = CONFIGS / "circuit" / "leaky_cell.yaml"
COMM = MPI.COMM_SELF


def in_a_solver(_):
    """PETSc hides it behind an error of its own."""
    raise RuntimeError("error code -1\n[0] SNESSolve() at snes.c:4844") from KeyboardInterrupt()


def as_it_draws(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("interrupt", [in_a_solver, as_it_draws])
def test_the_same_process_can_go_on(tmp_path, monkeypatch, interrupt):
    """Its lock was held by the process that wants to go on, and status quoted PETSc."""
    config = dendrolith.load(CIRCUIT, ["time.end=3 min"])
    simulation = dendrolith.Simulation(config, COMM)
    if interrupt is in_a_solver:
        monkeypatch.setattr(simulation.problem, "advance", interrupt)
    else:
        monkeypatch.setattr(recorder, "draw_if_possible", interrupt)
    with pytest.raises((RuntimeError, KeyboardInterrupt)):
        simulation.run(RunDirectory(COMM, tmp_path / "run", "x"), quiet=True)
    status = json.loads((tmp_path / "run" / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["failure"]) == ("interrupted", "by Ctrl-C")
    assert owner_of(tmp_path / "run") is None
    monkeypatch.undo()
    again = RunDirectory(COMM, tmp_path / "run", "x", resume=True)
    assert dendrolith.Simulation(config, COMM).run(again, quiet=True).state == "done"
