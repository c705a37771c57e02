"""`check` and `status` on run directories and sweeps, without a run."""

import json

import pytest

from dendrolith.cli import main
from dendrolith.results.checkpoint import COMMIT
from dendrolith.results.resolved_input import resolved_yaml
from dendrolith.studies.register import load
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial
CIRCUIT = CONFIGS / "circuit" / "leaky_cell.yaml"
FACTS = {"state": "done", "time": 1.0, "end": 2.0, "steps": 3}


@pytest.fixture
def run(tmp_path):
    """The folder of a run of the circuit."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_text(resolved_yaml(load(CIRCUIT)), encoding="utf-8")
    (folder / "status.json").write_text(json.dumps(FACTS), encoding="utf-8")
    return folder


def test_check_refuses_a_folder_that_is_full(run, tmp_path, capsys):
    assert main(["check", str(CIRCUIT), "--out", str(run)]) == 2
    assert "exists and is not empty: say --resume auto to go on there" in capsys.readouterr().err
    assert main(["check", str(CIRCUIT), "--out", str(run), "--resume", "auto"]) == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    assert main(["check", str(CIRCUIT), "--out", str(tmp_path / "other")]) == 2
    assert "exists and is not empty: choose another folder" in capsys.readouterr().err
    assert main(["check", str(CIRCUIT), "--out", str(tmp_path / "new")]) == 0


def test_check_refuses_what_a_resumed_run_refuses(run, tmp_path, capsys):
    resume = ["check", str(CIRCUIT), "--resume", "auto", "--out", str(run)]
    assert main(resume) == 0
    change = ["--set", "time.first_step=2 s"]
    assert main([*resume, *change]) == 2
    said = capsys.readouterr().err
    assert "time.first_step was " in said
    assert " s, now 2 s: a run cannot go on with that" in said
    (run / "checkpoints" / "step-00000001").mkdir(parents=True)
    (run / "checkpoints" / "step-00000001" / COMMIT).write_text("{", encoding="utf-8")
    assert main(resume) == 2
    assert "no checkpoint is sound" in capsys.readouterr().err
    (run / "config.yaml").unlink()
    assert main(resume) == 2
    assert "is not a run directory" in capsys.readouterr().err


def test_status_of_several_runs_and_a_sweep(run, tmp_path, capsys):
    (tmp_path / "sweep.yaml").write_text(
        f"base: {CIRCUIT}\ngrid: {{circuit.series_resistance: [1e-3 Ohm m^2, 2e-3 Ohm m^2]}}\n"
    )
    sweep = tmp_path / "sweep"
    assert main(["sweep", "expand", str(tmp_path / "sweep.yaml"), "--out", str(sweep)]) == 0
    capsys.readouterr()
    assert main(["status", str(run), str(sweep)]) == 0
    said = capsys.readouterr().out
    assert f"{run}: done" in said
    assert f"{sweep}: " in said
    assert main(["status", "--json", str(run), str(sweep)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts[str(run)]["steps"] == 3
    assert len(facts[str(sweep)]["points"]) == 2
    assert main(["status", "--json", str(run)]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 3


def test_status_of_what_is_no_run_says_the_rest(run, tmp_path, capsys):
    assert main(["status", str(run), str(tmp_path / "none")]) == 2
    said = capsys.readouterr()
    assert f"{run}: done" in said.out
    assert "none: has no status.json: not a run directory" in said.err
    assert main(["status", str(tmp_path / "none")]) == 2


def test_a_run_without_fields_has_none_to_join(run, capsys):
    (run / "fields").mkdir()
    (run / "fields" / "index.json").write_text('{"version": 2, "segments": []}', encoding="utf-8")
    assert main(["join", str(run)]) == 2
    assert "has no fields to join" in capsys.readouterr().err
