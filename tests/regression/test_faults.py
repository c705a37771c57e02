"""Killed, damaged, signalled: a run that goes on gives what it would have given undisturbed."""

import csv
import itertools
import json
import os
import signal
import time

import pytest

from tests.regression.faults import KEEP_THREE, KEPT_STEPS, resume, run, series, slots, status

pytestmark = pytest.mark.serial

# Each kills one rank while it writes, or drops, the checkpoint of the third step kept.
_HALF_A_FILE = """
_write = checkpoint._write
def write(path, content):
    if path.parent.name == "step-00000012" and path.match({pattern!r}) and RANK == {rank}:
        {before}
        path.write_bytes(content[:len(content) // 2])
        die()
    return _write(path, content)
checkpoint._write = write
"""
_AROUND = """
_work = checkpoint.{name}
def around(slot, *rest):
    {before}
    result = _work(slot, *rest)
    {after}
    return result
checkpoint.{name} = around
"""
_THIRD = "slot.name == 'step-00000012' and "
KILLED = {
    "before the folder": _AROUND.format(name="_make_empty", before=_THIRD + "die()", after="pass"),
    "after the folder": _AROUND.format(name="_make_empty", before="pass", after=_THIRD + "die()"),
    "half a rank's file": _HALF_A_FILE.format(pattern="rank-*", rank="LAST", before="pass"),
    "after the ranks' files": _AROUND.format(name="_commit", before=_THIRD + "die()", after="pass"),
    "half the numbers": _HALF_A_FILE.format(pattern="run.json", rank="0", before="pass"),
    "after the numbers": _HALF_A_FILE.format(pattern="COMMIT.json", rank="0", before="die()"),
    "half the commit": _HALF_A_FILE.format(pattern="COMMIT.json", rank="0", before="pass"),
    "while dropping the oldest": """
def rmtree(slot, **_):
    (slot / "rank-0000.npz").unlink()
    die()
checkpoint.shutil.rmtree = rmtree
""",
}
CI_POINTS = ("after the folder", "half the commit", "while dropping the oldest")


