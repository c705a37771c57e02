"""The command line as a user meets it: files, summary, exit codes."""

import csv
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from tests.command import ROOT, dendrolith, in_its_own_process, launched, quietly, settings
from tests.parallel.test_ranks import SMALL

pytestmark = pytest.mark.serial

QUICKSTART = ROOT / "configs" / "quickstart.yaml"
SMALL_CELL = settings(*SMALL)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "quick"
    done = in_its_own_process("run", QUICKSTART, *SMALL_CELL, "--out", out)
    assert done.returncode == 0, done.stderr
    return done, out


FIXED_COLUMNS = [
    "time [s]", "dt [s]", "ionic_current [A/m^2]", "electronic_current [A/m^2]", "cell_voltage [V]",
    "lithium_in_electrolyte [mol/m^2]", "lithium_plated [mol/m^2]", "dead_lithium [mol/m^2]",
    "tip_height [m]",
    "charge_error [1]", "newton_iterations [1]", "krylov_iterations [1]",
]  # fmt: skip


def test_run_directory_is_complete(finished):
    _, out = finished
    for name in ("config.yaml", "manifest.json", "status.json", "timeseries.csv", "overview.png",
                 "label.png", "phi_ion.png", "phi_el.png", "pressure.png",
                 "timeseries.png"):  # fmt: skip
        assert (out / name).stat().st_size > 0, name
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert set(FIXED_COLUMNS) <= set(rows[0])
    times = [float(row["time [s]"]) for row in rows]
    assert times == sorted(set(times))
    assert times[-1] == 0.5
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert status["state"] == "done"
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["ranks"] == 1
    assert manifest["seeds"]["pores.seed"] == 3
    assert manifest["dolfinx"]


def test_fields_read_back(finished):
    """VTX: every field at t = 0 and at the end, on the nodes of the mesh, finite."""
    import adios2
    import numpy as np

    _, out = finished
    with adios2.FileReader(str(out / "fields" / "cell.bp")) as file:
        names = set(file.available_variables())
        assert {"xi", "rho", "label", "phi_el", "phi_ion", "pressure", "von_mises"} <= names
        steps = int(file.available_variables()["xi"]["AvailableStepsCount"])
        assert steps == 2
        xi = file.read("xi", step_selection=[steps - 1, 1])
        assert np.isfinite(xi).all()
        assert xi.max() > 0.9
        times = file.read("step", step_selection=[0, steps])
        np.testing.assert_allclose(np.ravel(times), [0.0, 0.5])


def test_summary_speaks_with_units(finished):
    done, out = finished
    assert "reached t = 0.5 s" in done.stdout
    for words in ("tip height", "um", "A/m^2", "mol/m^2", "charge error", str(out)):
        assert words in done.stdout
    assert "\x1b" not in done.stderr


def test_resolved_config_reproduces_the_run(finished, tmp_path):
    """Byte for byte with the direct solver; the other rounds by the alignment of memory."""
    config = finished[1] / "config.yaml"
    for name in ("first", "again"):
        out = tmp_path / name
        done = quietly("run", str(config), "-q", "--set", "solver.linear=mumps", "--out", str(out))
        assert done.returncode == 0, done.stderr
        config = out / "config.yaml"
    first, again = (tmp_path / name / "timeseries.csv" for name in ("first", "again"))
    assert first.read_bytes() == again.read_bytes()


def test_profile_says_where_the_time_went(tmp_path):
    words = (*SMALL_CELL, *settings("time.max_steps=5"), "--profile", "--out", tmp_path / "run")
    done = in_its_own_process("run", QUICKSTART, *words, pictures=False)
    assert done.returncode == 0, done.stderr
    head, *rows, cost = done.stdout[done.stdout.index("part  ") :].splitlines()
    assert head.split() == ["part", "calls", "s", "%", "assembly", "set-up", "rest"]
    total = float(rows.pop().removeprefix("total"))
    everything_else = float(rows.pop().removeprefix("everything else").split()[0])
    parts = {row[:22].strip(): [float(number) for number in row[22:].split()] for row in rows}
    assert {"charge balance", "stress", "lithium surface", "observables", "tables"} <= set(parts)
    assert parts["charge balance"][0] >= 5
    for calls, seconds, _, assembly, set_up, rest in parts.values():
        assert calls >= 1
        assert min(assembly, set_up, rest) >= -0.01
        assert assembly + set_up + rest == pytest.approx(seconds, abs=0.02)
    known = sum(part[1] for part in parts.values())
    assert known + everything_else == pytest.approx(total, abs=0.1)
    ranks, busy, peak = re.fullmatch(
        r"(\d) rank: (\d+) core-seconds .* at most ([\d.]+) GB a rank", cost
    ).groups()
    assert ranks == "1"
    assert float(busy) > 0
    assert 0.05 < float(peak) < 5


def test_config_error_exits_2_and_computes_nothing(tmp_path):
    done = dendrolith("run", QUICKSTART, "--set", "time.edn=1 s",
                     "--out", str(tmp_path / "x"))  # fmt: skip
    assert done.returncode == 2
    assert "did you mean end?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_missing_file_exits_2(tmp_path):
    done = dendrolith("run", str(tmp_path / "absent.yaml"))
    assert done.returncode == 2
    assert "cannot be read" in done.stderr


