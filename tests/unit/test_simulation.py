"""What many runs of one process leave behind."""

import itertools
from pathlib import Path

import pytest
from mpi4py import MPI

import dendrolith
from dendrolith.core.errors import ConfigError
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


SMALL = ["geometry.electrolyte_thickness=24 um", "geometry.height=24 um", "geometry.mesh_size=2 um",
         "lithium_metal.interface_width=8 um", "pores=null", "materials.pore=null",
         "elasticity=null", "protrusions=null"]  # fmt: skip


def small():
    """A cell that takes a step in some ms."""
    return dendrolith.Simulation(dendrolith.load(QUICKSTART, [*SMALL, "time.max_steps=6"]))


def test_a_loop_that_was_left_is_gone_on_with():
    """It began anew: balances counted from there, and the fields of the start were solved for."""
    with small() as whole:
        rows = [whole.measure(step) for step in dendrolith.march(whole)]
    with small() as parts:
        for step in dendrolith.march(parts):
            if step.number == 3:
                break
        again = [parts.measure(step) for step in dendrolith.march(parts)]
    assert again == rows[3:]


def test_a_measure_does_not_depend_on_who_asked_before():
    """Balances add up over the steps: asked twice, or not in each step, they were off."""
    with small() as first:
        rows = [first.measure(step) for step in dendrolith.march(first)]
    with small() as second:
        for step in dendrolith.march(second):
            if step.number == 2:
                assert second.measure(step) == second.measure(step) == rows[1]
    assert second.measure(step) == rows[-1]


def test_a_step_that_is_over_is_not_measured():
    """It had the time of one step and the fields of another."""
    with small() as simulation:
        first, second, *_ = dendrolith.march(simulation)
        with pytest.raises(ValueError, match=r"step 1 cannot be measured: .* of step 6; measure"):
            simulation.measure(first)
    assert second.number == 2


@pytest.mark.parametrize("when", [0, 2])
def test_what_was_stopped_within_a_step_says_so(monkeypatch, when):
    """Ctrl-C in a notebook: from a half-found start another march had a wrong stress."""
    with small() as simulation:
        steps = dendrolith.march(simulation)
        for _ in range(when):
            step = next(steps)

        def interrupted(dt):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(simulation.problem, "advance" if when else "start", interrupted)
            with pytest.raises(KeyboardInterrupt):
                next(steps)
        with pytest.raises(ValueError, match="was stopped within a step: what was measured stays"):
            next(dendrolith.march(simulation))
        assert not when or simulation.measure(step)["time [s]"] == step.time


def test_what_is_freed_says_so():
    """PETSc ended the process, and with it a notebook."""
    with small() as simulation:
        step = next(dendrolith.march(simulation))
    simulation.destroy()
    assert simulation.measure(step)["time [s]"] == step.time
    assert simulation.fields()["xi"].x.array.max() <= 1.0
    with pytest.raises(ValueError, match="this simulation is freed"):
        next(dendrolith.march(simulation))


@pytest.mark.parametrize("given", [{"study": "circuit"}, str(QUICKSTART), QUICKSTART])
def test_a_simulation_takes_what_load_returns(given):
    """A file or a dict was a traceback on an attribute that it does not have."""
    with pytest.raises(ConfigError, match=r"give what dendrolith.load\(file or dict\) gives"):
        dendrolith.Simulation(given)


def test_a_network_is_no_simulation():
    """It was a KeyError."""
    with pytest.raises(ConfigError, match="dendrolith network computes this input"):
        dendrolith.Simulation(dendrolith.load(QUICKSTART.parent / "networks" / "quick.yaml"))


@pytest.mark.parametrize("given", ["time.end=1 s", {"time.end": "1 s"}])
def test_overrides_are_a_list(given):
    """Of a text each letter was a problem."""
    with pytest.raises(ConfigError, match=r"overrides are (str|dict): give a list"):
        dendrolith.load(QUICKSTART, given)
