"""Paths that the system does not let anybody look at: words, not a traceback; nothing is begun."""

import contextlib
import os

import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results import join_fields
from tests.command import dendrolith
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

QUICKSTART = CONFIGS / "quickstart.yaml"
VERBS = {
    "check": ["check", "{}"],
    "run": ["run", QUICKSTART, "--out", "{}"],
    "status": ["status", "{}"],
    "report": ["report", "{}"],
    "classify": ["classify", "{}"],
    "stages": ["stages", "{}"],
    "spectra": ["spectra", "{}"],
    "impedance": ["impedance", "{}"],
    "converge": ["converge", QUICKSTART, "--out", "{}"],
    "network": ["network", CONFIGS / "networks" / "quick.yaml", "--out", "{}"],
    "creep": ["creep", CONFIGS / "creep" / "stack_charge.yaml", "--out", "{}"],
    "sweep expand": ["sweep", "expand", CONFIGS / "sweeps" / "leaky_cell.yaml", "--out", "{}"],
    "sweep run": ["sweep", "run", "{}"],
}


def refused(verb, path, words):
    ended = dendrolith(*(path if word == "{}" else word for word in VERBS[verb]))
    assert ended.returncode == 2, ended.stderr
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_a_name_that_is_too_long(verb, tmp_path):
    refused(verb, tmp_path / ("a" * 300), "File name too long")


@contextlib.contextmanager
def as_nobody():
    """A user who owns nothing; the folder of a test is closed to all others."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("verb", ["status", "report", "classify", "stages", "sweep run"])
@pytest.mark.parametrize("below", ["", "sub"])
def test_a_folder_of_somebody_else(verb, below, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        with as_nobody():
            refused(verb, closed / below, "Permission denied")
    finally:
        closed.chmod(0o700)


@pytest.mark.parametrize("allotted", ["0 s", "-1 h"])
def test_no_time_is_no_time_allotted(allotted, tmp_path):
    ended = dendrolith("run", QUICKSTART, "--out", tmp_path / "run", "--max-wall", allotted)
    assert ended.returncode == 2
    assert "--max-wall" in ended.stderr
    assert not (tmp_path / "run").exists()


def test_fields_are_not_joined_where_nobody_may_write(tmp_path, monkeypatch):
    """ADIOS2 would abort the process."""
    monkeypatch.setattr(join_fields, "segments_of", lambda run: [])
    fields = tmp_path / "fields"
    fields.mkdir()
    tmp_path.chmod(0o755)
    fields.chmod(0o555)
    with as_nobody(), pytest.raises(ConfigError, match="may not be written"):
        join_fields.join_fields(tmp_path)
    fields.chmod(0o755)
