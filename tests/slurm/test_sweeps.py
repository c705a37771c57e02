"""Sweeps and chained runs as jobs of a real Slurm."""

import json
import re
import subprocess
import sys

import pytest

from tests.regression.test_sweep import RESTS, J, begun, counts, expanded
from tests.studies import CONFIGS, command

pytestmark = [pytest.mark.serial, pytest.mark.mpirun]

CIRCUIT = CONFIGS / "circuit" / "leaky_cell.yaml"
ENDED = {"done": 2, "failed": 1, "running": 0, "stopped": 0, "waiting": 0}
LONG = 900  # s that a chain of jobs may take


def array(slurm, out):
    """Submit the array of a sweep; returns its number."""
    said = slurm.ask("sbatch", "array.sh", folder=out)
    return re.search(r"job (\d+)", said)[1]


def over(slurm, patience=180):
    slurm.wait(lambda: not slurm.jobs(), patience)


def test_an_array_with_a_bad_point(slurm, tmp_path):
    """The bad one is reported; the array, the job of each other point and its results stand."""
    out = expanded(tmp_path, ["25 A/m^2", "1e9 A/m^2", "50 A/m^2"])
    array(slurm, out)
    over(slurm)
    assert counts(out) == ENDED, slurm.logs()
    assert (out / "forms.ready").exists()


@pytest.mark.slow
def test_snakemake_takes_the_same_sweep_to_slurm(slurm, tmp_path):
    out = expanded(tmp_path, ["25 A/m^2", "1e9 A/m^2", "50 A/m^2"])
    soon = "--snakemake=--slurm-init-seconds-before-status-checks=5"
    words = [sys.executable, "-m", "dendrolith", "sweep", "run", str(out), "--slurm", soon]
    said = slurm.ask(*words, folder=out)
    assert "2 done, 1 failed" in said, said
    assert counts(out) == ENDED


@pytest.mark.slow
def test_a_cancelled_point_goes_on_where_it_was(slurm, tmp_path):
    """USR1 asks for a checkpoint; a cancelled job leaves one and is not submitted by itself."""
    out = expanded(tmp_path, ["25 A/m^2"], end="800 h")
    job = array(slurm, out)
    slurm.wait(lambda: len(begun(out)) == 1)
    slurm.ask("scancel", "--full", "--signal=USR1", job)
    slurm.wait(lambda: list(out.glob("points/*/run/checkpoints/*/COMMIT.json")))
    slurm.ask("scancel", "--full", "--signal=TERM", job)
    over(slurm)
    (end,) = out.glob("points/*/starts.json")
    assert json.loads(end.read_text(encoding="utf-8"))["code"] == 75
    assert counts(out)["stopped"] == 1
    job = array(slurm, out)
    slurm.wait(lambda: len(list(out.glob("points/*/run/manifest*.json"))) == 2)
    slurm.ask("scancel", job)
    over(slurm)
    assert counts(out)["done"] == 0
    array(slurm, out)
    over(slurm)
    assert counts(out)["done"] == 1
    (run,) = out.glob("points/*/run")
    alone = tmp_path / "alone"
    subprocess.run(command(run.parent / "config.yaml", alone), check=True, timeout=LONG)
    assert (alone / "timeseries.csv").read_bytes() == (run / "timeseries.csv").read_bytes()


@pytest.mark.slow
def test_a_submitted_run_chains_itself_until_it_is_done(slurm, tmp_path):
    """Jobs of a minute for a run of some: the table is that of a run that nothing stopped."""
    out, changes = tmp_path / "chain", ("time.end=2500 h", f"{RESTS}=9999 h", f"{J}=20 A/m^2")
    words = ["-m", "dendrolith", "submit", str(CIRCUIT), "--time", "1 min", "--out", str(out)]
    words += [
        "--launcher",
        "srun --mpi=pmix",
        *(word for change in changes for word in ("--set", change)),
    ]
    said = slurm.ask(sys.executable, *words)
    assert "Submitted batch job" in said, said
    over(slurm, LONG)
    log = out.with_name("chain.log").read_text(encoding="utf-8")
    assert log.count("Submitted batch job") >= 1, log
    assert json.loads((out / "status.json").read_text(encoding="utf-8"))["state"] == "done"
    alone = tmp_path / "alone"
    subprocess.run(command(CIRCUIT, alone, *changes), check=True, timeout=LONG)
    assert (alone / "timeseries.csv").read_bytes() == (out / "timeseries.csv").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["array", "snakemake"])
def test_a_point_out_of_time_goes_on_in_the_next_job(slurm, tmp_path, engine):
    """One start a job, none in the seconds that one has left; the table is the undisturbed one."""
    out = expanded(tmp_path, ["20 A/m^2"], end="5000 h", run="{time: 1 min}")
    if engine == "array":
        array(slurm, out)
        over(slurm, LONG)
        jobs = 1 + (out / "array-1.log").read_text(encoding="utf-8").count("Submitted batch job")
    else:
        soon = "--snakemake=--slurm-init-seconds-before-status-checks=5"
        words = [sys.executable, "-m", "dendrolith", "sweep", "run", str(out), "--slurm", soon]
        with subprocess.Popen(slurm.inside(*words), env=slurm.environment) as running:
            slurm.wait(lambda: running.poll() is not None, LONG)
        log = (out / "engine.log").read_text(encoding="utf-8")
        jobs = log.count("Job 1 has been submitted with SLURM jobid")
    assert counts(out)["done"] == 1, slurm.logs()
    (end,) = out.glob("points/*/end.json")
    assert json.loads(end.read_text(encoding="utf-8"))["starts"] == jobs > 1
    alone = tmp_path / "alone"
    subprocess.run(command(end.parent / "config.yaml", alone), check=True, timeout=LONG)
    series = [run / "timeseries.csv" for run in (alone, end.parent / "run")]
    assert series[0].read_bytes() == series[1].read_bytes()
