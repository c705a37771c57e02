"""Sweeps of a circuit from the command line: run, failed, extended, killed, refused."""

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from pyarrow import parquet

from dendrolith.cli import main
from tests.regression.browser import open_page
from tests.studies import CONFIGS, command

pytestmark = pytest.mark.serial

BASE = CONFIGS / "circuit" / "leaky_cell.yaml"
J, RESTS = "control.0.current", "control.4.rest"  # the last stage goes on to the end
TIMEOUT = 120  # s


def dendrolith(*words):
    """A command in a process of its own, as an engine must be."""
    return subprocess.run(
        [sys.executable, "-m", "dendrolith", *map(str, words)],
        capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip


def answer(*words):
    """What a verb prints."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["sweep", *map(str, words)]) == 0
    return said.getvalue()


def expanded(folder, currents, *, end="1 h", run="{}"):
    """A sweep over currents; returns its folder."""
    fixed = f"{{time.end: {end}, {RESTS}: 9999 h}}"
    text = f"base: {BASE}\nset: {fixed}\ngrid: {{{J}: [{', '.join(currents)}]}}\nrun: {run}\n"
    (folder / "sweep.yaml").write_text(text, encoding="utf-8")
    answer("expand", folder / "sweep.yaml", "--out", folder / "out")
    return folder / "out"


def table(out):
    answer("collect", out)
    with (out / "table.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counts(out):
    return json.loads(answer("status", out, "--json"))["counts"]


def test_a_sweep_with_a_bad_point(tmp_path):
    """1 GA/m² cannot be computed: that is reported; the others are done, and not done twice."""
    out = expanded(tmp_path, ["25 A/m^2", "1e9 A/m^2"])
    ended = dendrolith("sweep", "run", out, "--cores", 2)
    assert ended.returncode == 3, ended.stderr
    assert "1 done, 1 failed" in ended.stdout
    assert "exit code 3" in ended.stdout
    rows = table(out)
    assert [row["state"] for row in rows] == ["done", "failed"]
    assert rows[0]["short_class"] == "soft"
    assert float(rows[0][f"{J} [A/m^2]"]) == 25.0
    assert float(rows[0]["time [s]"]) == 3600.0
    stored = parquet.read_table(out / "table.parquet").to_pylist()
    assert [row["point"] for row in stored] == [row["point"] for row in rows]
    assert stored[0]["voltage [V]"] == float(rows[0]["voltage [V]"])

    before = (out / "points" / rows[0]["point"] / "end.json").read_bytes()
    expanded(tmp_path, ["25 A/m^2", "1e9 A/m^2", "75 A/m^2"])
    assert counts(out) == {"done": 1, "failed": 1, "running": 0, "stopped": 0, "waiting": 1}
    assert dendrolith("sweep", "run", out).returncode == 3
    assert (out / "points" / rows[0]["point"] / "end.json").read_bytes() == before
    assert [row["state"] for row in table(out)] == ["done", "failed", "done"]

    answer("report", out)
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "Response curves" in text
    assert f"<code>{rows[1]['point']}</code> failed" in text
    page = open_page(out / "report.html", tmp_path, width=400)
    assert page.overflow <= 0
    assert not page.complaints
    assert not page.requests


def wait_for(condition, until=TIMEOUT):
    end = time.monotonic() + until
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def begun(out):
    """Points of which a step is done, and that have not ended."""
    series = {path.parent.parent.name for path in out.glob("points/*/run/timeseries.csv")}
    return series - {path.parent.name for path in out.glob("points/*/end.json")}


@pytest.mark.slow
def test_a_killed_engine_loses_and_doubles_nothing(tmp_path):
    """The engine and Snakemake die; what they started goes on, and the next engine waits for it."""
    out = expanded(tmp_path, ["20 A/m^2", "30 A/m^2", "40 A/m^2"], end="500 h")
    words = [sys.executable, "-m", "dendrolith", "sweep", "run", str(out), "--cores", "2"]
    engine = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(begun(out)) == 2)
    refused = dendrolith("sweep", "run", out)
    assert refused.returncode == 2
    assert "runs here" in refused.stderr
    children = f"/proc/{engine.pid}/task/{engine.pid}/children"
    with open(children, encoding="utf-8") as file:
        snakemake = [int(pid) for pid in file.read().split()]
    for pid in (engine.pid, *snakemake):
        os.kill(pid, signal.SIGKILL)
    engine.wait()
    victim = sorted(begun(out))[0]  # and a run dies with its caller, as when a machine restarts
    for folder in (out / "points" / victim, out / "points" / victim / "run"):
        lock = json.loads((folder / "LOCK.json").read_text(encoding="utf-8"))
        os.kill(lock["pid"], signal.SIGKILL)
    ended = dendrolith("sweep", "run", out, "--cores", 2)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = table(out)
    assert [row["state"] for row in rows] == ["done"] * 3
    assert max(int(row["starts"]) for row in rows) <= 2
    for row in rows:
        point = out / "points" / row["point"]
        alone = tmp_path / row["point"]
        subprocess.run(command(point / "config.yaml", alone), check=True, timeout=TIMEOUT)
        series = [folder / "timeseries.csv" for folder in (alone, point / "run")]
        assert series[0].read_bytes() == series[1].read_bytes()


@pytest.mark.slow
def test_ctrl_c_leaves_checkpoints_and_the_same_command_goes_on(tmp_path):
    out = expanded(tmp_path, ["20 A/m^2", "30 A/m^2"], end="40 h")
    words = [sys.executable, "-m", "dendrolith", "sweep", "run", str(out), "--cores", "2"]
    engine = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(begun(out)) == 2)
    engine.send_signal(signal.SIGINT)
    assert engine.wait(TIMEOUT) == 75
    assert counts(out)["stopped"] == 2
    assert len(list(out.glob("points/*/run/checkpoints/*/COMMIT.json"))) == 2
    assert dendrolith("sweep", "run", out, "--cores", 2).returncode == 0


@pytest.mark.slow
def test_points_share_the_cores(tmp_path):
    """Two points of two ranks on two cores run one after the other."""
    out = expanded(tmp_path, ["20 A/m^2", "30 A/m^2"], run="{ranks: 2}")
    assert dendrolith("sweep", "run", out, "--cores", 1).returncode == 2
    assert dendrolith("sweep", "run", out, "--cores", 2).returncode == 0
    log = (out / "engine.log").read_text(encoding="utf-8")
    assert "Execute 1 jobs" in log
    assert "Execute 2 jobs" not in log


@pytest.mark.slow
def test_a_point_out_of_time_goes_on_at_the_next_start(tmp_path, monkeypatch):
    out = expanded(tmp_path, ["20 A/m^2"], end="500 h")
    (point,) = (path.name for path in (out / "points").iterdir())
    monkeypatch.setenv("SLURM_JOB_END_TIME", str(int(time.time()) + 12))
    assert dendrolith("sweep", "start", out, point).returncode == 75
    assert counts(out)["stopped"] == 1
    monkeypatch.delenv("SLURM_JOB_END_TIME")
    assert dendrolith("sweep", "start", out, point).returncode == 0
    assert table(out)[0]["starts"] == "2"
    assert dendrolith("sweep", "start", out, point).returncode == 0  # has ended: nothing to do
    assert table(out)[0]["starts"] == "2"
    assert dendrolith("sweep", "start", out, "nobody").returncode == 2
