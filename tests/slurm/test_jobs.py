"""Jobs of a real Slurm, each too short: their chain is the run that nothing stops, bit for bit."""

import pytest

from dendrolith.core.stop import BATCH_END
from tests.regression.faults import command, series, slots, status
from tests.slurm.cluster import CPUS

pytestmark = [pytest.mark.serial, pytest.mark.slow, pytest.mark.mpirun]

LONG = "time.end=1 s"  # 27 steps
DONE, STOPPED, CANCELLED = ("COMPLETED", "0:0"), ("FAILED", "75:0"), ("CANCELLED", "0:15")
_SLOWLY = "import time\ndef at_step(number):\n    time.sleep({seconds})\n"


def test_a_chain_of_jobs(slurm, tmp_path, undisturbed):
    """Every job stops before its minute is over; on the way Slurm asks it for a checkpoint."""
    out, ends = tmp_path / "x", [0]
    new = command(out, "--resume=auto", LONG, fault=_SLOWLY.format(seconds=4))
    old = ["env", "-u", BATCH_END, *new]  # as if Slurm did not export the end of a job
    # Slurm looks at its clock every 30 s: the signal comes 15 to 45 s before the end
    asked = "--signal=USR1@15"
    while (end := slurm.end_of(slurm.submit(old if len(ends) % 2 else new, asked))) == STOPPED:
        on_demand, last = slots(out)
        assert ends[-1] < on_demand < last == status(out)["steps"]
        assert status(out)["failure"] == "the time allotted ends"
        ends.append(last)
    assert end == DONE, slurm.logs()
    assert len(ends) > 2
    assert series(out) == undisturbed(CPUS, LONG)


def cancel(slurm, out, *options: str) -> tuple[str, str]:
    """How a job ends that is cancelled a few steps after it went on."""
    before = status(out)["steps"] if out.exists() else 0

    def under_way() -> bool:
        return (out / "timeseries.csv").exists() and series(out).count(b"\n") - 1 > before + 2

    job = slurm.submit(command(out, "--resume=auto", LONG, fault=_SLOWLY.format(seconds=1)))
    slurm.wait(under_way)
    slurm.ask("scancel", *options, job)
    end = slurm.end_of(job)
    assert status(out)["state"] == "paused", slurm.logs()
    assert slots(out)[-1] == status(out)["steps"] > before
    return end


def test_cancelled_jobs(slurm, tmp_path, undisturbed):
    """A SIGTERM ends a job in order, alone or with a SIGKILL to follow it; the next goes on."""
    out = tmp_path / "x"
    assert cancel(slurm, out, "--signal=TERM") == STOPPED
    assert cancel(slurm, out) == CANCELLED
    assert slurm.end_of(slurm.submit(command(out, "--resume=auto", LONG))) == DONE
    assert series(out) == undisturbed(CPUS, LONG)