def test_full_directory_is_refused(finished):
    _, out = finished
    before = (out / "timeseries.csv").read_bytes()
    done = dendrolith("run", QUICKSTART, "--out", str(out))
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert (out / "timeseries.csv").read_bytes() == before


def test_give_up_exits_3_with_results_closed(tmp_path):
    """A change per step that cannot be met above the smallest step: the cause in physical words."""
    out = tmp_path / "hopeless"
    done = quietly("run", QUICKSTART, *SMALL_CELL,
                     "--set", "time.max_change=1e-7", "--set", "time.first_step=1e-3 s",
                     "--set", "time.min_step=5e-4 s", "--out", str(out))  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "gave up" in done.stderr
    assert "growth of lithium" in done.stderr
    assert "Traceback" not in done.stderr
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert status["state"] == "failed"
    assert "time.min_step" in status["failure"]
    assert status["rejected"] > 0
    assert (out / "timeseries.csv").read_text(encoding="utf-8").startswith("time [s],")


def test_a_run_cut_short_says_so(tmp_path):
    out = tmp_path / "short"
    done = quietly("run", QUICKSTART, *SMALL_CELL, "-q",
                     "--set", "time.max_steps=3", "--out", str(out))  # fmt: skip
    assert done.returncode == 0, done.stderr
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["steps"]) == ("stopped", 3)
    import adios2

    with adios2.FileReader(str(out / "fields" / "cell.bp")) as file:
        steps = int(file.available_variables()["xi"]["AvailableStepsCount"])
        times = file.read("step", step_selection=[0, steps]).ravel()
    assert times[-1] == pytest.approx(status["time"])


def test_one_failing_rank_ends_the_job(tmp_path):
    """Rank 0 alone cannot write: the job ends, with the traceback and the rank, in seconds."""
    script = tmp_path / "broken_disk.py"
    script.write_text(
        "import sys\n"
        "from dendrolith import cli\n"
        "from mpi4py import MPI\n"
        "from dendrolith.results.progress import Progress\n"
        "update = Progress.update\n"
        "def fail(self, row):\n"
        "    update(self, row)\n"
        "    if MPI.COMM_WORLD.rank == 0 and row['time [s]'] > 0.01:\n"
        "        raise OSError('no space left on device')\n"
        "Progress.update = fail\n"
        "sys.exit(cli.main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    out = tmp_path / "x"
    done = subprocess.run(
        ["mpirun", "-n", "2", sys.executable, str(script), "run",
         str(QUICKSTART), *SMALL_CELL, "--out", str(out)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "unexpected error on rank 0" in done.stderr
    assert "no space left on device" in done.stderr
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert status["state"] == "failed"
    assert "no space left" in status["failure"]


def test_progress_bar_on_a_terminal(tmp_path):
    """With a terminal on stderr a bar is drawn; the tests above saw none without one."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    words = ["run", str(QUICKSTART), *SMALL_CELL, "--out", str(tmp_path / "tty")]
    process = subprocess.Popen(
        [*launched(pictures=False), *words], stdout=subprocess.DEVNULL, stderr=child, cwd=ROOT
    )
    os.close(child)
    shown = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait(timeout=60) == 0
    text = shown.decode(errors="replace")
    assert "100%" in text
    assert "leakage" in text


def test_interrupted_run_says_so(tmp_path):
    """Ctrl-C twice: at once, one line, exit 130, and a status that says so."""
    script = tmp_path / "impatient.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "from dendrolith import cli\n"
        "from dendrolith.results.progress import Progress\n"
        "def interrupt(self, row):\n"
        "    for _ in range(2):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(0.05)\n"
        "Progress.update = interrupt\n"
        "sys.exit(cli.main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    out = tmp_path / "x"
    done = subprocess.run(
        [sys.executable, str(script), "run", str(QUICKSTART), *SMALL_CELL,
         "--out", str(out)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "interrupted" in done.stderr
    assert "Traceback" not in done.stderr
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert status["state"] == "interrupted"


def test_a_schedule_ends_the_run(tmp_path):
    """Charge, rest and stripping from YAML: done before time.end, each row with its own stage."""
    text = QUICKSTART.read_text(encoding="utf-8")
    config = tmp_path / "schedule.yaml"
    stages = """control:
  - current: 10 mA/cm^2
    until: {time: 0.2 s}
  - rest: 0.1 s
  - voltage: -50 mV
    until: {time: 0.1 s}
"""
    start, end = text.index("control:"), text.index("elasticity:")
    config.write_text(text[:start] + stages + "\n" + text[end:], encoding="utf-8")
    out = tmp_path / "run"
    done = quietly("run", str(config), *SMALL_CELL, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert (
        "100 A/m^2 until time 0.2 s, then rest 0.1 s, then -0.05 V until time 0.1 s" in done.stderr
    )
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert status["state"] == "done"
    assert status["time"] == pytest.approx(0.4)
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        total = row["ionic_current [A/m^2]"] + row["electronic_current [A/m^2]"]
        if row["stage [1]"] == 2:
            assert row["cell_voltage [V]"] == -0.05
            assert total < 0
        else:
            assert total == pytest.approx(100.0 if row["stage [1]"] == 0 else 0.0, abs=1e-5)
        assert row["charge_error [1]"] < 1e-6
    assert {row["stage [1]"] for row in rows} == {0, 1, 2}
