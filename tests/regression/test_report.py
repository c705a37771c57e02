"""Reports of whole runs: what a reader sees, and what happens where something is missing."""

import csv
import html
import json
import os
import re
import shutil
import socket
from pathlib import Path

import pytest
from PIL import Image

from tests.command import ROOT, dendrolith, in_its_own_process, settings
from tests.parallel.test_ranks import SMALL
from tests.regression.browser import open_page

pytestmark = pytest.mark.serial

CONFIG = ROOT / "configs" / "quickstart.yaml"


@pytest.fixture
def copied(small_run, tmp_path) -> Path:
    """A run to do harm to."""
    return shutil.copytree(small_run, tmp_path / "run")


@pytest.fixture(scope="session")
def page(made_once, small_run) -> Path:
    """The report of the small run, with everything that can be asked for."""

    def make(out: Path) -> None:
        shutil.copytree(small_run, out)
        done = dendrolith("report", str(out), "--animation", "--figures")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        written = [out / name for name in ("report.html", "animation.gif", "figures")]
        assert done.stdout == "".join(f"{path} is written\n" for path in written)

    return made_once("page", make) / "report.html"


def pictures(text: str) -> list[str]:
    return re.findall(r'<img [^>]*src="data:image/png;base64', text)


def notes(text: str) -> str:
    return " ".join(map(html.unescape, re.findall(r'<p class="note">(.*?)</p>', text, re.DOTALL)))


# ------------------------------------------------------------------ what a reader sees


def test_page_holds_all_that_it_shows(page):
    text = page.read_text(encoding="utf-8")
    outside = re.findall(r'(?:src|srcset|action|data)="(?!data:)[^"]*"', text)
    assert outside == []
    assert re.findall(r'<link [^>]*href="(?!data:)', text) == []
    assert "<script" not in text
    assert "url(" not in re.sub(r"url\(#\w+\)", "", text)
    assert len(pictures(text)) == 5 * 3  # morphology, two potentials, two stresses at 3 times
    assert page.stat().st_size < 5_000_000
    manifest = json.loads((page.parent / "manifest.json").read_text(encoding="utf-8"))
    for words in ("What was solved", "∇·σ = 0", "Charge ledger", "10.1002/adfm.202307998",
                  f"dendrolith run {page.parent}/config.yaml", manifest["dolfinx"],
                  manifest["git"]["commit"] or "dendrolith run"):  # fmt: skip
        assert words in html.unescape(text), words


