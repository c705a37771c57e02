"""A run read back in Python, whatever has become of its directory."""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.open_run import Table, open_run
from dendrolith.results.run_trace import signals_of_run
from dendrolith.results.status import read_status, status
from tests.command import ROOT, quietly, settings
from tests.parallel.test_ranks import SMALL

pytestmark = pytest.mark.serial

CONFIG = ROOT / "configs" / "quickstart.yaml"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A small run through the command line; not to be changed."""
    out = tmp_path_factory.mktemp("open") / "run"
    overrides = [*SMALL, "time.end=0.1 s", "output.every=0.05 s", "time.max_steps=20"]
    done = quietly("run", CONFIG, "-q", "--out", out, *settings(*overrides))
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def copied(finished, tmp_path) -> Path:
    """A run to do harm to."""
    return shutil.copytree(finished, tmp_path / "run")


def test_series_are_arrays_with_units(finished):
    run = open_run(finished)
    with (finished / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(run.series) == list(rows[0])
    for column, values in run.series.items():
        np.testing.assert_array_equal(values, [float(row[column]) for row in rows])
    assert run.series.units["tip_height [m]"] == "m"
    assert run.series.units["stage [1]"] == "1"
    assert run.series["tip_height"] is run.series["tip_height [m]"]
    with pytest.raises(KeyError, match=r"tip_hight: did you mean tip_height\?"):
        run.series["tip_hight"]


def test_input_status_and_manifest(finished):
    run = open_run(str(finished))
    assert run.config.time.end == 0.1
    assert run.status["state"] == "done"
    assert run.status["steps"] == run.series["time"].size
    assert run.manifest["ranks"] == 1
    assert run.missing == []


def test_every_table_of_the_directory(finished):
    run = open_run(finished)
    assert set(run.tables) == {path.stem for path in finished.glob("*.csv")}
    assert set(run.tables["timeseries"]) == set(run.series)
    pieces = run.tables["pieces"]
    assert set(pieces["kind"]) == {"anode"}
    assert pieces["volume"].dtype == float
    assert run.tables["piece_events"]["event"] == []
    assert run.tables["piece_events"]["time"].shape == (0,)
    with pytest.raises(KeyError, match="nothing: no such table; there are: "):
        run.tables["nothing"]


def test_tables_are_read_when_they_are_asked_for(copied):
    run = open_run(copied)
    (copied / "interface.csv").unlink()
    assert run.tables["layers"]["from"].size
    assert run.tables["interface"] == {}
    assert "interface.csv cannot be read" in run.missing[-1]


def test_fields_have_the_zero_of_the_tables(finished):
    """Potentials count from the counter electrode: at the collector they are −V."""
    run = open_run(finished)
    assert run.times == [0.0, 0.05, 0.1]
    fields = run.fields(0.05)
    assert (fields.time, fields.cell_type) == (0.05, "triangle")
    assert fields.cells.max() == len(fields.points) - 1
    for name, values in fields.values.items():
        assert len(values) == len(fields.points), name
    assert fields.values["u"].shape == fields.points.shape
    collector = fields.points[:, 0] < 1e-9
    np.testing.assert_allclose(fields.values["phi_el"][collector], -0.1, atol=1e-9)
    assert run.fields().time == 0.1
    assert run.fields(0.05 * (1 + 1e-9)).time == 0.05
    with pytest.raises(ConfigError, match=r"no fields at t = 0\.07 s; there are: 0, 0\.05, 0\.1"):
        run.fields(0.07)


def test_pieces_of_a_time(finished):
    run = open_run(finished)
    for time, expected in ((0.0, 0.0), (0.05, 0.05), (None, 0.1)):
        pieces = run.pieces(time)
        assert set(pieces["time"]) == {expected}
        assert pieces["kind"] == ["anode"]
    with pytest.raises(ConfigError, match=r"no pieces at t = 0\.07 s"):
        run.pieces(0.07)


def test_it_says_what_it_is_in_a_line(finished):
    text = repr(open_run(finished))
    assert f"RunResults {finished}: plating, done at t = 0.1 of 0.1 s" in text
    assert "fields at 3 times" in text
    assert "\n" not in text
    assert repr(Table({"time [s]": np.zeros(2)})) == "<Table: 2 rows of time [s]>"


def test_neither_mpi_nor_dolfinx_is_needed(finished):
    code = (
        "import sys\n"
        "from dendrolith.results.open_run import open_run\n"
        "run = open_run(sys.argv[1])\n"
        "run.fields().values, run.pieces(), run.config.time.end\n"
        "assert not {'mpi4py.MPI', 'dolfinx', 'petsc4py'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(finished)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------ what may be otherwise


def test_a_run_that_goes_on(copied):
    status = json.loads((copied / "status.json").read_text(encoding="utf-8"))
    (copied / "status.json").write_text(json.dumps({**status, "state": "running"}))
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "job": None}
    (copied / "LOCK.json").write_text(json.dumps(owner), encoding="utf-8")
    before = open_run(copied)
    for name in ("timeseries", "pieces"):
        path = copied / f"{name}.csv"
        path.write_bytes(path.read_bytes()[:-20])
    run = open_run(copied)
    assert run.status["state"] == "running"
    assert run.series["time"].size == before.series["time"].size - 1
    assert run.missing == []
    assert run.pieces()["time"].tolist() == [0.05]
    assert run.missing == []


def test_a_row_without_its_end_is_none(copied):
    """A full disc leaves any part of a row: the last number may lack digits."""
    before = open_run(copied)
    times, pieces = before.tables["timeseries"]["time"].tolist(), before.tables["pieces"]["id"]
    for name in ("timeseries", "pieces"):
        path = copied / f"{name}.csv"
        path.write_bytes(path.read_bytes().rstrip()[:-1])
    run = open_run(copied)
    assert run.series["time"].tolist() == run.tables["timeseries"]["time"].tolist() == times[:-1]
    assert run.tables["pieces"]["id"].tolist() == pieces.tolist()[:-1]
    assert read_status(copied)["last_row"]["time [s]"] == times[-2]
    (stage,) = signals_of_run(copied)
    assert stage.time.tolist() == times[:-1]


def test_an_empty_entry_of_a_number_is_nan(copied):
    """As of a piece that nucleated: the others stay numbers."""
    (copied / "piece_events.csv").write_text(
        "time [s],event,id [1],other_id [1]\n1,nucleation,2,\n2,merge,2,1\n", encoding="utf-8"
    )
    events = open_run(copied).tables["piece_events"]
    np.testing.assert_equal(events["other_id"], [np.nan, 1.0])
    assert events["event"] == ["nucleation", "merge"]


def test_a_run_of_before(copied):
    """Written by dendritex: no study is named, no list of valid times, another manifest."""
    text = (copied / "config.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("study")]
    (copied / "config.yaml").write_text("\n".join(lines), encoding="utf-8")
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    manifest["dendritex"] = manifest.pop("dendrolith")
    (copied / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (copied / "fields" / "index.json").unlink()
    run = open_run(copied)
    assert run.study == "plating"
    assert run.config.study == "plating"
    assert run.manifest["dendritex"] == manifest["dendritex"]
    assert run.times == [0.0, 0.05, 0.1]
    assert {"xi", "u"} <= set(run.fields().values)
    assert run.missing == []


def test_a_damaged_run(copied):
    """Each loss is a sentence, and the rest is there."""
    (copied / "status.json").write_text("[]", encoding="utf-8")
    (copied / "config.yaml").write_text("old: 1", encoding="utf-8")
    (copied / "manifest.json").unlink()
    (copied / "fields" / "index.json").write_text("{", encoding="utf-8")
    header, *rows = (copied / "pieces.csv").read_text(encoding="utf-8").splitlines()
    (copied / "pieces.csv").write_text("\n".join([header, "\0", *rows, ""]), encoding="utf-8")
    run = open_run(copied)
    assert run.config is None
    assert run.status["state"] == "unknown"
    assert run.manifest == {}
    assert run.series["time"].size
    assert len(run.pieces()["time"]) == 1
    said = " ".join(run.missing)
    for words in ("How it ended", "is not an input of this version", "Versions and commit",
                  "No fields: ", "1 rows of"):  # fmt: skip
        assert words in said, words
    assert "5 missing" in repr(run)
    with pytest.raises(ConfigError, match="has no fields"):
        run.fields()


def test_damaged_fields_are_an_error_of_their_own(copied):
    data = copied / "fields" / "cell.bp" / "data.0"
    data.write_bytes(data.read_bytes()[:1000])
    run = open_run(copied)
    assert run.times == [0.0, 0.05, 0.1]
    with pytest.raises(ConfigError, match=r"cell\.bp: cannot be read"):
        run.fields()


def test_a_run_without_space(copied):
    """Of a model of the whole cell: a table and nothing else."""
    shutil.rmtree(copied / "fields")
    (copied / "fields").mkdir()
    for path in copied.glob("*.csv"):
        if path.stem != "timeseries":
            path.unlink()
    run = open_run(copied)
    assert run.times == []
    assert list(run.tables) == ["timeseries"]
    assert len(run.missing) == 1
    assert run.missing[0].startswith("No fields: ")
    with pytest.raises(ConfigError, match=r"has no table pieces\.csv"):
        run.pieces()


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        open_run(tmp_path / "absent")
    with pytest.raises(ConfigError, match="is not a run directory"):
        open_run(tmp_path)


def test_the_status_of_a_killed_run_counts_its_rows(tmp_path):
    """The file is written now and then: it said t = 0, 0 steps beside a checkpoint at step 35."""
    stored = {"state": "running", "time": 0.0, "end": 60.0, "steps": 0}
    (tmp_path / "status.json").write_text(json.dumps(stored), encoding="utf-8")
    (tmp_path / "timeseries.csv").write_text("time [s],dt [s]\n1,1\n2.5,1.5\n3,", encoding="utf-8")
    assert "dead, killed" in status(tmp_path)
    assert "t = 2.5 of 60 s (4 %), 2 steps" in status(tmp_path)
