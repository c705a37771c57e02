"""The verbs that only print, as a user meets them; and the example scripts."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from dendrolith.config.reference import keys
from dendrolith.studies.register import DEFAULT, STUDIES
from tests.command import ROOT, dendrolith, in_its_own_process, launched, quietly, settings
from tests.parallel.test_ranks import SMALL

pytestmark = pytest.mark.serial

QUICKSTART = str(ROOT / "configs" / "quickstart.yaml")
SMALL_CELL = settings(*SMALL)


def script(name: str, *words: str) -> CompletedProcess[str]:
    """One of the scripts beside the inputs."""
    return subprocess.run(
        [sys.executable, f"configs/scripts/{name}.py", *words],
        capture_output=True, text=True, timeout=600, check=False, cwd=ROOT,
    )  # fmt: skip


def test_from_init_to_a_run(tmp_path):
    """What the help says a newcomer does: init, check, run; and nothing is overwritten."""
    done = dendrolith("init", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "case.yaml is written; next: dendrolith check case.yaml\n"
    again = dendrolith("init", cwd=tmp_path)
    assert again.returncode == 2
    assert "case.yaml: exists" in again.stderr
    assert dendrolith("init", "-", cwd=tmp_path).stdout == (tmp_path / "case.yaml").read_text(
        "utf-8"
    )
    assert not (tmp_path / "-").exists()
    assert dendrolith("check", "case.yaml", cwd=tmp_path).returncode == 0
    run = dendrolith("run", "case.yaml", *SMALL_CELL, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "runs" / "case" / "overview.png").exists()


def test_nothing_leaves_the_run_directory(tmp_path):
    """Whatever the file is called and its title says."""
    case = tmp_path / "$(touch harmed);.yaml"
    text = Path(QUICKSTART).read_text(encoding="utf-8")
    title = r"title: ../../$(reboot) $\frac{"
    case.write_text(re.sub("title: .*", lambda _: title, text), encoding="utf-8")
    before = set(tmp_path.iterdir())
    done = dendrolith("run", case.name, *SMALL_CELL, "--set", "time.max_steps=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(tmp_path.iterdir()) - before == {tmp_path / "runs"}
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [case.stem]
    assert (tmp_path / "runs" / case.stem / "overview.png").exists()


def test_schema_is_json():
    done = dendrolith("schema")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["properties"]["geometry"]["required"]


def test_cite_names_the_papers_of_a_config():
    done = dendrolith("cite", QUICKSTART)
    assert done.returncode == 0, done.stderr
    assert "https://doi.org/10.1002/adfm.202307998" in done.stdout
    entries = dendrolith("cite", QUICKSTART, "--bibtex", "--set", "noise.amplitude=0.1").stdout
    assert "@article{hong2018," in entries


def test_completion_is_a_script_for_the_shell():
    done = dendrolith("completion", "bash")
    assert done.returncode == 0, done.stderr
    assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=False).returncode == 0


@pytest.mark.parametrize("arguments", [[], ["reference", "--no-such"], ["fly"]])
def test_bad_usage_exits_2(arguments):
    done = dendrolith(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: dendrolith")


def test_help_shows_examples_and_exit_codes():
    done = dendrolith("--help")
    assert done.returncode == 0
    for words in ("examples:", "mpirun -n 2", "exit codes:", "numerical give-up", "init", "cite"):
        assert words in done.stdout
    for verb in ("run", "check", "init", "reference", "schema", "cite", "completion", "status",
                 "classify", "doctor", "report"):  # fmt: skip
        assert dendrolith(verb, "--help").returncode == 0


def test_status_of_a_run(tmp_path):
    """Of one that ended, of one that was killed, of something else."""
    out = tmp_path / "run"
    done = quietly("run", QUICKSTART, *SMALL_CELL, "--set", "time.max_steps=3", "--out", str(out))
    assert done.returncode == 0, done.stderr
    said = dendrolith("status", str(out)).stdout
    assert said.startswith(f"{out}: stopped")
    assert "of 0.5 s" in said
    assert "at step 3" in said
    facts = json.loads(dendrolith("status", str(out), "--json").stdout)
    assert facts["steps"] == 3
    assert facts["last_row"]["tip_height [m]"] > 8e-6
    status = out / "status.json"
    status.write_text(
        status.read_text(encoding="utf-8").replace('"stopped"', '"running"'), encoding="utf-8"
    )
    assert "dead, killed without a word" in dendrolith("status", str(out)).stdout
    other = dendrolith("status", str(tmp_path))
    assert other.returncode == 2
    assert "not a run directory" in other.stderr


def test_doctor_is_content_here(tmp_path):
    done = in_its_own_process("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for what in (
        "launcher",
        "form cache",
        "compiler",
        "solvers",
        "pictures",
        "3-D pictures",
        "disk",
    ):
        assert f" ok  {what}" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("output", "finding"),
    [
        ("2\\n", " ok  launcher"),
        ("11\\n\\n", "each rank is alone"),
        ("1\\n1\\n", "each rank is alone"),
        ("", "-n 2 fails: it said ''"),
    ],
)
def test_doctor_reads_the_launcher(tmp_path, output, finding):
    """Ranks that are alone each speak, and their lines may be mixed."""
    launcher = tmp_path / "mpirun"
    launcher.write_text(f"#!/bin/sh\nprintf '{output}'\n", encoding="utf-8")
    launcher.chmod(0o755)
    done = dendrolith("doctor", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert finding in done.stdout + done.stderr


def test_doctor_names_the_cure(tmp_path):
    """No launcher, no compiler and no place for compiled forms."""
    bare = tmp_path / "bin"
    bare.mkdir()
    wrong = tmp_path / "file"
    wrong.write_text("in the way", encoding="utf-8")
    done = in_its_own_process(
        "doctor", PATH=str(bare), CC="no-such-compiler", XDG_CACHE_HOME=str(wrong),
        OMP_NUM_THREADS="7",
    )  # fmt: skip
    assert done.returncode == 1
    for cure in ("install an MPI", "install gcc, or set CC", "set XDG_CACHE_HOME",
                 "export OMP_NUM_THREADS=1"):  # fmt: skip
        assert cure in done.stderr, done.stderr


@pytest.mark.parametrize("verb", ["reference", f"check {QUICKSTART}"])
def test_a_reader_that_stops_early_is_no_error(verb):
    """`dendrolith reference | head`; `check` loads PETSc, which has an opinion on broken pipes."""
    command = f"{sys.executable} -m dendrolith {verb} | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_an_error_that_nobody_reads_keeps_its_code():
    command = f"{sys.executable} -m dendrolith check no_such.yaml 2>&1 | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], check=False)
    assert done.returncode == 2


def test_a_run_that_nobody_reads_goes_on(tmp_path):
    """PETSc would end it at the first line, without results and with exit code 59."""
    words = f"run configs/circuit/leaky_cell.yaml --set time.max_steps=2 --out {tmp_path / 'run'}"
    command = f"{shlex.join(launched(pictures=False))} {words} --profile 2>&1 | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], check=False, cwd=ROOT)
    assert done.returncode == 0
    assert json.loads((tmp_path / "run" / "status.json").read_text())["steps"] == 2


def test_follow_the_tip():
    done = script("follow_the_tip", QUICKSTART, *SMALL)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.match(r"t = +0.500 s +tip +10.\d+ um, +\d+.\d\d um/s +ionic +\d+", last), last


def test_compare_pressures(tmp_path):
    picture = tmp_path / "pressures.png"
    coupling = "elasticity.stress_coupling=300"
    done = script("compare_pressures", QUICKSTART, str(picture), *SMALL, coupling)
    assert done.returncode == 0, done.stderr
    tips = [float(line.split("tip")[1].split("um")[0]) for line in done.stdout.splitlines()[:3]]
    assert len(set(tips)) == 3
    assert picture.stat().st_size > 10_000


def test_check_says_what_will_be_solved():
    """Equations, size and deciding numbers, without a run directory."""
    done = dendrolith("check", QUICKSTART, "--set", "noise.amplitude=0.01")
    assert done.returncode == 0, done.stderr
    for words in ("− κ∇²ξ", "r += a(ρ) A L_η m′(ξ)", "ρ is frozen", "13029 (129 x 101)",
                  "78174 (6 a node)", "about 0.21 GB", "at least 123 steps", "delta_rho/h",
                  "L_eta = 1.58 1/s", "p V_m/F", "0.678 mV", "83.3 MPa", "1.89 s"):  # fmt: skip
        assert words in done.stdout, words
    changes = settings("elasticity.coupling=overpotential", "geometry.mesh_size=1.2 um")
    other = dendrolith("check", QUICKSTART, *changes)
    assert "η += χ_m V_m P_m/F" in other.stdout
    assert "∂f_elas/∂ξ" not in other.stdout
    assert "note: delta/h = 3.3: below 4" in other.stdout


def test_verbs_of_another_study(tmp_path):
    """Of the default by name, and of one that is not there."""
    for verb in ("reference", "schema", "init"):
        plain = dendrolith(verb, cwd=tmp_path)
        (tmp_path / "case.yaml").unlink(missing_ok=True)
        named = dendrolith(verb, "--study", "plating", cwd=tmp_path)
        assert named.returncode == 0, named.stderr
        assert named.stdout == plain.stdout
        other = dendrolith(verb, "--study", "platin", cwd=tmp_path)
        assert other.returncode == 2
        assert "--study platin: is not one of: plating" in other.stderr


def test_check_refuses_what_run_refuses():
    done = dendrolith("check", QUICKSTART, "--set", "time.edn=1 s")
    assert done.returncode == 2
    assert "did you mean end?" in done.stderr
    assert done.stdout == ""


def test_reference_names_every_key():
    done = dendrolith("reference")
    assert done.returncode == 0, done.stderr
    for key in keys(STUDIES[DEFAULT].config):
        assert re.search(rf"^ *{key.rsplit('.', 1)[-1]}: ", done.stdout, re.MULTILINE), key
    assert "pressure: Pa, at least 0 Pa, default 0" in dendrolith("reference", "elasticity").stdout
    assert "elasticity" not in dendrolith("reference", "noise").stdout
