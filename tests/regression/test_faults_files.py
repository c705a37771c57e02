"""Damaged checkpoints, full disks, two runs at once, other configs: what files can do to a run."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from dendrolith.results import run_directory
from tests.regression import damage, faults
from tests.regression.faults import KEEP_THREE, KEPT_STEPS, resume, run, series, slots, status

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]


# ------------------------------------------------------------------ damaged checkpoints


@pytest.mark.parametrize("number", range(4 * len(damage.KINDS)))
def test_a_damaged_checkpoint_is_passed_over(tmp_path, number):
    """Fault: bytes flipped, cut off, lost, a pickle planted; the slot before is used."""
    assert damage.survives(tmp_path / "slots", number) == ""


@pytest.mark.slow
def test_two_hundred_damaged_checkpoints_on_three_ranks(tmp_path):
    """Fault: as above; all ranks agree on the slot, and none waits for another."""
    done = subprocess.run(
        ["mpirun", "-n", "3", sys.executable, "-m", "tests.regression.damage",
         str(tmp_path / "slots"), "200"],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "200 damaged, not survived: []" in done.stdout


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run that stopped at step 13, with checkpoints at 12 and 13."""
    out = tmp_path_factory.mktemp("stopped") / "x"
    fault = KEEP_THREE + "    number == 13 and send(signal.SIGTERM)\n"
    assert run(out, fault=fault).returncode == 75
    assert slots(out) == [12, 13]
    return out


def copy(stopped: Path, to: Path) -> Path:
    return Path(shutil.copytree(stopped, to))


def test_a_run_goes_on_from_the_slot_before(tmp_path, stopped, undisturbed):
    """Fault: the newest checkpoint of a run holds a pickle that its commit vouches for."""
    out = copy(stopped, tmp_path / "x")
    damage.poison(out / "checkpoints" / "step-00000013", None)
    done = resume(out)
    assert done.returncode == 0, done.stderr
    assert "step-00000013 is passed over" in done.stderr
    assert not (out / "checkpoints" / "EXECUTED").exists()
    assert series(out) == undisturbed(1)


def test_no_sound_checkpoint_is_an_end_in_words(tmp_path, stopped):
    """Fault: all checkpoints are damaged; nothing is overwritten, exit 2 says what to do."""
    out = copy(stopped, tmp_path / "x")
    before = series(out)
    for commit in (out / "checkpoints").glob("*/COMMIT.json"):
        commit.write_text("", encoding="utf-8")
    done = resume(out)
    assert done.returncode == 2, done.stderr
    assert "no checkpoint is sound" in done.stderr
    assert "Traceback" not in done.stderr
    assert series(out) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [("fields/index.json", b""), ("fields/index.json", b"{}"), ("timeseries.csv", b""),
     ("timeseries.csv", b"\xff\xfe,"), ("pieces.csv", b""), ("piece_events.csv", b"\xff\xfe,"),
     ("config.yaml", b""), ("config.yaml", b"\xff"),
     ("status.json", b"")],
)  # fmt: skip
def test_other_damaged_files(tmp_path, stopped, name, content, undisturbed):
    """Fault: a file beside the checkpoints is empty or nonsense: done, or exit 2 naming it."""
    out = copy(stopped, tmp_path / "x")
    (out / name).write_bytes(content)
    done = resume(out)
    assert "Traceback" not in done.stderr, done.stderr
    if done.returncode == 0:
        assert series(out) == undisturbed(1)
    else:
        assert done.returncode == 2
        assert name in done.stderr


# ------------------------------------------------------------------ disk full

# Files of this process cannot grow beyond a few bytes; errors instead of a signal.
_FULL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def disk_is_full(yes):
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 if yes else hard, hard))
"""


@pytest.mark.parametrize("ranks", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_a_checkpoint_does_not_fit_on_the_disk(tmp_path, ranks, undisturbed):
    """Fault: the disk is full during one checkpoint: a warning, the older ones stay, it goes on."""
    out = tmp_path / "x"
    fault = (
        _FULL
        + f"""
_write = checkpoint._write
def write(path, content):
    disk_is_full(path.parent.name == "step-00000012" and RANK == LAST)
    try:
        return _write(path, content)
    finally:
        disk_is_full(False)
checkpoint._write = write
{KEEP_THREE}
    number == 14 and RANK == 0 and die()
