"""The example of CONTRIBUTING.md does what it says: one file, one line, all ranks, restarts."""

import csv
import re
from pathlib import Path

import pytest

from tests.regression.faults import resume, run

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]


def read(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("ranks", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_new_observable(tmp_path, ranks):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?class MeanLithium.*?)```", text, re.DOTALL)
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
