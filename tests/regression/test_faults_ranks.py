"""One rank raises: the whole job ends at once, and says who and where."""

import time

import pytest

from tests.regression.faults import resume, run, series, status

pytestmark = [pytest.mark.serial, pytest.mark.mpirun]

SECONDS = 20  # from the error to the end of the job

# module, function, and at which of its calls the last rank but one raises
PLACES = {
    "mesh": ("dendrolith.studies.plating.build", "create_domain", 1),
    "initial state": ("dendrolith.studies.plating.build", "initialise", 1),
    "Newton's residual": ("dendrolith.solvers.newton.BalanceSolver", "_evaluate", 25),
    "stress": ("dendrolith.studies.plating.stress.Stress", "update", 6),
    "observable": ("dendrolith.studies.plating.observables.balances.Balances", "__call__", 6),
    "fields": ("dendrolith.results.fields.FieldOutput", "write", 2),
    "checkpoint": ("dendrolith.results.checkpoint.Checkpoints", "write_if_possible", 1),
}
IN_CI = ("Newton's residual",)

_RAISE = """
import importlib, time
def owner(path):
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)
place = owner({place!r})
_right, calls = getattr(place, {name!r}), 0
def wrong(*arguments, **named):
    global calls
    calls += 1
    if calls == {call} and RANK == 1:
        Path(sys.argv[5] + ".raised").write_text(str(time.time()))
        raise ArithmeticError("on one rank alone")
    return _right(*arguments, **named)
setattr(place, {name!r}, wrong)
def at_step(number):
    number == 4 and RANK == 0 and send(signal.SIGUSR1)
"""


@pytest.mark.parametrize(
    "where",
    [pytest.param(at, marks=[] if at in IN_CI else pytest.mark.slow) for at in PLACES],
)
def test_one_rank_raises(tmp_path, where, undisturbed):
    """Fault: rank 1 of 3 raises: traceback, rank, no exit 0, in seconds; and the run goes on."""
    place, name, call = PLACES[where]
    out = tmp_path / "x"
    failed = run(out, fault=_RAISE.format(place=place, name=name, call=call), ranks=3)
    ended = time.time()
    assert failed.returncode == 1
    assert "unexpected error on rank 1" in failed.stderr
    assert "Traceback" in failed.stderr
    assert "ArithmeticError: on one rank alone" in failed.stderr
    assert ended - float((tmp_path / "x.raised").read_text()) < SECONDS
    done = resume(out, ranks=3)
    assert done.returncode == 0, done.stderr
    assert status(out)["state"] == "done"
    assert series(out) == undisturbed(3)
