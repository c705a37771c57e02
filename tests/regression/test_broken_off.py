"""A run that is asked to stop within a step: nothing of that step stays, and nothing is lost."""

import pytest

from tests.regression.faults import CONFIG, resume, run, slots, status
from tests.regression.test_resume import WHOLE_CELL, stored
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

# The run looks whether it is to stop before each block of a step, and in each sweep of damage.
_AT_A_LOOK = """
from dendrolith.core.stop import StopWatch
_look, looks, steps = StopWatch.look, [], []
def look(self):
    if len(steps) == {step}:
        looks.append(0)
        len(looks) == {number} and RANK == LAST and send(signal.{signal})
    _look(self)
StopWatch.look = look
def at_step(number):
    steps.append(number)
"""
CRACK = CONFIGS / "fracture" / "lithium_in_crack.yaml"
PLATE = CONFIGS / "fracture" / "notched_plate.yaml"


@pytest.mark.parametrize(
    ("config", "overrides", "number", "signal", "ranks"),
    [
        pytest.param(CONFIG, WHOLE_CELL, 9, "SIGTERM", 1, id="whole cell"),
        pytest.param(CONFIG, WHOLE_CELL, 9, "SIGINT", 3, id="three ranks", marks=pytest.mark.slow),
        pytest.param(CRACK, [], 7, "SIGTERM", 1, id="sweep of a cell", marks=pytest.mark.slow),
        pytest.param(PLATE, [], 4, "SIGINT", 1, id="sweep of a plate"),
    ],
)
def test_a_signal_within_a_step(tmp_path, config, overrides, number, signal, ranks):
    """Fault: SIGTERM or Ctrl-C within the fourth step: three are kept, and it goes on from them."""
    full, broken = tmp_path / "full", tmp_path / "broken"
    five = [*overrides, "time.max_steps=5"]
    assert run(full, *five, config=config, ranks=ranks).returncode == 0
    fault = _AT_A_LOOK.format(step=3, number=number, signal=signal)
    stopped = run(broken, *five, config=config, ranks=ranks, fault=fault)
    assert stopped.returncode == 75, stopped.stderr
    assert slots(broken) == [3]
    assert (status(broken)["state"], status(broken)["steps"]) == ("paused", 3)
    assert resume(broken, *five, config=config, ranks=ranks).returncode == 0
    assert stored(broken, 5) == stored(full, 5)
