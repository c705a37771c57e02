"""What the tests of whole runs share."""

import functools

import pytest

from tests.regression import faults


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The time series of a run to which nothing happens, by number of ranks."""

    @functools.cache
    def of(ranks: int, *more: str) -> bytes:
        out = tmp_path_factory.mktemp("undisturbed") / "run"
        done = faults.run(out, *more, ranks=ranks)
        assert done.returncode == 0, done.stderr
        return faults.series(out)

    return of


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """A finished run with fields at three times; not to be changed."""
    out = tmp_path_factory.mktemp("small") / "run"
    done = faults.run(out, "output.every=0.25 s")
    assert done.returncode == 0, done.stderr
    return out