"""
    )
    killed = run(out, fault=fault, ranks=ranks)
    assert killed.returncode != 0
    assert "no checkpoint at step 12" in killed.stderr
    assert "File too large" in killed.stderr
    assert slots(out) == list(KEPT_STEPS[:2])
    assert status(out)["state"] == "running"
    done = resume(out, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert series(out) == undisturbed(ranks)


@pytest.mark.parametrize("ranks", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", ["series.TimeSeries.append", "series.Listings.append",
                                   "fields.FieldOutput.write",
                                   "segments.SegmentIndex.add"])  # fmt: skip
def test_results_do_not_fit_on_the_disk(tmp_path, ranks, place, undisturbed):
    """Fault: the disk is full when results are written: one message, and later to the end."""
    out, outputs = tmp_path / "x", "output.every=0.05 s"
    module, owner, name = place.split(".")
    fault = (
        _FULL
        + f"""
from dendrolith.results import {module}
_work, full = {module}.{owner}.{name}, False
def work(self, *arguments, **named):
    disk_is_full(full and RANK == 0)
    try:
        return _work(self, *arguments, **named)
    finally:
        disk_is_full(False)
{module}.{owner}.{name} = work
def at_step(number):
    global full
    full = number >= 10
    number == 7 and RANK == 0 and send(signal.SIGUSR1)
"""
    )
    ended = run(out, outputs, fault=fault, ranks=ranks)
    assert ended.returncode == 75, ended.stderr  # there is a checkpoint to go on from
    assert "Traceback" not in ended.stderr, ended.stderr
    assert ended.stderr.count("error: ") == 1
    assert slots(out) == [7]
    done = resume(out, outputs, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert series(out) == undisturbed(ranks, outputs)


def test_a_disk_that_stays_full(tmp_path):
    """Fault: full up to the end of the process: fields that cannot be closed do not abort it."""
    out = tmp_path / "x"
    fault = f"""{_FULL}
def at_step(number):
    number == 1 and send(signal.SIGUSR1)
    number == 2 and disk_is_full(True)
