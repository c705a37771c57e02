"""A private Slurm of one node, for tests and for people:

    ./env.sh run python -m tests.slurm.cluster bash        # a shell in which sbatch works

It is up while the command runs, keeps everything in one folder, and ends with all its jobs.
Without a command it says whether Slurm can start here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

SLURM = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "scontrol")
TIMEOUT = 180  # s: nothing here may hang
CPUS, MEMORY = 2, 8000  # MB; more than is there does no harm: nothing is held to it

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
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2
MaxArraySize=10001
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=20
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
# Who looks for Slurm without its environment finds it too; only the namespace sees that.
_DAEMONS = """
mount --bind "$PWD" /etc/slurm
munged --force --key-file="$PWD/munge.key" --socket="$PWD/munge.socket" \
    --pid-file="$PWD/munge.pid" --log-file="$PWD/munge.log" --seed-file="$PWD/munge.seed"
slurmctld
slurmd -D & wait
"""
# A process namespace ends as a whole, daemons, jobs and all; at the latest with the test itself.
_NAMESPACE = (
    "setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--mount-proc", "--fork", "--kill-child"
)  # fmt: skip


def why_not() -> str:
    """Why no Slurm can start here; empty where it can."""
    missing = ", ".join(tool for tool in SLURM if shutil.which(tool) is None)
    if missing:
        return f"there is no {missing}: docker/packages-test.txt lists the packages"
    if os.geteuid() != 0:
        return "only root may start a Slurm of its own"
    allowed = subprocess.run([*_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    return allowed.stderr.strip() and f"no process namespace of its own: {allowed.stderr.strip()}"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Slurm:
    """A private Slurm of one node, up while it is entered.

    Args:
        home: an empty folder.

    Attributes:
        environment: in which its commands work.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        for name in ("state", "spool"):
            (home / name).mkdir()
        (home / "munge.key").write_bytes(os.urandom(128))
        (home / "munge.key").chmod(0o600)
        conf = _CONF.format(
            home=home, host=socket.gethostname(), ports=_free_ports(2), cpus=CPUS, memory=MEMORY
        )
        (home / "slurm.conf").write_text(conf, encoding="utf-8")
        (home / "cgroup.conf").write_text("CgroupPlugin=disabled\n", encoding="utf-8")
        outer = {name: value for name, value in os.environ.items() if "SLURM" not in name}
        self.environment: Mapping[str, str] = {**outer, "SLURM_CONF": str(home / "slurm.conf")}

    def __enter__(self) -> Self:
        with (self._home / "daemons.log").open("w") as log:
            self._daemons = subprocess.Popen(
                [*_NAMESPACE, "sh", "-ec", _DAEMONS],
                cwd=self._home, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self.wait(lambda: bool(self._find_inner()))
            self.wait(lambda: "State=IDLE" in self.ask("scontrol", "show", "node"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def _find_inner(self) -> str:
        """The process on whose namespaces all the others are."""
        children = Path(f"/proc/{self._daemons.pid}/task/{self._daemons.pid}/children")
        self._inner = children.read_text(encoding="utf-8").strip()
        return self._inner

    def __exit__(self, *_: object) -> None:
        self._daemons.kill()
        self._daemons.wait()

    def inside(self, *words: str, folder: Path | None = None) -> list[str]:
        """A command that sees the processes of the jobs, and is seen by them."""
        there = ["nsenter", "--mount", "--pid", "--root", f"--target={self._inner}"]
        return [*there, "env", f"--chdir={folder or Path.cwd()}", *words]

    def ask(self, *words: str, script: str = "", folder: Path | None = None) -> str:
        """What a command says in which Slurm works, if only why it failed."""
        return subprocess.run(
            self.inside(*words, folder=folder), env=self.environment, input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False,
        ).stdout  # fmt: skip

    def wait(self, condition: Callable[[], bool], patience: float = TIMEOUT) -> None:
        """Until something is so; fails with the logs of the daemons."""
        until = time.monotonic() + patience
        while not condition():
            assert self._daemons.poll() is None, self.logs()
            assert time.monotonic() < until, self.logs()
            time.sleep(0.5)

    def logs(self) -> str:
        """What the daemons and the jobs wrote."""
        return "\n".join(f"{log}:\n{log.read_text()}" for log in sorted(self._home.glob("*.log")))

    def submit(self, words: Sequence[str], *options: str) -> str:
        """The number of a job of one minute that runs a command on all processors."""
        script = f"#!/bin/sh\nsrun --mpi=pmix --ntasks={CPUS} {shlex.join(words)}\n"
        log = f"--output={self._home}/job-%j.log"
        options = ("--time=1", f"--ntasks={CPUS}", log, *options)
        job = self.ask("sbatch", "--parsable", *options, script=script).strip()
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

    def jobs(self) -> list[str]:
        """Numbers of the jobs that wait or run."""
        return self.ask("squeue", "--noheader", "--format=%i").split()


def main(words: list[str]) -> int:
    """Run a command beside a Slurm; returns its exit code."""
    why = why_not()
    if why:
        sys.stderr.write(f"no Slurm can start here: {why}\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="slurm-") as home, Slurm(Path(home)) as slurm:
        inside = slurm.inside(*(words or ["sinfo"]))
        return subprocess.run(inside, env=slurm.environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
