"""`dendrolith converge` as a user calls it: runs, goes on, extends, stops; a mesh converges."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import dendrolith
from dendrolith.cli import main
from dendrolith.convergence.extrapolation import CAPPED, OBSERVED
from dendrolith.studies.pfhub.build import ripples
from dendrolith.studies.register import load
from tests.studies import CONFIGS, columns

pytestmark = pytest.mark.serial

CIRCUIT = CONFIGS / "circuit" / "leaky_cell.yaml"
SHORT = ["--set", "time.end=20 min"]
TIMEOUT = 120  # s


def test_a_ladder_runs_and_is_used_again(tmp_path, capsys):
    """Two runs; then none of them again, and a column that is not there is refused."""
    out = tmp_path / "out"
    words = ["converge", str(CIRCUIT), "--out", str(out), "--levels", "2", *SHORT]
    assert main([*words, "--at", "voltage=3.3 V"]) == 0
    said, heard = capsys.readouterr()
    assert "rung 2 of 2 (dt / 2): done" in heard
    stored = json.loads((out / "convergence.json").read_text(encoding="utf-8"))
    found = {row["observable"]: row for row in stored["observables"]}
    runs = [columns(out / "points" / rung["point"] / "run") for rung in stored["rungs"]]
    ends = [float(run["voltage [V]"][-1]) for run in runs]
    assert list(found["Voltage"]["values"].values()) == ends
    assert 0 < found["Time at voltage 3.3 V"]["limit"] < 1200
    assert "Time at voltage 3.3 V" in said

    assert main([*words, "--at", "voltag=3.3 V"]) == 2
    assert main([*words, "--json"]) == 0
    said, heard = capsys.readouterr()
    assert heard.count("ran before") == 3  # one of the refused call
    assert [rung["state"] for rung in json.loads(said)["rungs"]] == ["done", "done"]


@pytest.mark.slow
def test_ctrl_c_leaves_a_checkpoint_and_the_same_command_goes_on(tmp_path):
    out = tmp_path / "out"
    long = ["--set", "time.end=40 h", "--set", "control.4.rest=9999 h"]
    words = [sys.executable, "-m", "dendrolith", "converge", str(CIRCUIT)]
    words += ["--out", str(out), "--levels", "2", *long]
    ladder = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + TIMEOUT
    while not list(out.glob("points/*/run/timeseries.csv")):
        assert time.monotonic() < end
        time.sleep(0.1)
    os.kill(ladder.pid, signal.SIGINT)
    _, heard = ladder.communicate(timeout=TIMEOUT)
    assert ladder.returncode == 75, heard
    assert "the same command goes on" in heard
    assert len(list(out.glob("points/*/run/checkpoints/*/COMMIT.json"))) == 1
    assert subprocess.run(words, check=False, timeout=TIMEOUT, capture_output=True).returncode == 0


@pytest.mark.slow
def test_the_bar_of_a_mesh_holds_what_a_finer_one_finds(tmp_path):
    """PFHub 1b, whose start is smooth: the limit of three runs, and what a fourth makes of it."""
    small = [
        "geometry.periodic=false",
        "geometry.side=48",
        "geometry.mesh_size=3",
        "time.end=20 s",
        "output.every=20 s",
    ]
    config = CONFIGS / "pfhub" / "1a.yaml"
    found = [dendrolith.converge(config, tmp_path / "out", small, levels=n) for n in (3, 4)]
    coarse, fine = (ladder["Free energy"] for ladder in found)
    assert coarse.values == fine.values[:3]
    assert fine.estimate.kind in (OBSERVED, CAPPED)
    assert fine.estimate.order > 1.5
    assert abs(coarse.estimate.limit - fine.estimate.limit) <= coarse.estimate.bar
    parts = sum(fine.parts.values())
    assert abs(fine.error - parts) < 0.3 * abs(fine.error)  # h and dt apart make the error up

    middles = (np.arange(2000) + 0.5) * 48 / 2000
    x, y = np.meshgrid(middles, middles)
    start = load(config, small).start
    mass = 48**2 * ripples(start, np.stack([x.ravel(), y.ravel()])).mean()  # it stays
    for ladder in found:
        assert abs(ladder["Mass"].estimate.limit - mass) <= ladder["Mass"].estimate.bar
