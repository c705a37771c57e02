"""What the tests of whole runs share, also those of another worker of pytest-xdist."""

import fcntl
import os
import shutil

import pytest

from tests.regression import faults


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """`made_once(name, make)`: the folder that `make` fills, by the worker that asks first."""
    beside = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        beside = beside.parent  # of all workers

    def of(name: str, make):
        out, done = beside / name / "run", beside / name / "done"
        with (beside / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(out.parent, ignore_errors=True)
                out.parent.mkdir()
                make(out)
                done.touch()
        return out

    return of


@pytest.fixture(scope="session")
def once(made_once):
    """`once(name, *more, ranks)`: the folder of a run."""

    def of(name: str, *more: str, ranks: int = 1):
        def make(out):
            ended = faults.run(out, *more, ranks=ranks)
            assert ended.returncode == 0, ended.stderr

        return made_once(name, make)

    return of


@pytest.fixture(scope="session")
def undisturbed(once):
    """The time series of a run to which nothing happens, by number of ranks."""

    def of(ranks: int, *more: str) -> bytes:
        name = "-".join(["undisturbed", str(ranks), *more]).replace("/", "_")
        return faults.series(once(name, *more, ranks=ranks))

    return of


@pytest.fixture(scope="session")
def small_run(once):
    """A finished run with fields at three times; not to be changed."""
    return once("small", "output.every=0.25 s")
