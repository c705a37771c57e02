"""What many runs of one process leave behind."""

import itertools
from pathlib import Path

import pytest
from mpi4py import MPI

import dendrolith
from dendrolith.studies.plating.solver_input import BACKWARD_EULER, SPLIT

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
RUNS = 3


def resident_memory():
    """Of all ranks [MB]."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    own = next(line for line in status if line.startswith("VmRSS")).split()[1]
    return MPI.COMM_WORLD.allreduce(int(own), op=MPI.SUM) / 1024


@pytest.mark.parametrize("scheme", [SPLIT, pytest.param(BACKWARD_EULER, marks=pytest.mark.slow)])
def test_memory_comes_back(scheme):
    """One such run leaves 25 to 90 MB of matrices and preconditioners if they are not freed.

    A leak grows with every run. The allocator takes more in some of the first five, then none.
    """
    settings = dendrolith.load(QUICKSTART, [f"time.scheme={scheme}", "geometry.height=60 um"])
    after = []
    for _ in range(1 + RUNS):  # the first one brings libraries and compiled forms
        with dendrolith.Simulation(settings) as simulation:
            next(dendrolith.march(simulation))
        after.append(resident_memory())
    growth = [later - earlier for earlier, later in itertools.pairwise(after)]
    assert min(growth) < 8, growth


def test_an_error_frees_nothing(monkeypatch):
    """It may be one rank's own: what is collective would wait for it for ever."""
    freed = []
    monkeypatch.setattr(dendrolith.Simulation, "destroy", freed.append)
    with pytest.raises(KeyError), dendrolith.Simulation(dendrolith.load(QUICKSTART)):
        raise KeyError
    assert not freed