def killed_and_resumed(out, point: str, ranks: int, undisturbed) -> None:
    killed = run(out, "time.max_steps=15", fault=KEEP_THREE + KILLED[point], ranks=ranks)
    assert killed.returncode != 0
    assert status(out)["state"] == "running"
    first, second, third = KEPT_STEPS
    kept = {"while dropping the oldest": [second, third], "half the commit": [first, second, third]}
    assert slots(out) == kept.get(point, [first, second])
    done = resume(out, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert "taken over" in done.stderr
    sound = point in ("before the folder", "while dropping the oldest")
    assert ("passed over" in done.stderr) != sound
    assert series(out) == undisturbed(ranks)


@pytest.mark.parametrize("point", CI_POINTS)
def test_killed_while_writing_a_checkpoint(tmp_path, point, undisturbed):
    """Fault: SIGKILL in the middle of a checkpoint; the one before, or it itself, is good."""
    killed_and_resumed(tmp_path / "x", point, 1, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("point", KILLED)
def test_killed_while_writing_a_checkpoint_on_three_ranks(tmp_path, point, undisturbed):
    """Fault: as above, at all eight points, one of three ranks."""
    killed_and_resumed(tmp_path / "x", point, 3, undisturbed)


# ------------------------------------------------------------------ signals


def test_a_checkpoint_on_demand_and_a_stop(tmp_path, undisturbed):
    """Fault: SIGUSR1 (keep and go on), then SIGTERM (keep and stop): exit 75, then to the end."""
    out = tmp_path / "x"
    stopped = run(out, fault="def at_step(number):\n"
                             "    number == 5 and send(signal.SIGUSR1)\n"
                             "    number == 9 and send(signal.SIGTERM)\n")  # fmt: skip
    assert stopped.returncode == 75, stopped.stderr
    assert "signal" in stopped.stderr
    assert slots(out) == [5, 9]
    assert (status(out)["state"], status(out)["steps"]) == ("paused", 9)
    assert resume(out).returncode == 0
    assert series(out) == undisturbed(1)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_a_signal_to_one_rank_is_obeyed_by_all(tmp_path, rank, undisturbed):
    """Fault: signals reach one rank of three; all keep, go on and stop at the same step."""
    out = tmp_path / "x"
    fault = (
        "def at_step(number):\n"
        f"    number == 5 and RANK == {rank} and send(signal.SIGUSR1)\n"
        f"    number == 9 and RANK == {rank} and send(signal.SIGTERM)\n"
        "_main = cli.main\n"
        "def main(arguments):\n"
        "    code = _main(arguments)\n"
        "    Path(f'{sys.argv[5]}.{RANK}').write_text(str(code))\n"
        "    return code\n"
        "cli.main = main\n"
    )
    stopped = run(out, fault=fault, ranks=3)
    assert stopped.returncode == 75, stopped.stderr
    assert [tmp_path.joinpath(f"x.{k}").read_text() for k in range(3)] == ["75"] * 3
    assert slots(out) == [5, 9]
    done = resume(out, ranks=3)
    assert done.returncode == 0, done.stderr
    assert series(out) == undisturbed(3)


@pytest.mark.slow
def test_a_checkpoint_on_demand_changes_nothing(tmp_path, undisturbed):
    """Fault: SIGUSR1 to one rank of three at every step; the run ends as without."""
    fault = "def at_step(number):\n    RANK == number % 3 and send(signal.SIGUSR1)\n"
    done = run(tmp_path / "x", fault=fault, ranks=3)
    assert done.returncode == 0, done.stderr
    assert series(tmp_path / "x") == undisturbed(3)


def test_a_signal_too_early_and_one_too_late(tmp_path):
    """Fault: SIGUSR1 while the run is made, a second SIGTERM while its results are closed."""
    fault = (
        "from dendrolith.simulation import Simulation\n"
        "_make = Simulation.__init__\n"
        "def make(self, *rest):\n    send(signal.SIGUSR1)\n    _make(self, *rest)\n"
        "Simulation.__init__ = make\n"
        "def at_step(number):\n    number == 3 and send(signal.SIGTERM)\n"
        "recorder.draw_if_possible = lambda *_: send(signal.SIGTERM)\n"
    )
    stopped = run(tmp_path / "x", fault=fault)
    assert stopped.returncode == 75, stopped.stderr
    assert slots(tmp_path / "x") == [3]


def test_the_batch_system_ends_the_job(tmp_path):
    """Fault: the allotted time is nearly over at the start; one step, a checkpoint, exit 75."""
    end = {"SLURM_JOB_END_TIME": str(int(time.time()) + 1)}
    stopped = run(tmp_path / "x", environment=end)
    assert stopped.returncode == 75, stopped.stderr
    assert "the time allotted ends" in stopped.stderr
    assert slots(tmp_path / "x") == [1]


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [1, 3])
def test_a_chain_of_short_runs(tmp_path, ranks, undisturbed):
    """Fault: the time allotted is short again and again; the chain equals one long run."""
    out, links = tmp_path / "x", 0
    slowly = (
        "import time\n"
        "def at_step(number):\n    time.sleep(0.2)\n"
        "from dendrolith.core import stop\nstop._MARGIN = 0.0\n"
    )
    while True:
        done = resume(out, "--max-wall=2 s", fault=slowly, ranks=ranks)
        links += 1
        if done.returncode != 75:
            break
        assert slots(out)[-1] == status(out)["steps"]
        assert links < 20
    assert done.returncode == 0, done.stderr
    assert links > 2
    assert series(out) == undisturbed(ranks)


# ------------------------------------------------------------------ output after a restart


def field_times(out) -> list[float]:
    """Times of all segments that the index lists, each looked up in its files."""
    import adios2

    listed = []
    index = json.loads((out / "fields" / "index.json").read_text(encoding="utf-8"))
    for segment in index["segments"]:
        for name in (segment["cell"], segment["u"]):
            with adios2.FileReader(str(out / "fields" / name)) as file:
                count = int(file.available_variables()["step"]["AvailableStepsCount"])
                stored = file.read("step", step_selection=[0, count]).ravel().tolist()
            assert set(segment["times"]) <= set(stored), name
        listed += segment["times"]
    return listed


def test_no_output_is_lost_or_doubled(tmp_path, undisturbed):
    """Fault: killed five steps and two outputs after a checkpoint, which are then written again."""
    out, outputs = tmp_path / "x", "output.every=0.05 s"
    fault = (
        "def at_step(number):\n"
        "    number == 9 and send(signal.SIGUSR1)\n"
        "    number == 15 and die()\n"
    )
    killed = run(out, outputs, fault=fault)
    assert killed.returncode == -signal.SIGKILL
    assert resume(out, outputs).returncode == 0
    assert series(out) == undisturbed(1, outputs)
    rows = csv.DictReader(series(out).decode().splitlines())
    times = [float(row["time [s]"]) for row in rows]
    assert all(later > earlier for earlier, later in itertools.pairwise(times))
    assert field_times(out) == pytest.approx([0.05 * k for k in range(11)])


def test_killed_before_the_first_checkpoint(tmp_path, undisturbed):
    """Fault: nothing was kept yet; the run begins again, and none of its output is doubled."""
    out = tmp_path / "x"
    killed = run(out, fault="def at_step(number):\n    number == 3 and die()\n")
    assert killed.returncode == -signal.SIGKILL
    assert os.listdir(out / "fields")
    assert resume(out).returncode == 0
    assert series(out) == undisturbed(1)
    assert field_times(out) == pytest.approx([0.0, 0.5])


@pytest.mark.slow
@pytest.mark.parametrize("step", [2, 7, 13, 19])
def test_killed_at_any_step_on_three_ranks(tmp_path, step, undisturbed):
    """Fault: one rank dies between checkpoints; what was written since is written again."""
    out = tmp_path / "x"
    fault = (
        "def at_step(number):\n"
        "    number in (5, 11) and RANK == 1 and send(signal.SIGUSR1)\n"
        f"    number == {step} and RANK == 2 and die()\n"
    )
    assert run(out, fault=fault, ranks=3).returncode != 0
    done = resume(out, ranks=3)
    assert done.returncode == 0, done.stderr
    assert series(out) == undisturbed(3)
    assert field_times(out) == pytest.approx([0.0, 0.5])
