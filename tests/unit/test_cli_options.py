"""What the command line refuses before a verb is asked."""

from __future__ import annotations

import argparse
import errno
import os
from pathlib import Path

import pytest

from dendrolith.cli_options import answer_of, refuse_to_overwrite
from dendrolith.core.errors import ConfigError, OutputFailed

pytestmark = pytest.mark.serial


def asked(**given):
    """Options as the parser leaves them."""
    return argparse.Namespace(**given)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run, a trace and a cell in the present folder."""
    run = tmp_path / "run"
    run.mkdir()
    for name in ("status.json", "config.yaml", "timeseries.csv", "decouple.csv", "report.html"):
        (run / name).write_text("kept")
    for name in ("trace.csv", "cell.yaml"):
        (tmp_path / name).write_text("kept")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("out", ["trace.csv", "./cell.yaml", "run/../trace.csv"])
def test_an_output_is_no_input(folder, out):
    """However the file is spelt."""
    options = asked(trace=Path("trace.csv"), cell=Path("cell.yaml"), out=Path(out), plot=None)
    with pytest.raises(ConfigError, match="is an input"):
        refuse_to_overwrite(options)


@pytest.mark.parametrize("name", ["out", "plot"])
@pytest.mark.parametrize("file", ["config.yaml", "timeseries.csv", "status.json"])
def test_files_of_a_run_stay(folder, name, file):
    """Whatever the verb."""
    with pytest.raises(ConfigError, match=f"--{name} run/{file}: belongs to a run"):
        refuse_to_overwrite(asked(**{"runs": [Path("run")], name: Path("run") / file}))


@pytest.mark.parametrize(
    "out", ["run/report.html", "run/decouple.csv", "run/new.csv", "new", "run"]
)
def test_what_a_verb_writes_may_be_written_again(folder, out):
    """And a folder is another question."""
    refuse_to_overwrite(asked(runs=[Path("run")], out=Path(out), plot=None))


def test_a_picture_in_no_folder(folder):
    """Said before anything is computed."""
    with pytest.raises(ConfigError, match="there is no folder away: make it"):
        refuse_to_overwrite(asked(trace=Path("trace.csv"), plot=Path("away/fit.png")))


def failing(number):
    def answer(options):
        raise OSError(number, os.strerror(number), "runs/x/status.json")

    return argparse.Namespace(verb="converge", answer=answer)


def test_a_full_disk_is_told_in_words():
    with pytest.raises(OutputFailed, match=r"^runs/x/status\.json: No space left on device: what"):
        answer_of(failing(errno.ENOSPC))


def test_other_errors_of_files_stay_what_they_are():
    with pytest.raises(FileNotFoundError):
        answer_of(failing(errno.ENOENT))
