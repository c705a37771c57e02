"""One run as a chain of Slurm jobs: a script that anybody can read, and its first submission."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dendrolith.config.units import option_in_si
from dendrolith.core.errors import OUT_OF_TIME, ConfigError, DendrolithError
from dendrolith.core.version import VERSION
from dendrolith.results.lock import owner_of
from dendrolith.results.new_file import replace
from dendrolith.studies.register import load
from dendrolith.sweeps.scripts import minutes, script

SHORTEST = 60.0  # s: Slurm counts minutes
PATIENCE = 60  # s that sbatch may take


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be computed, and with what.

    Attributes:
        config: the input.
        overrides: ``a.b=value``.
        out: run directory; None: ``runs/<name of the input>``.
        ranks: processes.
        time: of each job, as text with a unit.
        launcher: what starts the ranks.
        options: further options of sbatch.
    """

    config: Path
    overrides: tuple[str, ...]
    out: Path | None
    ranks: int
    time: str
    launcher: str
    options: tuple[str, ...]


def submit(job: Job, *, dry_run: bool = False) -> str:
    """Write the batch script beside the run directory and submit it.

    Args:
        job: the run.
        dry_run: only write the script.

    Returns:
        What was done.

    Raises:
        ConfigError: the input, the launcher or the time cannot be used, or the run is at work.
        DendrolithError: Slurm refuses.
    """
    load(job.config, job.overrides)
    _refuse_unquoted(job.launcher)
    out = job.out or Path("runs") / job.config.stem
    owner = owner_of(out)
    if owner is not None:
        raise ConfigError(f"--out {out}: {owner} runs here: wait for it, or choose another --out")
    target = out.with_name(f"{out.name}.sbatch")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace(target, _text(job, out, target))
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from None
    if dry_run:
        return f"{target} is written; next: sbatch {shlex.quote(str(target))}"
    return f"{target} is written\n{_sbatch(target)}; its log is {_log(out)}"


def _text(job: Job, out: Path, target: Path) -> str:
    words = ["dendrolith", "run", str(job.config), "-q", "--out", str(out), "--resume", "auto"]
    for override in job.overrides:
        words += ["--set", override]
    facts = {
        "config": job.config,
        "dendrolith": VERSION,
        "script": shlex.quote(str(target)),
        "name": out.name.replace(" ", "_"),
        "ranks": job.ranks,
        "minutes": minutes(option_in_si("--time", job.time, "s", at_least=SHORTEST)),
        "options": job.options,
        "log": '"{}"'.format(str(_log(out)).replace("%", "%%")),
        "status": shlex.quote(str(out / "status.json")),
        "command": f"{job.launcher} {shlex.join(words)}".strip(),
        "out_of_time": OUT_OF_TIME,
    }
    return script("submit.sh", facts)


def _refuse_unquoted(launcher: str) -> None:
    try:
        shlex.split(launcher)
    except ValueError as error:
        problem = f"does not fall into words: {str(error).lower()}"
        raise ConfigError(f"--launcher {launcher!r}: {problem}") from None


def _log(out: Path) -> Path:
    return out.with_name(f"{out.name}.log")


def _sbatch(target: Path) -> str:
    try:
        done = subprocess.run(
            ["sbatch", str(target)], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except FileNotFoundError:
        cure = "call this where Slurm is, or with --dry-run"
        raise ConfigError(f"sbatch is not there: {cure}; {target} is written") from None
    except subprocess.TimeoutExpired:
        raise DendrolithError(f"sbatch does not answer; {target} is written") from None
    if done.returncode:
        raise DendrolithError(f"sbatch refuses {target}: {done.stderr.strip()}")
    return done.stdout.strip()