@pytest.mark.parametrize("width", [1200, 390])
def test_browser_shows_every_picture(page, tmp_path, width):
    """On a desk and on a telephone: no complaint, nothing asked for, nothing cut off."""
    seen = open_page(page, tmp_path, width=width)
    assert seen.complaints == []
    assert seen.requests == set()
    assert len(seen.images) == 5 * 3 + 1
    for image in seen.images:
        assert image["width"] > 100, image
        assert image["shown"] > 100, image
        assert image["words"], image
    assert seen.overflow <= 0
    with (page.parent / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    tip, current = (float(last[name]) for name in ("tip_height [m]", "ionic_current [A/m^2]"))
    assert f"<b>{1e6 * tip:.4g}</b> <small>µm</small>" in seen.dom
    assert f"<b>{current:.4g}</b> <small>A/m²</small>" in seen.dom


def test_browser_would_notice(tmp_path):
    """What the test above relies on: complaints, requests and broken pictures are seen."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<!DOCTYPE html><body><div style="width: 3000px">wide</div><img alt="x" '
        'src="http://127.0.0.1:9/x.png"><script>console.error("broken")</script></body>',
        encoding="utf-8",
    )
    seen = open_page(bad, tmp_path)
    assert any("broken" in line for line in seen.complaints)
    assert seen.requests == {"http://127.0.0.1:9/x.png"}
    assert seen.images[0]["width"] == 0
    assert seen.overflow > 1000


def test_animation_shows_every_output_time(page):
    with Image.open(page.parent / "animation.gif") as film:
        assert film.n_frames == 3
        assert film.size[0] == 560


def test_figures_are_for_print(page):
    """One column wide at 300 dpi, text as TrueType."""
    folder = page.parent / "figures"
    names = {path.stem for path in folder.glob("*.pdf")}
    assert {"morphology", "phi_ion", "pressure", "tip_height", "ionic_current"} <= names
    assert names == {path.stem for path in folder.glob("*.png")}
    for name in names:
        content = (folder / f"{name}.pdf").read_bytes()
        width = float(re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", content)[1])
        assert width == pytest.approx(89 / 25.4 * 72, abs=1), name
        assert b"/FontFile2" in content, name
        assert b"/Type3" not in content, name
        with Image.open(folder / f"{name}.png") as picture:
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert picture.width == pytest.approx(89 / 25.4 * 300, abs=1), name


def test_several_runs_side_by_side(small_run, copied, tmp_path):
    """Same colours for the same value, one column each, and what differs in the inputs."""
    config = copied / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("pressure: 5000000.0 Pa", "pressure: 1 MPa")
    config.write_text(text, encoding="utf-8")
    out = tmp_path / "both.html"
    done = dendrolith("report", str(small_run), str(copied), "--out", str(out))
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    assert len(pictures(page)) == 5 * 2
    row = re.search(r"elasticity\.pressure</th>(.*?)</tr>", page)[1]
    assert re.findall(r'class="value">(.*?)<', row) == ["5 × 10⁶", "1 × 10⁶"]
    assert page.count('class="state done"') == 2


def test_short_circuits_are_shaded(copied):
    """With a table of them: here electrons carry most of the current over the last steps."""
    path = copied / "timeseries.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    place = header.split(",").index("electronic_path [1]")
    told = [row.split(",") for row in rows]
    for row in told[-5:]:
        row[place] = "5"
    path.write_text("\n".join([header, *(",".join(row) for row in told)]) + "\n", encoding="utf-8")
    done = dendrolith("report", str(copied))
    assert done.returncode == 0, done.stderr
    text = (copied / "report.html").read_text(encoding="utf-8")
    assert "Shaded in the charts" in text
    assert "<td>the path</td>" in text
    assert re.search(r"hard from [\d.]+ s \(confidence", text)
    assert text.count("opacity: 0.22") > 5


# ------------------------------------------------------------------ what may be missing


def test_run_that_goes_on(copied):
    """Its lock is held, its last row half written, its fields not all there."""
    status = json.loads((copied / "status.json").read_text(encoding="utf-8"))
    status |= {"state": "running", "time": 0.25}
    (copied / "status.json").write_text(json.dumps(status), encoding="utf-8")
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "job": None}
    (copied / "LOCK.json").write_text(json.dumps(owner), encoding="utf-8")
    series = copied / "timeseries.csv"
    series.write_bytes(series.read_bytes()[:-20])
    index = json.loads((copied / "fields" / "index.json").read_text(encoding="utf-8"))
    del index["segments"][0]["times"][-1]
    (copied / "fields" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    done = dendrolith("report", str(copied))
    assert done.returncode == 0, done.stderr
    text = (copied / "report.html").read_text(encoding="utf-8")
    assert 'class="state running">running' in text
    assert len(pictures(text)) == 5 * 2
    assert "damaged" not in text


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda run: (run / "fields" / "cell.bp" / "data.0").write_bytes(b"cut"), "cannot be read"),
        (lambda run: (run / "fields" / "cell.bp" / "md.0").write_bytes(b"\xff" * 999), "cell.bp"),
    ],
    ids=["cut", "garbled"],
)
def test_damaged_fields_are_named(copied, harm, told):
    harm(copied)
    done = dendrolith("report", str(copied))
    assert done.returncode == 0, done.stderr
    text = (copied / "report.html").read_text(encoding="utf-8")
    assert told in notes(text)
    assert f"warning: {copied}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Tip height" in text


def test_page_says_what_is_missing(copied):
    """Nothing of a run but the files of another time."""
    shutil.rmtree(copied / "fields")
    (copied / "timeseries.csv").unlink()
    for name, content in (("status", "[]"), ("manifest", "{")):
        (copied / f"{name}.json").write_text(content, encoding="utf-8")
    (copied / "config.yaml").write_text("old: 1", encoding="utf-8")
    done = dendrolith("report", str(copied), "--animation", "--figures")
    assert done.returncode == 0, done.stderr
    said = notes((copied / "report.html").read_text(encoding="utf-8"))
    for told in ("no fields/index.json", "No time series", "How it ended is not known",
                 "not an input of this version", "Versions and commit are not known"):  # fmt: skip
        assert told in said, told
    assert "no animation: there are no pictures" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_folders_are_refused(tmp_path, small_run):
    for folder, why in ((tmp_path / "absent", "no such folder"), (tmp_path, "not a run directory")):
        done = dendrolith("report", str(folder))
        assert done.returncode == 2
        assert f"{folder}: " in done.stderr
        assert why in done.stderr
    done = dendrolith("report", str(small_run), "--out", str(tmp_path / "no" / "such" / "x.html"))
    assert done.returncode == 2
    assert "choose another --out" in done.stderr


# ------------------------------------------------------------------ where drawing fails


def broken(folder: Path, name: str, body: str) -> str:
    """A search path on which a library is not what it should be."""
    (folder / f"{name}.py").write_text(body, encoding="utf-8")
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))


@pytest.mark.parametrize(
    ("body", "why"),
    [("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
     ("raise ImportError('no pyvista here')", "no pyvista here")],
)  # fmt: skip
def test_matplotlib_draws_where_pyvista_cannot(copied, tmp_path, body, why):
    done = dendrolith("report", str(copied), PYTHONPATH=broken(tmp_path, "pyvista", body))
    assert done.returncode == 0, done.stderr
    assert f"PyVista could not draw: {why}" in done.stderr.replace("ImportError: ", "")
    assert "libegl1" in done.stderr
    text = (copied / "report.html").read_text(encoding="utf-8")
    assert len(pictures(text)) == 5 * 3
    assert "PyVista could not draw" in notes(text)


def test_run_makes_its_report(tmp_path):
    """On request; and one that cannot be made is a warning, not a failure."""
    small = [*settings(*SMALL, "time.max_steps=2"), "--report"]
    out = tmp_path / "good"
    done = dendrolith("run", CONFIG, "-q", *small, "--out", out)
    assert done.returncode == 0, done.stderr
    assert len(pictures((out / "report.html").read_text(encoding="utf-8"))) > 5
    out, path = tmp_path / "bad", broken(tmp_path, "jinja2", "raise ImportError('no jinja2')")
    done = in_its_own_process("run", CONFIG, "-q", *small, "--out", out, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert "the report could not be made (no jinja2); the results are complete" in done.stderr
    assert not (out / "report.html").exists()
    assert (out / "overview.png").exists()
