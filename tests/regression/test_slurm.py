"""Jobs of a real Slurm, each too short: their chain is the run that nothing stops, bit for bit."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import time

import pytest

from dendrolith.core.stop import BATCH_END
from tests.regression.faults import command, series, slots, status

SLURM = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "scontrol")
MISSING = ", ".join(tool for tool in SLURM if shutil.which(tool) is None)
pytestmark = [
    pytest.mark.serial,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a Slurm of its own"),
    pytest.mark.skipif(
        MISSING != "", reason=f"no {MISSING}: apt-get install slurmctld slurmd slurm-client munge"
    ),
]

TIMEOUT = 180  # s: nothing here may hang
RANKS = 2
LONG = "time.end=1 s"  # 27 steps
DONE, STOPPED, CANCELLED = ("COMPLETED", "0:0"), ("FAILED", "75:0"), ("CANCELLED", "0:15")
_SLOWLY = "import time\ndef at_step(number):\n    time.sleep({seconds})\n"

# One node without cgroups and accounts; it keeps everything in one folder.
_CONF = """
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/linear
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=20
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={ranks} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
_DAEMONS = """
munged --force --key-file="$PWD/munge.key" --socket="$PWD/munge.socket" \
    --pid-file="$PWD/munge.pid" --log-file="$PWD/munge.log" --seed-file="$PWD/munge.seed"
slurmctld
slurmd -D & wait
"""
# A process namespace ends as a whole, daemons, jobs and all; at the latest with the test itself.
_NAMESPACE = (
    "setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--mount-proc", "--fork", "--kill-child"
)  # fmt: skip


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Slurm:
    """A private Slurm of one node, up while it is entered."""

    def __init__(self, home) -> None:
        self._home = home
        for name in ("state", "spool"):
            (home / name).mkdir()
        (home / "munge.key").write_bytes(os.urandom(128))
        (home / "munge.key").chmod(0o600)
        conf = _CONF.format(
            home=home, host=socket.gethostname(), ports=free_ports(2), ranks=RANKS
        )  # fmt: skip
        (home / "slurm.conf").write_text(conf, encoding="utf-8")
        (home / "cgroup.conf").write_text("CgroupPlugin=disabled\n", encoding="utf-8")
        outer = {name: value for name, value in os.environ.items() if "SLURM" not in name}
        self._environment = {**outer, "SLURM_CONF": str(home / "slurm.conf")}

    def __enter__(self):
        with (self._home / "daemons.log").open("w") as log:
            self._daemons = subprocess.Popen(
                [*_NAMESPACE, "sh", "-ec", _DAEMONS],
                cwd=self._home, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self.wait(lambda: "State=IDLE" in self.ask("scontrol", "show", "node"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._daemons.kill()
        self._daemons.wait()

    def ask(self, *words: str, script: str = "") -> str:
        """What a command of Slurm says, if only why it failed."""
        return subprocess.run(
            words, env=self._environment, input=script, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False,
        ).stdout  # fmt: skip

    def wait(self, condition) -> None:
        until = time.monotonic() + TIMEOUT
        while not condition():
            assert self._daemons.poll() is None, self.logs()
            assert time.monotonic() < until, self.logs()
            time.sleep(0.5)

    def logs(self) -> str:
        return "\n".join(f"{log}:\n{log.read_text()}" for log in sorted(self._home.glob("*.log")))

    def submit(self, words: list[str], *options: str) -> str:
        """The number of a job of one minute that runs a command on all ranks."""
        script = f"#!/bin/sh\nsrun --mpi=pmix --ntasks={RANKS} {shlex.join(words)}\n"
        log = f"--output={self._home}/job-%j.log"
        job = self.ask("sbatch", "--parsable", "--time=1", log, *options, script=script).strip()
        assert job.isdecimal(), job
        return job

    def end_of(self, job: str) -> tuple[str, str]:
        """State of a job that has ended, and its exit code and signal as code:signal."""
        found = {"JobState": "PENDING"}

        def has_ended() -> bool:
            found.update(re.findall(r"(\w+)=(\S+)", self.ask("scontrol", "show", "job", job)))
            return found["JobState"] not in ("PENDING", "RUNNING", "COMPLETING")

        self.wait(has_ended)
        return found["JobState"], found["ExitCode"]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    allowed = subprocess.run([*_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    if allowed.returncode != 0:
        pytest.skip(f"no process namespace of its own: {allowed.stderr.strip()}")
    with Slurm(tmp_path_factory.mktemp("slurm")) as up:
        yield up


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
    assert series(out) == undisturbed(RANKS, LONG)


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
    assert series(out) == undisturbed(RANKS, LONG)
