"""The examples of the manual's page on extending do what it says, as they stand there."""

import ast
import csv
import math
import re
import shutil

import pytest

from tests.command import ROOT, in_its_own_process, settings
from tests.parallel.test_ranks import SMALL
from tests.regression.faults import CONFIG, resume, run

pytestmark = pytest.mark.serial

PAGE = ROOT / "solver" / "manual" / "extending.md"
MOST_LINES = 40  # of code in an example: no blank lines, docstrings or imports
FILE = r"The file `(?P<file>[^`]+)`[^\n]*:\n\n```\w+\n(?P<whole>.*?)```"
LINES = r"In `(?P<into>[^`]+)`, above `(?P<anchor>[^`]+)`:\n\n```\w+\n(?P<lines>.*?)```"
ION = "ionic_current [A/m^2]"


def read(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


class Extended:
    """A copy of the package with examples of the page put into it, by their headings."""

    def __init__(self, folder, *headings):
        self._folder = folder
        self._package = folder / "package" / "dendrolith"
        shutil.copytree(ROOT / "solver" / "dendrolith", self._package)
        for heading in headings:
            assert self._apply(example(heading)) > 1

    def _apply(self, text):
        found = list(re.finditer(f"{FILE}|{LINES}", text, re.DOTALL))
        for change in found:
            if change["file"]:
                path = self._package / change["file"]
                path.parent.mkdir(exist_ok=True)
                (path.parent / "__init__.py").touch()
                path.write_text(change["whole"], encoding="utf-8")
            else:
                path = self._package / change["into"]
                before, anchor, after = path.read_text(encoding="utf-8").partition(
                    "\n" + change["anchor"]
                )
                assert anchor, change["anchor"]
                path.write_text(f"{before}\n{change['lines']}{anchor[1:]}{after}", encoding="utf-8")
        return len(found)

    def call(self, *words):
        path = str(self._folder / "package")
        ended = in_its_own_process(*words, pictures=False, PYTHONPATH=path)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def run(self, config, out, *overrides):
        self.call("run", config, "--out", out, "-q", *settings(*overrides))
        return read(out / "timeseries.csv")


def example(heading):
    """The part of the page below a heading."""
    (found,) = re.findall(rf"## {heading}.*?(?=\n## |\Z)", PAGE.read_text("utf-8"), re.DOTALL)
    return found


def lines_of_code(source):
    """Without blank lines, docstrings and imports."""
    tree, idle = ast.parse(source), set()
    for node in ast.walk(tree):
        told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if told or isinstance(node, ast.Import | ast.ImportFrom):
            idle |= set(range(node.lineno, node.end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    return sum(bool(line.strip()) and number not in idle for number, line in lines)


@pytest.mark.parametrize("heading", ["A new law", "A new block", "A new observable", "A new study"])
def test_examples_are_short(heading):
    blocks = re.findall(r"```python\n(.*?)```", example(heading), re.DOTALL)
    whole = "\n".join(b for b in blocks if not b.startswith("    ")) or blocks[0]
    assert 0 < lines_of_code(whole) <= MOST_LINES


def test_a_new_law_and_a_new_block(tmp_path):
    """A film of constant loss takes current from the first step on, one that grows later."""
    law = Extended(tmp_path / "law", "A new law")
    assert "η += V_film" in law.call("check", CONFIG, "--set", "film.loss=20 mV")
    few = (*SMALL, "time.max_steps=12", "elasticity.pressure=0 MPa")
    bare = law.run(CONFIG, tmp_path / "bare", *few)
    constant = law.run(CONFIG, tmp_path / "film", *few, "film.loss=20 mV")
    both = Extended(tmp_path / "both", "A new law", "A new block")
    growing = both.run(CONFIG, tmp_path / "growing", *few, "film.loss=20 mV")
    first, last = (
        [abs(float(rows[n][ION])) for rows in (bare, constant, growing)] for n in (1, -1)
    )
    assert first[1] < 0.9 * first[0]
    assert first[2] == pytest.approx(first[0], rel=0.01)
    assert last[1] < last[2] < last[0]


def test_a_new_study(tmp_path):
    """q = e^{−t/τ}, from YAML, also in two pieces."""
    made = Extended(tmp_path, "A new study")
    config = tmp_path / "leak.yaml"
    made.call("init", "--study", "leak", config)
    assert "dq/dt = −q/τ" in made.call("check", config)
    whole = made.run(config, tmp_path / "whole")
    for row in whole:
        exact = math.exp(-float(row["time [s]"]) / 10)
        assert float(row["charge [C]"]) == pytest.approx(exact, rel=1e-9)
    made.run(config, tmp_path / "parts", "time.max_steps=7")
    assert len(read(tmp_path / "parts" / "timeseries.csv")) == 7
    made.call("run", config, "--out", tmp_path / "parts", "-q", "--resume", "auto")
    assert read(tmp_path / "parts" / "timeseries.csv") == whole
    made.call("report", tmp_path / "whole")


@pytest.mark.parametrize("ranks", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_new_observable(tmp_path, ranks):
    text = example("A new observable")
    (source,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (line,) = re.findall(r"The line: `(.*?)` in the list of `observables`", text)
    (tmp_path / "mean_lithium.py").write_text(source, encoding="utf-8")
    fault = (
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import inspect\n"
        "from mean_lithium import MeanLithium\n"
        "from dendrolith.studies.plating import build\n"
        "build.MeanLithium = MeanLithium\n"
        "before, end, _ = inspect.getsource(build.observables).rpartition('    ]')\n"
        f"exec(before + {line!r} + end, vars(build))\n"
    )
    stop = "def at_step(number):\n    number == 7 and RANK == 0 and send(signal.SIGTERM)\n"
    out, every = tmp_path / "x", "output.every=0.1 s"
    assert run(out, every, fault=fault + stop, ranks=ranks).returncode == 75
    done = resume(out, every, fault=fault, ranks=ranks)
    assert done.returncode == 0, done.stderr
    rows = read(out / "timeseries.csv")
    means = {row["time [s]"]: float(row["mean_lithium [1]"]) for row in rows}
    assert 0 < min(means.values()) < max(means.values()) < 1
    assert list(means.values()) == sorted(means.values())
    table = read(out / "mean_lithium.csv")
    assert len(table) == 6  # the start and five output times
    assert all(float(row["mean_lithium [1]"]) == means[row["time [s]"]] for row in table[1:])
