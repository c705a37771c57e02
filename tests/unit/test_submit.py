"""The batch script of one run, and what keeps it from being written or submitted."""

import subprocess

import pytest

from dendrolith.cli import main
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

CONFIG = str(CONFIGS / "circuit" / "leaky_cell.yaml")


def submit(folder, *more, time="90 s"):
    out = folder / "a run"
    code = main(["submit", CONFIG, "--time", time, "--out", str(out), "--dry-run", *more])
    return code, out.with_name("a run.sbatch")


def test_the_script_says_what_was_asked_for(tmp_path):
    more = ("--ranks", "4", "--sbatch=--partition=long", "--set", "time.end=2 h")
    code, script = submit(tmp_path, *more)
    assert code == 0
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40
    assert f'#SBATCH --output="{tmp_path}/a run.log"' in lines
    assert {"#SBATCH --ntasks=4", "#SBATCH --time=2", "#SBATCH --partition=long"} <= set(lines)
    (run,) = (line for line in lines if line.startswith("srun dendrolith run"))
    assert run.endswith(f"-q --out '{tmp_path}/a run' --resume auto --set 'time.end=2 h'")
    subprocess.run(["bash", "-n", str(script)], check=True)


@pytest.mark.parametrize("time", ["5 V", "5", "1 s", "soon"])
def test_a_time_that_slurm_cannot_take_is_refused(tmp_path, capsys, time):
    code, script = submit(tmp_path, time=time)
    assert code == 2
    assert f"--time '{time}'" in capsys.readouterr().err
    assert not script.exists()


def test_a_launcher_that_no_shell_takes_is_refused(tmp_path, capsys):
    code, script = submit(tmp_path, "--launcher", "mpirun '-n 4")
    assert code == 2
    assert "does not fall into words: no closing quotation" in capsys.readouterr().err
    assert not script.exists()


def test_an_input_that_check_refuses_is_not_submitted(tmp_path, capsys):
    code, script = submit(tmp_path, "--set", "time.end=3 V")
    assert code == 2
    assert "wrong dimension" in capsys.readouterr().err
    assert not script.exists()


def test_without_slurm_the_cure_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    out = str(tmp_path / "run")
    assert main(["submit", CONFIG, "--time", "1 h", "--out", out]) == 2
    assert "--dry-run" in capsys.readouterr().err