"""
    ended = run(out, fault=fault)
    assert ended.returncode == 75, ended.stderr
    assert ended.stderr.count("error: ") == 1
    assert not (out / "LOCK.json").exists()


def test_no_room_for_the_input(tmp_path):
    """Fault: the disk is full before the input is there: one message, and the folder is free."""
    out, steps = tmp_path / "x", "time.max_steps=1"
    full = OSError(errno.ENOSPC, "No space left on device", "config.yaml")
    with mock.patch.object(run_directory, "replace", side_effect=full):
        ended = run(out, steps)
    assert (ended.returncode, ended.stderr) == (1, "error: config.yaml: No space left on device\n")
    done = resume(out, steps)
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------ two runs at once


def test_the_second_run_is_refused_while_the_first_lives(tmp_path, undisturbed):
    """Fault: a second start in the same directory; the first is not disturbed."""
    out = tmp_path / "x"
    waiting = (
        "import time\n"
        "def at_step(number):\n"
        "    while number == 5 and not Path(sys.argv[5] + '.go').exists():\n"
        "        time.sleep(0.05)\n"
    )
    first = subprocess.Popen(faults.command(out, fault=waiting), stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + faults.TIMEOUT
        while not (out / "LOCK.json").exists() and time.monotonic() < until:
            time.sleep(0.05)
        second = resume(out)
        assert second.returncode == 2, second.stderr
        assert "runs here" in second.stderr
        assert str(first.pid) in second.stderr
        (tmp_path / "x.go").touch()
        assert first.wait(faults.TIMEOUT) == 0
    finally:
        first.kill()
        first.communicate()
    assert series(out) == undisturbed(1)
    assert not (out / "LOCK.json").exists()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", '"x"', '{"host": null}', '{"host": "HOST", "pid": 99999999}',
     '{"host": "HOST", "pid": 1, "start": "an earlier boot 42"}',
     '{"host": "HOST", "pid": "many"}', '{"host": "HOST", "pid": 1e300}', "[" * 5000, "\ud800"],
)  # fmt: skip
def test_a_lock_of_nobody_is_taken_over(tmp_path, content, caplog):
    """Fault: the owner is dead or the file is nonsense; a warning, and the run starts."""
    import logging
    import socket

    from dendrolith.results.lock import STALE_AFTER, DirectoryLock

    path = tmp_path / "LOCK.json"
    content = content.replace("HOST", socket.gethostname())
    path.write_bytes(content.encode(errors="surrogatepass"))
    long_ago = time.time() - 2 * STALE_AFTER
    os.utime(path, (long_ago, long_ago))
    with caplog.at_level(logging.WARNING, logger="dendrolith"):
        logging.getLogger("dendrolith").propagate = True
        lock = DirectoryLock(tmp_path)
    assert json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid()
    lock.release()
    assert not path.exists()


# ------------------------------------------------------------------ another config at resume

REFUSED = "a run cannot go on with that"
ASKED = "to go on all the same say --allow-change"
CHANGES = [
    ("time.end=0.6 s", None), ("time.max_change=0.08", None), ("checkpoint.every=10 s", None),
    ("solver.max_newton_iterations=40", None), ("title=other", None),
    ("geometry.height=33 um", REFUSED), ("geometry.mesh_size=1.4 um", REFUSED),
    ("pores.seed=4", REFUSED), ("pores.fraction=0.1", REFUSED),
    ("protrusions.height=9 um", REFUSED), ("time.scheme=backward_euler", REFUSED),
    ("output.every=0.1 s", REFUSED), ("noise.amplitude=0.01", REFUSED),
    ("anisotropy.strength=0.05", REFUSED), ("elasticity.right=fixed_gap", ASKED),
    ("kinetics.exchange_current_density=4000 A/m^2", ASKED), ("elasticity.pressure=6 MPa", ASKED),
    ("solver.linear=mumps", ASKED), ("lithium_metal.capillary_mobility=2e-12 m^2/s", ASKED),
]  # fmt: skip


@pytest.fixture(scope="module")
def configs():
    from dendrolith.studies.register import load

    small = list(faults.SMALL)

    def of(*changes: str):
        return load(faults.CONFIG, [*small, *changes])

    return of


@pytest.mark.parametrize(("change", "answer"), CHANGES, ids=[change for change, _ in CHANGES])
def test_another_config_at_resume(tmp_path, change, answer, configs):
    """Fault: a run goes on with another input: allowed, refused, or asked for, naming the key."""
    from dendrolith.core.errors import ConfigError
    from dendrolith.results.resolved_input import resolved_yaml
    from dendrolith.results.resume import check_changes

    key = change.split("=")[0]
    (tmp_path / "config.yaml").write_text(resolved_yaml(configs()), encoding="utf-8")
    changed = configs(change)
    if answer is None:
        check_changes(tmp_path, changed, [])
        return
    with pytest.raises(ConfigError) as refusal:
        check_changes(tmp_path, changed, [])
    assert any(key in line and answer in line for line in refusal.value.problems)
    if answer == ASKED:
        check_changes(tmp_path, changed, [key])
    else:
        with pytest.raises(ConfigError):
            check_changes(tmp_path, changed, [key])


def test_a_slip_in_an_allowed_change(tmp_path, configs):
    """Fault: a key that no input has was let pass without a word."""
    from dendrolith.core.errors import ConfigError
    from dendrolith.results.resolved_input import resolved_yaml
    from dendrolith.results.resume import check_changes

    (tmp_path / "config.yaml").write_text(resolved_yaml(configs()), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"elasticity\.presure: is no value of this input"):
        check_changes(tmp_path, configs(), ["elasticity.presure"])


def test_an_allowed_change_takes_effect(tmp_path, stopped):
    """Fault: pressure and end change at resume; refused without a word, then obeyed."""
    out = copy(stopped, tmp_path / "x")
    changes = ("elasticity.pressure=6 MPa", "time.end=0.6 s")
    refused = resume(out, *changes)
    assert refused.returncode == 2
    assert "--allow-change elasticity.pressure" in refused.stderr
    assert "time.end" not in refused.stderr
    allowed = resume(out, *changes, "--allow-change=elasticity.pressure")
    assert allowed.returncode == 0, allowed.stderr
    assert status(out)["time"] == 0.6
    # it is the config of the run from now on
    assert resume(out, *changes).returncode == 0


def test_a_run_that_is_done_is_left_alone(tmp_path, stopped):
    """Fault: --resume once too often; nothing is written, exit 0."""
    out = copy(stopped, tmp_path / "x")
    assert resume(out).returncode == 0
    before = series(out), os.stat(out / "status.json").st_mtime_ns
    assert resume(out).returncode == 0
    assert (series(out), os.stat(out / "status.json").st_mtime_ns) == before


def test_killed_while_a_run_goes_on(tmp_path, stopped, undisturbed):
    """Fault: a second death just when a run goes on, while its files are brought in line."""
    out = copy(stopped, tmp_path / "x")
    shutil.rmtree(out / "checkpoints" / "step-00000013")
    fault = """
from dendrolith.results.series import TimeSeries
_write = {"write_bytes": Path.write_bytes, "write_text": Path.write_text}
countdown = {NUMBER}
def halfway(name):
    def write(self, content, **named):
        global countdown
        countdown -= 1
        if countdown == 0:
            _write[name](self, content[:40], **named)
            die()
        return _write[name](self, content, **named)
    return write
def truncate(path, size, _truncate=os.truncate):
    _truncate(path, size)
    die()
if countdown:
    Path.write_bytes, Path.write_text = halfway("write_bytes"), halfway("write_text")
else:
    os.truncate = truncate
"""
    for number in range(4):
        killed = resume(out, fault=fault.replace("{NUMBER}", str(number)))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = resume(out)
    assert done.returncode == 0, done.stderr
    assert series(out) == undisturbed(1)
