"""Run directories of dendritex, the earlier name of the program: read, never half taken over.

They differ from those of today in three things, and a fake of one is made here: the manifest names
dendritex, the input names no study, and checkpoints are of format 5, with nodes and without cells.
"""

import hashlib
import html
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from dendrolith.results.checkpoint import COMMIT, FORMAT, NUMBERS
from tests.command import dendrolith
from tests.regression import damage, faults

pytestmark = pytest.mark.serial


def make_format_5(slot: Path) -> None:
    """Rewrite a slot as dendritex wrote it, with sizes and hashes that are right."""
    for file in slot.glob("rank-*.npz"):
        with np.load(file) as stored:
            arrays = {key: stored[key] for key in stored.files}
        kept = {k: v for k, v in arrays.items() if k == "nodes" or k.startswith("nodal.")}
        buffer = io.BytesIO()
        np.savez(buffer, **kept)
        file.write_bytes(buffer.getvalue())
    sign(slot, format=5)


def sign(slot: Path, **changes: int) -> None:
    """Write sizes and hashes of what a slot holds now."""
    commit = json.loads((slot / COMMIT).read_text(encoding="utf-8"))
    files = [*sorted(slot.glob("rank-*.npz")), slot / NUMBERS]
    commit["files"] = {
        file.name: {
            "bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()
        }
        for file in files
    }  # fmt: skip
    (slot / COMMIT).write_text(json.dumps({**commit, **changes}), encoding="utf-8")


@pytest.fixture
def older(small_run, tmp_path) -> Path:
    """A finished run as dendritex left it."""
    folder = Path(shutil.copytree(small_run, tmp_path / "older"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    renamed = {("dendritex" if k == "dendrolith" else k): v for k, v in manifest.items()}
    assert renamed.keys() != manifest.keys()
    (folder / "manifest.json").write_text(json.dumps(renamed, indent=2), encoding="utf-8")
    text, count = re.subn(r"(?m)^study: .*\n", "", (folder / "config.yaml").read_text("utf-8"))
    assert count == 1
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    slots = list((folder / "checkpoints").glob("step-*"))
    assert slots
    for slot in slots:
        make_format_5(slot)
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_status_and_class_are_those_of_the_run(older, small_run):
    for verb in ("status", "classify"):
        mine, its = (dendrolith(verb, str(folder), "--json") for folder in (older, small_run))
        assert mine.returncode == 0, mine.stderr
        assert mine.stdout.replace(str(older), "") == its.stdout.replace(str(small_run), "")
    said = dendrolith("status", str(older)).stdout
    assert said.startswith(f"{older}: done")


def test_report_has_all_and_names_the_program(older):
    """What was solved, pictures, and how to make the run again: with dendritex."""
    page = older.parent / "page.html"
    done = dendrolith("report", str(older), "--out", str(page))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    text = html.unescape(page.read_text(encoding="utf-8"))
    for words in ("What was solved", "Charge ledger", "<dt>dendritex</dt>",
                  f"./env.sh run dendritex run {older}/config.yaml"):  # fmt: skip
        assert words in text, words
    assert text.count("data:image/") >= 5 * 3
    assert "not known" not in text


def test_a_run_cannot_go_on_and_stays_as_it_is(older):
    """Fault: the checkpoints are of another format: exit 2 says what to do, no file changes."""
    before = contents(older)
    done = faults.resume(older, "output.every=0.25 s", "time.end=0.6 s")
    assert done.returncode == 2, done.stderr
    for words in (f"is passed over: its format is 5, this version reads {FORMAT}",
                  "go on with the version that wrote it (manifest.json)", "another --out",
                  "no checkpoint is sound"):  # fmt: skip
        assert words in done.stderr, words
    assert "Traceback" not in done.stderr
    assert contents(older) == before


def test_a_slot_of_format_5_is_passed_over_for_one_that_can_be_read(tmp_path, caplog):
    slots = damage.checkpoints(tmp_path)
    for step in (1, 2):
        slots.write(step, damage.data_of(step))
    make_format_5(tmp_path / "step-00000002")
    step, data = damage.checkpoints(tmp_path).newest()
    assert step == 1
    assert damage.same(data, damage.data_of(1))
    assert "step-00000002 is passed over: its format is 5" in caplog.text
    make_format_5(tmp_path / "step-00000001")
    assert damage.checkpoints(tmp_path).newest() is None


def test_a_checkpoint_that_lacks_a_number_is_named(small_run, tmp_path):
    """As one has it whose version kept less: exit 2 says what to do, no file changes."""
    folder = Path(shutil.copytree(small_run, tmp_path / "less"))
    for slot in (folder / "checkpoints").glob("step-*"):
        text = (slot / NUMBERS).read_text(encoding="utf-8")
        changed, count = re.subn(r"_both_ways", "_other", text)
        assert count == 1
        (slot / NUMBERS).write_text(changed, encoding="utf-8")
        sign(slot)
    before = contents(folder)
    done = faults.resume(folder, "output.every=0.25 s", "time.end=0.6 s")
    assert done.returncode == 2, done.stderr
    for words in ("it has no '_both_ways'", "go on with the version that wrote it", "--out"):
        assert words in done.stderr, words
    assert "Traceback" not in done.stderr
    assert contents(folder) == before
